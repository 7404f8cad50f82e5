import numpy as np
import pytest

from annotate.core.blurmap import rasterize
from annotate.core.formats import InvalidLabels, Meaning, PhotoLabels, Shape, counted_area, ring_of, understand

SQUARE = ring_of([(2, 2), (6, 2), (6, 6), (2, 6)])
RIGHT = ring_of([(4, 0), (8, 0), (8, 8), (4, 8)])
BLUR = Meaning(levels={"low": 1, "high": 3}, kinds={"type=motion": "motion"}, votes={"nice": "good"}, rest=0)


def labels(*shapes, **more):
    return PhotoLabels("a.jpg", "file: row 1", tuple(shapes), **more)


def shape(*names, ring=SQUARE):
    return Shape(names, (ring,), "file: shape")


def understood(photo, meaning=BLUR, size=(8, 8)):
    return understand(photo, meaning, size, level_count=4)


def test_a_name_means_a_level_and_another_a_kind():
    document = understood(labels(shape("high", "type=motion"))).document
    assert (document.base, document.regions[0].level, document.regions[0].kind) == (0, 3, "motion")


def test_what_no_name_means_is_listed_and_not_taken():
    result = understood(labels(shape("dog", "colour=red"), names=("indoor",)))
    assert (result.document, result.vote, result.unmapped) == (None, None, ("dog", "colour=red", "indoor"))


def test_a_name_of_the_whole_photo_is_a_vote():
    result = understood(labels(names=("nice",)), Meaning(votes={"nice": "good"}))
    assert (result.document, result.vote) == (None, "good")


def test_two_votes_are_a_conflict():
    result = understood(labels(names=("a", "b")), Meaning(votes={"a": "good", "b": "bad"}))
    assert (result.vote, result.conflicts) == (None, ("file: row 1",))


@pytest.mark.parametrize(("takes_higher", "levels"), [(True, [3]), (False, [])])
def test_two_levels_of_a_shape_are_a_conflict(takes_higher, levels):
    meaning = Meaning(levels={"low": 1, "high": 3}, takes_higher=takes_higher)
    result = understood(labels(shape("high", "low")), meaning)
    assert result.conflicts == ("file: shape",)
    assert [region.level for region in result.document.regions] if result.document else levels == []


@pytest.mark.parametrize(("is_ordered", "middle"), [(True, 1), (False, 3)])
def test_without_an_order_higher_levels_lie_above(is_ordered, middle):
    photo = labels(shape("high"), shape("low", ring=RIGHT), is_ordered=is_ordered)
    assert rasterize(understood(photo).document, (8, 8))[4, 4] == middle


@pytest.mark.parametrize(("empty_is_labelled", "is_document"), [(True, True), (False, False)])
def test_a_photo_without_shapes_is_sharp_or_not_labelled(empty_is_labelled, is_document):
    result = understood(labels(), Meaning(rest=0, empty_is_labelled=empty_is_labelled))
    assert (result.document is not None) == is_document


def test_a_photo_with_a_vote_alone_is_not_sharp_for_that():
    result = understood(labels(names=("nice",), says_where=False))
    assert (result.document, result.vote) == (None, "good")


def test_labels_of_a_smaller_copy_are_scaled():
    document = understood(labels(shape("low"), size=(8, 8)), size=(16, 16)).document
    assert document.regions[0].rings == (ring_of([(4, 4), (12, 4), (12, 12), (4, 12)]),)


def test_labels_of_a_photo_of_another_shape_are_refused():
    with pytest.raises(InvalidLabels) as refusal:
        understood(labels(shape("low"), size=(100, 200)), size=(200, 100))
    assert (refusal.value.code, refusal.value.where) == ("other_size", "file: row 1")


def test_a_level_that_the_project_has_not_is_refused():
    with pytest.raises(InvalidLabels):
        understand(labels(shape("high")), BLUR, (8, 8), level_count=2)


def test_the_counted_area_is_of_pixels_on_the_photo():
    assert counted_area(shape("low"), (8, 8)) == 16
    assert counted_area(shape("low"), (4, 8)) == 8
    assert counted_area(shape("low", ring=ring_of([(-5, -5), (-1, -5), (-1, -1)])), (8, 8)) == 0


def test_parts_that_overlap_are_one_area():
    union = Shape(("low",), (SQUARE, RIGHT), "file: shape", is_union=True)
    assert counted_area(union, (8, 8)) == 16 + 32 - 8
    assert np.count_nonzero(rasterize(understood(labels(union)).document, (8, 8)) == 1) == 16 + 32 - 8


def test_what_nobody_has_labelled_is_cut_out_of_the_rest_and_lies_below_all_else():
    meaning = Meaning(levels={"low": 1}, unlabelled=frozenset({"ignore"}), rest=0)
    photo = labels(shape("low"), shape("ignore", ring=RIGHT), shape("ignore", ring=RIGHT))
    level_map = rasterize(understood(photo, meaning).document, (8, 8))
    assert level_map[3].tolist() == [0, 0, 1, 1, 1, 1, 255, 255]
    assert level_map[7].tolist() == [0, 0, 0, 0, 255, 255, 255, 255]
