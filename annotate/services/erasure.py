"""Erasing a person: who they are goes, what they labelled stays under a name that says nothing."""

from __future__ import annotations

import secrets

from axes.utils import reset as forget_attempts
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.core.release import pseudonym
from annotate.models import Annotation, Image, Invitation, Membership, Project, Release, Role, User, Vote
from annotate.services import audit, people


def releases_holding(project: Project, user: User) -> list[Release]:
    """The project's frozen releases that hold labels of the person, each under another pseudonym; newest first."""
    frozen = project.releases.exclude(manifest={}).annotate(annotators=F("manifest__annotators"))
    return [
        release
        for release in frozen.defer("manifest").order_by("-pk")
        if pseudonym(project.salt, "a", release.name, release.version, user.pk)
        in {row["annotator"] for row in release.annotators or []}
    ]


@transaction.atomic
def erase_person(user: User, *, by: User, project: Project) -> User:
    """The person without name, sign-in, tokens and memberships; labels, audit and releases stay as they are.

    Nothing is merged anew: the account keeps its id, and that is all that labels know of their author.

    Args:
        project: where it was asked for.

    Raises:
        Conflict: it is oneself, a member of staff, the last owner of a project, or somebody who also works where the
            asking person is no owner.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    _check_erasable(user, by)
    versions = [release.version for release in releases_holding(project, user)]
    for member in user.memberships.all():
        people.remove_member(member, by=by)
    user.api_tokens.all().delete()
    Invitation.objects.filter(accepted_by=user).update(name="")
    forget_attempts(username=user.username)
    _rename(user)
    audit.record("person.erased", user, by=by, project=project, details={"releases": versions})
    return user


def _check_erasable(user: User, by: User) -> None:
    if user == by:
        raise Conflict(_("You cannot erase yourself. Ask another owner."), code="oneself")
    if (user.is_staff or user.is_superuser) and not by.is_superuser:
        raise Conflict(_("This person runs the site. Only another superuser erases them."), code="is_staff")
    owned = Membership.objects.filter(project=OuterRef("pk"), user=by, role=Role.OWNER)
    if not by.is_staff and _projects_of(user).exclude(Exists(owned)).exists():
        detail = _("This person also works in a project that you do not own. Ask whoever runs the site to erase them.")
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


def _rename(user: User) -> None:
    """Take away all that tells who it was; an inactive account is signed out at its next request."""
    user.username = f"erased-{secrets.token_hex(4)}"
    user.first_name = user.last_name = user.email = ""
    user.preferences, user.last_login = {}, None
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    told = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    told.update(object_repr=user.username)
