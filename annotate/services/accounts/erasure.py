"""Erasing a person: who they are goes, what they labelled stays under a name that says nothing."""

from __future__ import annotations

import secrets

from axes.utils import reset as forget_attempts
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F

from annotate.core.release import pseudonym
from annotate.models import Invitation, Project, Release, User
from annotate.services import audit
from annotate.services.accounts import second_factor
from annotate.services.accounts.oversight import check_may_decide
from annotate.services.teams import people


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
    check_may_decide(user, by=by)
    versions = [release.version for release in releases_holding(project, user)]
    for member in user.memberships.all():
        people.remove_member(member, by=by)
    user.api_tokens.all().delete()
    user.sessions.all().delete()
    second_factor.forget(user, by=by)
    Invitation.objects.filter(accepted_by=user).update(name="")
    forget_attempts(username=user.username)
    _rename(user)
    audit.record("person.erased", user, by=by, project=project, details={"releases": versions})
    return user


def _rename(user: User) -> None:
    """Take away all that tells who it was."""
    user.username = f"erased-{secrets.token_hex(4)}"
    user.first_name = user.last_name = user.email = ""
    user.preferences, user.last_login, user.identity = {}, None, None
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    told = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    told.update(object_repr=user.username)
