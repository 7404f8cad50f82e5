"""The queue follows what a photo would teach, and the test split is out of its reach."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, transaction
from django.utils import timezone

from annotate import tasks
from annotate.core import ranking as core
from annotate.models import UNRANKED, Image, QueuePlace, QueueRanking, Vote
from annotate.services import leases, ranking
from annotate.services.agreement.consensus import update_consensus
from annotate.services.labelling.preannotations import save_preannotation
from annotate.services.queueing import queue
from annotate.services.releasing import splits
from tests.factories import make_image, make_member, make_project
from tests.parallel import at_once

pytestmark = pytest.mark.django_db

UNSURE, SURE = [250_000] * 4, [0, 1_000_000, 0, 0]


def predict(image, probabilities=UNSURE, uncertainty=0.0, content=(1.0, 0.0), version=1):
    """A model's opinion of an image."""
    save_preannotation(
        image,
        document={"base": 0, "regions": []},
        model_name="model",
        model_version=version,
        weights_sha256="0" * 64,
        probabilities_ppm=probabilities,
        uncertainty_ppm=round(uncertainty * 1_000_000),
        content=np.array(content, np.float16).tobytes(),
    )


def plain(project, count):
    """Rows of images without files: fast."""
    owner = project.memberships.get(role="owner").user
    same = {"project": project, "file_name": "photo.jpg", "format": "jpeg", "width": 8, "height": 8, "byte_count": 1}
    same |= {"license": "CC0-1.0", "open_slots": 1, "uploaded_by": owner}
    dice = np.random.default_rng(0).integers(-(2**62), 2**62, count).tolist()
    return Image.objects.bulk_create(
        [Image(**same, file=f"{i}", sha256=f"{i:064}", source_sha256=f"{i:064}", dhash=dice[i]) for i in range(count)]
    )


def label(image, person, word="none"):
    """Somebody's whole work on an image."""
    annotation = queue.claim_image(image, by=person)
    annotation.document, annotation.state = {"base": 0, "regions": []}, "submitted"
    annotation.revision, annotation.submitted_at = 1, timezone.now()
    annotation.save()
    Vote.objects.create(image=image, author=person, desirability=word)
    queue.finish_lease(image.pk, by=person)
    update_consensus(image.pk)


def rank():
    ranking.queue_stale()
    tasks.rank_queues()


def in_order(project):
    return list(project.images.order_by("queue_rank", "pk").values_list("pk", flat=True))


@pytest.fixture
def nothing_at_random(monkeypatch):
    """Every place goes by score."""
    monkeypatch.setattr(core, "RANDOM_SHARE", 0.0)
    monkeypatch.setattr(core, "TEST_SHARE", 0.0)


@pytest.mark.usefixtures("nothing_at_random")
def test_the_queue_gives_what_would_teach_most_first():
    project = make_project()
    images = [make_image(project) for _ in range(4)]
    for image, (said, doubt) in zip(images, [(SURE, 0.1), (UNSURE, 0.1), (SURE, 0.4), (UNSURE, 0.4)], strict=True):
        predict(image, said, doubt)
    rank()
    assert in_order(project) == [images[at].pk for at in (3, 1, 2, 0)]
    assert QueuePlace.objects.get(image=images[3]).score_ppm == 500_000 + 300_000 + 100_000  # novelty is not known
    assert queue.claim_next_image(project, by=make_member(project)).image == images[3]


def test_a_project_without_any_opinion_keeps_the_oldest_first():
    project = make_project()
    first, second = make_image(project), make_image(project)
    rank()
    assert (in_order(project), QueueRanking.objects.count()) == ([first.pk, second.pk], 0)


def test_a_photo_unlike_all_that_is_labelled_is_novel_and_another_versions_features_are_not_compared():
    project = make_project(votes_wanted=1)
    seen, alike, unlike, other = (make_image(project) for _ in range(4))
    predict(other, version=1, content=(0.0, 1.0))
    for image, content in ((seen, (1.0, 0.0)), (alike, (2.0, 0.0)), (unlike, (0.0, 1.0))):
        predict(image, content=content, version=2)
    label(seen, make_member(project))
    rank()
    found = dict(QueuePlace.objects.values_list("image", "novelty_ppm"))
    assert found == {alike.pk: 0, unlike.pk: 1_000_000, other.pk: None}


@pytest.mark.usefixtures("nothing_at_random")
def test_a_photo_that_somebody_began_is_finished_before_new_ones():
    project = make_project(votes_wanted=2)
    new, begun = make_image(project), make_image(project)
    predict(new, UNSURE, 0.5)
    predict(begun, SURE, 0.0)
    label(begun, make_member(project))
    rank()
    assert in_order(project) == [begun.pk, new.pk]


def test_the_test_split_is_drawn_before_the_first_ranking_and_only_drawn_ever_after():
    project = make_project()
    images = plain(project, 200)
    predict(images[0])
    rank()
    held = set(project.images.filter(split="test").values_list("pk", flat=True))
    assert len(held) == 20
    assert set(QueuePlace.objects.filter(image__in=held).values_list("lane", flat=True)) == {"test"}
    assert not QueuePlace.objects.filter(lane="test").exclude(image__in=held).exists()

    project.images.exclude(split="test").update(state=Image.State.AGREED)
    splits.assign_splits(project, ["CC0-1.0"])
    assert set(project.images.filter(split="test").values_list("pk", flat=True)) == held
    assert Counter(project.images.values_list("split", flat=True)) == {"train": 160, "validation": 20, "test": 20}


def test_a_release_says_that_its_test_split_was_drawn_first():
    project = make_project()
    assert "test" not in splits.rule_of(project)
    predict(make_image(project))
    rank()
    assert splits.rule_of(project)["test"] == "drawn at random over all photos before any was chosen for labelling"


def test_a_photo_that_comes_in_later_waits_behind_until_it_is_ranked():
    project = make_project()
    predict(make_image(project))
    rank()
    late = make_image(project)
    assert (late.queue_rank, in_order(project)[-1]) == (UNRANKED, late.pk)


def test_news_is_ranked_after_a_rest_and_no_news_never():
    project = make_project()
    predict(make_image(project))
    assert ranking.queue_stale() == 1
    tasks.rank_queues()
    make_image(project)
    assert ranking.queue_stale() == 0
    an_hour_ago = timezone.now() - timedelta(hours=1)
    QueueRanking.objects.update(finished_at=an_hour_ago)
    assert ranking.queue_stale() == 1
    tasks.rank_queues()
    QueueRanking.objects.update(finished_at=an_hour_ago)
    assert ranking.queue_stale() == 0


def test_a_ranking_that_was_overtaken_stops():
    predict(make_image(make_project()))
    ranking.queue_stale()
    late = leases.claim_next(QueueRanking.objects.select_related("project"))
    QueueRanking.objects.update(attempt=2)
    with pytest.raises(leases.LeaseLost):
        ranking.rank_queue(late.work, late)


def test_ten_thousand_photos_are_ranked_in_few_statements(django_assert_max_num_queries):
    project = make_project()
    plain(project, 2_000)
    with django_assert_max_num_queries(30):
        assert len(ranking.plan_places(project)) == 2_000


@pytest.mark.django_db(transaction=True)
def test_people_are_given_photos_while_all_of_them_are_being_ranked():
    project = make_project(votes_wanted=1)
    images = plain(project, 3)
    people = [make_member(project) for _ in range(3)]

    def hold():
        with transaction.atomic():
            list(Image.objects.select_for_update(no_key=True).order_by("pk"))
            connection.cursor().execute("SELECT pg_sleep(0.1)")

    given = at_once([hold, *(lambda person=person: queue.claim_next_image(project, by=person) for person in people)])
    assert sorted(each.image_id for each in given if each) == [image.pk for image in images]
