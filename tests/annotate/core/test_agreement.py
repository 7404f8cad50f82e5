"""Agreement beyond chance, against published worked examples."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.agreement import (
    bootstrap_interval,
    count_labels,
    gwet_ac,
    krippendorff_alpha,
    quadratic_weighted_kappa,
)

# The four coders and twelve units of Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section E.
CODERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
CAST = [(unit, int(label) - 1) for coder in CODERS for unit, label in enumerate(coder) if label != "."]
COUNTS = count_labels([unit for unit, _ in CAST], [label for _, label in CAST], 5)


def test_labels_are_counted_by_unit() -> None:
    assert count_labels([9, 4, 9], [2, 0, 2], 3).tolist() == [[1, 0, 0], [0, 0, 2]]


def test_alpha_of_krippendorffs_example() -> None:
    assert krippendorff_alpha(COUNTS) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(COUNTS, is_ordinal=True) == pytest.approx(0.815, abs=5e-4)


def test_gwets_coefficient_of_the_same_example() -> None:
    assert gwet_ac(COUNTS) == pytest.approx(0.77544, abs=5e-6)


def test_alpha_of_two_coders_by_hand() -> None:
    # Units 00 01 11: coincidences 2 1 / 1 2, n = 6, totals 3 3. alpha = 1 - 5 * 2 / (2 * 9) = 4/9.
    assert krippendorff_alpha(count_labels([0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1], 2)) == pytest.approx(4 / 9)


def test_alpha_is_undefined_where_nobody_differs_from_anybody() -> None:
    assert krippendorff_alpha(count_labels([0, 0, 1, 1], [2, 2, 2, 2], 4)) is None
    assert krippendorff_alpha(count_labels([0, 1], [2, 3], 4)) is None
    assert gwet_ac(count_labels([0, 1], [2, 3], 4)) is None


def test_gwets_coefficient_stays_high_where_alpha_collapses() -> None:
    unit = np.repeat(np.arange(100), 2)
    label = np.zeros(200, int)
    label[:2] = 0, 1
    counts = count_labels(unit, label, 2)
    alpha, gwet = krippendorff_alpha(counts), gwet_ac(counts)
    assert alpha is not None
    assert gwet is not None
    assert alpha < 0.01
    assert gwet > 0.98


def test_kappa_by_hand() -> None:
    # Of four pairs one is 0 against 2: squared steps of 1 in all. The first rater says 0 1 2 in 2 1 1 cases, the
    # second in 1 1 2. By chance (2*1 + 1*1 + 1*2 + 1*1) / 4 are one step apart, at 1/4 each, and (2*2 + 1*1) / 4 two
    # steps: 13/8.
    assert quadratic_weighted_kappa([0, 0, 2, 1], [2, 0, 2, 1], 3) == pytest.approx(5 / 13)


def test_kappa_is_one_for_equals_and_minus_one_for_opposites() -> None:
    assert quadratic_weighted_kappa([0, 1, 2, 3], [0, 1, 2, 3], 4) == pytest.approx(1)
    assert quadratic_weighted_kappa([0, 3], [3, 0], 4) == pytest.approx(-1)
    assert quadratic_weighted_kappa([2, 2], [2, 2], 4) is None


def test_the_interval_holds_the_value_and_repeats() -> None:
    alpha = functools.partial(krippendorff_alpha, is_ordinal=True)
    many = np.tile(COUNTS, (15, 1))
    interval = bootstrap_interval(many, alpha)
    value = alpha(many)
    assert interval is not None
    assert value is not None
    assert interval[0] < value < interval[1]
    assert bootstrap_interval(many, alpha) == interval


def test_149_photos_are_too_few_for_an_interval() -> None:
    counts = np.tile(COUNTS, (15, 1))
    assert bootstrap_interval(counts[:149], krippendorff_alpha) is None
    assert bootstrap_interval(counts[:150], krippendorff_alpha) is not None


def test_there_is_no_interval_of_what_is_not_defined() -> None:
    assert bootstrap_interval(np.tile([0.0, 2.0], (200, 1)), krippendorff_alpha) is None


cast_votes = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=30)


@given(cast_votes, st.booleans())
def test_coefficients_are_at_most_one_and_one_only_without_disagreement(
    cast: list[tuple[int, int]], is_ordinal: bool
) -> None:
    counts = count_labels(*np.array(cast).T, 4)
    agree = all((row > 0).sum() == 1 for row in counts if row.sum() > 1)
    for value in (krippendorff_alpha(counts, is_ordinal=is_ordinal), gwet_ac(counts, is_ordinal=is_ordinal)):
        assert value is None or value < 1 + 1e-9
        assert value is None or (value > 1 - 1e-9) == agree
