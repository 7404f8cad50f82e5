"""One's own photos: what one did, what it came to, what was sent back; newest first, page by page."""

import re
from uuid import uuid4

import pytest

from annotate.models import Annotation
from annotate.pages import mine
from annotate.services.agreement.consensus import adjudicate
from annotate.services.labelling import rework
from annotate.services.labelling.annotations import save_draft
from annotate.services.photos import curation
from annotate.services.queueing import gold, queue
from tests.factories import make_image, make_member, make_user, owner_of
from tests.labels import LEFT_HALF, claim, label, label_image
from tests.visits import QUERY_BOUND, browser, member_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa(project):
    return make_member(project, user=make_user("rosa"))


def do(project, person, name):
    """Somebody's submitted work on a new photo."""
    return label(queue.claim_image(make_image(project, file_name=name), by=person), LEFT_HALF, "good")


def rows(person, project, query=""):
    page = browser(person).get(f"/projects/{project.pk}/mine/{query}").content.decode()
    cells = [re.sub(r"<[^>]*>", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)[1:]]
    return [re.sub(r"\s+", " ", row).strip().removesuffix(" just now") for row in cells]


def send_back(work, **fields):
    return rework.return_work(work, by=owner_of(work.image.project), reason="The ear.", **fields)


def test_each_photo_stands_with_ones_work_word_and_what_it_came_to(project, rosa):
    agreed = do(project, rosa, "agreed.jpg")
    label_image(agreed.image, LEFT_HALF, "good")
    do(project, rosa, "single.jpg")
    skipped = claim_new(project, rosa, "dark.jpg")
    queue.skip_image(skipped.image, by=rosa, reason="Too dark")
    claim_new(project, rosa, "untouched.jpg")
    assert rows(rosa, project) == [
        "dark.jpg Skipped — New You skipped it: Too dark",
        "single.jpg Submitted Good Labelled —",
        "agreed.jpg Submitted Good Agreed Good —",
    ]
    assert rows(rosa, project, "?list=skipped") == ["dark.jpg Skipped — New You skipped it: Too dark"]
    assert rows(make_member(project), project) == []


def claim_new(project, person, name):
    return queue.claim_image(make_image(project, file_name=name), by=person)


def test_what_was_sent_back_and_what_became_of_it_is_told(project, rosa):
    work = {name: do(project, rosa, f"{name}.jpg") for name in ("open", "redone", "accepted", "declined", "passed")}
    send_back(work["passed"], to=make_member(project))
    for name in ("redone", "accepted", "declined"):
        asked = send_back(work[name])
        if name == "declined":
            queue.skip_image(work[name].image, by=rosa, reason="I see no ear")
        else:
            label(claim(project, rosa), LEFT_HALF, "good")
        if name == "accepted":
            rework.accept(asked, by=owner_of(project))
    send_back(work["open"])
    assert rows(rosa, project) == [
        "passed.jpg With somebody else Good New The ear.",
        "declined.jpg Skipped Good New The ear. Declined. I see no ear",
        "accepted.jpg Submitted Good Labelled The ear. Accepted.",
        "redone.jpg Submitted Good Labelled The ear. You did it again; the curator has not looked yet.",
        "open.jpg Came back Good New The ear.",
    ]
    assert rows(rosa, project, "?list=back") == ["open.jpg Came back Good New The ear."]
    home = words(browser(rosa).get(f"/projects/{project.pk}/queue/"))
    assert ("1 photo came back" in home, "open.jpg The ear." in home) == (True, True)


def test_a_withdrawn_photo_is_told_and_leads_to_its_page(project, rosa):
    image = do(project, rosa, "gone.jpg").image
    curation.act_on_images(project, [image.pk], "withdraw", by=owner_of(project), act_id="0" * 32)
    assert rows(rosa, project) == ["gone.jpg Submitted Good Withdrawn —"]
    page = browser(rosa).get(f"/projects/{project.pk}/mine/").content.decode()
    assert f'href="/projects/{project.pk}/photos/{image.pk}/"' in page


def test_pages_go_on_from_the_last_one_seen_and_new_work_shifts_nothing(project, rosa, monkeypatch):
    monkeypatch.setattr(mine, "PAGE_SIZE", 2)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        do(project, rosa, name)
    older = Annotation.objects.filter(author=rosa).order_by("-pk")[1].pk
    do(project, rosa, "d.jpg")
    assert [row.split()[0] for row in rows(rosa, project, f"?before={older}")] == ["a.jpg"]
    assert [row.split()[0] for row in rows(rosa, project, "?before=x&list=none")] == ["d.jpg", "c.jpg"]


def test_a_test_photo_looks_like_any_other_until_it_is_answered(project, rosa, monkeypatch):
    monkeypatch.setitem(queue.CLAIM_SHARES, "newcomer_share", 1.0)
    known = make_image(project, file_name="known.jpg")
    label_image(known, LEFT_HALF, "bad")
    adjudicate(known, by=owner_of(project), document=LEFT_HALF, desirability="bad", reason="The face.")
    gold.mark_gold(known, by=owner_of(project))
    make_image(project)
    draft = claim(project, rosa)
    save_draft(draft.pk, by=rosa, save_id=uuid4(), base_revision=0, document=LEFT_HALF, active_ms=1)
    assert rows(rosa, project) == ["known.jpg Draft — New —"]
    label(draft, LEFT_HALF, "bad")
    assert rows(rosa, project) == ["known.jpg Submitted Bad Agreed Bad The answer was known: Bad Yours was right."]


def test_who_has_none_is_told_what_to_do(project, rosa):
    page = words(browser(rosa).get(f"/projects/{project.pk}/mine/"))
    assert "You have labelled nothing here yet" in page
    assert "Nothing came back" in words(browser(rosa).get(f"/projects/{project.pk}/mine/?list=back"))


def test_it_takes_twelve_queries_at_most_and_strangers_find_nothing(project, rosa, django_assert_max_num_queries):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        send_back(do(project, rosa, name))
    client = browser(rosa)
    with django_assert_max_num_queries(QUERY_BOUND):
        assert client.get(f"/projects/{project.pk}/mine/").status_code == 200
    assert browser(make_user()).get(f"/projects/{project.pk}/mine/").status_code == 404
    assert member_of(project).get(f"/projects/{project.pk}/mine/").status_code == 200
