import numpy as np

from annotate.core.facts import (
    MapFacts,
    apart_ppm,
    commonest_kind,
    entropy_ppm,
    facts_of_map,
    sharpest_mpx,
    subject_word,
)
from annotate.core.regions import EMPTY, parse_document

LEVELS = np.array([[0, 0, 3, 3], [0, 1, 3, 255]], np.uint8)


def test_a_map_is_told_by_shares_subject_and_background():
    subject = np.zeros(LEVELS.shape, bool)
    subject[:, :2] = True
    told = facts_of_map(LEVELS, subject, 4)
    shares = [428_571, 142_857, 0, 428_571]
    assert told == MapFacts(shares, largest=3, subject_ppm=250_000, background=3, scene="partly-3")
    assert facts_of_map(LEVELS, None, 4) == MapFacts(shares, largest=3)
    assert facts_of_map(LEVELS, np.ones(LEVELS.shape, bool), 4) == MapFacts(shares, largest=3)
    assert facts_of_map(np.full((2, 2), 255, np.uint8), None, 4) is None
    assert [subject_word(ppm) for ppm in (99_999, 100_000, 500_000)] == ["sharp", "partly", "blurred"]


def test_the_kind_is_that_of_most_of_the_blur_that_is_seen():
    def region(id, kind, level, x1, z=0):
        return {"id": id, "level": level, "kind": kind, "rings": [[0, 0, x1 * 16, 0, x1 * 16, 160, 0, 160]], "z": z}

    covered = parse_document(
        {"base": 2, "regions": [region("a", "motion", 2, 10), region("b", "shake", 1, 6, 1)]}, level_count=4
    )
    erased = parse_document(
        {"base": 0, "regions": [region("a", "motion", 2, 10), region("b", "shake", 0, 9, 1)]}, level_count=4
    )
    assert commonest_kind([covered], (10, 10)) == "shake"
    assert commonest_kind([covered, erased, erased, erased], (10, 10)) == "motion"
    assert commonest_kind([EMPTY], (10, 10)) == ""


def test_maps_are_apart_by_their_amounts_where_both_have_a_level():
    amounts = [0, 333_333, 666_667, 1_000_000]
    assert apart_ppm(LEVELS, np.zeros_like(LEVELS), amounts) == (3 * 1_000_000 + 333_333) // 7
    assert apart_ppm(LEVELS, np.full_like(LEVELS, 255), amounts) is None
    assert [entropy_ppm([250_000] * 4), entropy_ppm([0, 1_000_000, 0, 0])] == [1_000_000, 0]


def test_the_sharpest_place_is_measured_at_a_long_side_of_1024():
    value = 255 - 38 * np.log2(1.5**2 + 1)  # a blur of 1.5 px
    cells = np.full((10, 10), round(value), np.uint8)
    cells[:5] = 0
    assert abs(sharpest_mpx(cells, (2048, 1000)) - 750) < 10
    assert sharpest_mpx(np.zeros((2, 2), np.uint8), (2048, 1000)) is None
