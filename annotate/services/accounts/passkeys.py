"""Passkeys: keys of a phone, computer or stick that sign somebody in, once the device has made sure of its owner."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import Passkey, User
from annotate.services import audit
from annotate.services.accounts import second_factor

ANSWERED_WITHIN_S = 300
MOST_CHARACTERS = 20_000  # of an answer; browsers send some two thousand
VERIFIED = UserVerificationRequirement.REQUIRED

Json = dict[str, Any]


def ask_for_new(user: User) -> tuple[Json, Json]:
    """What the person's browser is to make a key from, and what is to be remembered until it answers."""
    who = PublicKeyCredentialUserEntity(id=_handle_of(user), name=user.username, display_name=user.username)
    known = [AttestedCredentialData(bytes(each.credential)) for each in user.passkeys.all()]
    options, asked = _server().register_begin(who, known, ResidentKeyRequirement.REQUIRED, VERIFIED)
    return dict(options.public_key), asked | {"at": time.time()}


@transaction.atomic
def add(user: User, *, name: str, answer: str, asked: Json) -> list[str]:
    """Let the person sign in by the key that the browser made; the first one turns the second factor on.

    Args:
        name: what the person calls it.
        answer: of the browser, as JSON.
        asked: what `ask_for_new` said to remember.

    Returns:
        The recovery codes, where there were none before.

    Raises:
        SmartBlurError: code wrong_passkey or passkey_late.
        Conflict: code passkey_taken.
    """
    made = _made(answer, asked)
    was_on = second_factor.is_on(user)
    key = {"credential_id": made.credential_data.credential_id, "credential": bytes(made.credential_data)}
    try:
        with transaction.atomic():
            passkey = Passkey.objects.create(user=user, name=name, sign_count=made.counter, **key)
    except IntegrityError:
        raise Conflict(gettext("This passkey is known here already."), code="passkey_taken") from None
    audit.record("passkey.added", passkey, by=user, project=None)
    return [] if was_on else second_factor.new_recovery_codes(user)


def ask_for_known() -> tuple[Json, Json]:
    """What the browser is to prove that it holds a key of whomever, and what is to be remembered until it answers."""
    options, asked = _server().authenticate_begin(user_verification=VERIFIED)
    return dict(options.public_key), asked | {"at": time.time()}


def find(answer: str) -> Passkey:
    """The passkey that an answer claims to be of.

    Raises:
        SmartBlurError: code wrong_passkey: nobody's, or of somebody who may not come in any more.
    """
    passkeys = Passkey.objects.filter(user__is_active=True).select_related("user")
    passkey = passkeys.filter(credential_id=_read(answer).raw_id).first()
    if passkey is None:
        raise _wrong()
    return passkey


def check(passkey: Passkey, *, answer: str, asked: Json) -> None:
    """Pass where the answer proves that the passkey was used for what was asked, and write the use down.

    Raises:
        SmartBlurError: code wrong_passkey, passkey_late, or passkey_copied: the device counted less than before.
    """
    _check_time(asked)
    given, known = _read(answer), AttestedCredentialData(bytes(passkey.credential))
    try:
        _server().authenticate_complete(asked, [known], given)
    except Exception as error:
        raise _wrong() from error
    count = given.response.authenticator_data.counter
    counted_less = Q(sign_count__lt=count) if count else Q(sign_count=0)
    uses = Passkey.objects.filter(counted_less, pk=passkey.pk)
    if not uses.update(sign_count=count, last_used_at=Now()):
        detail = gettext(
            "Two devices seem to hold this passkey. Sign in another way, and remove it on your account page."
        )
        raise SmartBlurError(detail, code="passkey_copied")


@transaction.atomic
def remove(passkey: Passkey, *, by: User) -> None:
    """Let it open nothing any more; with the last one, and no app, the second factor is off."""
    audit.record("passkey.removed", passkey, by=by, project=None)
    passkey.delete()
    second_factor.end_if_nothing_is_left(by)


def _server() -> Fido2Server:
    """The site as devices know it; they make a key for one host, and it answers at one address."""
    site = PublicKeyCredentialRpEntity(name="SmartBlur Studio", id=urlsplit(settings.SITE_URL).hostname)
    return Fido2Server(site, verify_origin=lambda origin: origin == settings.SITE_URL)


def _handle_of(user: User) -> bytes:
    """What a device knows the person by: no name, and not the id of somebody else's at another site of this host."""
    return salted_hmac("passkeys", str(user.pk), algorithm="sha256").digest()


def _made(answer: str, asked: Json) -> AuthenticatorData:
    _check_time(asked)
    try:
        return _server().register_complete(asked, _parse(answer))
    except Exception as error:
        raise _wrong() from error


def _read(answer: str) -> AuthenticationResponse:
    try:
        return AuthenticationResponse.from_dict(_parse(answer))
    except Exception as error:  # a stranger wrote it, and the library stumbles over it in many ways
        raise _wrong() from error


def _parse(answer: str) -> Json:
    if len(answer) > MOST_CHARACTERS:
        raise ValueError("An answer of a browser is shorter.")
    parsed: Json = json.loads(answer)
    return parsed


def _check_time(asked: Json) -> None:
    if not 0 <= time.time() - asked.get("at", 0) <= ANSWERED_WITHIN_S:
        raise SmartBlurError(gettext("That took too long, or was sent twice. Try again."), code="passkey_late")


def _wrong() -> SmartBlurError:
    detail = gettext("This passkey is not known here, or did not prove that it is yours. Sign in another way.")
    return SmartBlurError(detail, code="wrong_passkey")
