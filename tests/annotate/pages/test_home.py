"""The start page and the queue."""

import pytest
from django.utils import timezone

from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing.workload import Waiting
from tests.factories import make_image, make_member, make_project, make_user
from tests.labels import LEFT_HALF, claim, label, label_image
from tests.visits import browser, member_of, words

pytestmark = pytest.mark.django_db


def test_home_without_a_project_offers_to_make_one():
    page = browser(make_user()).get("/")
    assert "No project yet" in words(page)
    assert 'href="/projects/new/"' in page.content.decode()


def test_home_with_one_project_is_its_queue_and_with_two_a_choice(project):
    user = make_member(project)
    make_image(project)
    assert "1 photo waits for you" in words(browser(user).get("/"))
    other = make_project()
    make_member(other, user=user)
    page = browser(user).get("/")
    assert {project.name, other.name} <= {each.project.name for each in page.context["memberships"]}
    assert page.context["waiting"] == {project.pk: Waiting(to_label=1, to_vote=1)}


def test_the_queue_counts_ones_own_work_and_shows_the_last_twelve(project):
    user = make_member(project)
    images = [make_image(project) for _ in range(14)]
    for _ in images[:13]:
        label(claim(project, user), LEFT_HALF, "bad")
    page = browser(user).get(f"/projects/{project.pk}/queue/")
    assert (page.context["waiting"], page.context["done"]["count"], len(page.context["recent"])) == (1, 13, 12)
    assert {each.vote for each in page.context["recent"]} == {"bad"}
    assert page.context["recent"][0].image.pk == images[12].pk


def test_a_photo_that_one_holds_still_waits_for_one_and_for_nobody_else(project):
    user, other = make_member(project), make_member(project)
    project.votes_wanted = project.votes_most = 1  # of the few photos that the rule is judged by, too
    project.save()
    make_image(project)
    claim(project, user)
    assert "1 photo waits for you" in words(browser(user).get("/"))
    assert "None is left for you to paint" in words(browser(other).get("/"))


def test_curators_see_how_far_the_project_is_and_annotators_do_not(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    label_image(make_image(project), LEFT_HALF, "good")
    make_image(project)
    funnel = owner.get(f"/projects/{project.pk}/queue/").context["funnel"]
    assert {state: count for state, _, count in funnel if count} == {"new": 1, "labelled": 1, "agreed": 1}
    assert not member_of(project).get(f"/projects/{project.pk}/queue/").context["funnel"]


def test_who_has_nothing_to_paint_may_vote_on_what_is_not_settled(project):
    user = make_member(project)
    project.votes_wanted = project.votes_most = 1
    project.save()
    image = make_image(project)
    claim(project, make_member(project))
    page = browser(user).get(f"/projects/{project.pk}/queue/")
    assert (page.context["waiting"], page.context["unvoted"]) == (0, 1)
    assert "1 photo waits for your vote" in words(page)
    assert "Vote on 1 photo" in words(page)
    cast_vote(image, by=user, desirability="ok", elapsed_ms=1, alone=True)
    assert browser(user).get(f"/projects/{project.pk}/queue/").context["unvoted"] == 0


def test_the_start_page_the_queue_the_bench_and_the_votes_count_alike(project):
    """One labelled by the person, one voted on, one held and not voted on, one disputed, two untouched."""
    user, other = make_member(project), make_project()
    make_member(other, user=user)
    images = [make_image(project) for _ in range(6)]
    label(claim(project, user), LEFT_HALF, "good")
    claim(project, user)
    cast_vote(images[2], by=user, desirability="ok", elapsed_ms=1, alone=True)
    label_image(images[3], LEFT_HALF, "good", "bad")
    client = browser(user)
    home = client.get("/").context["waiting"][project.pk]
    queue = client.get(f"/projects/{project.pk}/queue/")
    bench = client.get(f"/projects/{project.pk}/label/").context["props"]["progress"]
    votes = client.get(f"/api/projects/{project.pk}/unvoted/").json()
    assert home == Waiting(to_label=4, to_vote=2)
    assert (queue.context["waiting"], bench["total"] - bench["done"]) == (4, 4)
    assert (queue.context["unvoted"], votes["count"], len(votes["results"])) == (2, 2, 2)


def test_a_paused_person_is_told_of_nothing_that_they_would_not_be_given(project):
    user = make_member(project)
    make_member(make_project(), user=user)
    make_image(project)
    project.memberships.filter(user=user).update(paused_at=timezone.now())
    page = browser(user).get("/")
    assert (page.context["waiting"], "No more photos for now" in words(page)) == ({}, True)
