"""Calibrating the levels of a project, before and after people have labelled with them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.core.levels import Level, check_levels, is_same_scale
from annotate.models import Annotation, Project, User
from annotate.services import audit
from annotate.services.labelling import preannotations


def count_labels(project: Project) -> int:
    """How many people's labels of photos there are, of which the levels' meaning is a part."""
    labels = Annotation.objects.filter(image__in=project.photo_facts.values("image"))
    begun = labels.filter(state=Annotation.State.DRAFT, revision__gt=0)
    return labels.filter(state=Annotation.State.SUBMITTED).count() + begun.count()


@transaction.atomic
def calibrate_levels(project: Project, levels: list[Level], *, by: User, labels_known: int = 0) -> Project:
    """The project with these levels.

    Names and samples may always change, and how many levels there are only while nothing is labelled: what a model
    said with another number is gone then, since it is of another scale. Labels keep
    their numbers; so that nobody changes what they mean unknowing, new bounds or amounts need `labels_known`.

    Args:
        labels_known: how many labels the person was told were made with the bounds as they were.

    Raises:
        SmartBlurError: the levels are not one scale.
        Conflict: code ``levels_in_use``, where there are labels and another number of levels; ``labels_unknown``
            where there are more labels than the person knew of.
    """
    check_levels(levels)
    project = Project.objects.select_for_update().get(pk=project.pk)
    before = project.levels
    if levels == before:
        return project
    labels = count_labels(project)
    if labels and len(levels) != len(before):
        sentence = _("Labels were made with %(count)s levels, so as many must stay. Make a new project.")
        raise Conflict(sentence, count=len(before), code="levels_in_use", where="levels")
    if labels > labels_known and not is_same_scale(before, levels):
        sentence = _("Labels made with the bounds as they are: %(labels)s. Say that you know of them, then save again.")
        raise Conflict(sentence, labels=labels, code="labels_unknown", where="labels_known")
    project.levels = levels
    project.save(update_fields=["levels"])
    if len(levels) != len(before):
        preannotations.drop_all(project)
    details = {"before": before, "after": levels, "labels": labels}
    audit.record("project.calibrated", project, by=by, project=project, details=details)
    return project
