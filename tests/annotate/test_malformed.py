"""Whatever comes in is answered with 2xx or with 4xx, a code and a sentence; never with a 500."""

import json
import uuid

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.core.regions import EMPTY
from annotate.models import Annotation
from tests.factories import client_of, make_image, make_project, owner_of

pytestmark = pytest.mark.django_db

NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        [-1, 0, 2**31, 2**63, 10**400, 1e308, -0.0, "", " ", "\0", "\ud800", "'; --", "nan", "1", "x" * 70_000]
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.recursive(st.none(), lambda inner: st.lists(inner, max_size=2), max_leaves=40),
)
LEVEL = {"level": 0, "name": "Sharp", "sigma_from": 0.0, "sigma_to": 1.0, "sample_sigma": 0.0, "amount_ppm": 0}
SOUND = {  # a body that the route takes; each try spoils some of it
    ("post", "projects/"): {"name": "Cats", "guidelines": "", "levels": [LEVEL, LEVEL], "votes_wanted": 2},
    ("patch", "projects/{project}/"): {"name": "Cats", "levels": [LEVEL], "labels_known": 1, "votes_wanted": 2},
    ("post", "projects/{project}/members/"): {"username": "rosa", "role": "curator"},
    ("post", "projects/{project}/invitations/"): {"role": "curator", "days": 3},
    ("post", "tokens/"): {"name": "laptop", "days": 3},
    ("post", "projects/{project}/next/"): {"image": 1, "after": 1},
    ("put", "images/{image}/vote/"): {"desirability": "good", "elapsed_ms": 1},
    ("put", "annotations/{annotation}/draft/"): {
        "save_id": str(uuid.UUID(int=1)),
        "base_revision": 0,
        "document": EMPTY.as_json(),
        "active_ms": 0,
    },
    ("put", "projects/{project}/archive/"): {"is_archived": True},
    ("post", "projects/{project}/copies/"): {"name": "Cats", "with_members": True, "with_photos": True},
    ("post", "projects/{project}/batches/"): {
        "name": "Cats",
        "images": [1],
        "people": ["rosa"],
        "is_for_everybody": True,
        "due_on": "2031-01-01",
    },
    ("post", "annotations/{annotation}/skip/"): {"reason": "dark"},
    ("post", "annotations/{annotation}/rework/"): {"reason": "The ear is blurred.", "x": 1, "y": 1, "to": "rosa"},
    ("post", "images/{image}/settle/"): {"annotation": 1, "desirability": "good", "reason": "A slip.", "seen": 1},
    ("post", "images/{image}/decision/"): {
        "act_id": str(uuid.UUID(int=1)),
        "annotation": None,
        "takes": [{"place": 0, "annotation": 1}],
        "desirability": "good",
        "reason": "A slip.",
        "seen": 1,
    },
    ("put", "annotations/{annotation}/notes/"): {"notes": [{"id": "n1", "x": 1, "y": 1, "text": "Glare."}]},
    ("post", "projects/{project}/runs/"): {"release": 1, "preset": "smoke", "base_version": None, "parameters": {}},
}


@pytest.fixture
def rows():
    project = make_project()
    image = make_image(project)
    annotation = Annotation.objects.create(image=image, author=owner_of(project), document=EMPTY.as_json())
    return {"project": project.pk, "image": image.pk, "annotation": annotation.pk, "owner": owner_of(project)}


@pytest.mark.parametrize("route", SOUND, ids=" ".join)
def test_a_spoilt_body_is_no_500(rows, route):
    method, path = route
    client, url = client_of(rows["owner"]), "/api/" + path.format(**rows)

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from([*SOUND[route], "other"]), NASTY, min_size=1, max_size=2) | NASTY)
    def send(spoilt):
        body = SOUND[route] | spoilt if isinstance(spoilt, dict) else spoilt
        with transaction.atomic():
            response = client.generic(method.upper(), url, json.dumps(body), content_type="application/json")
            transaction.set_rollback(True)
        assert response.status_code < 500
        if response.status_code >= 400:
            assert {"code", "detail"} <= set(response.json())

    send()


@pytest.mark.parametrize("query", ["page_size", "cursor", "state", "split", "license", "album", "sha256", "other"])
def test_a_spoilt_query_is_no_500(rows, query):
    client = client_of(rows["owner"])

    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.integers().map(str))
    def send(value):
        response = client.get(f"/api/projects/{rows['project']}/images/", {query: value})
        assert response.status_code in (200, 400)

    send()
