"""The curator's day: what is disputed is said on top, settled in the stream, and accepted at once at borders."""

import pytest

from annotate.models import Consensus, Image
from annotate.services.finding import facts
from tests.factories import make_image, make_user
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image, rectangle
from tests.visits import QUERY_BOUND, browser, member_of, told, undo, words

pytestmark = pytest.mark.django_db
ALMOST_LEFT = {"base": 0, "regions": [rectangle("left", 2, 0, 0, 22, 32)]}


@pytest.fixture
def image(project):
    """A photo that two people see differently."""
    image = make_image(project)
    label_image(image, LEFT_HALF, "bad")
    label_image(image, RIGHT_HALF, "good")
    return image


@pytest.fixture
def border_case(project):
    """A disputed photo on which one word was given, and maps that part by a strip of two pixels."""
    image = make_image(project, file_name="border.jpg")
    label_image(image, LEFT_HALF, "good")
    label_image(image, ALMOST_LEFT, "good")
    Consensus.objects.filter(image=image).update(state="disputed", dispute="overlap")
    Image.objects.filter(pk=image.pk).update(state="disputed")
    facts.count_noted(within_s=60)
    return image


def test_the_start_page_and_the_bar_say_how_much_is_disputed(project, owner, image):
    page = owner.get("/")
    assert "1 dispute waits for you" in words(page)
    assert f'href="/projects/{project.pk}/settle/" autofocus' in page.content.decode()
    assert "Settle 1 dispute" in words(owner.get(f"/projects/{project.pk}/people/"))
    for nobody in ("annotator", "researcher"):
        assert "dispute" not in words(member_of(project, nobody).get(f"/projects/{project.pk}/queue/"))


def test_with_nothing_disputed_nothing_is_said_of_it(project, owner):
    make_image(project)
    assert "Settle" not in words(owner.get(f"/projects/{project.pk}/queue/"))


def test_the_stream_starts_with_the_disputes_in_the_order_asked_for(project, owner, image):
    second = make_image(project)
    (ada,) = label_image(second, LEFT_HALF, "bad")
    label_image(second, RIGHT_HALF, "good")
    path = f"/projects/{project.pk}/settle/"
    props = owner.get(f"{path}?order=oldest").context["props"]
    assert (props["ids"], props["order"], props["person"]) == ([image.pk, second.pk], "oldest", None)
    assert [each["value"] for each in props["reasons"]] == ["ambiguous", "misread", "slip"]
    assert owner.get(f"{path}?order=oldest&first={second.pk}").context["props"]["ids"] == [second.pk, image.pk]
    assert owner.get(f"{path}?person={ada.pk}").context["props"]["ids"] == [second.pk]
    assert "no-store" in owner.get(path)["Cache-Control"]
    assert owner.get(f"{path}?order=loudest&person=x").context["props"]["order"] == "disagreement"


def test_who_edits_a_map_from_the_stream_comes_back_to_it(project, owner, image):
    path = f"/projects/{project.pk}/photos/{image.pk}/edit/?stream=1"
    assert owner.post(path, {"annotation": "merged"})["Location"] == path
    assert owner.get(path).context["props"]["review_url"] == f"/projects/{project.pk}/settle/?first={image.pk}"


def test_what_only_differs_by_a_border_is_listed_accepted_and_taken_back(project, owner, image, border_case):
    path = f"/projects/{project.pk}/settle/borders/"
    page = owner.get(path)
    assert [each.pk for each in page.context["images"]] == [border_case.pk]
    accepted = owner.post(f"{path}accept/", {"images": [border_case.pk]})
    assert told(accepted) == ["1 photo is settled."]
    held = Consensus.objects.get(image=border_case)
    assert (held.state, held.decided_by, held.reason) == ("agreed", "adjudicated", "The maps differ only by a border.")
    page = owner.get(accepted["Location"])
    assert "No dispute is about borders only" in words(page)
    undone = undo(owner, accepted)
    assert told(undone)[-1] == "1 photo is open again."
    assert Consensus.objects.get(image=border_case).decided_by == "posterior"


def test_what_differs_by_more_is_not_accepted(project, owner, image):
    refused = owner.post(f"/projects/{project.pk}/settle/borders/accept/", {"images": [image.pk, "x"]})
    assert told(refused) == [
        "photo.jpg differs by more than a border by now. Nothing is accepted; look at the list again."
    ]
    assert Consensus.objects.get(image=image).decided_by == "posterior"


@pytest.mark.parametrize("place", ["settle/", "settle/borders/"])
def test_annotators_settle_nothing_and_strangers_find_nothing(project, image, place):
    assert member_of(project).get(f"/projects/{project.pk}/{place}").status_code == 403
    assert browser(make_user()).get(f"/projects/{project.pk}/{place}").status_code == 404


def test_the_stream_takes_a_bounded_number_of_queries(project, owner, image, django_assert_max_num_queries):
    with django_assert_max_num_queries(QUERY_BOUND):
        owner.get(f"/projects/{project.pk}/settle/")
