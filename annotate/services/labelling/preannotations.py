"""The layer below the person's: what the production model thinks of an image."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from annotate.core.chance import draw
from annotate.core.regions import parse_document
from annotate.models import Image, Preannotation, Project
from annotate.services.finding import facts


@transaction.atomic
def save_preannotation(
    image: Image, *, document: object, no_evidence: object = None, subject: object = None, **fields: Any
) -> bool:
    """Show a model's opinion of the image, unless a human has begun on it; say whether it is shown.

    Args:
        document: the region document of its level map.
        no_evidence: regions where there is nothing to judge by; None where nobody has looked for them.
        subject: regions of what draws the eye, or None in the same way.
        fields: model_name, model_version, weights_sha256, probabilities_ppm, uncertainty_ppm, no_evidence_ppm and
            content of `Preannotation`.

    Raises:
        InvalidDocument: the document is malformed.
    """
    for regions in filter(None, (document, no_evidence, subject)):
        parse_document(regions, level_count=image.project.level_count)
    if Image.objects.untouched().filter(pk=image.pk).select_for_update(no_key=True).first() is None:
        return False
    fields |= {
        "document": document,
        "no_evidence": no_evidence,
        "subject": subject,
        "is_hidden": is_hidden(image),
        "created_at": Now(),
    }
    Preannotation.objects.update_or_create(image=image, defaults=fields)
    Image.objects.filter(pk=image.pk).update(state=Image.State.PREANNOTATED)
    facts.note([image.pk])
    return True


def drop_all(project: Project) -> None:
    """Forget what models think of a project's images: nobody is shown it, and nothing is compared with it."""
    said_of = Preannotation.objects.filter(image__project=project)
    facts.note(list(said_of.values_list("image", flat=True)))
    said_of.delete()
    shown = Image.objects.filter(project=project, state=Image.State.PREANNOTATED)
    shown.update(state=Image.State.NEW)


def is_hidden(image: Image) -> bool:
    """Whether the image is in the project's random share that is labelled without the model's help; always the same."""
    return draw(image.project.salt, "hidden", image.pk) * 100 < image.project.hidden_percent
