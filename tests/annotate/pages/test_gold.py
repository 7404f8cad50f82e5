"""The page of test photos, and what it tells of people."""

import pytest
from django.utils import timezone

from annotate.models import GoldAnswer, Image, Membership
from annotate.services.agreement.consensus import adjudicate
from annotate.services.queueing import gold
from tests.factories import make_image, make_member, owner_of
from tests.labels import LEFT_HALF, label_image
from tests.visits import browser, member_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(project):
    """A photo that the owner settled."""
    image = make_image(project)
    label_image(image, LEFT_HALF, "bad")
    adjudicate(image, by=owner_of(project), document=LEFT_HALF, desirability="bad", reason="The face is blurred.")
    return image


def answered(image, person, *rights):
    for is_right in rights:
        word = "bad" if is_right else "ok"
        said = {"desirability": word, "expert_desirability": "bad", "is_right": is_right}
        GoldAnswer.objects.create(image=image, author=person, **said)


def paused(project):
    member = Membership.objects.get(user=make_member(project))
    Membership.objects.filter(pk=member.pk).update(paused_at=timezone.now())
    return member


def test_without_settled_photos_the_way_to_them_is_shown(project, owner):
    page = owner.get(f"/projects/{project.pk}/tests/")
    assert "No test photos yet" in words(page)
    assert f'href="/projects/{project.pk}/?state=disputed"' in page.content.decode()


def test_settled_photos_are_chosen_at_once_and_withdrawn_one_by_one(project, owner, image):
    place = f"/projects/{project.pk}/tests/"
    assert "1 settled photo can show how people label." in words(owner.get(place))
    assert "1 photo is a test photo now." in words(owner.post(f"{place}choose/", follow=True))
    assert image.file_name in words(owner.get(place))
    owner.post(f"{place}{image.pk}/", {"withdraw": "1", "list": "1"})
    assert Image.objects.get(pk=image.pk).is_gold is False


def test_a_photo_is_marked_on_its_page(project, owner, image):
    place = f"/projects/{project.pk}/photos/{image.pk}/"
    assert "Make it a test photo" in words(owner.get(place))
    page = owner.post(f"/projects/{project.pk}/tests/{image.pk}/", follow=True)
    assert page.redirect_chain[-1][0] == place
    assert "It is a test photo." in words(page)


def test_what_nobody_settled_cannot_be_marked(project, owner):
    image = make_image(project)
    page = owner.post(f"/projects/{project.pk}/tests/{image.pk}/", follow=True)
    assert "Only a photo that a curator has settled can be a test photo." in words(page)


def test_people_stand_with_their_answers_of_all_times_and_the_last(project, owner, image):
    gold.mark_gold(image, by=owner_of(project))
    person = make_member(project)
    answered(image, person, *[True] * 15, *[False] * 10)
    (score,) = gold.scores_of(project)
    assert (score.count, score.right_ppm, score.last_count, score.last_right) == (25, 600_000, 20, 10)
    assert "10 of 20" in words(owner.get(f"/projects/{project.pk}/tests/"))


def test_curators_are_told_of_a_paused_person_and_let_them_go_on(project, owner, image):
    member = paused(project)
    answered(image, member.user, *[False] * 11)
    for place in ("people", "queue"):
        assert f"{member.user.username} gets no photos for now" in words(owner.get(f"/projects/{project.pk}/{place}/"))
    assert "of the last 11 test photos 0 were right" in words(owner.get(f"/projects/{project.pk}/tests/"))
    owner.post(f"/projects/{project.pk}/tests/people/{member.pk}/")
    assert Membership.objects.get(pk=member.pk).paused_at is None
    assert "gets no photos for now" not in words(owner.get(f"/projects/{project.pk}/people/"))


def test_the_paused_person_reads_why_and_others_learn_nothing(project, image):
    make_image(project)
    member = paused(project)
    own = words(browser(member.user).get(f"/projects/{project.pk}/queue/"))
    assert "No more photos for now" in own
    assert "wait for you" not in own
    assert "test photos" not in words(member_of(project).get(f"/projects/{project.pk}/queue/"))


def test_the_page_takes_few_queries_however_many_people(project, owner, image, django_assert_max_num_queries):
    gold.mark_gold(image, by=owner_of(project))
    for _ in range(12):
        answered(image, make_member(project), True, False)
    with django_assert_max_num_queries(14):
        owner.get(f"/projects/{project.pk}/tests/")
