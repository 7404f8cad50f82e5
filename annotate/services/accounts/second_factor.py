"""The second factor of signing in: an app's codes (TOTP) or a passkey, and recovery codes for when they are lost."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from annotate.core.errors import SmartBlurError
from annotate.models import Passkey, User
from annotate.services import audit

RECOVERY_CODE_COUNT = 10
APP, PAPER = "app", "recovery codes"  # names of the devices


def is_on(user: User) -> bool:
    """Whether a password alone opens nothing."""
    return has_app(user) or user.passkeys.exists()


def has_app(user: User) -> bool:
    """Whether an app of the person shows codes."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def app_of(user: User) -> TOTPDevice:
    """The key that the person's app is to learn: the same until one of its codes has come back."""
    app, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": APP})
    return app


def turn_on(user: User, code: str) -> list[str]:
    """Ask for codes from now on; the recovery codes, which are shown once.

    Raises:
        SmartBlurError: code wrong_code; it is not what the app shows.
    """
    app = app_of(user)
    if verify_token(user, app.persistent_id, code) is None:
        raise _wrong_code()
    with transaction.atomic():
        TOTPDevice.objects.filter(pk=app.pk).update(confirmed=True)
        return new_recovery_codes(user)


def check(user: User, code: str) -> bool:
    """Whether the code is right and was not used before; wrong ones make the next wait longer."""
    code = "".join(code.split()).lower()
    kind = TOTPDevice if len(code) == 6 and code.isdigit() else StaticDevice
    devices = kind.objects.filter(user=user, confirmed=True)
    return any(verify_token(user, device.persistent_id, code) for device in devices)


def turn_off(user: User, code: str) -> None:
    """Ask for no code of the app any more; for a passkey as before.

    Raises:
        SmartBlurError: code wrong_code; whoever only found the browser open turns nothing off.
    """
    if not check(user, code):
        raise _wrong_code()
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        end_if_nothing_is_left(user)


def end_if_nothing_is_left(user: User) -> None:
    """Forget the recovery codes of somebody who has neither app nor passkey any more, and say that it is off."""
    if not is_on(user):
        StaticDevice.objects.filter(user=user).delete()
        audit.record("second_factor.off", user, by=user, project=None)


@transaction.atomic
def forget(user: User, *, by: User | None) -> None:
    """Take app, passkeys and recovery codes from somebody; `by` is nobody in the server's own shell."""
    was_on = is_on(user)
    for kind in (StaticDevice, TOTPDevice, Passkey):
        kind.objects.filter(user=user).delete()
    if was_on:
        audit.record("second_factor.off", user, by=by, project=None)


def new_recovery_codes(user: User) -> list[str]:
    """Codes that sign the person in once each, instead of those before; `second_factor.on` in the audit trail."""
    StaticDevice.objects.filter(user=user).delete()
    paper = StaticDevice.objects.create(user=user, name=PAPER)
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODE_COUNT)]
    StaticToken.objects.bulk_create(StaticToken(device=paper, token=code) for code in codes)
    audit.record("second_factor.on", user, by=user, project=None)
    return codes


def _wrong_code() -> SmartBlurError:
    detail = gettext("This code is wrong, or used already. Type the one that the app shows now.")
    return SmartBlurError(detail, where="code", code="wrong_code")
