"""Another try for work that failed, whatever kind it is."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.models import Project, User
from annotate.services import audit, leases
from modelsvc.models import TrainingRun
from modelsvc.services.runs import resume_run
from modelsvc.services.workers import KINDS


@transaction.atomic
def try_again(kind: str, pk: int, *, by: User, project: Project | None) -> None:
    """Queue failed work for three more attempts; a training goes on from its checkpoint. The caller wakes a worker.

    Args:
        kind: the name of its model, as in `failures_of`.
        project: where it must be; None is anywhere.

    Raises:
        Http404: there is no such work.
        Conflict: code not_failed, somebody has started it again; or what `resume_run` says.
    """
    for rows, path in KINDS.values():
        if rows._meta.model_name == kind:
            here = rows.objects.filter(**{path: project} if project else {})
            work = get_object_or_404(here.annotate(of_project=F(path)), pk=pk)
            break
    else:
        raise Http404
    if isinstance(work, TrainingRun):
        resume_run(work, by=by)
    elif leases.allow_more_attempts(rows.objects.filter(pk=pk, state=work.State.FAILED)):
        audit.record("work.again", work, by=by, project=work.of_project, details={"error": work.error})
    else:
        raise Conflict(_("It does not stand still any more: somebody has started it again."), code="not_failed")
