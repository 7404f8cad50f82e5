"""Agreement on what is blurred: shared sharp area lifts nothing, a border within the tolerance costs nothing."""

import numpy as np
import pytest

from annotate.core.blurmap import IGNORE, LevelMap
from annotate.core.mapagreement import COMPARED_SIDE, TOLERANCE_PX, compare_maps
from annotate.core.runs import Runs

AMOUNTS = (0, 333_333, 666_667, 1_000_000)


def columns(*spans: tuple[int, int, int], width: int = 512, base: int = 0) -> LevelMap:
    """A map of (level, from, to) columns; at 512 px the tolerance is 2."""
    levels = np.full((8, width), base, np.uint8)
    for level, start, stop in spans:
        levels[:, start:stop] = level
    return levels


def overlap(*maps: LevelMap) -> int | None:
    return compare_maps(maps, AMOUNTS).overlap_ppm


def test_equal_maps_agree_wholly_and_sharp_ones_too() -> None:
    assert overlap(columns((2, 0, 100)), columns((2, 0, 100))) == 1_000_000
    assert overlap(columns(), columns()) == 1_000_000


def test_shared_sharp_area_lifts_nothing() -> None:
    assert overlap(columns((2, 0, 10)), columns((2, 500, 510))) == 0
    assert overlap(columns((2, 0, 100)), columns()) == 0


def test_the_same_part_at_other_levels_overlaps_by_its_amounts() -> None:
    assert overlap(columns((1, 0, 512)), columns((3, 0, 512))) == 333_333
    assert overlap(columns((1, 0, 512)), columns((2, 0, 512))) == 499_999  # 333,333 of 666,667
    assert overlap(columns((2, 0, 512)), columns((3, 0, 512))) == 666_667


def test_a_border_within_the_tolerance_costs_nothing_and_one_beyond_costs_the_rest() -> None:
    assert overlap(columns((1, 0, 256)), columns((1, 0, 258))) == 1_000_000
    # 4 px apart: of the strip 2 px are met from either side. (256 + 258) / (256 + 258 + 2 + 2)
    assert overlap(columns((1, 0, 256)), columns((1, 0, 260))) == round(1_000_000 * 514 / 518)


def test_thin_blur_that_only_one_saw_is_no_agreement() -> None:
    assert overlap(columns((1, 100, 102)), columns()) == 0


def test_the_mean_is_over_pairs_of_people() -> None:
    left, right = columns((2, 0, 256)), columns((2, 258, 512))
    assert overlap(left, left, left, right) == round(1_000_000 * (3 + 3 * overlap_of(left, right)) / 6)


def overlap_of(one: LevelMap, two: LevelMap) -> float:
    found = overlap(one, two)
    assert found is not None
    return found / 1_000_000


def test_who_labelled_different_parts_did_not_meet() -> None:
    left, right = columns((2, 0, 256), base=IGNORE), columns((2, 256, 512), base=IGNORE)
    assert compare_maps([left, right], AMOUNTS).overlap_ppm is None
    assert compare_maps([left, right], AMOUNTS).kappas_ppm == (None, None, None)
    assert overlap(left) is None


def test_who_met_on_less_than_half_of_what_is_labelled_did_not_meet() -> None:
    whole = columns((2, 0, 100))
    assert overlap(whole, columns((2, 0, 255), base=IGNORE)) is None
    assert overlap(whole, columns((2, 0, 100), (0, 100, 256), base=IGNORE)) == 1_000_000


def test_kappa_of_a_level_is_agreement_beyond_chance_on_where_it_is_reached() -> None:
    one, two = columns((3, 0, 256)), columns((1, 0, 256))
    # Level 1 and up: the same. Level 2 and up: one says 256 columns, two nowhere, as much apart as by chance but for
    # the 2 columns at the border that are within the tolerance: 1 - (256 + 254) / (2 * 256).
    assert compare_maps([one, two], AMOUNTS).kappas_ppm == (1_000_000, 3_906, 3_906)
    assert compare_maps([one, one], AMOUNTS).kappas_ppm == (1_000_000, 1_000_000, 1_000_000)
    assert compare_maps([columns(), columns()], AMOUNTS).kappas_ppm == (None, None, None)
    opposite = compare_maps([columns((1, 0, 256)), columns((1, 256, 512))], AMOUNTS).kappas_ppm[0]
    assert opposite == -984_375  # 1 - 2 * (254 + 254) / (2 * 256)


def test_a_large_photo_is_compared_like_a_small_one() -> None:
    small = [columns((1, 0, 300)), columns((2, 0, 280))]
    large = [np.kron(each, np.ones((4, 4), np.uint8)) for each in small]
    assert compare_maps(large, AMOUNTS) == compare_maps(small, AMOUNTS)
    assert compare_maps([Runs.of(each) for each in large], AMOUNTS) == compare_maps(small, AMOUNTS)


@pytest.mark.parametrize("people", [7, 27])
def test_any_number_of_people_is_compared(people: int) -> None:
    assert overlap(*[columns((1, 0, 300))] * people) == 1_000_000


def test_the_tolerance_is_whole_pixels_where_maps_are_compared() -> None:
    assert TOLERANCE_PX * COMPARED_SIDE % 1024 == 0
