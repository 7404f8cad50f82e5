"""The page of skips and notes, the marks on the grid, and the replies on their author's start page."""

import pytest

from annotate.models import Remark
from annotate.services.labelling.annotations import keep_notes
from annotate.services.queueing import queue
from tests.factories import client_of, make_image, make_member, make_user, owner_of
from tests.labels import claim
from tests.visits import QUERY_BOUND, browser, member_of, told, words

pytestmark = pytest.mark.django_db
NOTE = {"id": "n1", "x": 16, "y": 16, "text": "Is this glare?"}


@pytest.fixture
def ada(project):
    """Somebody who pinned a note on a photo and then skipped it."""
    make_image(project, file_name="cmyk.jpg")
    ada = make_member(project)
    draft = claim(project, ada)
    keep_notes(draft.pk, by=ada, notes=[NOTE])
    queue.skip_image(draft.image, by=ada, reason="It should not be in this project.")
    return ada


def test_the_page_lists_what_people_said(project, owner, ada):
    page = words(owner.get(f"/projects/{project.pk}/remarks/"))
    assert "It should not be in this project." in page
    assert "Is this glare?" in page
    assert "Skips and notes 2" in words(owner.get(f"/projects/{project.pk}/"))


def test_without_any_the_page_says_so(project, owner):
    assert "Nobody has told you anything new" in words(owner.get(f"/projects/{project.pk}/remarks/"))


def test_a_reply_is_read_on_the_authors_start_page_until_it_is_seen(project, owner, ada):
    note = Remark.objects.get(kind="note")
    closed = owner.post(f"/projects/{project.pk}/remarks/{note.pk}/close/", {"outcome": "answered", "reply": "It is."})
    assert told(closed) == ["Dealt with; it stands below."]
    home = words(browser(ada).get("/"))
    assert ("Replies to you" in home, "It is." in home) == (True, True)
    browser(ada).post(f"/projects/{project.pk}/remarks/seen/")
    assert "Replies to you" not in words(browser(ada).get("/"))


def test_what_was_dealt_with_is_reopened(project, owner, ada):
    skip = Remark.objects.get(kind="skip")
    owner.post(f"/projects/{project.pk}/remarks/{skip.pk}/close/", {"outcome": "withdrawn"})
    assert project.images.get().is_withdrawn
    reopened = owner.post(f"/projects/{project.pk}/remarks/{skip.pk}/reopen/")
    assert told(reopened)[-1] == "It is open again, and the photo is as it was."
    assert not project.images.get().is_withdrawn


def test_an_outcome_that_there_is_not_is_refused(project, owner, ada):
    skip = Remark.objects.get(kind="skip")
    refused = owner.post(f"/projects/{project.pk}/remarks/{skip.pk}/close/", {"outcome": "burnt"})
    assert told(refused) == ["“burnt” cannot be chosen here. Choose another."]
    refused = owner.post(f"/projects/{project.pk}/remarks/{skip.pk}/close/", {"outcome": "burnt"}, follow=True)
    there = refused.content.decode().partition(f'id="remark-{skip.pk}"')[2].partition("</li>")[0]
    assert "“burnt” cannot be chosen here. Choose another." in there
    assert '<ul class="notices">' not in refused.content.decode()


def test_the_grid_marks_and_narrows_for_curators_only(project, owner, ada):
    image, other = project.images.get(), make_image(project)
    gallery = owner.get(f"/projects/{project.pk}/").context["gallery"]
    assert (gallery["skipped"], gallery["noted"]) == ([image.pk], [image.pk])
    for name in ("skipped", "noted"):
        path = f"/projects/{project.pk}/?{name}=1"
        assert [each.pk for each in owner.get(path).context["images"]] == [image.pk]
        assert [each.pk for each in browser(ada).get(path).context["images"]] == [other.pk, image.pk]
        ids = f"/api/projects/{project.pk}/images/ids/?{name}=true"
        assert client_of(owner_of(project)).get(ids).json()["ids"] == [image.pk]
        assert client_of(ada).get(ids).status_code == 403
    assert "skipped" not in browser(ada).get(f"/projects/{project.pk}/").context["gallery"]


def test_the_photos_page_tells_what_became_of_it(project, owner, ada):
    path = f"/projects/{project.pk}/photos/{project.images.get().pk}/"
    assert "It should not be in this project." in words(owner.get(path))
    skip = Remark.objects.get(kind="skip")
    owner.post(f"/projects/{project.pk}/remarks/{skip.pk}/close/", {"outcome": "answered", "reply": "It stays."})
    assert "It stays." in words(browser(ada).get(path))
    assert "It stays." not in words(member_of(project).get(path))


@pytest.mark.parametrize("place", ["", "1/close/", "1/reopen/"])
def test_annotators_deal_with_nothing_and_strangers_find_nothing(project, place):
    path = f"/projects/{project.pk}/remarks/{place}"
    method = "post" if place else "get"
    assert getattr(member_of(project), method)(path).status_code == 403
    assert getattr(browser(make_user()), method)(path).status_code == 404


def test_the_page_takes_a_bounded_number_of_queries(project, owner, ada, django_assert_max_num_queries):
    with django_assert_max_num_queries(QUERY_BOUND):
        owner.get(f"/projects/{project.pk}/remarks/")
