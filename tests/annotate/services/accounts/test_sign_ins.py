import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command

from annotate.models import ApiToken, AuditEntry, User
from annotate.services.teams.people import issue_token
from tests.factories import PASSWORD, make_user
from tests.visits import browser, words

pytestmark = pytest.mark.django_db
NEW = "another horse 18 paper"


def change_on_the_page(user):
    page = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert browser(user).post("/account/password/", page).status_code == 302
    return user


def change_in_the_admin(user):
    operator = make_user(is_staff=True, is_superuser=True)
    page = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert browser(operator).post(f"/admin/annotate/user/{user.pk}/password/", page).status_code == 302
    return operator


def change_by_command(user, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda **_: NEW)
    call_command("changepassword", user.username)


@pytest.mark.parametrize("way", [change_on_the_page, change_in_the_admin, change_by_command])
def test_another_password_ends_tokens_and_other_sessions(way, monkeypatch):
    user, bystander = make_user(), make_user()
    issue_token(user, name="script")
    issue_token(bystander, name="script")
    elsewhere = browser(user)
    by = way(user, monkeypatch) if way is change_by_command else way(user)
    assert User.objects.get(pk=user.pk).check_password(NEW)
    assert elsewhere.get("/account/").status_code == 302
    assert [token.user for token in ApiToken.objects.usable()] == [bystander]
    told = AuditEntry.objects.filter(action="password.set", subject=f"user:{user.pk}").last()
    assert (told.actor, told.details) == (by, {"tokens_ended": 1})


def test_the_page_says_what_ends_and_keeps_the_one_who_changed_it():
    user = make_user()
    client = browser(user)
    assert "your API tokens end" in words(client.get("/account/password/"))
    client.post("/account/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert "API tokens have ended" in words(client.get("/account/"))


def test_a_hash_that_is_only_made_stronger_ends_no_token(settings):
    user = make_user()
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="md5"))
    issue_token(user, name="script")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", *settings.PASSWORD_HASHERS]
    assert browser().post("/sign-in/", {"username": user.username, "password": PASSWORD}).status_code == 302
    assert User.objects.get(pk=user.pk).password.startswith("scrypt")
    assert ApiToken.objects.usable().count() == 1


def test_sign_ins_are_written_down_and_no_name_that_nobody_has():
    user, client = make_user(), browser()
    for name, password in (("my secret", "x"), (user.username, "x"), (user.username, PASSWORD)):
        client.post("/sign-in/", {"username": name, "password": password})
    wrong = {"name": "script", "days": 1, "username": user.username, "password": "x"}
    client.post("/api/tokens/", wrong, content_type="application/json")
    told = AuditEntry.objects.filter(action__startswith="sign_in").order_by("pk")
    person, nobody = f"user:{user.pk}", "user:None"
    assert list(told.values_list("action", "subject", "actor")) == [
        ("sign_in.failed", nobody, None),
        ("sign_in.failed", person, None),
        ("sign_in.succeeded", person, user.pk),
        ("sign_in.failed", person, None),
    ]
    assert {row.details["address"] for row in told} == {"127.0.0.1"}


def test_a_try_while_sign_in_rests_is_not_written_down():
    user, client = make_user(), browser()
    for _ in range(12):
        client.post("/sign-in/", {"username": user.username, "password": "x"})
    assert AuditEntry.objects.filter(action="sign_in.failed").count() == 10


def test_signing_out_clears_what_the_browser_kept_but_not_the_journal():
    answer = browser(make_user()).post("/sign-out/")
    assert answer["Clear-Site-Data"] == '"cache"'
