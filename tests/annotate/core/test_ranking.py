"""What to label next: scores worked out by hand, then a feed whose shares and lanes hold."""

from collections import Counter

import numpy as np
import pytest

from annotate.core.chance import draw
from annotate.core.ranking import Lane, entropy, novelty, plan_feed, score

NAN = np.nan


def feed_of(count: int = 1_000, test_every: int = 10, begun: tuple[int, ...] = (), **changed):
    """A feed of photos 0, 1, 2 ...; the score falls with the number, every tenth is of the test split."""
    ids = np.arange(count)
    asked = {"is_test": ids % test_every == 0, "is_begun": np.isin(ids, begun), "given": 0, "salt": "s"} | changed
    return plan_feed(ids.tolist(), 1 - ids / count, **asked)


def test_chance_repeats_and_is_spread_evenly():
    numbers = [draw("photo", number) for number in range(1_000)]
    assert numbers == [draw("photo", number) for number in range(1_000)]
    assert np.histogram(numbers, 4, (0, 1))[0] == pytest.approx([250] * 4, abs=40)


def test_entropy_is_1_where_all_is_open_and_0_where_nothing_is():
    said = np.array([[0.25, 0.25, 0.25, 0.25], [0, 1, 0, 0], [0.5, 0.5, 0, 0]])
    assert entropy(said) == pytest.approx([1, 0, 0.5])


def test_novelty_is_the_distance_to_the_nearest_labelled_photo():
    labelled = np.array([[1.0, 0.0], [0.0, 2.0]])
    features = np.array([[3.0, 0.0], [1.0, 1.0], [NAN, NAN]])
    assert novelty(features, labelled) == pytest.approx([0, 1 - np.sqrt(0.5), NAN], abs=1e-6, nan_ok=True)


def test_nothing_is_known_of_novelty_while_nothing_is_labelled():
    assert np.isnan(novelty(np.ones((2, 4)), np.empty((0, 4)))).tolist() == [True, True]


def test_the_score_weighs_each_part_by_its_largest_value():
    scores = score(entropy=np.array([0.4, 0.2]), uncertainty=np.array([0.1, 0.05]), novelty=np.array([0.0, 0.5]))
    assert scores.total == pytest.approx([0.5 + 0.3, 0.25 + 0.15 + 0.2])


def test_an_unknown_part_counts_as_the_mean_of_the_known_ones():
    scores = score(
        entropy=np.array([1.0, 0.0, NAN]), uncertainty=np.array([NAN, NAN, NAN]), novelty=np.array([0.0, 0.0, 0.0])
    )
    assert scores.total == pytest.approx([0.5 + 0.15, 0.15, 0.25 + 0.15])
    assert np.isnan(scores.parts["entropy"]).tolist() == [False, False, True]


def test_every_photo_has_one_place():
    assert sorted(photo for photo, _ in feed_of()) == list(range(1_000))


def test_a_fifth_of_the_feed_is_random_and_half_of_that_is_the_test_split():
    lanes = Counter(lane for _, lane in feed_of()[:500])
    assert (lanes[Lane.RANKED] / 500, lanes[Lane.TEST] / 500) == (
        pytest.approx(0.8, abs=0.05),
        pytest.approx(0.1, abs=0.04),
    )


def test_the_test_split_is_never_chosen_by_its_score():
    feed = feed_of()
    assert {lane for photo, lane in feed if photo % 10 == 0} == {Lane.TEST}
    chosen = [photo for photo, lane in feed if lane == Lane.TEST]
    assert chosen == sorted(chosen, key=lambda photo: draw("s", "photo", photo))


def test_the_ranked_part_follows_the_score_and_the_test_split_does_not_depend_on_it():
    ranked = [photo for photo, lane in feed_of() if lane == Lane.RANKED]
    assert ranked == sorted(ranked)
    order = [photo for photo, lane in feed_of(begun=(995, 997)) if lane == Lane.RANKED]
    assert order[:3] == [995, 997, 1]


def test_what_is_planned_anew_after_some_were_given_goes_on_with_the_same_draw_of_places():
    lanes = [lane for _, lane in feed_of(given=0)]
    assert [lane for _, lane in feed_of(given=7)][:400] == lanes[7:407]


def test_a_project_without_a_test_split_has_its_random_share_all_the_same():
    lanes = Counter(lane for _, lane in feed_of(test_every=10**6)[1:401])
    assert lanes[Lane.RANDOM] / 400 == pytest.approx(0.2, abs=0.06)


def test_only_the_test_split_left_is_given_at_random():
    assert {lane for _, lane in feed_of(count=20, test_every=1)} == {Lane.TEST}
