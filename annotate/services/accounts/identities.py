"""People known by an identity provider (OpenID Connect): whose account it is, and who gets a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import User
from annotate.services import audit

NOT_IN_NAMES = re.compile(r"[^\w.@+-]+")


def identity_of(claims: Mapping[str, Any]) -> str:
    """What a provider's person is known by: issuer and subject; a name or mail address may change hands."""
    return f"{claims['iss']}#{claims['sub']}"


def find_or_register(claims: Mapping[str, Any], *, may_register: bool) -> User:
    """The account of whoever the claims are of.

    Args:
        claims: of a verified ID token.
        may_register: whether somebody new gets an account: they hold an invitation, or everybody may come.

    Raises:
        SmartBlurError: code unknown_identity.
    """
    known = User.objects.filter(identity=identity_of(claims), is_active=True).first()
    if known is None and not may_register:
        sentence = gettext(
            "Nobody here is known by this identity. Open your invitation's link, or sign in with your password "
            "and connect it on your account page."
        )
        raise SmartBlurError(sentence, code="unknown_identity")
    return known or _register(claims)


def connect(user: User, claims: Mapping[str, Any]) -> None:
    """Let the person sign in by this identity from now on.

    Raises:
        Conflict: it is somebody else's.
    """
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(identity=identity_of(claims))
            audit.record("identity.connected", user, by=user, project=None)
    except IntegrityError:
        raise Conflict(gettext("This identity belongs to another account here."), code="identity_taken") from None


@transaction.atomic
def disconnect(user: User) -> None:
    """Let the person sign in by password only.

    Raises:
        Conflict: they have none, and would be locked out.
    """
    if not user.has_usable_password():
        raise Conflict(gettext("You have no password. Ask an owner for a link to set one first."), code="no_password")
    User.objects.filter(pk=user.pk).update(identity=None)
    audit.record("identity.disconnected", user, by=user, project=None)


@transaction.atomic
def _register(claims: Mapping[str, Any]) -> User:
    taken = User.objects.filter
    name = next(name for name in _names(claims) if not taken(username=name).exists())
    email = claims.get("email", "") if claims.get("email_verified") else ""
    user = User(username=name, email=email, identity=identity_of(claims))
    user.set_unusable_password()
    user.save(force_insert=True)
    audit.record("identity.registered", user, by=user, project=None)
    return user


def _names(claims: Mapping[str, Any]) -> Iterator[str]:
    """Usernames to try, from what the provider calls the person."""
    called = claims.get("preferred_username") or claims.get("name") or str(claims.get("email", "")).partition("@")[0]
    name = NOT_IN_NAMES.sub("-", str(called)).strip("-")[:140] or "person"
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1
