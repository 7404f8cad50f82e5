"""Acts on many photos: all or none, noted for each, taken back as one."""

from uuid import uuid4

import pytest
from django.http import Http404

from annotate.core.errors import Conflict
from annotate.models import AuditEntry, Consensus, Image
from annotate.services.agreement import consensus
from annotate.services.agreement.refits import refit_consensus
from annotate.services.photos.curation import act_on_images, undo_act
from annotate.services.queueing import queue
from annotate.services.releasing.releases import cut_release
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, claim, freeze, label_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(votes_wanted=2)


def act(project, images, name, **fields):
    ids = [image.pk for image in images]
    return act_on_images(project, ids, name, by=owner_of(project), act_id=fields.pop("act_id", uuid4()), **fields)


def states(project):
    return dict(project.images.values_list("pk", "state"))


@pytest.mark.parametrize("few", [0, 50])  # a statement for all of them, or for each value
def test_photos_put_first_are_the_next_ones_in_their_order_and_can_go_back(project, few, monkeypatch):
    monkeypatch.setattr("annotate.services.photos.curation.FEW", few)
    images = [make_image(project) for _ in range(4)]
    person, act_id = make_member(project), uuid4()
    assert act(project, images[2:], "first", act_id=act_id) == 2
    assert claim(project, person).image == images[2]
    queue.skip_image(images[2], by=person, reason="no")
    assert claim(project, person).image == images[3]
    assert undo_act(project, act_id, by=owner_of(project), undo_id=uuid4()) == 2
    assert claim(project, make_member(project)).image == images[0]


def test_a_withdrawn_photo_is_given_to_nobody_and_comes_back_whole(project):
    image, other = make_image(project), make_image(project)
    label_image(image, LEFT_HALF, "good")
    act(project, [image], "withdraw")
    assert claim(project, make_member(project)).image == other
    assert list(project.photo_facts.filter(is_withdrawn=False).ids()) == [other.pk]
    act(project, [image], "restore")
    image.refresh_from_db()
    assert (image.state, image.open_slots) == ("labelled", 1)


@pytest.mark.django_db(transaction=True)
def test_a_release_leaves_withdrawn_photos_out_and_names_those_that_were_in_one(project):
    images = [make_image(project) for _ in range(2)]
    for image in images:
        label_image(image, LEFT_HALF, "good", "good")
    first = freeze(cut_release(project, by=owner_of(project)))
    first.state, first.content_id = "done", "a" * 64
    first.save()
    act(project, images[:1], "withdraw")
    second = freeze(cut_release(project, by=owner_of(project)))
    assert [item.image for item in second.items.all()] == images[1:]
    expected = {"key": images[0].sha256[:24], "release": first.version, "reason": ""}
    assert second.manifest["withdrawn"] == [expected]


def test_what_is_sent_to_review_stays_disputed_until_a_curator_settles_it(project):
    image = make_image(project)
    label_image(image, LEFT_HALF, "good", "good")
    act(project, [image], "review")
    refit_consensus(project)
    consensus.update_consensus(image.pk)
    assert (states(project)[image.pk], Consensus.objects.get().state) == ("disputed", "disputed")
    consensus.adjudicate(image, by=owner_of(project), document=LEFT_HALF, desirability="good", reason="It is.")
    image.refresh_from_db()
    assert (image.state, image.is_questioned) == ("agreed", False)


def test_a_review_taken_back_leaves_the_photo_agreed(project):
    image, act_id = make_image(project), uuid4()
    label_image(image, LEFT_HALF, "good", "good")
    act(project, [image], "review", act_id=act_id)
    undo_act(project, act_id, by=owner_of(project), undo_id=uuid4())
    assert (states(project)[image.pk], Consensus.objects.get().state) == ("agreed", "agreed")


def test_an_act_that_is_impossible_with_one_is_done_with_none(project):
    labelled, fresh = make_image(project), make_image(project)
    label_image(labelled, LEFT_HALF, "good", "good")
    with pytest.raises(Conflict, match="1 of these photos is not labelled yet"):
        act(project, [labelled, fresh], "review")
    assert states(project) == {labelled.pk: "agreed", fresh.pk: "new"}
    Image.objects.filter(pk=labelled.pk).update(split="train")
    with pytest.raises(Conflict, match="has its split from a release already"):
        act(project, [labelled, fresh], "album", album="Walk")
    assert set(project.images.values_list("album", flat=True)) == {""}


def test_a_photo_of_another_project_spoils_the_act(project):
    image, foreign = make_image(project), make_image(make_project())
    with pytest.raises(Http404):
        act(project, [image, foreign], "withdraw")
    assert not Image.objects.filter(is_withdrawn=True).exists()


def test_each_photo_that_changed_is_noted_once_however_often_it_is_asked(project):
    images, act_id = [make_image(project) for _ in range(3)], uuid4()
    act(project, images[:1], "withdraw")
    assert [act(project, images, "withdraw", act_id=act_id) for _ in range(2)] == [2, 2]
    notes = AuditEntry.objects.filter(request_id=act_id).order_by("subject")
    assert {note.subject for note in notes} == {f"image:{image.pk}" for image in images[1:]}
    assert notes[0].details == {"before": {"is_withdrawn": False}, "after": {"is_withdrawn": True}}


def test_an_undo_is_refused_where_somebody_has_changed_a_photo_since(project):
    images, act_id = [make_image(project) for _ in range(2)], uuid4()
    act(project, images, "album", album="Walk", act_id=act_id)
    act(project, images[:1], "album", album="Harbour")
    with pytest.raises(Conflict, match="changed one of these photos since"):
        undo_act(project, act_id, by=owner_of(project), undo_id=uuid4())
    assert set(project.images.values_list("album", flat=True)) == {"Walk", "Harbour"}


def test_an_act_on_many_takes_as_many_queries_as_on_few(project, django_assert_max_num_queries):
    images = [make_image(project) for _ in range(60)]
    with django_assert_max_num_queries(12):
        act(project, images, "first")
