"""Sets of photos under a name: a question that is kept, and answered anew wherever the set is used."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import Project, SavedSet, User
from annotate.services import audit
from annotate.services.finding.search import as_it_is_now, read_query


def save_set(project: Project, *, name: str, query: str, by: User) -> SavedSet:
    """The set of the photos that the query asks for, now and whenever it is used.

    Args:
        query: as in the address of the photos.

    Raises:
        SmartBlurError: code nothing_asked, or as `search.read` says.
        Conflict: code name_taken.
    """
    query = as_it_is_now(project, query)
    if not read_query(project, query).asked:
        raise SmartBlurError(_("Filter or sort the photos first: this would be all of them."), code="nothing_asked")
    try:
        with transaction.atomic():
            saved = SavedSet.objects.create(project=project, name=name, query=query, saved_by=by)
            audit.record("set.saved", saved, by=by, project=project, details={"name": name, "query": query})
    except IntegrityError as error:
        detail = _("There is a set called %(name)s already. Choose another name.")
        raise Conflict(detail, name=name, where="name", code="name_taken") from error
    return saved


@transaction.atomic
def forget_set(saved: SavedSet, *, by: User) -> None:
    """Forget the name; what was made of its photos stays."""
    details = {"name": saved.name, "query": saved.query}
    audit.record("set.forgotten", saved, by=by, project=saved.project_id, details=details)
    saved.delete()
