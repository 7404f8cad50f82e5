"""Which rule merges people's blur maps best, by simulated people whose faults are known: JSON, a table, 1 on a miss.

    python -m tests.bar.merging [--photos 150]

A photo has a true map; people draw it with borders that wander, levels one too high or too low, regions overlooked and
regions that are not there. One kind of crowd has a spammer, who draws another photo. Every rule merges the same maps.
Photos that the rules of a dispute would send to a curator are counted, and a rule is judged by those that are left.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import IGNORE, LevelMap
from annotate.core.mapagreement import compare_maps
from annotate.core.mapconsensus import RULES, merge_level_maps, rule_for
from annotate.core.runs import Runs
from tests.bar.common import verdict

SIZE = (384, 256)  # (width, height)
REFERENCE = 1024 / SIZE[0]  # what is said of people in pixels is said at a long side of 1024 px
ANGLES = 720
LEVELS = 4
AMOUNTS = (0, 333_333, 666_667, 1_000_000)
ALIKE_PPM, UNSETTLED_PPM = 400_000, 100_000  # a project's defaults: below, or above, a photo is disputed
SPEED = {
    "five_people_ms": {"max": 25},
    "seven_people_47_mp_s": {"max": 3},
    "seven_people_47_mp_mb": {"max": 600},
}
BIAS_BOUND = 0.03  # no chosen rule may shrink or grow what is blurred by more, on average
OTHERS = 60  # photos beside the one that is merged: spammers draw them, and weights are known from them
HISTORY = 2  # photos from which the weights of "weighted-median" are known


class Blob(NamedTuple):
    """A region as it truly is: a level within a wavy outline around a middle."""

    level: int
    edge: npt.NDArray[np.float64]  # (ANGLES,) how far the outline is from the middle
    angle: npt.NDArray[np.uint16]  # (H, W) in which of ANGLES directions a pixel lies from the middle
    distance: npt.NDArray[np.float64]  # (H, W) how far

    def paint(self, levels: LevelMap, level: int, moved: npt.NDArray[np.float64] | float) -> None:
        """Paint it with its outline moved outwards by as many pixels in each direction."""
        levels[self.distance < (self.edge + moved)[self.angle]] = level


@dataclass(frozen=True)
class Person:
    """How somebody draws; lengths in px at a long side of 1024 px, the rest chances for each region."""

    border_px: float = 4.0  # how far borders wander, standard deviation
    offset_px: float = 0.0  # how far outside the true border this person draws
    too_high: float = 0.08
    too_low: float = 0.08
    overlooked: float = 0.05
    imagined: float = 0.02

    def draw(self, base: int, blobs: Sequence[Blob], dice: np.random.Generator) -> LevelMap:
        """(H, W) what the person makes of a photo."""
        levels = np.full(SIZE[::-1], self._level(base, dice), np.uint8)
        for blob in blobs:
            if dice.random() >= self.overlooked:
                moved = self.offset_px / REFERENCE + _waves(dice, self.border_px / REFERENCE, 10)
                blob.paint(levels, self._level(blob.level, dice), moved)
        if dice.random() < self.imagined:
            _some_blob(dice, 1).paint(levels, 1, 0.0)
        return levels

    def _level(self, level: int, dice: np.random.Generator) -> int:
        """One too high or too low now and then; what is sharp is seen to be."""
        if level == 0:
            return 0
        luck = dice.random()
        return min(level + 1, LEVELS - 1) if luck < self.too_high else max(level - (luck > 1 - self.too_low), 1)


def _waves(dice: np.random.Generator, spread: float, count: int) -> npt.NDArray[np.float64]:
    """(ANGLES,) waves around an outline, of standard deviation `spread`."""
    sizes = dice.normal(0, 1, count) / np.arange(1, count + 1) ** 0.5
    turns = np.arange(1, count + 1)[:, None] * np.linspace(0, 2 * np.pi, ANGLES) + dice.uniform(
        0, 2 * np.pi, (count, 1)
    )
    return np.asarray(spread * np.sqrt(2 / (sizes**2).sum()) * (sizes @ np.cos(turns)))


def _some_blob(dice: np.random.Generator, level: int) -> Blob:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    across, down = (x - dice.uniform(0, SIZE[0])) / dice.uniform(0.7, 1.8), y - dice.uniform(0, SIZE[1])
    angle = ((np.arctan2(down, across) / np.pi + 1) / 2 * (ANGLES - 1)).astype(np.uint16)
    radius = dice.uniform(0.08, 0.3) * SIZE[1]
    return Blob(level, radius * (1 + _waves(dice, 0.15, 5)), angle, np.hypot(across, down))


Scene = tuple[int, list[Blob]]


def some_photo(dice: np.random.Generator) -> Scene:
    """The level of the ground and the regions on it: a sharp subject before blur, or blurred things on sharp ground."""
    base = int(dice.choice([0, 1, 2, 3], p=[0.5, 0.1, 0.2, 0.2]))
    levels = dice.choice([each for each in range(LEVELS) if each != base], size=dice.integers(1, 5))
    return base, [_some_blob(dice, int(level)) for level in levels]


def some_person(dice: np.random.Generator) -> Person:
    """A person of the crowd: some draw wide, some tight, some call all of it stronger or weaker."""
    lean = dice.uniform(-0.06, 0.06)
    return Person(
        border_px=dice.uniform(2, 6), offset_px=dice.normal(0, 1.5), too_high=0.08 + lean, too_low=0.08 - lean
    )


def truth_of(base: int, blobs: Sequence[Blob]) -> LevelMap:
    """(H, W) the map that nobody draws."""
    levels = np.full(SIZE[::-1], base, np.uint8)
    for blob in blobs:
        blob.paint(levels, blob.level, 0.0)
    return levels


class Photo(NamedTuple):
    """What is true, what each person drew, and how much each is to be trusted by what they drew before."""

    truth: LevelMap
    maps: list[LevelMap]
    weights: list[float]


def photos(count: int, people: int, spammers: int, seed: int) -> Iterator[Photo]:
    """Photos that hold some blur, each drawn by other people."""
    dice = np.random.default_rng([seed, people, spammers])
    others = [some_photo(dice) for _ in range(OTHERS)]
    while count:
        base, blobs = some_photo(dice)
        truth = truth_of(base, blobs)
        if not (truth > 0).any():
            continue
        crowd = [some_person(dice) for _ in range(people)]
        scenes = [_one_of(others, dice) if n < spammers else (base, blobs) for n in range(people)]
        maps = [person.draw(*scene, dice) for person, scene in zip(crowd, scenes, strict=True)]
        yield Photo(truth, maps, [_trust(person, n < spammers, others, dice) for n, person in enumerate(crowd)])
        count -= 1


def _one_of(scenes: Sequence[Scene], dice: np.random.Generator) -> Scene:
    return scenes[int(dice.integers(len(scenes)))]


def _trust(person: Person, is_spammer: bool, others: Sequence[Scene], dice: np.random.Generator) -> float:
    """The log odds of being right about a pixel, on earlier photos whose truth came out."""
    right = 0.0
    for _ in range(HISTORY):
        scene = _one_of(others, dice)
        drawn = person.draw(*(_one_of(others, dice) if is_spammer else scene), dice)
        right += float((drawn == truth_of(*scene)).mean()) / HISTORY
    odds = min(max(right, 0.05), 0.99)
    return max(0.0, float(np.log(odds / (1 - odds) * (LEVELS - 1))))


def weighted_median(maps: Sequence[LevelMap], weights: Sequence[float]) -> LevelMap:
    """(H, W) the level that half of the weight is at or below."""
    stack = np.stack(maps)
    order = np.argsort(stack, axis=0, kind="stable")
    weight = np.asarray(weights)[order].cumsum(axis=0)
    middle = (weight < weight[-1] / 2).sum(axis=0)
    return np.asarray(np.take_along_axis(np.take_along_axis(stack, order, 0), middle[None], 0)[0])


class Figures(NamedTuple):
    """What a rule does, summed over photos; lengths in pixels.

    Attributes:
        distance: sum of distances of levels on pixels where the map says one.
        said: how many these are.
        gained: how much more is blurred than in truth where the map says anything.
        blurred: how much is blurred in truth.
        silent: where it says nothing.
    """

    distance: int
    said: int
    gained: int
    blurred: int
    silent: int


def measure(truth: LevelMap, merged: LevelMap) -> Figures:
    """The figures of one photo."""
    says = merged != IGNORE
    apart = np.abs(merged[says].astype(int) - truth[says])
    gained = int((merged[says] > 0).sum()) - int((truth[says] > 0).sum())
    return Figures(int(apart.sum()), int(says.sum()), gained, int((truth > 0).sum()), int((~says).sum()))


def merge_by_all(photo: Photo) -> dict[str, LevelMap]:
    """Rule -> the map it makes."""
    made = {name: merge_level_maps(photo.maps, LEVELS, rule=name).levels for name in RULES}
    return made | {"weighted-median": weighted_median(photo.maps, photo.weights)}


def is_disputed(photo: Photo) -> bool:
    """Whether a curator would see the photo, votes apart."""
    merged = merge_level_maps(photo.maps, LEVELS)
    overlap_ppm = compare_maps(photo.maps, AMOUNTS).overlap_ppm
    least = min(_blurred(each) for each in photo.maps)
    blurred = _blurred(merged.levels)
    is_thin = 2 * blurred < least or not blurred
    return is_thin or merged.unsettled_ppm > UNSETTLED_PPM or overlap_ppm is None or overlap_ppm < ALIKE_PPM


def _blurred(levels: LevelMap) -> int:
    return int(((levels > 0) & (levels != IGNORE)).sum())


def simulate(count: int, people: int, spammers: int) -> dict[str, Any]:
    """Figures of each rule on photos that are not disputed, and on all."""
    sums = {which: dict.fromkeys([*RULES, "weighted-median"], np.zeros(5, np.int64)) for which in ("agreed", "all")}
    disputed = 0
    for photo in photos(count, people, spammers, seed=1):
        is_left_out = is_disputed(photo)
        disputed += is_left_out
        for rule, merged in merge_by_all(photo).items():
            figures = np.array(measure(photo.truth, merged))
            sums["all"][rule] = sums["all"][rule] + figures
            sums["agreed"][rule] = sums["agreed"][rule] + figures * (not is_left_out)
    shares = {
        which: {rule: _shares(Figures(*total.tolist())) for rule, total in of.items()} for which, of in sums.items()
    }
    return {"people": people, "spammers": spammers, "disputed": round(disputed / count, 3), **shares}


def _shares(total: Figures) -> dict[str, float]:
    """Mean error in levels, bias of the blurred area and the share that is not settled."""
    size = max(total.said + total.silent, 1)
    error, bias = total.distance / max(total.said, 1), total.gained / max(total.blurred, 1)
    return {"error": round(error, 4), "bias": round(bias, 4), "unsettled": round(total.silent / size, 4)}


def table(rows: Sequence[dict[str, Any]], which: str) -> str:
    """Markdown: error and bias of each rule, people by people; the chosen rule in bold."""
    rules = [*RULES, "weighted-median"]
    lines = ["| people | spammers | disputed | " + " | ".join(rules) + " |", "|---" * (3 + len(rules)) + "|"]
    for row in rows:
        cells = [f"{row[which][rule]['error']:.4f}, {100 * row[which][rule]['bias']:+.1f} %" for rule in rules]
        chosen = rules.index(rule_for(row["people"]))
        cells[chosen] = f"**{cells[chosen]}**"
        lines.append(f"| {row['people']} | {row['spammers']} | {100 * row['disputed']:.0f} % | {' | '.join(cells)} |")
    return "\n".join(lines)


def speed() -> dict[str, float]:
    """Processor time of merging and comparing five people's 1024 x 720 pixels and seven people's 48 megapixels."""
    dice = np.random.default_rng(2)
    scene = some_photo(dice)
    drawn = [some_person(dice).draw(*scene, dice) for _ in range(7)]
    small = [np.kron(each, np.ones((3, 3), np.uint8))[:720, :1024] for each in drawn[:5]]
    five_s = min(_seconds(small) for _ in range(10))
    large = [Runs.of(np.kron(each, np.ones((23, 21), np.uint8))) for each in drawn]  # 5888 x 8064
    tracemalloc.start()
    seven_s = _seconds(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "five_people_ms": round(1000 * five_s, 1),
        "seven_people_47_mp_s": round(seven_s, 2),
        "seven_people_47_mp_mb": peak >> 20,
    }


def _seconds(maps: Sequence[LevelMap | Runs]) -> float:
    start = time.process_time()
    merge_level_maps(maps, LEVELS)
    compare_maps(maps, AMOUNTS)
    return time.process_time() - start


def main() -> None:
    """Print both tables and the verdict."""
    parser = argparse.ArgumentParser(description="Which rule merges people's blur maps best.")
    parser.add_argument("--photos", type=int, default=150)
    count = parser.parse_args().photos
    rows = [simulate(count, people, spammers) for spammers in (0, 1) for people in range(2, 8)]
    print(f"Photos that are not disputed: error in levels, bias of the blurred area\n\n{table(rows, 'agreed')}\n")
    print(f"All photos\n\n{table(rows, 'all')}\n")
    biases = {f"bias_{row['people']}_{row['spammers']}": row["agreed"][rule_for(row["people"])]["bias"] for row in rows}
    unsettled = {f"unsettled_{row['people']}": row["agreed"][rule_for(row["people"])]["unsettled"] for row in rows[:6]}
    targets = {name: {"min": -BIAS_BOUND, "max": BIAS_BOUND} for name in biases} | SPEED
    verdict("merging", biases | unsettled | speed(), targets)


if __name__ == "__main__":
    main()
