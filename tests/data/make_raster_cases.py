"""Write raster_cases.json: region documents and the level of every pixel, the truth that every rasteriser is held to.

Python, the browser and the release verifier read the same file. The truth is found pixel by pixel by an oracle that
shares nothing with the fast code: it moves the centre right by an infinitesimal and down by a much smaller one, so
that no edge case is left, and counts the edges above it in exact fractions.

    python tests/data/make_raster_cases.py

Each case is ``{name, size: [width, height], document, rows}``; a row is a string of digits, "." for unlabelled (255).
"""

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

RIGHT = Fraction(1, 2**60)  # smaller than any distance between a centre and a crossing of its row that is not zero
DOWN = Fraction(1, 2**130)  # so small that moving by it along any edge stays below RIGHT
FAR = 16 * 2**20

Case = dict[str, Any]
Ring = list[int]


def is_inside(x: int, y: int, rings: list[Ring]) -> bool:
    """Whether pixel (x, y) belongs to the rings: the parity of the edges straight above its moved centre."""
    px, py = 16 * x + 8 + RIGHT, 16 * y + 8 + DOWN
    inside = False
    for ring in rings:
        points = list(zip(ring[0::2], ring[1::2], strict=True))
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
            if (ax < px) != (bx < px) and ay + (px - ax) * (by - ay) / (bx - ax) < py:
                inside = not inside
    return inside


def paint(document: Any, width: int, height: int) -> list[str]:
    """Rows of levels by asking, for each pixel, which region that holds it is painted last."""
    top_down = sorted(document["regions"], key=lambda region: (region["z"], region["id"]), reverse=True)

    def level(x: int, y: int) -> str:
        for region in top_down:
            if is_inside(x, y, region["rings"]):
                return str(region["level"])
        return "." if document["base"] is None else str(document["base"])

    return ["".join(level(x, y) for x in range(width)) for y in range(height)]


def region(name: str, level: int, *rings: Ring, z: int = 0, kind: str = "defocus") -> Any:
    return {"id": name, "level": level, "kind": kind, "rings": list(rings), "z": z}


def case(name: str, size: tuple[int, int], *regions: Any, base: int | None = 0) -> Case:
    document = {"base": base, "regions": list(regions)}
    return {"name": name, "size": list(size), "document": document, "rows": paint(document, *size)}


def box(left: int, top: int, right: int, bottom: int) -> Ring:
    return [left, top, right, top, right, bottom, left, bottom]


def px(*values: float) -> Ring:
    """Whole, half or sixteenth pixels to units."""
    return [round(16 * value) for value in values]


def backwards(ring: Ring) -> Ring:
    points = list(zip(ring[0::2], ring[1::2], strict=True))[::-1]
    return [value for point in points for value in point]


def edge_cases() -> list[Case]:
    size = (8, 6)
    whole = px(0, 0, 8, 0, 8, 6, 0, 6)
    diamond = px(4.5, 0.5, 7.5, 3.5, 4.5, 5.5, 1.5, 3.5)
    return [
        case("no region on a base", size, base=2),
        case("no region on no base", size, base=None),
        case("the whole image, exactly", size, region("a", 3, whole), base=None),
        case("pixel borders", size, region("a", 1, px(2, 1, 6, 1, 6, 5, 2, 5))),
        case(
            "all four edges on centres: left and top in, right and bottom out",
            size,
            region("a", 1, box(40, 24, 104, 72)),
        ),
        case("all four edges one unit before centres", size, region("a", 1, box(39, 23, 103, 71))),
        case("all four edges one unit after centres", size, region("a", 1, box(41, 25, 105, 73))),
        case("drawn the other way round", size, region("a", 1, backwards(box(40, 24, 104, 72)))),
        case("one unit wide on a column of centres", size, region("a", 1, box(40, 0, 41, 96))),
        case("one unit wide just after a column of centres", size, region("a", 1, box(41, 0, 42, 96))),
        case("one unit high on a row of centres", size, region("a", 1, box(0, 40, 128, 41))),
        case("one unit high just after a row of centres", size, region("a", 1, box(0, 41, 128, 42))),
        case("a sliver between centres holds nothing", size, region("a", 1, box(44, 0, 55, 96))),
        case("a sliver of a triangle across the image", size, region("a", 1, [0, 0, 128, 90, 128, 96])),
        case("a needle one unit wide", size, region("a", 1, [0, 8, 128, 8, 128, 9])),
        case("flat: all points on one horizontal line", size, region("a", 1, [0, 24, 64, 24, 128, 24])),
        case("flat: all points on one vertical line", size, region("a", 1, [40, 0, 40, 48, 40, 96])),
        case("flat: all points on one slanted line", size, region("a", 1, [8, 8, 40, 40, 72, 72])),
        case("flat: one point three times", size, region("a", 1, [40, 40, 40, 40, 40, 40])),
        case("repeated points change nothing", size, region("a", 1, [32, 16, 32, 16, 96, 16, 96, 80, 96, 80, 32, 80])),
        case("an explicit closing point changes nothing", size, region("a", 1, [*box(32, 16, 96, 80), 32, 16])),
        case("a diamond with corners on centres", size, region("a", 1, diamond)),
        case("a diagonal through centres, region right of it", size, region("a", 1, px(0, 0, 6, 6, 8, 6, 8, 0))),
        case("a diagonal through centres, region left of it", size, region("a", 1, px(0, 0, 6, 6, 0, 6))),
        case("an antidiagonal through centres, region right of it", size, region("a", 1, px(6, 0, 8, 0, 8, 6, 0, 6))),
        case("an antidiagonal through centres, region left of it", size, region("a", 1, px(0, 0, 6, 0, 0, 6))),
        case("a corner pointing down on a centre", size, region("a", 1, px(1.5, 0.5, 6.5, 0.5, 4.5, 4.5))),
        case("a corner pointing up on a centre", size, region("a", 1, px(4.5, 0.5, 6.5, 4.5, 1.5, 4.5))),
        case("a corner pointing left on a centre", size, region("a", 1, px(1.5, 2.5, 6, 0, 6, 5))),
        case("a corner pointing right on a centre", size, region("a", 1, px(2, 0, 6.5, 2.5, 2, 5))),
        case("spikes that meet at one centre", size, region("a", 1, px(0, 0, 4.5, 2.5, 8, 0, 8, 6, 4.5, 2.5, 0, 6))),
        case("a slope of 1 in 3 through centres", size, region("a", 1, px(0.5, 0.5, 6.5, 2.5, 6.5, 5.5, 0.5, 3.5))),
        case("a slope of 3 in 1 through centres", size, region("a", 1, px(0.5, 0.5, 2.5, 0.5, 4.5, 6.5, 2.5, 6.5))),
    ]


def ring_cases() -> list[Case]:
    size = (10, 8)
    outer, hole, island = px(1, 1, 9, 1, 9, 7, 1, 7), px(3, 2, 7, 2, 7, 6, 3, 6), px(4, 3, 6, 3, 6, 5, 4, 5)
    touching, beyond = px(1, 2, 5, 2, 5, 6, 1, 6), px(6, 3, 10, 3, 10, 5, 6, 5)
    bow_tie = px(1, 1, 9, 7, 9, 1, 1, 7)
    star = px(5, 0.25, 8, 7.5, 0.5, 3, 9.5, 3, 2, 7.5)
    twice = px(2, 2, 8, 2, 8, 6, 2, 6, 2, 2, 8, 2, 8, 6, 2, 6)
    eight = px(1, 1, 5, 4, 9, 1, 9, 7, 5, 4, 1, 7)
    keyhole = px(1, 1, 9, 1, 9, 7, 1, 7, 1, 1, 3, 3, 3, 5, 7, 5, 7, 3, 3, 3)
    on_centres = px(3.5, 2.5, 6.5, 2.5, 6.5, 5.5, 3.5, 5.5)
    return [
        case("a hole", size, region("a", 2, outer, hole)),
        case("a hole drawn the same way round", size, region("a", 2, outer, backwards(hole))),
        case("a hole before its outline", size, region("a", 2, hole, outer)),
        case("a hole with edges on centres", size, region("a", 2, outer, on_centres)),
        case("an island in a hole", size, region("a", 2, outer, hole, island)),
        case("a hole that shares an edge with its outline", size, region("a", 2, outer, touching)),
        case("a hole that sticks out of its outline", size, region("a", 2, outer, beyond)),
        case("a hole as large as its outline leaves nothing", size, region("a", 2, outer, outer)),
        case("the same ring three times", size, region("a", 2, outer, outer, outer)),
        case(
            "two separate rings of one region",
            size,
            region("a", 2, px(0, 0, 3, 0, 3, 3, 0, 3), px(5, 4, 9, 4, 9, 8, 5, 8)),
        ),
        case(
            "two rings that share a border",
            size,
            region("a", 2, px(1, 1, 5, 1, 5, 7, 1, 7), px(5, 1, 9, 1, 9, 7, 5, 7)),
        ),
        case(
            "two overlapping rings: even-odd leaves the overlap out",
            size,
            region("a", 2, px(0, 0, 6, 0, 6, 5, 0, 5), px(3, 2, 9, 2, 9, 8, 3, 8)),
        ),
        case("a bow tie", size, region("a", 2, bow_tie)),
        case("a five-pointed star: its heart is out", size, region("a", 2, star)),
        case("a ring that runs round twice is empty", size, region("a", 2, twice)),
        case("a ring that touches itself in a point", size, region("a", 2, eight)),
        case("a hole joined to its outline by a seam", size, region("a", 2, keyhole)),
        case(
            "many thin teeth",
            size,
            region("a", 2, [v for i in range(20) for v in (8 * i, 8 + 112 * (i % 2))] + [160, 128, 0, 128]),
        ),
    ]


def border_cases() -> list[Case]:
    size = (8, 6)
    return [
        case("off to the left and top", size, region("a", 1, px(-3, -2, 3, -2, 3, 2, -3, 2))),
        case("off to the right and bottom", size, region("a", 1, px(5, 4, 12, 4, 12, 9, 5, 9))),
        case("wholly off to the left", size, region("a", 1, px(-9, 1, -2, 1, -2, 5, -9, 5))),
        case("wholly off to the right", size, region("a", 1, px(8, 1, 12, 1, 12, 5, 8, 5))),
        case("wholly above", size, region("a", 1, px(1, -9, 5, -9, 5, 0, 1, 0))),
        case("wholly below", size, region("a", 1, px(1, 6, 5, 6, 5, 9, 1, 9))),
        case("larger than the image all round", size, region("a", 1, px(-5, -5, 20, -5, 20, 20, -5, 20))),
        case(
            "larger all round with a hole inside",
            size,
            region("a", 1, px(-5, -5, 20, -5, 20, 20, -5, 20), px(2, 2, 5, 2, 5, 4, 2, 4)),
        ),
        case("as far out as coordinates go", size, region("a", 1, [-FAR, -FAR, FAR, -FAR, FAR, FAR, -FAR, FAR])),
        case("a diagonal as long as coordinates go", size, region("a", 1, [-FAR, -FAR, FAR, FAR, -FAR, FAR])),
        case("a steep edge from far above", size, region("a", 1, [37, -FAR, 91, FAR, -5, FAR])),
        case("a flat edge from far left", size, region("a", 1, [-FAR, 31, FAR, 53, FAR, FAR])),
        case("two far edges that meet one unit apart", size, region("a", 1, [-FAR, 39, FAR, 40, FAR, 57, -FAR, 56])),
        case("off to the left with a slope across the corner", size, region("a", 1, px(-2, 3, 3, -2, 10, 5, 5, 10))),
        case("an image of one pixel, in", (1, 1), region("a", 1, [8, 8, 9, 8, 9, 9, 8, 9])),
        case("an image of one pixel, out", (1, 1), region("a", 1, [0, 0, 8, 0, 8, 8, 0, 8])),
        case("an image of one row", (12, 1), region("a", 1, [20, 0, 150, 16, 10, 16])),
        case("an image of one column", (1, 12), region("a", 1, [0, 20, 16, 150, 0, 170])),
    ]


def stack_cases() -> list[Case]:
    size = (10, 6)
    left, right = px(0, 0, 6, 0, 6, 6, 0, 6), px(4, 1, 10, 1, 10, 5, 4, 5)
    middle = px(3, 2, 7, 2, 7, 4, 3, 4)
    seam = [70, 0, 90, 96]
    return [
        case("the higher z covers", size, region("a", 1, left, z=2), region("b", 3, right, z=1)),
        case("the list's order does not matter", size, region("b", 3, right, z=1), region("a", 1, left, z=2)),
        case("equal z: the later id covers", size, region("a", 1, left), region("b", 3, right)),
        case(
            "equal z: ids are compared by character, not by number",
            size,
            region("r10", 1, left),
            region("r9", 3, right),
        ),
        case("equal z: capitals come before small letters", size, region("a", 1, left), region("B", 3, right)),
        case(
            "equal z: characters of every allowed kind",
            size,
            region("a.1", 1, left),
            region("a-1", 2, middle),
            region("a:1", 3, right),
            region("a_1", 2, px(8, 0, 9, 0, 9, 6, 8, 6)),
        ),
        case("negative z lies under zero", size, region("a", 1, left, z=-1), region("b", 3, right, z=-5)),
        case("z as large as it gets", size, region("a", 1, left, z=2**31 - 1), region("b", 3, right, z=-(2**31) + 1)),
        case("a level-0 region erases", size, region("a", 3, left), region("b", 0, middle, z=1)),
        case(
            "a level-0 region labels where there is no base",
            size,
            region("a", 0, left),
            region("b", 2, right, z=1),
            base=None,
        ),
        case("erasing shows sharp, not the base", size, region("a", 3, left), region("b", 0, middle, z=1), base=2),
        case(
            "a hole shows what lies below it",
            size,
            region("a", 1, left),
            region("b", 3, px(0, 0, 10, 0, 10, 6, 0, 6), middle, z=1),
        ),
        case("a hole shows no base", size, region("b", 3, px(0, 0, 10, 0, 10, 6, 0, 6), middle, z=1), base=None),
        case(
            "neighbours share a slanted border: no gap, no overlap",
            size,
            region("a", 1, [0, 0, seam[0], 0, seam[2], 96, 0, 96]),
            region("b", 2, [seam[0], 0, 160, 0, 160, 96, seam[2], 96]),
            base=None,
        ),
        case(
            "neighbours share a border on centres",
            size,
            region("a", 1, box(8, 8, 72, 88)),
            region("b", 2, box(72, 8, 152, 88)),
            base=None,
        ),
        case(
            "nested levels",
            size,
            *(region(f"r{k}", k, px(k, k / 2, 10 - k, k / 2, 10 - k, 6 - k / 2, k, 6 - k / 2), z=k) for k in (1, 2, 3)),
        ),
        case("levels up to seven", size, *(region(f"r{k}", k, px(k, 0, 10, 0, 10, 6, k, 6), z=k) for k in range(1, 8))),
        case(
            "every kind",
            size,
            *(
                region(f"r{k}", k % 4, px(2 * k, 1, 2 * k + 3, 1, 2 * k + 3, 5), z=k, kind=kind)
                for k, kind in enumerate(("defocus", "motion", "shake", "unknown"))
            ),
            base=3,
        ),
    ]


def drawn_case(seed: int) -> Case:
    """A stack of random rings: on centres, on pixel borders or anywhere, some of them far off the image."""
    dice = random.Random(seed)
    width, height = dice.randint(5, 22), dice.randint(5, 16)
    grid, margin = dice.choice([(8, 0), (8, 40), (16, 24), (1, 0), (1, 60), (4, 16)])

    def ring() -> Ring:
        points = range(dice.choice([3, 3, 4, 5, 7, 12]))
        limits = (width, height)
        return [
            grid * dice.randint(-margin // grid, (16 * limits[axis] + margin) // grid)
            for _ in points
            for axis in (0, 1)
        ]

    regions = [
        region(f"r{i}", dice.randrange(4), *(ring() for _ in range(dice.choice([1, 1, 2, 3]))), z=dice.randint(-2, 2))
        for i in range(dice.randint(1, 5))
    ]
    name = f"drawn by seed {seed}, coordinates in {grid}/16 px"
    return case(name, (width, height), *regions, base=dice.choice([None, 0, 1, 3]))


def main() -> None:
    cases = [*edge_cases(), *ring_cases(), *border_cases(), *stack_cases(), *(drawn_case(seed) for seed in range(48))]
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases)
    Path(__file__).with_name("raster_cases.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
