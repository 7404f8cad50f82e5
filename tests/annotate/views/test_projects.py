import pytest

from annotate.models import DEFAULT_LEVELS, Annotation, AuditEntry, Project, Role
from tests.factories import client_of, make_image, make_member, make_project, make_user, owner_of

pytestmark = pytest.mark.django_db


def test_a_person_makes_a_project_and_owns_it():
    response = client_of(make_user()).post("/api/projects/", {"name": "Cats", "votes_wanted": 3})
    body = response.json()
    assert response.status_code == 201
    assert (body["name"], body["votes_wanted"], body["role"], body["levels"]) == ("Cats", 3, "owner", DEFAULT_LEVELS)
    assert Project.objects.get().pk == body["id"]


def test_the_list_holds_what_one_is_a_member_of_with_the_role(django_assert_max_num_queries):
    make_project()
    mine = [make_project() for _ in range(3)]
    user = make_member(mine[0], Role.ANNOTATOR)
    make_member(mine[1], Role.CURATOR, user)
    with django_assert_max_num_queries(1):
        body = client_of(user).get("/api/projects/").json()
    assert [(row["id"], row["role"]) for row in body["results"]] == [(mine[0].pk, "annotator"), (mine[1].pk, "curator")]
    assert body["next"] is None


def test_a_list_goes_on_where_the_page_ended():
    user = make_user()
    projects = [make_project(user) for _ in range(3)]
    first = client_of(user).get("/api/projects/?page_size=2").json()
    second = client_of(user).get(first["next"]).json()
    assert [row["id"] for page in (first, second) for row in page["results"]] == [project.pk for project in projects]


def test_a_member_sees_the_project(django_assert_max_num_queries):
    project = make_project(guidelines="Look first.")
    client = client_of(make_member(project))
    with django_assert_max_num_queries(1):
        body = client.get(f"/api/projects/{project.pk}/").json()
    assert (body["id"], body["guidelines"], body["role"]) == (project.pk, "Look first.", "annotator")


def test_an_owner_changes_what_is_sent_and_nothing_else():
    project = make_project(name="Cats", votes_wanted=4)
    response = client_of(owner_of(project)).patch(f"/api/projects/{project.pk}/", {"guidelines": "Look."})
    assert response.status_code == 200
    assert (response.json()["name"], response.json()["votes_wanted"], response.json()["guidelines"]) == (
        "Cats",
        4,
        "Look.",
    )


def test_a_stranger_gets_404_and_a_curator_403_on_change():
    project = make_project()
    path = f"/api/projects/{project.pk}/"
    assert client_of(make_user()).get(path).status_code == 404
    assert client_of(make_user()).patch(path, {"name": "Mine"}).status_code == 404
    assert client_of(make_member(project, Role.CURATOR)).patch(path, {"name": "Mine"}).status_code == 403


CRISP = [DEFAULT_LEVELS[0] | {"name": "Crisp"}, *DEFAULT_LEVELS[1:]]
MOVED = [DEFAULT_LEVELS[0] | {"sigma_to": 1.0}, DEFAULT_LEVELS[1] | {"sigma_from": 1.0}, *DEFAULT_LEVELS[2:]]


def test_a_curator_calibrates_levels_in_use_as_on_the_page_of_the_levels():
    project = make_project(name="Cats")
    Annotation.objects.create(image=make_image(project), author=owner_of(project), document={}, revision=1)
    path = f"/api/projects/{project.pk}/"
    curator = client_of(make_member(project, Role.CURATOR))
    assert curator.patch(path, {"levels": CRISP}).json()["levels"] == CRISP
    shorter = curator.patch(path, {"levels": DEFAULT_LEVELS[:3], "labels_known": 1})
    assert (shorter.status_code, shorter.json()["code"]) == (400, "invalid_levels")  # the last one has an end
    three = [*DEFAULT_LEVELS[:2], DEFAULT_LEVELS[2] | {"sigma_to": None}]
    assert curator.patch(path, {"levels": three, "labels_known": 1}).json()["code"] == "levels_in_use"
    refused = curator.patch(path, {"levels": MOVED})
    assert (refused.status_code, refused.json()["code"], refused.json()["where"]) == (
        409,
        "labels_unknown",
        "labels_known",
    )
    assert refused.json()["detail"].startswith("Labels made with the bounds as they are: 1.")
    assert curator.patch(path, {"levels": MOVED, "labels_known": 1}).json()["levels"] == MOVED
    written = AuditEntry.objects.filter(project=project, action="project.calibrated").order_by("pk")
    assert [(entry.details["before"], entry.details["after"]) for entry in written] == [
        (DEFAULT_LEVELS, CRISP),
        (CRISP, MOVED),
    ]


def test_of_a_refused_scale_nothing_else_of_the_request_holds():
    project = make_project(name="Cats")
    Annotation.objects.create(image=make_image(project), author=owner_of(project), document={}, revision=1)
    both = {"levels": MOVED, "name": "Dogs"}
    path = f"/api/projects/{project.pk}/"
    assert client_of(owner_of(project)).patch(path, both).status_code == 409
    project.refresh_from_db()
    assert (project.name, project.levels) == ("Cats", DEFAULT_LEVELS)
    assert client_of(make_member(project, Role.CURATOR)).patch(path, both | {"labels_known": 1}).status_code == 403
    changed = client_of(owner_of(project)).patch(path, both | {"labels_known": 1}).json()
    assert (changed["name"], changed["levels"]) == ("Dogs", MOVED)


LEVELS = [dict(level) for level in DEFAULT_LEVELS]


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({}, "required", "name"),
        ({"name": ""}, "blank", "name"),
        ({"name": None}, "null", "name"),
        ({"name": ["x"]}, "invalid", "name"),
        ({"name": "x\0y"}, "null_characters_not_allowed", "name"),
        ({"name": "\ud800"}, "parse_error", None),
        ({"name": "x" * 121}, "max_length", "name"),
        ({"name": "x", "votes_wanted": 0}, "min_value", "votes_wanted"),
        ({"name": "x", "votes_wanted": 10**400}, "max_value", "votes_wanted"),
        ({"name": "x", "votes_wanted": True}, "invalid", "votes_wanted"),
        ({"name": "x", "salt": "known"}, "unknown_field", "salt"),
        ({"name": "x", "levels": "four"}, "not_a_list", "levels"),
        ({"name": "x", "levels": [LEVELS[0]]}, "invalid_levels", "levels"),
        ({"name": "x", "levels": [LEVELS[0], {"level": 1}]}, "required", "levels[1].name"),
        ({"name": "x", "levels": [LEVELS[0], 7]}, "invalid", "levels[1]"),
        ({"name": "x", "levels": [LEVELS[0], LEVELS[0]]}, "invalid_levels", "levels[1].level"),
        ([], "invalid", None),
        ("text", "invalid", None),
        (7, "invalid", None),
        (None, "null", None),
    ],
)
def test_a_malformed_project_is_refused_with_the_place(body, code, where):
    response = client_of(make_user()).generic("POST", "/api/projects/", as_json(body), content_type="application/json")
    assert response.status_code == 400
    assert response.json().get("where") == where
    assert response.json()["code"] == code
    assert not Project.objects.exists()


def as_json(body):
    import json

    return json.dumps(body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"name": NaN}', b'{"name": "\xe9"}', b"[" * 100_000])
def test_a_body_that_is_no_json_is_400(body):
    response = client_of(make_user()).generic("POST", "/api/projects/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] in ("parse_error", "required")


@pytest.mark.parametrize("query", ["cursor=x", "cursor=-1", "cursor=99999999999999999999", "page_size=0", "cursor=%00"])
def test_a_malformed_page_is_400(query):
    assert client_of(make_user()).get(f"/api/projects/?{query}").status_code == 400


@pytest.mark.parametrize("number", ["0", "9" * 30, "1.5", "x", "%00"])
def test_a_project_that_cannot_be_is_404(number):
    assert client_of(make_user()).get(f"/api/projects/{number}/").status_code == 404
