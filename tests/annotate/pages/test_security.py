"""The second factor and the sessions, as one meets them."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotate.models import AuditEntry, Session
from annotate.services.accounts import second_factor
from annotate.services.accounts.sessions import forget_expired
from tests.annotate.services.accounts.test_second_factor import forgive_wrong_codes, shown
from tests.device import ORIGIN, Device
from tests.factories import PASSWORD, make_user
from tests.visits import browser, told, words

pytestmark = pytest.mark.django_db


def sign_in(name: str, **headers: str):
    """A browser after name and password, and where they led."""
    client = browser()
    answer = client.post("/sign-in/", {"username": name, "password": PASSWORD, "next": "/account/"}, headers=headers)
    return client, answer["Location"]


def test_with_a_second_factor_a_password_opens_nothing_alone():
    user = make_user("rosa", is_staff=True)
    client, _ = sign_in("rosa")
    page = client.get("/account/second-factor/")
    assert 'src="data:image/svg+xml' in page.content.decode()
    assert "This code is wrong" in words(client.post("/account/second-factor/", {"code": "1"}))
    forgive_wrong_codes()
    page = client.post("/account/second-factor/", {"code": shown(user)})
    codes = re.search(r'<pre class="log">([\w\s]+)</pre>', page.content.decode())[1].split()
    assert len(codes) == 10

    client, led_to = sign_in("rosa")
    assert (led_to, client.get("/account/").status_code) == ("/sign-in/code/", 302)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/sign-in/?next=/admin/"
    assert "This code is wrong" in words(client.post("/sign-in/code/", {"code": "wrong"}))
    forgive_wrong_codes()
    assert client.post("/sign-in/code/", {"code": codes[0]})["Location"] == "/account/"
    assert client.get("/account/").status_code == 200

    asked = {"username": "rosa", "password": PASSWORD}
    refused = APIClient().post("/api/tokens/", asked)
    assert (refused.status_code, refused.json()["code"]) == (401, "wrong_code")
    forgive_wrong_codes()
    assert APIClient().post("/api/tokens/", asked | {"code": codes[1]}).status_code == 201
    client.post("/account/second-factor/", {"code": codes[2]})
    assert not second_factor.is_on(user)
    assert sign_in("rosa")[1] == "/account/"


def test_the_page_of_the_code_is_for_who_has_just_typed_their_password():
    user = make_user("rosa")
    assert browser().get("/sign-in/code/")["Location"] == "/sign-in/"
    second_factor.app_of(user)
    (code, *_) = second_factor.turn_on(user, shown(user))
    client, _ = sign_in("rosa")
    waiting = client.session
    waiting["waits_for_code"] |= {"since": (timezone.now() - timedelta(minutes=11)).timestamp()}
    waiting.save()
    assert client.post("/sign-in/code/", {"code": code})["Location"] == "/sign-in/"
    assert client.get("/account/").status_code == 302


def test_who_is_no_staff_is_refused_by_the_admin_and_not_sent_in_circles():
    assert browser(make_user()).get("/admin/", follow=True).status_code == 403


def test_sessions_are_listed_and_ended_from_another_one():
    agents = ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "curl/8")
    user = make_user("rosa")
    clients = [sign_in("rosa", **{"User-Agent": agent})[0] for agent in (*agents, *agents)]
    sign_in(make_user("other").username)
    here = clients[0]
    page = words(here.get("/account/"))
    assert (page.count("Firefox, Linux"), page.count("127.0.0.1")) == (2, 4)
    names = {each.session_key: each.name for each in user.sessions.all()}
    key = clients[1].session.session_key
    assert key not in here.get("/account/").content.decode()
    here.post("/account/sessions/end/", {"session": names[key]})
    assert [client.get("/account/").status_code for client in clients] == [200, 302, 200, 200]
    assert "2 other sessions are ended." in words(here.post("/account/sessions/end/", follow=True))
    assert [client.get("/account/").status_code for client in clients] == [200, 302, 302, 302]
    others = Session.objects.filter(user__username="other")
    assert others.count() == 1
    others.update(expire_date=timezone.now() - timedelta(seconds=1))
    forget_expired()
    assert list(Session.objects.values_list("user__username", flat=True)) == ["rosa"]


def test_use_is_noted_but_not_at_every_request(django_assert_num_queries):
    client, _ = sign_in(make_user("rosa").username)
    client.get("/account/")
    with django_assert_num_queries(2):  # the session and the person
        client.get("/api/preferences/")


def test_a_passkey_signs_in_alone_and_makes_a_password_not_enough(settings):
    settings.SITE_URL = ORIGIN
    rosa, phone = make_user("rosa"), Device()
    client, _ = sign_in("rosa")
    options = client.post("/account/passkeys/asked/").json()
    answer = {"name": "phone", "answer": phone.make(options)}
    assert "The second factor is on" in words(client.post("/account/passkeys/", answer))
    assert told(client.post("/account/passkeys/", answer)) == ["That took too long, or was sent twice. Try again."]
    assert "phone" in words(client.get("/account/"))

    client, led_to = sign_in("rosa")
    assert led_to == "/sign-in/code/"
    assert 'action="/sign-in/passkey/"' in client.get("/sign-in/code/").content.decode()
    answer = {"answer": phone.sign(client.post("/sign-in/passkey/asked/").json()), "next": "/account/settings/"}
    assert client.post("/sign-in/passkey/", answer)["Location"] == "/account/settings/"
    assert client.get("/account/").status_code == 200
    assert client.post("/sign-in/passkey/", answer)["Location"] == "/sign-in/?next=%2Faccount%2Fsettings%2F"
    failed = AuditEntry.objects.get(action="sign_in.failed")
    assert failed.subject == f"user:{rosa.pk}"
    stranger = browser()
    answer = {"answer": Device(b"x").sign(stranger.post("/sign-in/passkey/asked/").json()), "next": "//evil.example"}
    assert stranger.post("/sign-in/passkey/", answer)["Location"] == "/sign-in/?next=%2F"
    assert AuditEntry.objects.filter(action="sign_in.failed").count() == 2

    settings.SITE_URL = "https://blur.example.org"
    assert "passkey" not in browser().get("/sign-in/").content.decode()
    assert "Passkeys are made at https://blur.example.org." in words(client.get("/account/"))


def test_who_came_long_ago_signs_in_again_before_passkeys_change(settings):
    settings.SITE_URL = ORIGIN
    client, _ = sign_in(make_user("rosa").username)
    session = client.session
    session["signed_in_at"] -= 901
    session.save()
    refused = client.post("/account/passkeys/asked/")
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_again")
    page = client.get("/account/").content.decode()
    assert ("Sign in again to change them" in page, "Make a passkey" in page) == (True, False)
    assert client.post("/sign-in/again/")["Location"] == "/sign-in/?next=%2Faccount%2F"
    assert client.get("/account/").status_code == 302
