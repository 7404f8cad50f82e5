"""Figures of an evaluation as pictures, drawn with Pillow alone: heat tables, lines and reliability bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from numpy.typing import NDArray

from modelsvc.fusenet.evaluation.metrics import Reliability

INK, FAINT, PAPER, GRID = (17, 17, 17), (110, 110, 110), (255, 255, 255), (225, 225, 225)
HEAT = (30, 92, 150)
COLOURS = ((30, 92, 150), (203, 90, 30), (60, 130, 70), (130, 60, 140), (150, 120, 20))  # legible on white, also dimmed
SIDE, LEFT, TOP, BOTTOM, GAP = 300, 74, 40, 54, 44
CELL = 76

Floats = NDArray[Any]
Drawing = tuple[PIL.Image.Image, PIL.ImageDraw.ImageDraw]


def heat_table(matrix: Floats, names: Sequence[str], title: str) -> PIL.Image.Image:
    """A confusion as a table: row = truth, column = said; shares of each row as colour and number."""
    count = len(names)
    picture, draw = _canvas(LEFT + 40 + count * CELL + 20, TOP + 30 + count * CELL + 20)
    _write(draw, (12, 10), title, 15)
    rows = matrix.sum(1, keepdims=True)
    share = matrix / np.maximum(rows, 1e-9)
    left, top = LEFT + 40, TOP + 30
    for i, name in enumerate(names):
        _write(draw, (left + (i + 0.5) * CELL, top - 12), name, 13, anchor="mm")
        _write(draw, (left - 10, top + (i + 0.5) * CELL), name, 13, anchor="rm")
        for j in range(count):
            box = (left + j * CELL, top + i * CELL, left + (j + 1) * CELL - 3, top + (i + 1) * CELL - 3)
            draw.rectangle(box, _mix(PAPER, HEAT, float(share[i, j])))
            ink = PAPER if share[i, j] > 0.5 else INK
            text = f"{share[i, j]:.0%}" if rows[i, 0] else "–"
            _write(draw, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), text, 16, ink, "mm")
    return picture


def reliability_diagram(panels: Mapping[str, Reliability]) -> PIL.Image.Image:
    """How often each confidence is right: bars on the diagonal are honest; grey shows how often it occurs."""
    picture, draw, boxes = _plots(list(panels), "confidence", "share that is right")
    for box, bins in zip(boxes, panels.values(), strict=True):
        draw.line([_at(box, 0, 0), _at(box, 1, 1)], FAINT, 1)
        width = 1 / len(bins.total)
        common = max(float(bins.total.max()), 1e-9)
        for k, total in enumerate(bins.total):
            if total > 0:
                right = float(bins.right[k] / total)
                draw.rectangle(_box(box, k * width, 0, (k + 1) * width, 0.12 * float(total) / common), (200, 200, 200))
                draw.rectangle(_box(box, k * width, 0, (k + 1) * width, right), outline=COLOURS[0], width=2)
                x, y = _at(box, float(bins.confidence[k] / total), right)
                draw.ellipse((x - 3, y - 3, x + 3, y + 3), COLOURS[1])
    return picture


def curves(panels: Mapping[str, Mapping[str, tuple[Floats, Floats]]], x: str, y: str) -> PIL.Image.Image:
    """Lines of (x, y) in [0, 1], a plot a panel, each line named in the legend below its plot."""
    picture, draw, boxes = _plots(list(panels), x, y, legend=max(map(len, panels.values())))
    for box, lines in zip(boxes, panels.values(), strict=True):
        for k, (name, (xs, ys)) in enumerate(lines.items()):
            colour = COLOURS[k % len(COLOURS)]
            known = np.isfinite(xs) & np.isfinite(ys)
            points = [_at(box, float(a), float(b)) for a, b in zip(xs[known], ys[known], strict=True)]
            if len(points) > 1:
                draw.line(points, colour, 2, joint="curve")
            top = box[3] + BOTTOM + 20 * k
            draw.line([(box[0], top), (box[0] + 24, top)], colour, 3)
            _write(draw, (box[0] + 32, top), name, 12, anchor="lm")
    return picture


def _plots(
    titles: Sequence[str], x: str, y: str, legend: int = 0
) -> tuple[PIL.Image.Image, PIL.ImageDraw.ImageDraw, list[tuple[int, int, int, int]]]:
    """Empty plots of [0, 1] x [0, 1] side by side, with their boxes."""
    width = len(titles) * (SIDE + LEFT) + GAP
    picture, draw = _canvas(width, TOP + SIDE + BOTTOM + 20 * legend + 10)
    boxes = []
    for k, title in enumerate(titles):
        left = LEFT + k * (SIDE + LEFT)
        box = (left, TOP, left + SIDE, TOP + SIDE)
        for tick in (0, 0.25, 0.5, 0.75, 1):
            draw.line([_at(box, tick, 0), _at(box, tick, 1)], GRID)
            draw.line([_at(box, 0, tick), _at(box, 1, tick)], GRID)
            (a, _), (_, b) = _at(box, tick, 0), _at(box, 0, tick)
            _write(draw, (a, box[3] + 12), f"{tick:g}", 12, FAINT, "mm")
            _write(draw, (box[0] - 8, b), f"{tick:g}", 12, FAINT, "rm")
        _write(draw, (left, 12), title, 15)
        _write(draw, (left + SIDE / 2, box[3] + 32), x, 12, FAINT, "mm")
        boxes.append(box)
    side = PIL.Image.new("RGB", (SIDE, 18), PAPER)
    _write(PIL.ImageDraw.Draw(side), (SIDE / 2, 9), y, 12, FAINT, "mm")
    for box in boxes:
        picture.paste(side.rotate(90, expand=True), (box[0] - 62, TOP))
    return picture, draw, boxes


def _canvas(width: int, height: int) -> Drawing:
    picture = PIL.Image.new("RGB", (width, height), PAPER)
    return picture, PIL.ImageDraw.Draw(picture)


def _write(
    draw: PIL.ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    colour: tuple[int, int, int] = INK,
    anchor: str = "la",
) -> None:
    draw.text(at, text, colour, PIL.ImageFont.load_default(size), anchor)


def _at(box: tuple[int, int, int, int], x: float, y: float) -> tuple[float, float]:
    return box[0] + x * (box[2] - box[0]), box[3] - y * (box[3] - box[1])


def _box(
    box: tuple[int, int, int, int], x0: float, y0: float, x1: float, y1: float
) -> tuple[float, float, float, float]:
    (left, bottom), (right, top) = _at(box, x0, y0), _at(box, x1, y1)
    return left + 1, min(top, bottom), right - 1, bottom


def _mix(a: tuple[int, int, int], b: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue
