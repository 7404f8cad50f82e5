"""Test photos: settled ones that come unseen among the others; the answer tells of the person and of nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.core import goldscore
from annotate.core.errors import Conflict
from annotate.models import (
    Annotation,
    Assignment,
    AuditEntry,
    Consensus,
    GoldAnswer,
    Image,
    Membership,
    Vote,
    VotingFit,
)
from annotate.services.agreement import refits
from annotate.services.agreement.consensus import adjudicate
from annotate.services.labelling.preannotations import save_preannotation
from annotate.services.labelling.votes import cast_vote, withdraw_vote
from annotate.services.queueing import gold, queue
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, SHARP, claim, label, label_image

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """Whoever may get a test photo gets one."""
    monkeypatch.setitem(queue.CLAIM_SHARES, "newcomer_share", 1.0)
    monkeypatch.setitem(queue.CLAIM_SHARES, "share", 1.0)


@pytest.fixture
def project():
    return make_project(votes_wanted=1)


def settled(project, document=LEFT_HALF, word="bad"):
    """A photo that its owner settled."""
    image = make_image(project)
    label_image(image, document, word)
    adjudicate(image, by=owner_of(project), document=document, desirability=word, reason="The face is blurred.")
    return image


def gold_photo(project, *said):
    image = settled(project, *said)
    gold.mark_gold(image, by=owner_of(project))
    return image


def answer(project, person, document=LEFT_HALF, word="bad"):
    """The person's next photo, which must be a test, answered."""
    draft = claim(project, person)
    assert draft.layer == "gold"
    return label(draft, document, word)


def rested():
    """All that was given was given 31 days ago."""
    Assignment.objects.update(created_at=timezone.now() - timedelta(days=goldscore.REST_DAYS + 1))


def test_a_settled_photo_comes_in_place_of_what_waits_and_takes_no_slot(project):
    image, waiting = gold_photo(project), make_image(project)
    person = make_member(project)
    draft = claim(project, person)
    assert (draft.image, draft.layer, draft.shown_layer, draft.state, draft.revision) == (
        image,
        "gold",
        "person",
        "draft",
        0,
    )
    assert (Image.objects.get(pk=image.pk).open_slots, Image.objects.get(pk=waiting.pk).open_slots) == (0, 1)
    assert claim(project, person) == draft


def test_only_a_share_of_the_photos_are_tests(project, monkeypatch):
    gold_photo(project), make_image(project)
    monkeypatch.setitem(queue.CLAIM_SHARES, "newcomer_share", 0.0)
    assert claim(project, make_member(project)).layer == "person"


def test_half_of_the_first_ten_and_a_twentieth_from_then_on():
    shares = (goldscore.NEWCOMER_SHARE, goldscore.NEWCOMER_PHOTOS, goldscore.SHARE)
    assert shares == (0.5, 10, 0.05)


def test_who_has_had_ten_photos_is_no_newcomer(project, monkeypatch):
    monkeypatch.setitem(queue.CLAIM_SHARES, "share", 0.0)
    monkeypatch.setitem(queue.CLAIM_SHARES, "newcomer_photos", 2)
    for _ in range(3):
        gold_photo(project)
    make_image(project), make_image(project)
    person = make_member(project)
    layers = []
    for _ in range(3):
        draft = claim(project, person)
        layers.append(draft.layer)
        label(draft, LEFT_HALF, "bad")
    assert layers == ["gold", "gold", "person"]


def test_nobody_gets_a_test_while_nothing_waits_for_them(project):
    gold_photo(project)
    assert queue.claim_next_image(project, by=make_member(project)) is None


def test_the_same_photo_does_not_come_again_within_thirty_days(project):
    image = gold_photo(project)
    for _ in range(3):
        make_image(project)
    person = make_member(project)
    first = answer(project, person)
    assert claim(project, person).layer == "person"
    label(claim(project, person), LEFT_HALF, "bad")
    rested()
    again = claim(project, person)
    assert (again.image, again.pk, again.layer) == (image, first.pk, "gold")
    assert (again.document, again.revision, again.state, again.vote) == (
        {"base": None, "regions": []},
        0,
        "draft",
        None,
    )
    assert (GoldAnswer.objects.count(), Vote.objects.filter(author=person, image=image).count()) == (1, 0)


def test_an_unfinished_test_is_gone_on_with_and_not_emptied(project):
    gold_photo(project), make_image(project)
    person = make_member(project)
    draft = claim(project, person)
    Annotation.objects.filter(pk=draft.pk).update(revision=3, document=LEFT_HALF)
    Assignment.objects.filter(user=person).update(lease_until=timezone.now() - timedelta(seconds=1))
    queue.release_expired()
    again = claim(project, person)
    assert (again.pk, again.revision, again.document) == (draft.pk, 3, LEFT_HALF)


def test_who_labelled_or_settled_the_photo_is_not_tested_with_it(project):
    image = gold_photo(project)
    make_image(project), make_image(project)
    author = Annotation.objects.get(image=image, layer="person").author
    for person in (author, owner_of(project)):
        assert claim(project, person).layer == "person"


def test_withdrawn_unmarked_and_reopened_photos_are_no_tests(project):
    withdrawn, unmarked, reopened = (gold_photo(project) for _ in range(3))
    make_image(project)
    Image.objects.filter(pk=withdrawn.pk).update(is_withdrawn=True)
    gold.unmark_gold(unmarked, by=owner_of(project))
    Image.objects.filter(pk=reopened.pk).update(state="disputed")
    assert claim(project, make_member(project)).layer == "person"


def test_an_answer_changes_nothing_of_the_photo(project):
    image, _ = gold_photo(project), make_image(project)
    before = Consensus.objects.filter(image=image).values().get()
    answer(project, make_member(project), RIGHT_HALF, "good")
    assert Consensus.objects.filter(image=image).values().get() == before
    assert Image.objects.get(pk=image.pk).state == "agreed"
    assert Vote.objects.filter(image=image).counted().count() == 1
    assert Vote.objects.filter(image=image).gold().count() == 1


def test_a_right_answer_has_the_experts_word_and_a_map_like_theirs(project):
    gold_photo(project), make_image(project)
    told = [
        gold.feedback_on(answer(project, make_member(project), document, word))
        for document, word in ((LEFT_HALF, "bad"), (LEFT_HALF, "ok"), (RIGHT_HALF, "bad"))
    ]
    assert [(each.is_right, each.overlap_ppm) for each in told] == [(True, 1_000_000), (False, 1_000_000), (False, 0)]
    assert (told[0].desirability, told[0].reason, told[0].document) == ("bad", "The face is blurred.", LEFT_HALF)


def test_of_any_other_photo_nothing_is_told(project):
    make_image(project)
    assert gold.feedback_on(label(claim(project, make_member(project)), LEFT_HALF, "bad")) is None


def test_an_answer_stays(project):
    image, _ = gold_photo(project), make_image(project)
    person = make_member(project)
    answered = answer(project, person)
    for change in (
        lambda: label(answered, LEFT_HALF, "ok"),
        lambda: cast_vote(image, by=person, desirability="ok", elapsed_ms=1),
        lambda: withdraw_vote(image, by=person),
    ):
        with pytest.raises(Conflict) as refusal:
            change()
        assert refusal.value.code == "gold_answered"


def test_a_fit_learns_from_the_answers_of_photos_whose_class_is_certain(project):
    for _ in range(6):
        gold_photo(project)
    make_image(project)
    person = make_member(project)
    for _ in range(6):
        answer(project, person, LEFT_HALF, "good")
    refits.refit_consensus(project)
    fit = VotingFit.objects.get()
    assert fit.vote_count == 12
    assert fit.confusions[str(person.pk)][3][1] > fit.crowd[3][1]  # says good where the truth is bad


def test_too_many_wrong_answers_pause_the_feed_until_a_curator_lets_the_person_go_on(project):
    for _ in range(12):
        gold_photo(project)
    make_image(project)
    person = make_member(project)
    for _ in range(10):
        answer(project, person, LEFT_HALF, "good")
    assert claim(project, person).layer == "gold"
    label(claim(project, person), LEFT_HALF, "good")
    with pytest.raises(Conflict) as refusal:
        queue.claim_next_image(project, by=person)
    assert refusal.value.code == "feed_paused"
    with pytest.raises(Conflict):
        queue.claim_image(Image.objects.filter(open_slots=1)[0], by=person)
    member = Membership.objects.get(user=person)
    assert AuditEntry.objects.get(action="feed.paused").details == {"answers": 11, "wrong": 11}
    gold.let_go_on(member, by=owner_of(project))
    gold.let_go_on(member, by=owner_of(project))
    assert claim(project, person).layer == "gold"
    answer(project, person, LEFT_HALF, "good")
    member.refresh_from_db()
    assert (member.paused_at, AuditEntry.objects.filter(action="feed.resumed").count()) == (None, 1)


def test_half_right_is_enough():
    assert goldscore.must_pause([False] * 10 + [True] * 10) is False
    assert goldscore.must_pause([False] * 11) is True
    assert goldscore.must_pause([False] * 11 + [True] * 20) is False


def test_a_test_with_the_same_models_map_as_what_waits_is_preferred(project):
    plain, shown = gold_photo(project), gold_photo(project)
    waiting = make_image(project)
    for image in (waiting, shown):
        Image.objects.filter(pk=image.pk).update(state="new")
        image.state = "new"
    Annotation.objects.filter(image=shown).update(revision=0)
    said = {"document": LEFT_HALF, "model_name": "net", "model_version": 1, "weights_sha256": "ab" * 32}
    for image in (waiting, shown):
        save_preannotation(image, **said, probabilities_ppm=[0, 0, 0, 1_000_000], uncertainty_ppm=20)
    Image.objects.filter(pk=shown.pk).update(state="agreed")
    assert [claim(project, make_member(project)).image for _ in range(4)] == [shown] * 4
    assert plain.is_gold is False


def test_each_word_comes_as_often_however_many_photos_have_it(project):
    for _ in range(6):
        gold_photo(project)
    rare = gold_photo(project, SHARP, "none")
    make_image(project)
    given = [claim(project, make_member(project)).image for _ in range(40)]
    assert 8 <= given.count(rare) <= 32  # of 40 halves: missed once in 20,000 times


def test_only_what_a_curator_settled_can_be_marked(project):
    image = make_image(project)
    label_image(image, LEFT_HALF, "bad")
    with pytest.raises(Conflict) as refusal:
        gold.mark_gold(image, by=owner_of(project))
    assert refusal.value.code == "not_settled"


def test_photos_are_chosen_by_themselves_so_many_of_each_word(project, monkeypatch):
    monkeypatch.setattr(gold, "MOST_OF_A_CLASS", 2)
    bad = [settled(project) for _ in range(3)]
    none = settled(project, SHARP, "none")
    assert len(gold.choose_gold(project, by=owner_of(project))) == 3
    assert set(Image.objects.filter(is_gold=True)) == {*bad[1:], none}
    assert gold.choose_gold(project, by=owner_of(project)) == []


def test_a_photo_that_is_settled_no_longer_asks_nothing(project):
    image, _ = gold_photo(project), make_image(project)
    draft = claim(project, make_member(project))
    Consensus.objects.filter(image=image).update(decided_by="posterior")
    assert gold.feedback_on(label(draft, LEFT_HALF, "bad")) is None
    assert GoldAnswer.objects.count() == 0
