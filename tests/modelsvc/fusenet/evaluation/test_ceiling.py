import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotate.core.blurmap import IGNORE
from annotate.core.release import RegionsLine, VoteLine, read_release, write_release
from modelsvc.fusenet.evaluation.ceiling import each_against_the_others, human_ceiling, kinds_of_blur
from tests.annotate.core.release.sample import ANNA, BERT, HEIGHT, MANIFEST, WIDTH, Item, make_item, write_sample

CARL = "a-00000000000c"


def drew(who: str, columns: int, level: int = 2) -> RegionsLine:
    """A map that is blurred in the first `columns`."""
    ring = [0, 0, 16 * columns, 0, 16 * columns, 16 * HEIGHT, 0, 16 * HEIGHT]
    region = {"id": "r1", "level": level, "kind": "motion", "rings": [ring], "z": 0}
    return RegionsLine(annotation=f"{who}-1", annotator=who, role="annotator", base=0, regions=(region,))


def item(*lines: RegionsLine, votes: tuple[tuple[str, str], ...] = ()) -> Item:
    cast = tuple(VoteLine(annotator=who, vote=vote) for who, vote in votes)
    return dataclasses.replace(make_item(2), annotations=lines, votes=cast)


def measured(tmp_path: Path, *items: Item) -> dict[str, Any]:
    write_release(tmp_path / "release", MANIFEST, list(items))
    return human_ceiling(read_release(tmp_path / "release"), items[0].facts.split, 640)


def test_people_who_drew_the_same_agree_wholly(tmp_path: Path) -> None:
    write_sample(tmp_path / "release", 4)
    found = human_ceiling(read_release(tmp_path / "release"), "train", 640)
    assert found["level_accuracy"] == found["level_miou"] == found["desirability_accuracy"] == 1
    assert found["amount_mae"] < 1e-6


def test_one_against_another_by_hand(tmp_path: Path) -> None:
    votes = ((ANNA, "good"), (BERT, "bad"))
    found = measured(tmp_path, item(drew(ANNA, 10), drew(BERT, 20), votes=votes))
    assert found["level_accuracy"] == pytest.approx((WIDTH - 10) / WIDTH)
    sharp, blurred = (WIDTH - 20) / (WIDTH - 10), 10 / 20
    assert found["level_miou"] == pytest.approx((sharp + blurred) / 2)
    assert found["amount_mae"] == pytest.approx(10 / WIDTH * 2 / 3)
    assert found["desirability_accuracy"] == 0
    assert "level_nll" not in found


def test_of_three_each_is_held_against_the_merge_of_two() -> None:
    three = item(drew(ANNA, 10), drew(BERT, 20), drew(CARL, 30), votes=((ANNA, "ok"), (BERT, "ok"), (CARL, "bad")))
    pairs = list(each_against_the_others(three, 4, 640))
    columns = [[(sample.levels == level).sum() // HEIGHT for level in (2, IGNORE)] for sample, _ in pairs]
    assert columns == [[20, 10], [10, 20], [10, 10]]  # what one of two calls sharp and the other not is left open
    assert [(reading.levels > 0).sum() // HEIGHT for _, reading in pairs] == [10, 20, 30]
    assert [sample.posterior.tolist() for sample, _ in pairs] == [[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5], [0, 0, 1, 0]]
    assert {sample.is_judged for sample, _ in pairs} == {True}


def test_who_only_voted_is_held_against_votes_alone() -> None:
    pairs = list(each_against_the_others(item(drew(ANNA, 10), votes=((ANNA, "ok"), (BERT, "ok"))), 4, 640))
    assert len(pairs) == 2
    assert {int(sample.levels.min()) for sample, _ in pairs} == {255}


def test_voters_of_a_photo_that_only_a_curator_drew_are_held_against_each_other(tmp_path: Path) -> None:
    curators = dataclasses.replace(drew(ANNA, 10), role="adjudicator")
    voted = item(curators, votes=((BERT, "ok"), (CARL, "ok")))
    assert [sample.levels.shape for sample, _ in each_against_the_others(voted, 4, 640)] == [(HEIGHT, WIDTH)] * 2
    assert measured(tmp_path, voted)["desirability_accuracy"] == 1


def test_alone_there_is_nobody_to_agree_with(tmp_path: Path) -> None:
    assert measured(tmp_path, item(drew(ANNA, 10), votes=((ANNA, "ok"),))) == {}


def test_maps_are_compared_at_working_scale() -> None:
    (sample, reading), _ = each_against_the_others(item(drew(ANNA, 10), drew(BERT, 10)), 4, WIDTH // 2)
    assert max(sample.levels.shape) == WIDTH // 2
    assert np.array_equal(reading.levels, sample.levels)


def test_the_kind_of_blur_is_that_of_the_regions(tmp_path: Path) -> None:
    drawn = item(drew(ANNA, 10), drew(BERT, 12))
    other = make_item(3)
    write_release(tmp_path / "release", MANIFEST, sorted([drawn, other], key=lambda one: one.facts.key))
    kinds = kinds_of_blur(read_release(tmp_path / "release"))
    assert kinds == {drawn.facts.key: "motion", other.facts.key: "defocus"}
