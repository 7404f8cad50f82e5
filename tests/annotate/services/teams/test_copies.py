"""A project that begins as another, and one that is put away."""

import uuid

import pytest

from annotate.core.errors import Archived
from annotate.models import AuditEntry, Derivative, Image, Project
from annotate.services.labelling import annotations
from annotate.services.photos import derivatives
from annotate.services.photos.images import ingest_image
from annotate.services.queueing.stopping import first_wanted
from annotate.services.teams.archive import archive_project
from annotate.services.teams.copies import copy_project
from tests.factories import CC0, make_image, make_member, make_project, make_user, owner_of, photo_bytes
from tests.labels import LEFT_HALF, claim, label_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(name="Cats", guidelines="Look at the eyes.", votes_wanted=2, votes_most=4, hidden_percent=5)


def copy(project, by=None, **fields):
    fields = {"name": "Cats 2", "with_members": False, "with_photos": False} | fields
    return copy_project(project, by=by or owner_of(project), **fields)


def test_a_copy_has_the_rules_and_levels_and_nothing_else(project):
    make_member(project), label_image(make_image(project), LEFT_HALF, "good")
    made = Project.objects.get(pk=copy(project, by=make_user("vera")).pk)
    same = ("guidelines", "levels", "votes_wanted", "votes_most", "hidden_percent", "alike_percent")
    assert [getattr(made, name) for name in same] == [getattr(project, name) for name in same]
    assert made.name == "Cats 2"
    assert made.salt != project.salt
    assert list(made.memberships.values_list("user__username", "role")) == [("vera", "owner")]
    assert made.images.count() == 0


def test_members_keep_their_roles(project):
    curator, owner = make_member(project, "curator"), owner_of(project)
    made = copy(project, by=curator, with_members=True)
    assert dict(made.memberships.values_list("user", "role")) == {curator.pk: "owner", owner.pk: "owner"}


def test_photos_are_new_to_everybody_and_their_bytes_are_stored_once(project):
    first, second, withdrawn = make_image(project), make_image(project), make_image(project)
    label_image(first, LEFT_HALF, "good", "good")
    Image.objects.filter(pk=first.pk).update(album="Garden", split="test", group="g1", queue_rank=3)
    Image.objects.filter(pk=withdrawn.pk).update(is_withdrawn=True)
    derivatives.render_derivatives()
    made = copy(project, with_photos=True)
    facts = ("file", "sha256", "width", "license", "album", "state", "split", "group", "open_slots", "queue_rank")
    first.refresh_from_db()
    assert list(made.images.values_list(*facts)) == [
        (first.file.name, first.sha256, 48, "CC0-1.0", "Garden", "new", "", "", first_wanted(made, first.sha256), 1e9),
        (second.file.name, second.sha256, 48, "CC0-1.0", "", "new", "", "", first_wanted(made, second.sha256), 1e9),
    ]
    made_of = ("image__sha256", "state", "preview", "sharpness")
    rows = [set(Derivative.objects.filter(image__project=each).values_list(*made_of)) for each in (project, made)]
    assert rows[0] - rows[1] == {each for each in rows[0] if each[0] == withdrawn.sha256}
    assert {each[1] for each in rows[1]} == {"done"}
    assert AuditEntry.objects.get(action="project.copied").details["photos"] == 2


def test_previews_that_are_not_made_yet_are_made_for_the_copy_too(project):
    make_image(project)
    made = copy(project, with_photos=True)
    assert made.images.get().derivative.state == "queued"
    derivatives.render_derivatives()
    assert made.images.get().derivative.state == "done"


def test_a_photo_that_was_copied_is_known_when_it_comes_in_again(project):
    data = photo_bytes()
    make_image(project, data)
    made = copy(project, with_photos=True)
    image, is_new = ingest_image(data, file_name="again.jpg", project=made, by=owner_of(made), source=CC0)
    assert (image, is_new) == (made.images.get(), False)


def test_an_archived_project_takes_no_save_and_no_vote_until_it_is_taken_out(project):
    make_image(project)
    draft, owner = claim(project, make_member(project)), owner_of(project)
    for _ in range(2):
        assert archive_project(project, by=owner).archived_at is not None
    save = {"save_id": uuid.uuid4(), "base_revision": 0, "document": LEFT_HALF, "active_ms": 1}
    with pytest.raises(Archived):
        annotations.save_draft(draft.pk, by=draft.author, **save)
    with pytest.raises(Archived):
        annotations.submit_annotation(draft.pk, by=draft.author)
    assert archive_project(project, by=owner, is_archived=False).archived_at is None
    assert annotations.save_draft(draft.pk, by=draft.author, **save) == 1
    assert list(AuditEntry.objects.filter(action__contains="archived").values_list("action", flat=True)) == [
        "project.archived",
        "project.unarchived",
    ]
