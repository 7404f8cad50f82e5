"""Signing in, coming in by invitation, and one's own tokens."""

import re

import pytest

from annotate.models import ApiToken, Invitation, Membership, User
from annotate.services.teams import people
from tests.factories import PASSWORD, make_member, make_user, owner_of
from tests.visits import browser, words

pytestmark = pytest.mark.django_db


def test_signing_in_leads_where_one_was_going(project):
    client, path = browser(), f"/projects/{project.pk}/guide/"
    user = make_member(project)
    response = client.post("/sign-in/", {"username": user.username, "password": PASSWORD, "next": path})
    assert response["Location"] == path
    assert client.get(path).status_code == 200


def test_a_wrong_password_is_told_in_words_and_ten_rest_the_sign_in():
    user, client = make_user(), browser()
    wrong = {"username": user.username, "password": "not it"}
    assert "The name or the password is wrong" in words(client.post("/sign-in/", wrong))
    answers = [client.post("/sign-in/", wrong).status_code for _ in range(9)]
    assert answers[-1] == 429
    page = client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert page.status_code == 429
    assert "Too many failed sign-ins. Wait 15 minutes and try again." in words(page)


def test_signing_out_takes_a_post(owner):
    assert owner.get("/sign-out/").status_code == 405
    assert owner.post("/sign-out/")["Location"] == "/sign-in/"
    assert owner.get("/account/").status_code == 302


def test_an_invitation_link_makes_an_account_and_a_member(project, owner):
    page = owner.post(f"/projects/{project.pk}/people/invite/", {"role": "curator"})
    link = re.search(r'value="http://testserver(/join/[^"]+)"', page.content.decode())[1]
    visitor = browser()
    assert f"Join {project.name}" in words(visitor.get(link))
    response = visitor.post(link, {"username": "nia", "password": "a long enough secret"})
    assert response["Location"] == f"/projects/{project.pk}/queue/"
    assert Membership.objects.get(user__username="nia").role == "curator"
    assert visitor.get(f"/projects/{project.pk}/people/").status_code == 200
    assert browser().get(link).status_code == 404


def test_a_person_who_is_signed_in_joins_with_their_account(project):
    _, token = people.create_invitation(project, role="annotator", by=owner_of(project))
    user = make_user()
    assert browser(user).post(f"/join/{token}/").status_code == 302
    assert Membership.objects.get(user=user).project == project


def test_a_name_that_is_taken_and_a_weak_password_are_told_below_their_fields(project):
    _, token = people.create_invitation(project, role="annotator", by=owner_of(project))
    make_user("taken")
    page = browser().post(f"/join/{token}/", {"username": "taken", "password": "a long enough secret"})
    assert page.context["form"].errors == {"username": ["This name is taken. Choose another."]}
    page = browser().post(f"/join/{token}/", {"username": "nia", "password": "short"})
    assert list(page.context["form"].errors) == ["password"]
    assert not User.objects.filter(username="nia").exists()


def test_a_revoked_invitation_opens_nothing(project, owner):
    invitation, token = people.create_invitation(project, role="annotator", by=owner_of(project))
    owner.post(f"/projects/{project.pk}/invitations/{invitation.pk}/revoke/")
    page = browser().get(f"/join/{token}/")
    assert (page.status_code, "Ask for a new link" in words(page)) == (404, True)
    assert not Invitation.objects.open().exists()


def test_a_token_is_shown_once_and_revoked_by_its_owner_only():
    user = make_user()
    client = browser(user)
    page = client.post("/account/", {"name": "export script", "days": 30})
    assert list(page.context["form"].errors) == ["scopes"]
    page = client.post("/account/", {"name": "export script", "days": 30, "scopes": ["read", "upload"]})
    key, token = page.context["key"], ApiToken.objects.get(user=user)
    assert (token.scopes, "Read, Upload" in words(page)) == (["read", "upload"], True)
    assert f'value="{key}"' in page.content.decode()
    assert key not in client.get("/account/").content.decode()
    assert browser(make_user()).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.usable().count() == 1
    client.post(f"/account/tokens/{token.pk}/revoke/")
    assert ApiToken.objects.usable().count() == 0
