from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotate.models import ApiToken
from annotate.services.teams.people import issue_token, revoke_token
from tests.factories import make_project, make_user, owner_of

pytestmark = pytest.mark.django_db


def get_projects(header):
    return APIClient(enforce_csrf_checks=True).get("/api/projects/", headers={"Authorization": header})


def test_a_token_opens_what_its_user_may_see():
    project = make_project()
    _, key = issue_token(owner_of(project), name="laptop")
    response = get_projects(f"Token {key}")
    assert [row["id"] for row in response.json()["results"]] == [project.pk]


def test_a_token_needs_no_csrf_token():
    _, key = issue_token(make_user(), name="laptop")
    client = APIClient(enforce_csrf_checks=True, headers={"Authorization": f"Token {key}"})
    assert client.post("/api/projects/", {"name": "Cats"}).status_code == 201


@pytest.mark.promise("S6")
def test_a_session_needs_a_csrf_token():
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/api/projects/", {"name": "Cats"}).status_code == 403


@pytest.mark.parametrize("header", ["Token", "Token ", "Token x", "Token \xff\xfe", "Token " + "k" * 10_000])
def test_a_wrong_token_is_401(header):
    response = get_projects(header)
    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert response["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer abc"])
def test_another_kind_of_sign_in_is_401(header):
    assert get_projects(header).status_code == 401


@pytest.mark.promise("S6")
def test_a_revoked_expired_or_disabled_one_is_401():
    user = make_user()
    revoked, expired, disabled = (
        issue_token(owner, name="laptop") for owner in (user, user, make_user(is_active=False))
    )
    revoke_token(revoked[0], by=user)
    ApiToken.objects.filter(pk=expired[0].pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert [get_projects(f"Token {key}").status_code for _, key in (revoked, expired, disabled)] == [401, 401, 401]


def test_use_is_noted_but_not_at_every_request(django_assert_num_queries):
    token, key = issue_token(make_user(), name="laptop")
    get_projects(f"Token {key}")
    token.refresh_from_db()
    assert token.last_used_at is not None
    with django_assert_num_queries(2):  # the token, the projects
        get_projects(f"Token {key}")
