"""Who belongs to a project, how they come in, and the keys of their programs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from annotate.core.errors import Conflict, SmartBlurError
from annotate.core.preferences import Preferences, parse_preferences
from annotate.models import ApiToken, AuditEntry, Invitation, Membership, Project, Role, Scope, User
from annotate.permissions import RANK
from annotate.services import audit

INVITATION_DAYS, MOST_DAYS = 14, 90
MOST_INVITED, MOST_USES = 200, 500
TOKEN_DAYS = 90
KEPT_OF_MEMBER = ("created_at", "paused_at", "answers_count_from")


def digest_of(secret: str) -> str:
    """What is kept of a token. It has 256 random bits, so a plain SHA-256 is as good as a slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def change_preferences(user: User, **changed: object) -> Preferences:
    """The person's settings, with what `changed` names.

    Raises:
        SmartBlurError: code invalid_preferences; `where` names the place.
    """
    preferences = parse_preferences(user.preferences | changed)
    user.preferences = preferences.as_json()
    user.save(update_fields=["preferences"])
    return preferences


def change_mail(user: User, email: str, *, password: str) -> None:
    """Have the person's mail sent to this address.

    Raises:
        SmartBlurError: code wrong_password.
    """
    if not user.check_password(password):
        raise SmartBlurError(gettext("This is not your password."), where="password", code="wrong_password")
    user.email = email
    with transaction.atomic():
        user.save(update_fields=["email"])
        audit.record("mail.changed", user, by=user, project=None)


# Invitations ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_invitation(
    project: Project,
    *,
    role: str,
    by: User,
    days: int = INVITATION_DAYS,
    until: datetime | None = None,
    name: str = "",
    max_uses: int = 1,
) -> tuple[Invitation, str]:
    """An invitation and its token, which goes into /join/<token>/ and is known to nobody afterwards.

    Args:
        days: how long it works.
        until: when it ends, in place of `days`.
        name: for whom it is, as a reminder to who made it.
        max_uses: how many people may come by it.
    """
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project,
        role=role,
        name=name,
        max_uses=max_uses,
        digest=digest_of(token),
        invited_by=by,
        expires_at=until or timezone.now() + timedelta(days=days),
    )
    details = {"role": role} | ({"max_uses": max_uses} if max_uses > 1 else {})
    audit.record("invitation.created", invitation, by=by, project=project, details=details)
    return invitation, token


@transaction.atomic
def create_invitations(project: Project, names: Sequence[str], *, role: str, by: User) -> list[tuple[Invitation, str]]:
    """An invitation for each name, with its token; all of them or none."""
    return [create_invitation(project, role=role, by=by, name=name) for name in names]


def find_invitation(token: str) -> Invitation:
    """The open invitation that `token` belongs to, with its project.

    Raises:
        SmartBlurError: there is none: unknown, used, revoked or expired. The answer does not say which.
    """
    opened = Invitation.objects.open().filter(digest=digest_of(token)).select_related("project", "invited_by").first()
    if opened is None:
        raise SmartBlurError(
            gettext("This invitation is not valid (any more). Ask for a new link."), code="invitation_invalid"
        )
    return opened


@transaction.atomic
def accept_invitation(token: str, *, user: User) -> Membership:
    """The membership of a signed-in user; who is a member already keeps the higher role.

    Raises:
        SmartBlurError: the invitation is not open.
    """
    invitation = find_invitation(token)
    member = Membership.objects.filter(project=invitation.project, user=user).first()
    if member and RANK[member.role] >= RANK[invitation.role]:
        return member  # nothing is used up
    opened = Invitation.objects.open().filter(pk=invitation.pk)
    if not opened.update(use_count=F("use_count") + 1, accepted_by=user, accepted_at=Now()):
        raise SmartBlurError(
            gettext("Somebody has just used this invitation. Ask for a new link."), code="invitation_invalid"
        )
    member, is_new = Membership.objects.get_or_create(
        project=invitation.project, user=user, defaults={"role": invitation.role}
    )
    if not is_new and RANK[member.role] < RANK[invitation.role]:
        member.role = invitation.role
        member.save(update_fields=["role"])
    audit.record("invitation.accepted", invitation, by=user, project=invitation.project, details={"role": member.role})
    return member


@transaction.atomic
def register(token: str, *, username: str, password: str) -> Membership:
    """The membership of a new user who comes by invitation: there is no other way to get an account.

    Raises:
        SmartBlurError: the invitation is not open, or the name or password will not do (`where` says which).
    """
    find_invitation(token)
    return accept_invitation(token, user=create_user(username, password))


def create_user(username: str, password: str, **fields: object) -> User:
    """A new user.

    Raises:
        SmartBlurError: the name or password will not do.
    """
    user = User(username=User.normalize_username(username), **fields)
    try:
        user.clean_fields(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        where = "username" if hasattr(error, "error_dict") else "password"
        raise SmartBlurError(" ".join(error.messages), where=where, code=f"invalid_{where}") from None
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise SmartBlurError(
            gettext("This name is taken. Choose another."), where="username", code="username_taken"
        ) from None
    return user


def create_superuser(username: str, password: str) -> User:
    """The operator's account; the password is the operator's own business."""
    user = User.objects.create_superuser(username, password=password)
    audit.record("superuser.created", user, by=user, project=None)
    return user


def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Close an invitation that somebody may still use.

    Raises:
        Conflict: it is used up, revoked or expired.
    """
    with transaction.atomic():
        if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=Now()):
            raise Conflict(gettext("This invitation is used, revoked or expired already."), code="already_over")
        audit.record("invitation.revoked", invitation, by=by, project=invitation.project_id)


def restore_invitation(invitation: Invitation, *, by: User) -> None:
    """Let an invitation that was closed be used again, as far as it is not used up or expired; twice is once."""
    with transaction.atomic():
        if Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=False).update(revoked_at=None):
            audit.record("invitation.restored", invitation, by=by, project=invitation.project_id)


# Members --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_member(project: Project, *, username: str, role: str, by: User) -> Membership:
    """The membership of somebody who has an account.

    Raises:
        SmartBlurError: nobody has this name.
        Conflict: they are a member already.
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise SmartBlurError(
            gettext("Nobody here is called “%(name)s”. Invite them by link."),
            name=username,
            where="username",
            code="unknown_user",
        )
    member, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        sentence = gettext("%(name)s is a member already; change the role instead.")
        raise Conflict(sentence, name=username, code="already_member")
    audit.record("member.added", member, by=by, project=project, details={"user": user.pk, "role": role})
    return member


@transaction.atomic
def change_role(member: Membership, role: str, *, by: User) -> Membership:
    """The membership with another role.

    Raises:
        Conflict: it is the last owner's.
    """
    member = _locked(member)
    if role != Role.OWNER:
        _keep_an_owner(member)
    details = {"user": member.user_id, "from": member.role, "to": role}
    member.role = role
    member.save(update_fields=["role"])
    audit.record("member.changed", member, by=by, project=member.project_id, details=details)
    return member


@transaction.atomic
def remove_member(member: Membership, *, by: User) -> None:
    """Take somebody out of a project; their work stays.

    Raises:
        Conflict: they are its last owner.
    """
    member = _locked(member)
    _keep_an_owner(member)
    details = {"user": member.user_id, "role": member.role}
    kept = Membership.objects.filter(pk=member.pk).values(*KEPT_OF_MEMBER).get()
    details["was"] = {name: value and value.isoformat() for name, value in kept.items()}
    audit.record("member.removed", member, by=by, project=member.project_id, details=details)
    member.delete()


@transaction.atomic
def restore_member(project: Project, user: User, *, by: User) -> Membership:
    """The membership of somebody who was removed, as it was when they were; who is a member again stays as they are.

    Raises:
        Conflict: nobody removed them.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    if member := project.memberships.filter(user=user).first():
        return member
    removed = AuditEntry.objects.filter(project=project, action="member.removed", details__user=user.pk).last()
    if removed is None or not user.is_active:
        raise Conflict(gettext("This person was not in the project."), code="not_a_member")
    was = {name: value and datetime.fromisoformat(value) for name, value in removed.details.get("was", {}).items()}
    member = Membership.objects.create(project=project, user=user, role=removed.details["role"])
    Membership.objects.filter(pk=member.pk).update(**was)
    member.refresh_from_db()
    audit.record("member.restored", member, by=by, project=project, details={"user": user.pk, "role": member.role})
    return member


def _locked(member: Membership) -> Membership:
    """The membership as it is now, with the project locked: two owners cannot leave at the same moment."""
    Project.objects.select_for_update().get(pk=member.project_id)
    current = Membership.objects.filter(pk=member.pk).first()
    if current is None:
        raise Conflict(gettext("This person is not a member any more."), code="not_a_member")
    return current


def _keep_an_owner(member: Membership) -> None:
    others = Membership.objects.filter(project=member.project_id, role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and not others.exists():
        raise Conflict(gettext("A project needs an owner. Make somebody else owner first."), code="last_owner")


# Keys of programs -----------------------------------------------------------------------------------------------------


@transaction.atomic
def issue_token(
    user: User, *, name: str, days: int = TOKEN_DAYS, scopes: Sequence[str] = tuple(Scope.values)
) -> tuple[ApiToken, str]:
    """A token row and its key, which is shown once and known to nobody afterwards."""
    key = secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=days)
    about = {"name": name, "scopes": sorted(scopes, key=Scope.values.index)}
    token = ApiToken.objects.create(user=user, digest=digest_of(key), expires_at=expires_at, **about)
    audit.record("token.issued", token, by=user, project=None, details=about | {"days": days})
    return token, key


def revoke_token(token: ApiToken, *, by: User) -> None:
    """Make a key useless from now on; twice is once."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now()):
            audit.record("token.revoked", token, by=by, project=None)
