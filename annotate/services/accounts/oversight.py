"""Who may decide about another person's account: an account opens all projects that its person works in."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.models import Annotation, Image, Membership, Project, Release, Role, User, Vote


def check_may_decide(user: User, *, by: User) -> None:
    """Refuse whoever does not answer for all that the person's account opens.

    Raises:
        Conflict: it is oneself, a member of staff, or somebody who also works where the asking person is no owner.
    """
    if user == by:
        raise Conflict(_("You cannot do this to yourself. Ask another owner."), code="oneself")
    if (user.is_staff or user.is_superuser) and not by.is_superuser:
        raise Conflict(_("This person runs the site. Only another superuser does this."), code="is_staff")
    owned = Membership.objects.filter(project=OuterRef("pk"), user=by, role=Role.OWNER)
    if not by.is_staff and _projects_of(user).exclude(Exists(owned)).exists():
        detail = _("This person also works in a project that you do not own. Ask whoever runs the site.")
        raise Conflict(detail, code="works_elsewhere")


def _projects_of(user: User) -> QuerySet[Project]:
    """Where the person is a member or has left something."""
    rows = (
        Membership.objects.filter(project=OuterRef("pk"), user=user),
        Annotation.objects.filter(image__project=OuterRef("pk"), author=user),
        Vote.objects.filter(image__project=OuterRef("pk"), author=user),
        Image.objects.filter(project=OuterRef("pk"), uploaded_by=user),
        Release.objects.filter(project=OuterRef("pk"), cut_by=user),
    )
    condition = Q()
    for found in rows:
        condition |= Q(Exists(found))
    return Project.objects.filter(condition)
