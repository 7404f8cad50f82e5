"""Every route x method x person of the API against one declared table: an undeclared route is a failure."""

import re
import uuid
from collections import defaultdict

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from annotate.core.blurmap import encode_levels
from annotate.core.regions import EMPTY
from annotate.models import (
    Annotation,
    Consensus,
    Export,
    Invitation,
    LabelImport,
    Membership,
    Rework,
    Role,
    Scope,
    User,
)
from annotate.permissions import allows
from annotate.services.importing.label_checks import Findings
from annotate.services.queueing.batches import give_batch
from annotate.services.teams.people import create_invitation, issue_token, remove_member
from modelsvc.services.checkpoints import attempt_name
from modelsvc.services.evaluations import pictures_name, queue_evaluation
from tests.factories import client_of, make_image, make_member, make_project, make_user, owner_of
from tests.modelsvc.rows import add_test_photos, make_ready_release, make_run, make_trial, make_version
from tests.visits import browser

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
MARK = "marker-4711"  # in the names of all that a stranger must not see
DRAFT = {"save_id": str(uuid.uuid4()), "base_revision": 0, "document": EMPTY.as_json(), "active_ms": 0}
EMPTY_REPORT = Findings().as_json() | {"photos_here": 0, "proposed": {}}
FORMS = (("images", "post"), ("label-imports", "post"))
TABLE = {  # (route, method): the action of `permissions.MINIMUM_ROLE`, or who else may
    ("schema", "get"): "anybody signed in",
    ("projects", "get"): "anybody signed in",
    ("projects", "post"): "anybody signed in",
    ("tokens", "get"): "anybody signed in",
    ("tokens", "post"): "anybody signed in",
    ("preferences", "get"): "anybody signed in",
    ("preferences", "patch"): "anybody signed in",
    ("token", "delete"): "its holder",
    ("project", "get"): "project.view",
    ("project", "patch"): "levels.change",  # and the rest of it: "project.change"
    ("project-archive", "put"): "project.archive",
    ("project-copies", "post"): "project.copy",
    ("batches", "get"): "batch.view",
    ("batches", "post"): "batch.give",
    ("batch", "get"): "batch.view",
    ("batch", "patch"): "batch.give",
    ("members", "get"): "people.view",
    ("members", "post"): "people.change",
    ("member", "patch"): "people.change",
    ("member", "delete"): "people.change",
    ("invitations", "get"): "people.change",
    ("invitations", "post"): "people.change",
    ("invitation", "delete"): "people.change",
    ("images", "get"): "image.view",
    ("images", "post"): "image.add",
    ("image-ids", "get"): "image.view",
    ("image-acts", "post"): "image.curate",
    ("image-burst", "get"): "image.curate",
    ("image-act-undo", "post"): "image.curate",
    ("atlas", "get"): "consensus.view",
    ("sets", "get"): "image.view",
    ("sets", "post"): "image.curate",
    ("set", "delete"): "image.curate",
    ("image", "get"): "image.view",
    ("image-file", "get"): "image.view",
    ("image-preview", "get"): "image.view",
    ("image-sharpness", "get"): "image.view",
    ("image-clicks", "get"): "image.view",
    ("click-decoder", "get"): "anybody signed in",
    ("next", "post"): "image.label",
    ("annotation", "get"): "its author and curators",
    ("draft", "put"): "its author",
    ("notes", "put"): "its author",
    ("submit", "post"): "its author",
    ("return", "post"): "its author",
    ("skip", "post"): "its author",
    ("rework-ask", "post"): "curators",
    ("rework-list", "get"): "image.label",
    ("rework-accept", "post"): "curators",
    ("rework-withdraw", "post"): "curators",
    ("vote", "put"): "image.label",
    ("vote", "delete"): "image.label",
    ("unvoted", "get"): "image.label",
    ("consensus", "get"): "consensus.view",
    ("consensus", "put"): "consensus.settle",
    ("differences", "get"): "consensus.settle",
    ("settling", "post"): "consensus.settle",
    ("settle", "post"): "consensus.settle",
    ("disputes", "get"): "consensus.settle",
    ("dispute", "get"): "consensus.settle",
    ("decision", "post"): "consensus.settle",
    ("decision-undo", "post"): "consensus.settle",
    ("consensus-levels", "get"): "consensus.view",
    ("label-imports", "get"): "labels.view",
    ("label-imports", "post"): "labels.import",
    ("label-import", "get"): "labels.view",
    ("label-import", "delete"): "labels.import",
    ("label-report", "get"): "labels.view",
    ("label-read", "post"): "labels.import",
    ("label-apply", "post"): "labels.import",
    ("label-cancel", "post"): "labels.import",
    ("label-undo", "post"): "labels.import",
    ("releases", "get"): "release.view",
    ("releases", "post"): "release.cut",
    ("release-cancel", "post"): "release.cut",
    ("release", "get"): "release.view",
    ("release-download", "get"): "release.view",
    ("exports", "get"): "release.view",
    ("exports", "post"): "release.view",
    ("export", "get"): "release.view",
    ("export-cancel", "post"): "release.view",
    ("export-download", "get"): "release.view",
    ("runs", "get"): "run.view",
    ("runs", "post"): "run.start",
    ("run", "get"): "run.view",
    ("run-metrics", "get"): "run.view",
    ("run-live", "get"): "run.view",
    ("run-sample", "get"): "run.view",
    ("run-cancel", "post"): "run.start",
    ("run-stop", "post"): "run.start",
    ("run-resume", "post"): "run.start",
    ("run-retry", "post"): "run.start",
    ("models", "get"): "run.view",
    ("model-preannotation", "get"): "run.view",
    ("trial-progress", "get"): "whoever started it",
    ("trial-decisions", "put"): "whoever started it",
    ("model-promote", "post"): "model.promote",
    ("model-stage", "post"): "model.promote",
    ("evaluations", "get"): "run.view",
    ("evaluations", "post"): "run.start",
    ("evaluation", "get"): "run.view",
    ("evaluation-cancel", "post"): "run.start",
    ("evaluation-picture", "get"): "run.view",
}
WRITTEN_BY = {  # what a write takes of a token, by the rule above; reading takes `read` everywhere
    **dict.fromkeys(("image.label", "its author"), "label"),
    **dict.fromkeys(("image.add", "labels.import"), "upload"),
    **dict.fromkeys(("run.start", "model.promote", "whoever started it"), "train"),
    **dict.fromkeys(("release.view", "its holder"), "read"),
}
SPECIAL_SCOPES = {("preferences", "patch"): "label"}


def routes(patterns=None, prefix=""):
    """(name, path with <name> for its numbers) of each route of the site."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield pattern.name, "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", path)


def api_routes():
    """Those under /api/."""
    return [(name, path) for name, path in routes() if path.startswith("/api/")]


@pytest.fixture
def people_and_rows():
    return one_of_everything()


def one_of_everything():
    """Somebody of each role in one project, and the id of a row for each name in a path."""
    project = make_project(name=MARK)
    people = {role: make_member(project, role) for role in Role.values[:-1]} | {"owner": owner_of(project)}
    image = make_image(project, file_name=f"{MARK}.jpg")
    annotation = Annotation.objects.create(image=image, author=people["annotator"], document=EMPTY.as_json())
    sharp = encode_levels(np.zeros((image.height, image.width), np.uint8))
    Consensus.objects.create(
        image=image, posterior_ppm=[0] * 4, vote_counts=[0] * 4, decided_by="single", levels_png=sharp, reason=MARK
    )
    create_invitation(project, role=Role.ANNOTATOR, by=owner_of(project))
    release = make_ready_release(project)
    run = make_run(project, release)
    storages["models"].save(f"{attempt_name(run)}/samples/1.jpg", ContentFile(MARK.encode()))
    version = make_version(project, MARK)
    add_test_photos(release, 1)
    evaluation = queue_evaluation(version, release, by=owner_of(project))
    storages["models"].save(f"{pictures_name(evaluation)}/{image.sha256[:24]}.jpg", ContentFile(MARK.encode()))
    project.photo_facts.filter(pk=image.pk).update(burst=image.pk)
    saved = project.saved_sets.create(name=MARK, query="q=a", saved_by=people["owner"])
    return people, {
        "project": project.pk,
        "set": saved.pk,
        "saved_set": saved.pk,
        "burst": image.pk,
        "member": Membership.objects.get(user=make_member(project)).pk,
        "invitation": Invitation.objects.get().pk,
        "token": issue_token(people["owner"], name=MARK)[0].pk,
        "image": image.pk,
        "annotation": annotation.pk,
        "release": release.pk,
        "labels": make_label_import(project, by=people["owner"]).pk,
        "export": Export.objects.create(release=release, format="votes", asked_by=owner_of(project)).pk,
        "run": run.pk,
        "epoch": 1,
        "version": version.pk,
        "evaluation": evaluation.pk,
        "rework": make_rework(annotation, by=people["owner"]).pk,
        "batch": give_batch(project, by=people["owner"], name=MARK, images=[image.pk], is_for_everybody=True).pk,
        "act": uuid.uuid4(),
        "trial": make_trial(project, by=people["owner"]).pk,
    }


def every_call():
    """Each route with each method, whether it is offered or not."""
    return {(name, method) for name, _ in api_routes() for method in METHODS}


def make_label_import(project, *, by):
    """A file of labels that was read."""
    about = {"file_name": MARK, "byte_count": 1, "format": "coco", "state": "done", "started_by": by}
    return LabelImport.objects.create(project=project, file=MARK, report=EMPTY_REPORT, **about)


def make_rework(annotation, *, by):
    """A request about work that somebody handed in."""
    asked = {"document": annotation.document, "revision": annotation.revision, "reason": MARK}
    return Rework.objects.create(
        image=annotation.image, annotation=annotation, asked_by=by, asked_of=annotation.author, **asked
    )


def answers(user, rows, client=None, calls=TABLE):
    """((route, method), status, body) of each of the calls as the user; what one changes is rolled back."""
    client = client or client_of(user)
    for name, path in api_routes():
        for method in (method for method in METHODS if (name, method) in calls):
            url = re.sub(r"<(\w+)>", lambda found: str(rows[found[1]]), path)
            form = "multipart" if (name, method) in FORMS else "json"
            with transaction.atomic():
                body = DRAFT if name == "draft" else {}
                response = getattr(client, method)(url, **({} if method == "get" else {"data": body, "format": form}))
                content = b"".join(response.streaming_content) if response.streaming else response.content
                transaction.set_rollback(True)
            yield (name, method), response.status_code, content.decode("utf-8", "replace")


@pytest.mark.promise("S5")
def test_every_route_and_method_is_declared(people_and_rows):
    people, rows = people_and_rows
    offered = {call for call, status, _ in answers(people["owner"], rows, calls=every_call()) if status != 405}
    assert offered == set(TABLE)


def test_no_answer_of_any_route_may_be_kept_for_others(people_and_rows):
    people, rows = people_and_rows
    found, kinds, wrong = defaultdict(lambda: 1, rows | {"language": "de"}), set(), []
    for client in (browser(people["owner"]), browser()):
        for _, path in routes():
            response = client.get(re.sub(r"<(\w+)>", lambda name: str(found[name[1]]), path))
            kept = set(response["Cache-Control"].split(", "))
            kinds.add((response.status_code, response.get("Content-Type", "").split(";")[0]))
            may_ask_again = "no-cache" in kept and (response.has_header("ETag") or "html" in response["Content-Type"])
            lasts = any(each.startswith("max-age=") and each != "max-age=0" for each in kept)
            if "private" not in kept or not ("no-store" in kept or may_ask_again or lasts):
                wrong.append((path, response.status_code, kept))
            if response.streaming:
                b"".join(response.streaming_content)  # and so closed
    assert wrong == []
    assert kinds >= {
        (200, "text/html"),
        (200, "application/json"),
        (200, "image/jpeg"),
        (200, "text/csv"),
        (404, "text/html"),
    }


@pytest.mark.promise("S5")
def test_nobody_gets_anything(people_and_rows):
    _, rows = people_and_rows
    refused = {
        (call, status)
        for call, status, body in answers(None, rows, calls=every_call())
        if status != 401 or MARK in body
    }
    assert refused == set()


@pytest.mark.parametrize("stranger", ["outsider", "another project's owner", "superuser", "former member"])
@pytest.mark.promise("S5")
def test_a_stranger_finds_nothing(people_and_rows, stranger):
    _, rows = people_and_rows
    user = make_user(is_superuser=stranger == "superuser")
    if stranger == "another project's owner":
        make_image(make_project(user))
    if stranger == "former member":
        remove_member(Membership.objects.create(project_id=rows["project"], user=user, role="owner"), by=user)
    wrong = []
    for call, status, body in answers(user, rows):
        if MARK in body or (TABLE[call] != "anybody signed in" and status != 404):
            wrong.append((call, status, body[:100]))
    assert wrong == []


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.promise("S5")
def test_each_role_may_do_what_the_table_says_and_nothing_else(people_and_rows, role):
    people, rows = people_and_rows
    wrong = []
    for call, status, body in answers(people[role], rows):
        if not is_as_declared(TABLE[call], role, status):
            wrong.append((call, status, body[:100]))
    assert wrong == []


def is_as_declared(rule, role, status):
    """Whether the status is what the rule says for the role; a refusal of an empty body is no refusal of the person."""
    may = {
        "anybody signed in": True,
        "its holder": role == "owner",
        "its author": role == "annotator",
        "whoever started it": role == "owner",
        "curators": role in ("curator", "owner"),
        "its author and curators": role in ("annotator", "curator", "owner"),
    }
    if rule in may:
        return status not in (401, 403, 404) if may[rule] else status in (403, 404)
    return status not in (401, 403, 404) if allows(role, rule) else status == 403


def scope_for(call):
    """The scope that a token needs for a call."""
    needed = "read" if call[1] == "get" else WRITTEN_BY.get(TABLE[call], "curate")
    return SPECIAL_SCOPES.get(call, needed)


@pytest.mark.parametrize("scope", Scope.values)
def test_a_token_of_one_scope_may_do_what_the_table_says_and_nothing_else(people_and_rows, scope):
    people, rows = people_and_rows
    token, key = issue_token(people["owner"], name=MARK, scopes=[scope])
    rows["token"] = token.pk
    program = APIClient(headers={"Authorization": f"Token {key}"})
    wrong = []
    for call, status, body in answers(None, rows, program):
        if call != ("tokens", "post") and (scope_for(call) == scope) == ("scope_missing" in body):
            wrong.append((call, status, body[:100]))
    assert wrong == []


def test_an_annotator_reads_nobody_elses_name(people_and_rows):
    people, rows = people_and_rows
    annotator = people["annotator"]
    for user in User.objects.exclude(pk=annotator.pk):
        User.objects.filter(pk=user.pk).update(username=f"peer-7734-{user.pk}", first_name="peer-7734")
    told = {call for call, _, body in answers(annotator, rows) if "peer-7734" in body}
    her = browser(annotator)
    for name, path in routes():
        is_page = path.startswith("/projects/") or path in ("/", "/account/")
        if is_page and set(re.findall(r"<(\w+)>", path)) <= rows.keys():
            response = her.get(re.sub(r"<(\w+)>", lambda found: str(rows[found[1]]), path))
            if not response.streaming and "peer-7734" in response.content.decode("utf-8", "replace"):
                told.add(name)
    assert told == set()
