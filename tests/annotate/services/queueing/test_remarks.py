"""Why people skip and what they pin waits for a curator, who replies, withdraws the photo or gives it back."""

import pytest
from django.http import Http404

from annotate.models import Assignment, Image, Remark, Role
from annotate.services.finding.search import read_query
from annotate.services.labelling.annotations import keep_notes
from annotate.services.labelling.answers import close_remark, reopen_remark
from annotate.services.queueing import queue
from annotate.services.queueing.remarks import mark_seen
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import claim

pytestmark = pytest.mark.django_db
NOTE = {"id": "n1", "x": 16, "y": 16, "text": "Is this glare?"}


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def draft(project):
    make_image(project)
    return claim(project, make_member(project))


def skip(draft, reason="It should not be here."):
    queue.skip_image(draft.image, by=draft.author, reason=reason)
    return Remark.objects.get(kind="skip")


def close(remark, outcome, reply=""):
    project = remark.image.project
    return close_remark(project, remark.pk, by=owner_of(project), outcome=outcome, reply=reply)


def waiting(project):
    return [(each.kind, each.text) for each in Remark.objects.of_project(project).open()]


def test_skips_and_notes_wait_for_the_curator(project, draft):
    keep_notes(draft.pk, by=draft.author, notes=[NOTE])
    skip(draft)
    assert waiting(project) == [("note", "Is this glare?"), ("skip", "It should not be here.")]
    project.my_role = Role.CURATOR
    assert read_query(project, "skipped=1&noted=1").ids(2) == [draft.image.pk]


def test_a_note_with_other_words_waits_again_and_one_that_is_gone_does_not(project, draft):
    keep_notes(draft.pk, by=draft.author, notes=[NOTE, NOTE | {"id": "n2", "text": "Dust."}])
    close(Remark.objects.get(key="n1"), "answered", "Yes.")
    keep_notes(draft.pk, by=draft.author, notes=[NOTE])
    assert waiting(project) == []
    keep_notes(draft.pk, by=draft.author, notes=[NOTE | {"text": "Is this rain?"}])
    assert waiting(project) == [("note", "Is this rain?")]


def test_an_answer_is_seen_by_its_author_once(project, draft):
    close(skip(draft), "answered", "It stays: skip only what is no photo.")
    unseen = Remark.objects.unseen_by(draft.author)
    assert [each.reply for each in unseen] == ["It stays: skip only what is no photo."]
    assert (mark_seen(project, by=draft.author), list(unseen.all())) == (1, [])


def test_a_photo_is_withdrawn_for_a_reason_and_comes_back(project, draft):
    remark = skip(draft)
    close(remark, "withdrawn")
    assert (Image.objects.get().is_withdrawn, waiting(project)) == (True, [])
    reopen_remark(project, remark.pk, by=owner_of(project))
    assert (Image.objects.get().is_withdrawn, waiting(project)) == (False, [("skip", remark.text)])


def test_a_photo_goes_back_into_the_queue_of_who_skipped_it(project, draft):
    remark = skip(draft)
    assert queue.claim_next_image(project, by=draft.author) is None
    close(remark, "requeued", "Have a try.")
    assert claim(project, draft.author).image == draft.image
    reopen_remark(project, remark.pk, by=owner_of(project))
    assert Assignment.objects.get(user=draft.author).finished_at is None  # they are at it already


def test_who_opens_a_skipped_photo_after_all_has_nothing_to_say_of_it(project, draft):
    skip(draft)
    queue.claim_image(draft.image, by=draft.author)
    assert waiting(project) == []
    assert skip(draft, "Too dark.").text == "Too dark."


def test_what_is_closed_stays_as_it_is_and_another_projects_is_not_there(project, draft):
    remark = close(skip(draft), "answered", "Once.")
    assert close(remark, "withdrawn").reply == "Once."
    with pytest.raises(Http404):
        close_remark(make_project(), remark.pk, by=owner_of(project), outcome="answered")
