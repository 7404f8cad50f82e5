"""The layer below the person's: what the production model thinks of an image."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from annotate.core.regions import parse_document
from annotate.models import Image, Preannotation


@transaction.atomic
def save_preannotation(image: Image, *, document: object, **fields: Any) -> bool:
    """Show a model's opinion of the image, unless a human has begun on it; say whether it is shown.

    Args:
        document: the region document of its level map.
        fields: model_name, model_version, weights_sha256, probabilities_ppm, uncertainty_ppm and content of
            `Preannotation`.

    Raises:
        InvalidDocument: the document is malformed.
    """
    parse_document(document, level_count=image.project.level_count)
    if Image.objects.untouched().filter(pk=image.pk).select_for_update().first() is None:
        return False
    Preannotation.objects.update_or_create(image=image, defaults={"document": document, "created_at": Now(), **fields})
    Image.objects.filter(pk=image.pk).update(state=Image.State.PREANNOTATED)
    return True
