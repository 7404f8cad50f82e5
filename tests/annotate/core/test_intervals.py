import numpy as np
import pytest
from scipy import stats

from annotate.core.intervals import auc_interval, change_interval, share_interval


@pytest.mark.parametrize(("right", "count"), [(0, 20), (9, 20), (20, 20), (130, 149)])
def test_the_interval_of_a_share_is_scipys_wilson(right: int, count: int) -> None:
    theirs = stats.binomtest(right, count).proportion_ci(method="wilson")
    assert share_interval(right / count, count) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_the_interval_of_a_change_is_newcombes_example() -> None:
    # Newcombe, "Interval estimation for the difference between independent proportions" (1998), table II: 56/70, 48/80.
    assert change_interval(48 / 80, 80, 56 / 70, 70) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert change_interval(1, 20, 1, 20)[0] < 0 < change_interval(1, 20, 1, 20)[1]


def test_the_interval_of_an_area_by_hand() -> None:
    # 5 x 5 pairs, of which 22 are won: by positives 1 1 1 1 .4, by negatives 1 1 .8 .8 .8; AUC .88.
    positives, negatives = np.array([9.0, 8, 7, 6, 2.5]), np.array([1.0, 2, 3, 4, 5])
    variance = (4 * 0.12**2 + 0.48**2) / 4 / 5 + (2 * 0.12**2 + 3 * 0.08**2) / 4 / 5
    logit, half = np.log(0.88 / 0.12), 1.959964 * variance**0.5 / (0.88 * 0.12)
    assert auc_interval(positives, negatives) == pytest.approx(
        (1 / (1 + np.exp(half - logit)), 1 / (1 + np.exp(-half - logit)))
    )


def test_an_area_of_one_is_not_sure_on_few_photos() -> None:
    few, many = (auc_interval(np.arange(n) + 1000.0, np.arange(n) * 1.0) for n in (10, 100))
    assert few is not None
    assert many is not None
    assert (few[1], many[1]) == (1, 1)
    assert 0.6 < few[0] < 0.9 < many[0] < 1


def test_four_of_a_kind_are_too_few() -> None:
    assert auc_interval(np.arange(4.0), np.arange(50.0)) is None
    assert auc_interval(np.arange(7.0), np.arange(7.0), inflation=2) is None  # 3.5 scenes each


def test_photos_of_common_scenes_tell_less() -> None:
    rng = np.random.default_rng(0)
    sides = rng.normal(1, 1, 60), rng.normal(0, 1, 60)
    alone, paired = auc_interval(*sides), auc_interval(*sides, inflation=2)
    assert alone is not None
    assert paired is not None
    assert paired[0] < alone[0] < alone[1] < paired[1]
