"""What several people's work comes to, what a curator settles, and what a fit over the project changes."""

import itertools
import statistics
import time
import uuid

import numpy as np
import pytest

from annotate.core.blurmap import decode_levels
from annotate.core.errors import InvalidVote
from annotate.models import Annotation, AuditEntry, Consensus, Image, MapMerge, VotingFit
from annotate.services import leases
from annotate.services.agreement import merging, refits
from annotate.services.agreement.consensus import adjudicate, find_dispute, merge_left
from annotate.services.labelling.annotations import save_draft, submit_annotation
from annotate.services.labelling.preannotations import save_preannotation
from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing import queue
from annotate.services.teams.projects import change_project
from annotate.tasks import merge_maps, sweep
from tests.bar.painting import SIZE, slabs
from tests.factories import make_image, make_member, make_project, owner_of, photo_bytes
from tests.labels import LEFT_HALF, RIGHT_HALF, SHARP, claim, label, label_image, rectangle
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def image():
    """An image that two people are to label."""
    return make_image(make_project(votes_wanted=2))


def levels_of(image):
    return decode_levels(bytes(Consensus.objects.get(image=image).levels_png))


def test_one_of_two_leaves_the_image_open(image):
    label_image(image, LEFT_HALF, "bad")
    consensus = Consensus.objects.get()
    assert (consensus.state, consensus.desirability, consensus.decided_by) == ("open", "bad", "single")
    assert (consensus.level_annotators, consensus.agreement_ppm) == (1, None)
    assert Image.objects.get().state == "labelled"


def test_two_who_agree_make_a_label(image):
    label_image(image, LEFT_HALF, "bad", "bad")
    consensus = Consensus.objects.get()
    assert (consensus.state, consensus.desirability, consensus.decided_by) == ("agreed", "bad", "posterior")
    assert (consensus.vote_counts, sum(consensus.posterior_ppm)) == ([0, 0, 0, 2], 1_000_000)
    assert (consensus.level_annotators, consensus.agreement_ppm, consensus.revision) == (2, 1_000_000, 2)
    assert np.array_equal(levels_of(image)[:, :24], np.full((32, 24), 2))
    assert not levels_of(image)[:, 24:].any()
    assert Image.objects.get().state == "agreed"


def test_two_who_vote_differently_are_a_dispute(image):
    label_image(image, LEFT_HALF, "bad", "ok")
    assert (Consensus.objects.get().state, Image.objects.get().state) == ("disputed", "disputed")
    assert Consensus.objects.get().dispute == Consensus.objects.get().why_disputed == "verdict"


def test_two_who_paint_differently_are_a_dispute(image):
    label_image(image, LEFT_HALF, "bad")
    label_image(image, RIGHT_HALF, "bad")
    consensus = Consensus.objects.get()
    assert (consensus.state, consensus.dispute, consensus.agreement_ppm) == ("disputed", "overlap", 0)


def test_small_blurs_that_cancel_out_are_a_dispute_and_no_blur_without_a_place(image):
    label_image(image, {"base": 0, "regions": [rectangle("a", 1, 0, 0, 4, 4)]}, "bad")
    label_image(image, {"base": 0, "regions": [rectangle("b", 1, 8, 8, 12, 12)]}, "bad")
    assert Consensus.objects.get().why_disputed == "overlap"


def test_drafts_and_their_votes_do_not_count(image):
    draft = queue.claim_image(image, by=make_member(image.project))
    cast_vote(image, by=draft.author, desirability="good", elapsed_ms=5)
    label_image(image, LEFT_HALF, "bad")
    assert Consensus.objects.get().vote_counts == [0, 0, 0, 1]


def test_a_changed_vote_changes_the_consensus_at_once(image):
    first, _ = label_image(image, LEFT_HALF, "bad", "ok")
    Annotation.objects.update(document={})  # of which nothing could be painted anew
    cast_vote(image, by=first, desirability="ok", elapsed_ms=5)
    consensus = Consensus.objects.get()
    assert (consensus.state, consensus.desirability, consensus.vote_counts) == ("agreed", "ok", [0, 0, 2, 0])


def test_a_changed_vote_still_must_fit_the_painted_blur(image):
    (person,) = label_image(image, LEFT_HALF, "bad")
    Annotation.objects.update(document={})
    with pytest.raises(InvalidVote):
        cast_vote(image, by=person, desirability="none", elapsed_ms=5)
    assert Consensus.objects.get().vote_counts == [0, 0, 0, 1]


def test_an_unknown_word_is_no_vote(image):
    with pytest.raises(InvalidVote) as refusal:
        cast_vote(image, by=make_member(image.project), desirability="great", elapsed_ms=0)
    assert refusal.value.where == "desirability"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_submit_at_once_the_second_sees_the_first():
    project = make_project(votes_wanted=2)
    make_image(project)
    drafts = [claim(project, make_member(project)) for _ in range(2)]
    at_once([lambda draft=draft: label(draft, LEFT_HALF, "bad") for draft in drafts])
    consensus = Consensus.objects.get()
    assert (consensus.state, consensus.level_annotators) == ("agreed", 2)


def test_a_curators_decision_holds_and_everybodys_work_stays(image):
    people = label_image(image, LEFT_HALF, "bad", "ok")
    curator = make_member(image.project, "curator")
    settled = adjudicate(image, by=curator, document=RIGHT_HALF, desirability="good", reason="the subject is sharp")
    assert (settled.state, settled.desirability, settled.decided_by) == ("agreed", "good", "adjudicated")
    assert (settled.adjudication.author, settled.adjudication.layer) == (curator, "adjudicator")
    assert np.array_equal(levels_of(image)[:, 24:], np.full((32, 24), 2))
    cast_vote(image, by=people[0], desirability="ok", elapsed_ms=5)
    settled.refresh_from_db()
    assert (settled.desirability, settled.vote_counts, settled.state) == ("good", [0, 0, 2, 0], "agreed")
    assert Annotation.objects.filter(layer="person", state="submitted").count() == 2
    assert AuditEntry.objects.filter(action="consensus.settled").count() == 1


def test_a_curator_may_decide_again(image):
    curator = make_member(image.project, "curator")
    adjudicate(image, by=curator, document=LEFT_HALF, desirability="bad", reason="first")
    settled = adjudicate(image, by=curator, document=SHARP, desirability="none", reason="second")
    assert (settled.desirability, settled.reason, settled.adjudication.revision) == ("none", "second", 2)


def test_a_settled_image_is_given_to_nobody_else(image):
    adjudicate(image, by=make_member(image.project, "curator"), document=SHARP, desirability="none", reason="plain")
    assert queue.claim_next_image(image.project, by=make_member(image.project)) is None


def test_a_curator_too_cannot_contradict_the_map(image):
    with pytest.raises(InvalidVote):
        adjudicate(image, by=make_member(image.project), document=LEFT_HALF, desirability="none", reason="?")
    assert not Annotation.objects.exists()


def test_a_fit_learns_whom_to_trust_and_judges_anew():
    project = make_project(votes_wanted=3)
    steady, twin, contrary = (make_member(project) for _ in range(3))
    for _ in range(12):
        image = make_image(project)
        for person, vote in ((steady, "good"), (twin, "good"), (contrary, "bad")):
            label(queue.claim_image(image, by=person), LEFT_HALF, vote)
    last = make_image(project)
    for person, vote in ((steady, "bad"), (contrary, "good")):
        label(queue.claim_image(last, by=person), LEFT_HALF, vote)
    before = Consensus.objects.get(image=last).posterior_ppm
    assert refits.refit_consensus(project) > 0
    fit = VotingFit.objects.get()
    assert fit.vote_count == 38
    assert fit.confusions[str(steady.pk)][1][1] > 0.8 > 0.4 > fit.confusions[str(contrary.pk)][1][1]
    after = Consensus.objects.get(image=last).posterior_ppm
    assert before[1] == before[3]
    assert after != before
    assert refits.refit_consensus(project) == 0


def test_one_quarrel_does_not_unsettle_what_all_agree_on():
    project = make_project(votes_wanted=2)
    first, second = make_member(project), make_member(project)
    images = [make_image(project) for _ in range(7)]
    for person, last_vote in ((first, "good"), (second, "bad")):
        for image, vote in zip(images, ["ok", "ok", "bad", "bad", "bad", "bad", last_vote], strict=True):
            label(queue.claim_image(image, by=person), LEFT_HALF, vote)
    refits.refit_consensus(project)
    states = [image.state for image in Image.objects.order_by("pk")]
    assert states == ["agreed"] * 6 + ["disputed"]


def test_only_projects_with_news_are_fitted_again(image):
    assert list(refits.projects_to_refit()) == []
    people = label_image(image, LEFT_HALF, "bad", "ok")
    assert list(refits.projects_to_refit()) == [image.project]
    refits.refit_consensus(image.project)
    assert list(refits.projects_to_refit()) == []
    cast_vote(image, by=people[0], desirability="ok", elapsed_ms=5)
    assert list(refits.projects_to_refit()) == [image.project]


def test_fewer_people_wanted_settles_what_they_have_done(image):
    label_image(image, LEFT_HALF, "bad")
    refits.refit_consensus(image.project)
    change_project(image.project, by=owner_of(image.project), votes_wanted=1)
    assert list(refits.projects_to_refit()) == [image.project]
    image.project.refresh_from_db()
    refits.refit_consensus(image.project)
    assert (Consensus.objects.get().state, Image.objects.get().state) == ("agreed", "agreed")
    assert list(refits.projects_to_refit()) == []


def test_more_people_wanted_unsettles_nothing():
    project = make_project(votes_wanted=1)
    label_image(make_image(project), LEFT_HALF, "bad")
    change_project(project, by=owner_of(project), votes_wanted=3)
    label_image(make_image(project), LEFT_HALF, "good")
    project.refresh_from_db()
    refits.refit_consensus(project)
    assert sorted(Consensus.objects.values_list("state", flat=True)) == ["agreed", "open"]


def test_a_fit_leaves_a_curators_decision_alone(image):
    label_image(image, LEFT_HALF, "bad", "bad")
    adjudicate(image, by=make_member(image.project), document=LEFT_HALF, desirability="ok", reason="guideline 3")
    refits.refit_consensus(image.project)
    assert Consensus.objects.get().desirability == "ok"


def model_says(image):
    return save_preannotation(
        image,
        document=LEFT_HALF,
        model_name="net",
        model_version=1,
        weights_sha256="ab" * 32,
        probabilities_ppm=[0, 0, 0, 1_000_000],
        uncertainty_ppm=20,
    )


def test_a_model_speaks_until_a_human_has_begun(image):
    assert model_says(image) is True
    assert Image.objects.get().state == "preannotated"
    label_image(image, RIGHT_HALF, "bad")
    assert model_says(image) is False
    assert Image.objects.get().state == "labelled"


# What several people's maps come to: a photo of 1024 x 64, so that a pixel is a pixel of every bound ----------------


def half(level, start=0, stop=512, base=0):
    return {"base": base, "regions": [rectangle("part", level, start, 0, stop, 64)]}


def merge(documents, *, words=None):
    """The consensus on a photo that people labelled so, all with the same word unless others are given."""
    image = make_image(make_project(votes_wanted=len(documents)), photo_bytes(1024, 64))
    for document, word in zip(documents, words or ["good"] * len(documents), strict=True):
        label_image(image, document, word)
    return Consensus.objects.get()


def runs(consensus):
    """(level, columns) of the merged map's rows, which are alike."""
    levels = decode_levels(bytes(consensus.levels_png))
    assert (levels == levels[0]).all()
    starts = [0, *(np.flatnonzero(np.diff(levels[0].astype(int))) + 1), 1024]
    return [(int(levels[0, a]), int(b - a)) for a, b in itertools.pairwise(starts)]


@pytest.mark.parametrize(
    ("documents", "state", "dispute", "agreement_ppm", "unsettled_ppm", "columns"),
    [
        # different parts
        ([half(2), half(2, 512, 1024)], "disputed", "overlap", 3_922, 1_000_000, [(255, 1024)]),
        # one inside the other, one level and two levels above what is around
        ([half(1), half(1, 0, 256)], "agreed", "", 505_882, 0, [(1, 512), (0, 512)]),
        ([half(2), half(2, 0, 256)], "disputed", "unsettled", 505_882, 250_000, [(2, 256), (255, 256), (0, 512)]),
        # the same part two levels apart, and one
        ([half(1), half(3)], "disputed", "overlap", 334_203, 500_000, [(255, 512), (0, 512)]),
        ([half(2), half(3)], "agreed", "", 667_536, 0, [(3, 512), (0, 512)]),
        # the same but a border of 3 px
        ([half(1), half(1, 0, 515)], "agreed", "", 1_000_000, 0, [(1, 514), (0, 510)]),
        ([half(2), half(2, 0, 515)], "agreed", "", 1_000_000, 2_929, [(2, 512), (255, 3), (0, 509)]),
        # three against one
        ([half(2)] * 3 + [half(2, 600, 1024)], "agreed", "", 500_000, 0, [(2, 512), (0, 512)]),
        # disjoint parts of the photo labelled at all
        (
            [half(2, base=None), half(2, 512, 1024, base=None)],
            "disputed",
            "disjoint",
            None,
            0,
            [(2, 1024)],
        ),
    ],
)
def test_maps_become_one_and_tell_whether_they_agree(documents, state, dispute, agreement_ppm, unsettled_ppm, columns):
    consensus = merge(documents)
    assert (consensus.state, consensus.dispute, consensus.agreement_ppm) == (state, dispute, agreement_ppm)
    assert (consensus.unsettled_ppm, runs(consensus)) == (unsettled_ppm, columns)


def test_an_empty_map_beside_a_painted_one_is_a_dispute():
    consensus = merge([half(2), SHARP], words=["bad", "none"])
    assert (consensus.state, consensus.dispute, consensus.agreement_ppm) == ("disputed", "verdict", 0)
    assert runs(consensus) == [(255, 512), (0, 512)]


def test_a_map_that_shows_less_than_half_of_what_the_least_of_them_painted_carries_no_verdict():
    project = make_project()
    of_map = {"level_px": [900, 49], "level_annotators": 3, "agreement_ppm": 900_000, "unsettled_ppm": 0}
    assert find_dispute(project, "good", of_map | {"least_blur_px": 99}) == "carries_no_verdict"
    assert find_dispute(project, "good", of_map | {"least_blur_px": 98}) == ""
    assert find_dispute(project, "none", of_map | {"least_blur_px": 0}) == "carries_no_verdict"


def test_27_people_who_paint_the_same_agree():
    image = make_image(make_project(votes_wanted=27))
    label_image(image, LEFT_HALF, *["bad"] * 27)
    consensus = Consensus.objects.get()
    assert (consensus.state, consensus.level_annotators, consensus.merge_rule) == ("agreed", 27, "settled-em")
    assert (consensus.agreement_ppm, consensus.level_px) == (1_000_000, [768, 0, 768, 0])


def test_another_bound_is_what_the_next_refit_judges_by():
    consensus = merge([half(1), half(1, 0, 256)])
    project = consensus.image.project
    refits.refit_consensus(project)
    assert refits.refit_consensus(project) == 0
    change_project(project, by=owner_of(project), alike_percent=60)
    assert list(refits.projects_to_refit()) == [project]
    project.refresh_from_db()
    assert refits.refit_consensus(project) == 1
    consensus.refresh_from_db()
    assert (consensus.state, consensus.dispute) == ("disputed", "overlap")


def test_maps_merged_by_a_former_rule_are_merged_anew_when_asked():
    consensus = merge([half(2), half(2, 512, 1024)])
    former = {"merge_rule": "ordered-median", "agreement_ppm": 730_000, "state": "agreed", "dispute": ""}
    Consensus.objects.update(**former)
    assert (refits.merge_again(consensus.image.project), refits.merge_again(consensus.image.project)) == (1, 0)
    consensus.refresh_from_db()
    assert (consensus.state, consensus.dispute, consensus.merge_rule) == ("disputed", "overlap", "settled-median")


@pytest.fixture
def nothing_is_short(monkeypatch):
    """Every merging is left to a worker."""
    monkeypatch.setattr(merging, "AT_ONCE_PX", 0)


def states():
    return Image.objects.get().state, *Consensus.objects.values_list("state", "level_annotators", "vote_counts")


def test_maps_that_take_long_to_merge_wait_for_a_worker(image, nothing_is_short):
    first, second = label_image(image, LEFT_HALF, "bad", "bad")
    assert (states(), MapMerge.objects.count()) == (("new",), 1)
    cast_vote(image, by=first, desirability="ok", elapsed_ms=5)
    sweep()
    merge_maps()
    assert (states(), MapMerge.objects.count()) == (("disputed", ("disputed", 2, [0, 0, 1, 1])), 0)
    cast_vote(image, by=first, desirability="bad", elapsed_ms=5)
    assert states() == ("agreed", ("agreed", 2, [0, 0, 0, 2]))
    queue.claim_image(image, by=second)
    draft = Annotation.objects.get(author=second)
    save = {"save_id": uuid.uuid4(), "base_revision": draft.revision, "document": RIGHT_HALF, "active_ms": 2000}
    save_draft(draft.pk, by=second, **save)
    cast_vote(image, by=first, desirability="ok", elapsed_ms=5)
    refits.refit_consensus(image.project)
    assert states() == ("labelled", ("open", 2, [0, 0, 0, 2]))  # by maps of which one is gone
    merge_maps()
    assert states() == ("labelled", ("open", 1, [0, 0, 1, 0]))


def test_what_people_hand_in_while_a_worker_merges_is_merged_by_the_next_attempt(image, nothing_is_short):
    label_image(image, LEFT_HALF, "bad")
    late = leases.claim_next(MapMerge.objects.select_related("image__project"))
    late.work.image.refresh_from_db()
    label_image(image, LEFT_HALF, "bad")
    with pytest.raises(leases.LeaseLost):
        merge_left(late.work, late)
    assert states() == ("new",)
    merge_maps()
    assert states() == ("agreed", ("agreed", 2, [0, 0, 0, 2]))


def test_a_worker_changes_nothing_of_what_a_curator_settled_meanwhile(image, nothing_is_short):
    label_image(image, LEFT_HALF, "bad")
    curator = make_member(image.project, "curator")
    adjudicate(image, by=curator, document=RIGHT_HALF, desirability="good", reason="the subject is sharp")
    merge_maps()
    assert states() == ("agreed", ("agreed", 1, [0, 0, 0, 1]))
    assert (Consensus.objects.get().desirability, MapMerge.objects.count()) == ("good", 0)


@pytest.mark.parametrize(("people", "side"), [(1, 4_001), (3, 1_334)])
def test_large_maps_and_intricate_ones_take_long_to_merge(image, people, side):
    large = Image(project=image.project, width=side, height=4_000)
    work = [Annotation(document=SHARP)] * people
    assert merging.is_long(large, work)
    assert not merging.is_long(large, work[1:])
    teeth = [16 * v for n in range(200) for v in (n, 0, n, 4_000)]
    intricate = Annotation(document={"base": 0, "regions": [rectangle("a", 1, 0, 0, 9, 9) | {"rings": [teeth]}]})
    assert merging.is_long(Image(project=image.project, width=100, height=4_000), [intricate] * 2)


def test_handing_in_the_heaviest_document_takes_little_of_a_request():
    image = make_image(make_project(votes_wanted=3))
    Image.objects.update(width=SIZE[0], height=SIZE[1])
    took = []
    for _ in range(3):
        draft = queue.claim_image(Image.objects.get(), by=make_member(image.project))
        Annotation.objects.filter(pk=draft.pk).update(document=slabs(700))
        cast_vote(draft.image, by=draft.author, desirability="bad", elapsed_ms=5)
        begun = time.process_time()
        submit_annotation(draft.pk, by=draft.author)
        took.append(time.process_time() - begun)
    assert statistics.median(took) < 0.25  # s; 6 when all was painted and merged
    assert MapMerge.objects.count() == 1
