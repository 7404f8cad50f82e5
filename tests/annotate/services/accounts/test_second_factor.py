from datetime import timedelta

import pytest
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from annotate.core.errors import SmartBlurError
from annotate.models import AuditEntry
from annotate.services.accounts import second_factor
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def shown(user) -> str:
    """What the person's app shows now."""
    return f"{totp(TOTPDevice.objects.get(user=user).bin_key):06d}"


def forgive_wrong_codes() -> None:
    """Let the time pass after which the next code is looked at."""
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))


def test_it_is_on_once_a_code_came_back_and_each_code_is_good_once():
    user = make_user()
    second_factor.app_of(user)
    with pytest.raises(SmartBlurError) as refused:
        second_factor.turn_on(user, "000000")
    assert (refused.value.code, refused.value.where, second_factor.is_on(user)) == ("wrong_code", "code", False)
    forgive_wrong_codes()
    codes = second_factor.turn_on(user, shown(user))
    assert (second_factor.is_on(user), len(set(codes))) == (True, 10)
    assert not second_factor.check(user, shown(user))  # it turned the factor on
    forgive_wrong_codes()
    assert second_factor.check(user, f" {codes[0][:4]} {codes[0][4:].upper()}")
    assert not second_factor.check(user, codes[0])
    assert not second_factor.check(user, codes[1])  # a wrong one makes the next wait
    forgive_wrong_codes()
    assert second_factor.check(user, codes[1])
    assert not second_factor.check(make_user(), codes[2])


def test_it_is_turned_off_by_a_code_only_or_by_the_operator():
    user = make_user()
    second_factor.app_of(user)
    code, other = second_factor.turn_on(user, shown(user))[:2]
    with pytest.raises(SmartBlurError):
        second_factor.turn_off(user, "not-a-code")
    forgive_wrong_codes()
    second_factor.turn_off(user, code)
    assert not second_factor.is_on(user)
    assert not second_factor.check(user, other)
    second_factor.forget(user, by=None)  # there is none: nothing to tell
    told = AuditEntry.objects.filter(action__startswith="second_factor").order_by("pk")
    assert [each.action for each in told] == ["second_factor.on", "second_factor.off"]
