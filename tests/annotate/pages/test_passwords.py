"""Links for a new password."""

import re

import pytest

from annotate.models import AuditEntry
from annotate.services.accounts import passwords
from annotate.services.accounts.passwords import path_of_link
from tests.factories import PASSWORD, make_member, make_project, make_user, owner_of
from tests.visits import browser, words

pytestmark = pytest.mark.django_db
NEW = "quite another secret 9"


def set_password(path: str, password: str = NEW):
    """A visitor who opens the link and types a password."""
    client = browser()
    page = client.get(path, follow=True)
    return client.post(page.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def test_an_owners_link_sets_a_password_once_and_ends_every_session(project, owner):
    rosa = make_member(project, user=make_user("rosa"))
    hers = browser(rosa)
    path = f"/projects/{project.pk}/people/{rosa.pk}/"
    assert browser(make_member(project, "curator")).post(f"{path}password/").status_code == 403
    page = owner.post(f"{path}password/")
    link = re.search(r'value="http://testserver(/password/[^"]+)"', page.content.decode())[1]
    assert link not in owner.get(path).content.decode()
    assert "At least 10 characters" in words(set_password(link, "short"))
    assert set_password(link)["Location"] == "/sign-in/"
    assert hers.get("/account/").status_code == 302
    assert not rosa.sessions.exists()
    assert "This link is used or too old" in words(browser().get(link))
    assert [
        browser().post("/sign-in/", {"username": "rosa", "password": each}).status_code for each in (PASSWORD, NEW)
    ] == [200, 302]
    told = AuditEntry.objects.filter(subject=f"user:{rosa.pk}", action__startswith="password.").order_by("pk")
    assert [(each.action, each.actor) for each in told] == [
        ("password.link_made", owner_of(project)),
        ("password.set", rosa),
    ]


def test_a_link_ends_with_a_sign_in_and_after_a_day(settings):
    user = make_user("rosa")
    link = path_of_link(user)
    browser().post("/sign-in/", {"username": "rosa", "password": PASSWORD})
    assert "This link is used or too old" in words(browser().get(link))
    user.refresh_from_db()
    link, settings.PASSWORD_RESET_TIMEOUT = path_of_link(user), -1
    assert "This link is used or too old" in words(browser().get(link))
    assert "This link is used or too old" in words(browser().get("/password/x/y/"))


@pytest.mark.parametrize("who", ["who runs the site", "who also works elsewhere", "oneself"])
def test_no_owner_takes_an_account_that_opens_more_than_theirs(project, owner, who):
    rosa = make_member(project, user=make_user(is_staff=who == "who runs the site"))
    if who == "who also works elsewhere":
        make_member(make_project(), user=rosa)
    person = owner_of(project) if who == "oneself" else rosa
    page = owner.post(f"/projects/{project.pk}/people/{person.pk}/password/", follow=True)
    assert "/password/" not in re.sub(r'action="[^"]*"|href="[^"]*"', "", page.content.decode())
    assert not AuditEntry.objects.filter(action="password.link_made").exists()


def test_who_changes_their_own_password_stays_signed_in_there_only():
    make_user("rosa")
    here, there = browser(), browser()
    for client in (here, there):
        client.post("/sign-in/", {"username": "rosa", "password": PASSWORD})
    changed = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post("/account/password/", changed)["Location"] == "/account/"
    assert "127.0.0.1" in words(here.get("/account/"))
    assert there.get("/account/").status_code == 302


def test_a_link_comes_by_mail_to_who_has_the_address_and_the_answer_tells_nobody(settings, mailoutbox):
    assert browser().get("/password/").status_code == 404
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.org", "https://blur.example.org"
    rosa = make_user("rosa", preferences={"language": "de"})
    client = browser(rosa)
    refused = client.post("/account/mail/", {"email": "rosa@lab.org", "password": "not it"})
    assert list(refused.context["form"].errors) == ["password"]
    assert client.post("/account/mail/", {"email": "rosa@lab.org", "password": PASSWORD})["Location"] == "/account/"
    make_user("gone", email="gone@lab.org", is_active=False)

    asked = [browser().post("/password/", {"email": email}, follow=True) for email in ("ROSA@lab.org", "no@lab.org")]
    asked += [browser().post("/password/", {"email": email}, follow=True) for email in ("gone@lab.org", "rosa@lab.org")]
    assert {"If an account here has this address, a mail" in words(page) for page in asked} == {True}
    passwords.send_mails()
    passwords.send_mails()
    (mail,) = mailoutbox  # asked for twice within ten minutes
    assert (mail.to, mail.subject) == (["rosa@lab.org"], "Ein neues Passwort für SmartBlur Studio")
    link = re.search(r"https://blur.example.org(/password/\S+)", mail.body)[1]
    assert set_password(link)["Location"] == "/sign-in/"
    assert "This is no mail address." in words(browser().post("/password/", {"email": "rosa"}))
