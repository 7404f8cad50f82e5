import json
import time

import pytest
from django_otp.plugins.otp_static.models import StaticToken

from annotate.core.errors import SmartBlurError
from annotate.models import AuditEntry, Passkey
from annotate.services.accounts import passkeys, second_factor
from tests.device import FLAG, ORIGIN, Device
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_home(settings) -> None:
    settings.SITE_URL = ORIGIN


def give(user, device: Device, name="phone") -> list[str]:
    """Add the device's key; the recovery codes."""
    options, asked = passkeys.ask_for_new(user)
    return passkeys.add(user, name=name, answer=device.make(options), asked=asked)


def come(device: Device, seconds_ago=0, **told):
    """Who the device's owner is, to the site."""
    options, asked = passkeys.ask_for_known()
    answer = device.sign(options, **told)
    passkey = passkeys.find(answer)
    passkeys.check(passkey, answer=answer, asked=asked | {"at": time.time() - seconds_ago})
    return passkey.user


def code_of(act, *args, **rest) -> str:
    with pytest.raises(SmartBlurError) as refusal:
        act(*args, **rest)
    return refusal.value.code


def test_the_first_is_a_second_factor_and_the_last_ends_it():
    rosa, phone, stick = make_user("rosa"), Device(), Device(b"stick")
    options, _ = passkeys.ask_for_new(rosa)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert b"rosa" not in options["user"]["id"].encode()
    assert len(give(rosa, phone)) == 10
    assert give(rosa, stick, "stick") == []
    assert [each["type"] for each in passkeys.ask_for_new(rosa)[0]["excludeCredentials"]] == ["public-key"] * 2
    assert (second_factor.is_on(rosa), second_factor.has_app(rosa)) == (True, False)
    assert come(phone) == come(stick) == rosa
    for passkey in rosa.passkeys.all():
        assert second_factor.is_on(rosa)
        passkeys.remove(passkey, by=rosa)
    assert (second_factor.is_on(rosa), StaticToken.objects.count()) == (False, 0)
    acts = ["second_factor.on", "passkey.added", "passkey.added", *["passkey.removed"] * 2, "second_factor.off"]
    assert sorted(AuditEntry.objects.values_list("action", flat=True)) == sorted(acts)
    assert code_of(come, phone) == "wrong_passkey"


def test_an_answer_proves_owner_place_and_moment():
    rosa, phone = make_user("rosa"), Device()
    give(rosa, phone)
    assert code_of(come, phone, flags=FLAG.UP) == "wrong_passkey"  # nobody was asked for finger or PIN
    assert code_of(come, phone, origin="http://testserver.example.org") == "wrong_passkey"
    assert code_of(come, phone, seconds_ago=301) == "passkey_late"
    assert code_of(come, Device()) == "wrong_passkey"  # the same id, another key
    assert code_of(come, Device(b"unknown")) == "wrong_passkey"
    passkey, answer = rosa.passkeys.get(), phone.sign(passkeys.ask_for_known()[0])
    assert code_of(passkeys.check, passkey, answer=answer, asked=passkeys.ask_for_known()[1]) == "wrong_passkey"
    assert code_of(passkeys.check, passkey, answer=answer, asked={}) == "passkey_late"
    assert come(phone) == rosa
    options, asked = passkeys.ask_for_new(rosa)
    assert code_of(passkeys.add, rosa, name="x", answer=Device(b"x").make(options, flags=FLAG.UP), asked=asked) == (
        "wrong_passkey"
    )
    rosa.is_active = False
    rosa.save()
    assert code_of(come, phone) == "wrong_passkey"


def test_a_copied_device_is_told_by_its_count_where_devices_count():
    rosa, phone, synced = make_user("rosa"), Device(count=7), Device(b"synced", count=0)
    give(rosa, phone)
    give(rosa, synced)
    assert come(phone) == come(synced) == come(synced) == rosa
    phone.count -= 1
    assert code_of(come, phone) == "passkey_copied"
    assert come(phone) == rosa
    assert list(Passkey.objects.order_by("pk").values_list("sign_count", flat=True)) == [9, 0]


def test_a_passkey_is_one_persons():
    phone = Device()
    give(make_user(), phone)
    other = make_user()
    assert code_of(give, other, phone) == "passkey_taken"
    assert not second_factor.is_on(other)


@pytest.mark.parametrize("answer", ["", "[]", "{", '{"rawId": 3}', "9" * 20_001, json.dumps({"a": "x"})])
def test_what_is_no_answer_is_refused(answer):
    assert code_of(passkeys.find, answer) == "wrong_passkey"
    asked = passkeys.ask_for_new(user := make_user())[1]
    assert code_of(passkeys.add, user, name="x", answer=answer, asked=asked) == "wrong_passkey"
