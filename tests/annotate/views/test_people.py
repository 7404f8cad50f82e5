import pytest
from rest_framework.test import APIClient

from annotate.models import Invitation, Membership, Role
from annotate.services.teams.people import accept_invitation, issue_token
from tests.factories import PASSWORD, client_of, make_member, make_project, make_user, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def owner(project):
    return client_of(owner_of(project))


def member_path(user):
    return f"/api/members/{Membership.objects.get(user=user).pk}/"


# Members


def test_an_owner_adds_changes_and_removes_a_member(project, owner):
    make_user("rosa")
    added = owner.post(f"/api/projects/{project.pk}/members/", {"username": "rosa", "role": "annotator"})
    assert (added.status_code, added.json()["username"], added.json()["role"]) == (201, "rosa", "annotator")
    path = f"/api/members/{added.json()['id']}/"
    assert owner.patch(path, {"role": "curator"}).json()["role"] == "curator"
    assert owner.delete(path).status_code == 204
    assert owner.delete(path).status_code == 404


def test_the_members_are_listed_in_two_queries(project, django_assert_num_queries):
    curator = make_member(project, Role.CURATOR)
    for _ in range(5):
        make_member(project)
    with django_assert_num_queries(2):
        body = client_of(curator).get(f"/api/projects/{project.pk}/members/").json()
    assert [row["role"] for row in body["results"]] == ["owner", "curator"] + ["annotator"] * 5


def test_a_member_may_leave_but_not_remove_others(project):
    rosa, karl = make_member(project), make_member(project)
    assert client_of(rosa).delete(member_path(karl)).status_code == 403
    assert client_of(rosa).delete(member_path(rosa)).status_code == 204


def test_the_last_owner_stays(project, owner):
    response = owner.delete(member_path(owner_of(project)))
    assert (response.status_code, response.json()["code"]) == (409, "last_owner")


@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        ({"username": "nobody", "role": "annotator"}, 400, "unknown_user", "username"),
        ({"username": "rosa", "role": "king"}, 400, "invalid_choice", "role"),
        ({"username": "rosa", "role": ["owner"]}, 400, "invalid_choice", "role"),
        ({"username": "rosa\0", "role": "owner"}, 400, "null_characters_not_allowed", "username"),
        ({"role": "owner"}, 400, "required", "username"),
        ({"username": "rosa", "role": "owner"}, 409, "already_member", None),
    ],
)
def test_a_malformed_member_is_refused(project, owner, body, status, code, where):
    make_member(project, user=make_user("rosa"))
    response = owner.post(f"/api/projects/{project.pk}/members/", body)
    assert (response.status_code, response.json()["code"], response.json().get("where")) == (status, code, where)


def test_strangers_and_lower_roles_reach_no_member(project):
    member = member_path(owner_of(project))
    stranger, curator = client_of(make_user()), client_of(make_member(project, Role.CURATOR))
    assert stranger.get(f"/api/projects/{project.pk}/members/").status_code == 404
    assert stranger.patch(member, {"role": "annotator"}).status_code == 404
    assert stranger.delete(member).status_code == 404
    assert curator.patch(member, {"role": "annotator"}).status_code == 403
    assert client_of(make_member(project)).get(f"/api/projects/{project.pk}/members/").status_code == 403


# Invitations


def test_an_invitation_is_a_link_that_is_shown_once(project, owner):
    made = owner.post(f"/api/projects/{project.pk}/invitations/", {"role": "curator", "days": 3})
    assert made.status_code == 201
    token = made.json()["url"].rstrip("/").rsplit("/", 1)[1]
    listed = owner.get(f"/api/projects/{project.pk}/invitations/")
    assert [row["id"] for row in listed.json()["results"]] == [made.json()["id"]]
    assert token not in listed.content.decode()
    assert accept_invitation(token, user=make_user()).role == "curator"
    assert owner.get(f"/api/projects/{project.pk}/invitations/").json()["results"] == []


def test_a_revoked_invitation_is_gone(project, owner):
    made = owner.post(f"/api/projects/{project.pk}/invitations/", {}).json()
    path = f"/api/invitations/{made['id']}/"
    assert client_of(make_user()).delete(path).status_code == 404
    assert client_of(make_member(project, Role.CURATOR)).delete(path).status_code == 403
    assert owner.delete(path).status_code == 204
    assert owner.delete(path).status_code == 409


@pytest.mark.parametrize("body", [{"days": 0}, {"days": 10**9}, {"days": "soon"}, {"role": 7}, {"digest": "x"}, []])
def test_a_malformed_invitation_is_400(project, owner, body):
    assert owner.post(f"/api/projects/{project.pk}/invitations/", body).status_code == 400
    assert not Invitation.objects.exists()


# Tokens


def test_a_token_is_shown_once_works_and_can_be_revoked():
    user = make_user()
    made = client_of(user).post("/api/tokens/", {"name": "laptop", "days": 7})
    assert (made.status_code, made.json()["name"]) == (201, "laptop")
    program = APIClient(headers={"Authorization": f"Token {made.json()['key']}"})
    assert program.get("/api/tokens/").json()["results"][0].keys() == {
        *("id", "name", "scopes", "created_at", "expires_at", "last_used_at"),
    }
    assert program.delete(f"/api/tokens/{made.json()['id']}/").status_code == 204
    assert program.get("/api/tokens/").status_code == 401


def test_a_token_has_the_scopes_it_was_made_for_and_ends_no_other():
    user = make_user()
    other, _ = issue_token(user, name="other")
    assert other.scopes == ["read", "label", "upload", "curate", "train"]
    made = client_of(user).post("/api/tokens/", {"scopes": ["upload", "read"]})
    assert made.json()["scopes"] == ["read", "upload"]
    program = APIClient(headers={"Authorization": f"Token {made.json()['key']}"})
    refused = program.patch("/api/preferences/", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert "“label”" in refused.json()["detail"]
    assert program.delete(f"/api/tokens/{other.pk}/").status_code == 404


def test_a_program_gets_a_token_with_name_and_password():
    make_user("rosa")
    made = APIClient().post("/api/tokens/", {"username": "rosa", "password": PASSWORD})
    assert made.status_code == 201
    assert APIClient(headers={"Authorization": f"Token {made.json()['key']}"}).get("/api/projects/").status_code == 200


def test_a_wrong_password_is_401_and_the_eleventh_is_429():
    make_user("rosa")
    wrong = {"username": "rosa", "password": "wrong"}
    answers = [APIClient().post("/api/tokens/", wrong) for _ in range(11)]
    assert [answer.status_code for answer in answers[:9]] == [401] * 9
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "throttled")
    assert APIClient().post("/api/tokens/", {"username": "rosa", "password": PASSWORD}).status_code == 429


def test_nobody_and_a_token_get_no_token():
    _, key = issue_token(make_user(), name="laptop")
    assert APIClient().post("/api/tokens/", {}).status_code == 401
    assert APIClient().post("/api/tokens/", {"username": "rosa"}).status_code == 401
    by_token = APIClient(headers={"Authorization": f"Token {key}"}).post("/api/tokens/", {})
    assert (by_token.status_code, by_token.json()["code"]) == (403, "permission_denied")


def test_somebody_elses_token_is_404():
    token, _ = issue_token(make_user(), name="laptop")
    assert client_of(make_user()).delete(f"/api/tokens/{token.pk}/").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"days": 366},
        {"days": 0},
        {"days": 1e300},
        {"name": ""},
        {"name": 5 * [1]},
        {"user": 1},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"username": "a\0", "password": "b"},
    ],
)
def test_a_malformed_token_is_400(body):
    assert client_of(make_user()).post("/api/tokens/", body).status_code == 400
