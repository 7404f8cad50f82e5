"""A curator takes from each annotator what is right."""

import pytest

from annotate.core.blurmap import rasterize
from annotate.core.regions import parse_document
from annotate.services.reviews import compose, differences_of, submitted_work
from tests.factories import client_of, make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image
from tests.visits import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def image():
    image = make_image(make_project())
    label_image(image, LEFT_HALF, "good")
    label_image(image, RIGHT_HALF, "good")
    return image


def test_both_halves_are_in_dispute_as_one_place(image):
    work, (place,) = differences_of(image)
    assert [each.document for each in work] == [LEFT_HALF, RIGHT_HALF]
    assert (place.box, place.area_px) == ((0, 0, 48, 32), 48 * 32)


def test_the_place_is_painted_as_the_one_who_is_right_there(image):
    left, right = submitted_work(image)
    document = parse_document(compose(image, left, {0: right.pk}), level_count=4)
    expected = rasterize(parse_document(RIGHT_HALF, level_count=4), image.size)
    assert (rasterize(document, image.size) == expected).all()
    assert compose(image, left, {}) == LEFT_HALF
    assert compose(image, left, {0: left.pk, 7: right.pk}) == LEFT_HALF


def test_the_api_tells_curators_where_people_differ_and_nobody_else(image):
    path = f"/api/images/{image.pk}/differences/"
    answer = client_of(owner_of(image.project)).get(path).json()
    assert answer["annotations"] == [each.pk for each in submitted_work(image)]
    assert [place["box"] for place in answer["differences"]] == [[0, 0, 48, 32]]
    assert client_of(make_member(image.project)).get(path).status_code == 403
    assert client_of(owner_of(make_project())).get(path).status_code == 404


def test_a_decision_takes_a_place_from_another_persons_map(image):
    left, right = submitted_work(image)
    decision = {"annotation": left.pk, "takes": f"0:{right.pk}", "desirability": "good", "reason": "The right one."}
    path = f"/projects/{image.project_id}/photos/{image.pk}/settle/"
    assert browser(owner_of(image.project)).post(path, decision).status_code == 302
    image.refresh_from_db()
    settled = parse_document(image.consensus.adjudication.document, level_count=4)
    assert (rasterize(settled, image.size)[:, 24:] == 2).all()


def test_takes_that_are_no_pairs_are_refused_and_settle_nothing(image):
    left, _ = submitted_work(image)
    decision = {"annotation": left.pk, "takes": "all of it", "desirability": "good", "reason": "No."}
    page = browser(owner_of(image.project)).post(f"/projects/{image.project_id}/photos/{image.pk}/settle/", decision)
    assert list(page.context["form"].errors) == ["takes"]
