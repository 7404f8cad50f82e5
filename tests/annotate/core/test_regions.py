"""The region document is read strictly, and every refusal names its place."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.errors import InvalidDocument
from annotate.core.regions import (
    EMPTY,
    KINDS,
    MAX_COORDINATE,
    MAX_REGIONS,
    MAX_RING_VERTICES,
    MAX_VERTICES,
    Document,
    Region,
    parse_document,
)

SQUARE = [0, 0, 160, 0, 160, 160, 0, 160]
HOLE = [32, 32, 64, 32, 64, 64]


def region(**changes: Any) -> dict[str, Any]:
    return {"id": "a", "level": 2, "kind": "motion", "rings": [SQUARE, HOLE], "z": 5} | changes


def refusal(document: Any) -> tuple[str | None, str]:
    with pytest.raises(InvalidDocument) as caught:
        parse_document(document, level_count=4)
    assert caught.value.code == "invalid_document"
    return caught.value.where, caught.value.detail


def where(document: Any) -> str | None:
    return refusal(document)[0]


def test_a_document_is_read_as_written() -> None:
    document = parse_document({"base": 0, "regions": [region()]}, level_count=4)
    assert document == Document(0, (Region("a", 2, "motion", (tuple(SQUARE), tuple(HOLE)), 5),))


def test_a_document_without_regions_or_base_is_the_empty_one() -> None:
    assert parse_document({"base": None, "regions": []}, level_count=4) == EMPTY


def test_regions_are_painted_by_z_and_then_by_id() -> None:
    regions = [region(id="b", z=1), region(id="a", z=1), region(id="c", z=-1), region(id="B", z=1)]
    document = parse_document({"base": None, "regions": regions}, level_count=4)
    assert [each.id for each in document.painting_order()] == ["c", "B", "a", "b"]


@pytest.mark.parametrize("raw", [None, [], "x", 3, True, {}, {"base": 0}, {"regions": []}])
def test_what_is_not_a_document_is_refused_as_a_whole(raw: object) -> None:
    assert where(raw) is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": ""}, "regions[1].id"),
        ({"id": "x" * 65}, "regions[1].id"),
        ({"id": 7}, "regions[1].id"),
        ({"id": "ä"}, "regions[1].id"),
        ({"id": "a\n"}, "regions[1].id"),
        ({"id": "first"}, "regions[1].id"),
        ({"level": 4}, "regions[1].level"),
        ({"level": -1}, "regions[1].level"),
        ({"level": True}, "regions[1].level"),
        ({"level": 1.0}, "regions[1].level"),
        ({"level": None}, "regions[1].level"),
        ({"kind": "blurry"}, "regions[1].kind"),
        ({"kind": ["motion"]}, "regions[1].kind"),
        ({"z": 2**31}, "regions[1].z"),
        ({"z": "1"}, "regions[1].z"),
        ({"rings": []}, "regions[1].rings"),
        ({"rings": {}}, "regions[1].rings"),
        ({"rings": [SQUARE, 5]}, "regions[1].rings[1]"),
        ({"rings": [SQUARE, [0, 0, 16, 16]]}, "regions[1].rings[1]"),
        ({"rings": [SQUARE, [0, 0, 16, 0, 16, 16, 0]]}, "regions[1].rings[1]"),
        ({"rings": [[0, 0, 16, 0, 16, "16"]]}, "regions[1].rings[0][5]"),
        ({"rings": [[0, 0, 16, 0, 16, 16.0]]}, "regions[1].rings[0][5]"),
        ({"rings": [[0, False, 16, 0, 16, 16]]}, "regions[1].rings[0][1]"),
        ({"rings": [[0, 0, None, 0, 16, 16]]}, "regions[1].rings[0][2]"),
        ({"rings": [[0, 0, 16, float("nan"), 16, 16]]}, "regions[1].rings[0][3]"),
        ({"rings": [[0, 0, 16, 0, [16], 16]]}, "regions[1].rings[0][4]"),
        ({"rings": [[0, 0, MAX_COORDINATE + 1, 0, 16, 16]]}, "regions[1].rings[0][2]"),
        ({"rings": [[0, 0, 16, -MAX_COORDINATE - 1, 16, 16]]}, "regions[1].rings[0][3]"),
        ({"rings": [[0, 0, 16, 10**400, 16, 16]]}, "regions[1].rings[0][3]"),
        ({"rings": [[0] * 2 * (MAX_RING_VERTICES + 1)]}, "regions[1].rings[0]"),
        ({"colour": "red"}, "regions[1]"),
    ],
)
def test_a_refusal_names_the_place(change: dict[str, Any], place: str) -> None:
    assert where({"base": 0, "regions": [region(id="first"), region(**change)]}) == place


@pytest.mark.parametrize("key", ["id", "level", "kind", "rings", "z"])
def test_a_missing_key_is_named(key: str) -> None:
    incomplete = region()
    del incomplete[key]
    assert refusal({"base": 0, "regions": [incomplete]}) == ("regions[0]", f"Add the missing '{key}'.")


@pytest.mark.parametrize("base", [4, -1, True, "0", 0.0])
def test_a_base_that_is_no_level_is_refused(base: object) -> None:
    assert where({"base": base, "regions": []}) == "base"


def test_an_unknown_key_of_the_document_is_refused() -> None:
    assert refusal({"base": 0, "regions": [], "note": ""})[1] == "Remove the unknown 'note'."


def test_limits_hold_for_regions_and_for_all_their_points_together() -> None:
    too_many = [region(id=f"r{i}", rings=[[0, 0, 16, 0, 16, 16]]) for i in range(MAX_REGIONS + 1)]
    assert where({"base": 0, "regions": too_many}) == "regions"
    assert len(parse_document({"base": 0, "regions": too_many[1:]}, level_count=4).regions) == MAX_REGIONS
    ring = [0, 16] * MAX_RING_VERTICES
    heavy = [region(id=f"r{i}", rings=[ring]) for i in range(MAX_VERTICES // MAX_RING_VERTICES)]
    assert len(parse_document({"base": 0, "regions": heavy}, level_count=4).regions) == 50
    assert where({"base": 0, "regions": [*heavy, region()]}) == "regions"


def test_outlines_that_would_take_minutes_to_paint_are_refused() -> None:
    comb = [value for i in range(2000) for value in (16 * i, 16 * 4000 * (i % 2))]
    assert len(parse_document({"base": 0, "regions": [region(rings=[comb])]}, level_count=4).regions) == 1
    assert where({"base": 0, "regions": [region(rings=[comb, comb])]}) == "regions"


ids = st.text("abcXYZ019_.:-", min_size=1, max_size=64)
coordinates = st.integers(-MAX_COORDINATE // 64, MAX_COORDINATE // 64)
rings = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9).map(lambda points: sum(points, ()))
levels = st.integers(0, 3)
regions = st.builds(
    Region,
    id=ids,
    level=levels,
    kind=st.sampled_from(KINDS),
    rings=st.lists(rings, min_size=1, max_size=3).map(tuple),
    z=st.integers(-(2**31) + 1, 2**31 - 1),
)
documents = st.builds(
    Document,
    base=st.none() | levels,
    regions=st.lists(regions, max_size=5, unique_by=lambda each: each.id).map(tuple),
)


@given(documents)
def test_a_document_survives_json_unchanged(document: Document) -> None:
    assert parse_document(json.loads(json.dumps(document.as_json())), level_count=4) == document


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(json_values, st.sampled_from([(), ("base",), ("regions",), ("regions", 0), ("regions", 0, "rings", 0)]))
@pytest.mark.promise("S14")
def test_any_json_is_a_document_or_refused(value: Any, path: tuple[str | int, ...]) -> None:
    document: Any = {"base": 0, "regions": [copy.deepcopy(region())]}
    if path:
        holder = document
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
    else:
        document = value
    try:
        parsed = parse_document(document, level_count=4)
    except InvalidDocument as error:
        assert error.detail  # noqa: PT017 - only this error may be raised at all
    else:
        assert parsed.as_json() == document
