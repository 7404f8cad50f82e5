"""The page that says why a photo is next."""

import pytest

from annotate import tasks
from annotate.core import ranking as core
from annotate.models import Image, QueuePlace, Role
from annotate.services import ranking
from annotate.services.labelling.preannotations import save_preannotation
from tests.factories import make_image, make_user, owner_of
from tests.visits import QUERY_BOUND, browser, member_of, words

pytestmark = pytest.mark.django_db


def why(project, client):
    return client.get(f"/projects/{project.pk}/queue/why/")


def ranked(project, count=6):
    for doubt in range(count):
        save_preannotation(
            make_image(project),
            document={"base": 0, "regions": []},
            model_name="model",
            model_version=1,
            weights_sha256="0" * 64,
            probabilities_ppm=[250_000] * 4,
            uncertainty_ppm=100_000 * doubt,
        )
    ranking.queue_stale()
    tasks.rank_queues()


def test_the_page_is_for_curators_and_for_no_stranger(project):
    answers = [why(project, member_of(project, role)).status_code for role in Role]
    assert dict(zip(Role, answers, strict=True)) == {"annotator": 403, "researcher": 403, "curator": 200, "owner": 200}
    assert why(project, browser(make_user())).status_code == 404


def test_before_anything_is_known_it_says_that_the_oldest_comes_first(project):
    assert "The oldest photo comes first" in words(why(project, browser(owner_of(project))))


def test_photos_come_in_the_order_of_the_queue_with_the_parts_of_their_score(project, monkeypatch):
    monkeypatch.setattr(core, "RANDOM_SHARE", 0.0)
    ranked(project)
    page = why(project, browser(owner_of(project)))
    waiting = project.images.exclude(split=Image.Split.TEST).order_by("queue_rank")
    assert [place.image_id for place, _ in page.context["places"]] == list(waiting.values_list("pk", flat=True))
    _, parts = page.context["places"][0]
    assert [(word, ppm) for word, _, ppm in parts] == [
        ("Open question", 1_000_000),
        ("Model unsure", QueuePlace.objects.get(image=waiting[0]).uncertainty_ppm),
        ("Unlike the rest", None),
    ]


def test_random_ones_are_marked_and_the_test_split_is_left_out(project):
    ranked(project)
    QueuePlace.objects.filter(lane="ranked").update(lane="random")
    page = why(project, browser(owner_of(project)))
    assert words(page).count("at random") >= len(page.context["places"])
    held = set(project.images.filter(split="test").values_list("pk", flat=True))
    assert (len(held), held & {place.image_id for place, _ in page.context["places"]}) == (1, set())
    assert "1 waiting photo belongs to the test split" in words(page)


def test_it_takes_few_queries(project, django_assert_max_num_queries):
    ranked(project)
    client = browser(owner_of(project))
    with django_assert_max_num_queries(QUERY_BOUND):
        assert why(project, client).status_code == 200
