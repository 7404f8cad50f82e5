"""Sending work back on a photo's page, and what both see of it there."""

import pytest

from annotate.models import Annotation, Rework, Role
from annotate.services.labelling import rework
from annotate.services.queueing import queue
from tests.factories import make_image, make_member, make_user, owner_of
from tests.labels import LEFT_HALF, claim, label, label_image
from tests.visits import QUERY_BOUND, browser, member_of, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa(project):
    return make_member(project, user=make_user("rosa"))


@pytest.fixture
def work(project, rosa):
    return label(queue.claim_image(make_image(project), by=rosa), LEFT_HALF, "good")


@pytest.fixture
def address(work):
    return f"/projects/{work.image.project_id}/photos/{work.image_id}/"


def test_the_plain_form_sends_back_and_the_page_tells_both(owner, rosa, work, address):
    sent = owner.post(f"{address}send-back/", {"annotation": work.pk, "reason": "The ear.", "to": ""})
    assert (sent["Location"], told(sent)) == (address, ["Sent back. It counts again once it is handed in."])
    curators, authors = words(owner.get(address)), words(browser(rosa).get(address))
    assert "photo.jpg New Came back More like this Open in workbench" in curators
    assert ("Came back rosa" in curators, "The ear." in curators, "Take it back" in curators) == (True,) * 3
    assert ("The ear." in authors, "Take it back" in authors, "Send work back" in authors) == (True, False, False)


def test_the_place_is_marked_and_peers_are_not_named(project, owner, rosa, work, address):
    tom = make_member(project, user=make_user("tom"))
    rework.return_work(work, by=owner_of(project), reason="The ear.", place=(160, 320), to=tom)
    page = owner.get(address).content.decode()
    assert '<circle class="mark-rim" cx="10" cy="20" r="2"/>' in page
    assert "tom with a copy of rosa’s map" in words(owner.get(address))
    authors = words(browser(rosa).get(address))
    assert ("Somebody else does it again" in authors, "tom" in authors) == (True, False)
    label(claim(project, tom), LEFT_HALF, "good")
    assert "Redone" in words(browser(rosa).get(address))
    owner.post(f"{address}rework/{Rework.objects.get().pk}/", {"accept": "1"})
    assert Rework.objects.get().state == "accepted"


def test_it_is_taken_back_and_a_refusal_is_told(project, owner, rosa, work, address):
    rework.return_work(work, by=owner_of(project), reason="The ear.")
    asked = f"{address}rework/{Rework.objects.get().pk}/"
    assert told(owner.post(asked, {"accept": "1"})) == ["Nothing was handed in again that could be accepted."]
    owner.post(asked)
    assert (Rework.objects.get().state, Annotation.objects.get(pk=work.pk).state) == ("withdrawn", "submitted")
    for form, said in [
        ({"annotation": work.pk, "reason": ""}, "Something is missing here."),
        ({"annotation": work.pk, "reason": "No.", "to": "nobody"}, "Send it to somebody of this project."),
    ]:
        assert told(owner.post(f"{address}send-back/", form))[-1] == said
    assert owner.post(f"{address}send-back/", {"annotation": 10**9, "reason": "No."}).status_code == 404


def test_only_curators_send_back(project, work, address):
    form = {"annotation": work.pk, "reason": "No."}
    people = [member_of(project), member_of(project, Role.RESEARCHER), browser(make_user())]
    assert [each.post(f"{address}send-back/", form).status_code for each in people] == [403, 403, 404]
    assert [each.post(f"{address}rework/1/").status_code for each in people] == [403, 403, 404]


def test_the_photos_page_takes_as_few_queries_as_before(project, owner, work, address, django_assert_max_num_queries):
    label_image(work.image, LEFT_HALF, "good")
    rework.return_work(work, by=owner_of(project), reason="The ear.")
    with django_assert_max_num_queries(QUERY_BOUND + 4):
        assert owner.get(address).status_code == 200
