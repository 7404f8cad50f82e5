"""Who sees which page, that each is a whole page, and how few queries it takes."""

import re

import pytest

from annotate.models import Image, Release, Role
from annotate.services.queueing import queue
from annotate.services.teams import people
from tests.factories import make_image, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, label, label_image
from tests.visits import QUERY_BOUND, browser, member_of

pytestmark = pytest.mark.django_db

LEAST_ROLE = {  # of each page below /projects/ID/
    "": Role.ANNOTATOR,
    "queue/": Role.ANNOTATOR,
    "label/": Role.ANNOTATOR,
    "guide/": Role.ANNOTATOR,
    "releases/": Role.RESEARCHER,
    "people/": Role.CURATOR,
    "levels/": Role.CURATOR,
    "releases/new/": Role.CURATOR,
    "labels/": Role.CURATOR,
    "batches/": Role.ANNOTATOR,
    "batches/new/": Role.CURATOR,
    "copy/": Role.CURATOR,
    "webhooks/": Role.CURATOR,
    "twins/": Role.CURATOR,
    "tests/": Role.CURATOR,
    "sets/": Role.ANNOTATOR,
    "statistics/": Role.RESEARCHER,
    "atlas/": Role.RESEARCHER,
    "settings/": Role.OWNER,
}


@pytest.mark.parametrize("place", LEAST_ROLE)
def test_a_page_opens_from_its_least_role_on(project, place):
    for role in Role:
        allowed = list(Role).index(role) >= list(Role).index(LEAST_ROLE[place])
        response = member_of(project, role).get(f"/projects/{project.pk}/{place}")
        assert (role, response.status_code) == (role, 200 if allowed else 403)


@pytest.mark.parametrize("place", LEAST_ROLE)
def test_strangers_get_404_and_anonymous_visitors_the_sign_in_page(project, place):
    path = f"/projects/{project.pk}/{place}"
    assert browser(make_user()).get(path).status_code == 404
    response = browser().get(path)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={path}")


def test_another_projects_photo_is_not_found_below_ones_own(project, owner):
    image = make_image(make_project())
    for path in ("", "map.png", "model.png", "maps/1.png"):
        assert owner.get(f"/projects/{project.pk}/photos/{image.pk}/{path}").status_code == 404
    assert owner.get(f"/projects/{project.pk}/label/?image={image.pk}").status_code == 404


def test_the_bar_shows_only_the_places_of_ones_role(project):
    places = re.findall(
        r'href="/projects/\d+/(\w*)/?"', member_of(project).get(f"/projects/{project.pk}/").content.decode()
    )
    assert set(places) == {"", "queue", "guide"}


@pytest.mark.parametrize("path", ["/", "/account/", "/projects/new/", "/account/password/"])
def test_pages_of_ones_own_need_a_sign_in(path):
    assert browser().get(path)["Location"] == f"/sign-in/?next={path}"


@pytest.mark.promise("S7")
def test_pages_have_a_title_one_heading_and_no_inline_script_or_style(project, owner):
    image = make_image(project)
    label_image(image, LEFT_HALF, "good", "good")
    paths = ["/", "/account/", "/projects/new/", *(f"/projects/{project.pk}/{page}" for page in LEAST_ROLE)]
    for path in [*paths, f"/projects/{project.pk}/photos/{image.pk}/"]:
        html = owner.get(path).content.decode()
        assert (path, len(re.findall("<h1", html)), len(re.findall("<main", html))) == (path, 1, 1)
        assert re.search(r"<title>\S.* · SmartBlur Studio</title>", html)
        scripts = re.findall(r"<script(?![^>]*\b(?:src|type=.application/json))", html)
        assert (path, scripts, re.findall(r"\sstyle=|<style|\son\w+=", html)) == (path, [], [])


@pytest.fixture
def crowded(project):
    """A project with more of everything than a page should ask for one by one."""
    for number in range(6):
        image = make_image(project, file_name=f"{number}.jpg")
        label_image(image, LEFT_HALF, "good", "good")
        people.create_invitation(project, role="annotator", by=owner_of(project))
    label_image(make_image(project), LEFT_HALF, "good")
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        Release.objects.create(
            project=project, name="r", version=version, licenses=[], manifest={}, cut_by=owner_of(project), item_count=0
        )
    user = owner_of(project)
    for image in Image.objects.filter(project=project, state=Image.State.LABELLED):
        label(queue.claim_image(image, by=user), LEFT_HALF, "good")
    people.issue_token(user, name="one")
    people.issue_token(user, name="two")
    return project


@pytest.mark.promise("L4")
def test_no_page_takes_more_than_twelve_queries(crowded, owner, django_assert_max_num_queries):
    image, release = crowded.images.first(), crowded.releases.first()
    below = [*LEAST_ROLE, "?bursts=1", f"photos/{image.pk}/", f"photos/{image.pk}/map.png", f"releases/{release.pk}/"]
    for path in ["/", "/account/", *(f"/projects/{crowded.pk}/{page}" for page in below)]:
        with django_assert_max_num_queries(QUERY_BOUND, info=path):
            assert owner.get(path).status_code == 200
