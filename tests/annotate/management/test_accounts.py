import json

import pytest
from django.core.management import call_command

from annotate.models import ApiToken, User
from annotate.services.teams.people import digest_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_issue_token_prints_a_key_that_works(capsys):
    user = make_user("rosa")
    call_command("issue_token", "rosa", "--days", "3", "--name", "laptop", "--scope", "read", "--scope", "upload")
    key = capsys.readouterr().out.strip()
    token = ApiToken.objects.usable().get(digest=digest_of(key))
    days = round((token.expires_at - token.created_at).total_seconds() / 86_400)
    assert (token.user, token.name, token.scopes, days) == (user, "laptop", ["read", "upload"], 3)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody"],
        [],
        ["rosa", "--days", "0"],
        ["rosa", "--days", "soon"],
        ["rosa", "--scope", "all"],
        ["rosa", "--days", "99999999999"],
    ],
)
def test_issue_token_refuses_bad_arguments_with_exit_code_2(capsys, arguments):
    make_user("rosa")
    with pytest.raises(SystemExit) as end:
        call_command("issue_token", *arguments)
    assert end.value.code == 2
    assert set(json.loads(capsys.readouterr().err)) >= {"code", "detail", "where"}
    assert not ApiToken.objects.exists()


def test_create_owner_makes_a_superuser_with_the_operators_password_once(capsys, monkeypatch):
    monkeypatch.setenv("SMARTBLUR_OWNER_PASSWORD", "a fine long password")
    call_command("create_owner")
    monkeypatch.setenv("SMARTBLUR_OWNER_PASSWORD", "another one entirely")
    call_command("create_owner")
    owner = User.objects.get()
    assert (owner.username, owner.is_superuser, owner.is_staff) == ("owner", True, True)
    assert owner.check_password("a fine long password")
    assert "fine" not in capsys.readouterr().out


def test_create_owner_shows_a_random_password_once(capsys, monkeypatch):
    monkeypatch.delenv("SMARTBLUR_OWNER_PASSWORD", raising=False)
    call_command("create_owner", "--username", "rosa")
    password = capsys.readouterr().out.split("Password:")[1].split()[0]
    assert User.objects.get(username="rosa").check_password(password)
    assert len(password) >= 16


def test_a_weak_password_of_the_operator_is_warned_of(capsys, monkeypatch):
    monkeypatch.setenv("SMARTBLUR_OWNER_PASSWORD", "owner")
    call_command("create_owner")
    assert "Warning: SMARTBLUR_OWNER_PASSWORD is weak" in capsys.readouterr().out
