"""An atlas as a page draws it: where each photo lies, which of them answer a search, and what they are coloured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, Count, F, Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from annotate.models import Atlas, PhotoFacts, PhotoFactsQuerySet
from annotate.services.finding.filters import FILTERS, PERCENT, Filter, Kind
from annotate.services.finding.search import LEVELS, Search

MOST = 100_000  # points that are drawn
MOST_VALUES = 8  # that have a colour of their own, of what people name as they like
STEPS = 10
NO_VALUE, LEFT_OUT = 254, 255
COLOURS = (  # filters that points can be coloured by
    *("verdict", "largest", "subject", "background", "agreement", "sure", "entropy", "map_apart", "vote_apart"),
    *("kind", "sharpest", "state", "split", "map", "camera", "size", "taken", "added", "license", "album"),
)
SHARES = 2**16
MISSING = -(2**62)  # of a photo without a value
READ = np.dtype([("id", ">i8"), ("x", ">i2"), ("y", ">i2"), ("is_found", ">i2"), ("value", ">i8")])
POINT = np.dtype([("id", ">i8"), ("x", ">i2"), ("y", ">i2"), ("code", ">i2")])
POINTS = """
WITH answers (image_id) AS ({answers})
SELECT (SELECT count(*) FROM answers), count(*) FILTER (WHERE {is_found}), count(*),
    string_agg(int8send(image_id) || int2send(x) || int2send(y) || int2send({is_found}::int::int2) || int8send(value),
        '' ORDER BY image_id) FILTER (WHERE image_id * 40503 %% %s < %s)
FROM annotate_atlasplace JOIN ({facts}) AS facts (image_id, value) USING (image_id) {beside}
WHERE atlas_id = %s
"""
NARROWED = {"is_found": "(answers.image_id IS NOT NULL)", "beside": "LEFT JOIN answers USING (image_id)"}
WHOLE = {"is_found": "true", "beside": ""}


@dataclass(frozen=True, slots=True)
class Points:
    """The points of an atlas.

    Attributes:
        values: what they are coloured by, as values of that filter.
        found_count: photos that answer the search, also those without a place.
        placed_count: of these, those with a place.
        point_count: photos with a place, also those that the search leaves out.
        packed: of each point that is drawn, in network order: id (int64), x, y and code (int16). An even sample where
            there are more than MOST. A code is a place in `values`, NO_VALUE or LEFT_OUT.
    """

    values: Sequence[str]
    found_count: int
    placed_count: int
    point_count: int
    packed: bytes


NO_POINTS = Points((), 0, 0, 0, b"")


def points_of(atlas: Atlas, search: Search, by: str) -> Points:
    """The points of an atlas, coloured by one of COLOURS, in two statements at most."""
    filter = FILTERS[by]
    values = _choices(filter, search) if filter.kind == Kind.CHOICE else []
    value = Coalesce(_value(filter, values), Value(MISSING), output_field=BigIntegerField())
    facts = _all_facts(search).values_list("image", value)
    (answers, asked), (valued, given) = (rows.query.sql_with_params() for rows in (search.facts().ids(), facts))
    sql = POINTS.format(answers=answers, facts=valued, **(WHOLE if search.is_whole else NARROWED))
    shown = SHARES * MOST // max(atlas.photo_count, MOST)
    with connection.cursor() as cursor:
        cursor.execute(sql, (*asked, SHARES, shown, *given, atlas.pk))
        *counts, read = cursor.fetchone()
    points = np.frombuffer(read or b"", READ)
    codes = points["value"]
    if filter.kind != Kind.CHOICE:
        edges = _edges(filter, codes[codes != MISSING])
        values = _between(filter, edges)
        codes = np.searchsorted([_in_column(filter, edge) for edge in edges], codes, side="right")
    packed = np.empty(len(points), POINT)
    for name in ("id", "x", "y"):
        packed[name] = points[name]
    packed["code"] = np.select([points["is_found"] == 0, points["value"] == MISSING], [LEFT_OUT, NO_VALUE], codes)
    return Points(values, *counts, packed=packed.tobytes())


def _all_facts(search: Search) -> PhotoFactsQuerySet:
    """Of the project's photos, or of those that were withdrawn, whatever else is asked for."""
    return PhotoFacts.objects.filter(project=search.project, is_withdrawn=search.is_withdrawn).order_by()


def _value(by: Filter, values: list[str]) -> Combinable:
    """A filter's value of a photo as a number: its place among `values`, its seconds since 1970, or as it is."""
    if by.kind == Kind.CHOICE:
        texts = Value(values, output_field=ArrayField(TextField()))
        place = Func(texts, Cast(by.column, TextField()), function="array_position", output_field=BigIntegerField())
        return place - 1
    if by.kind == Kind.DAYS:
        return Func(F(by.column), template="floor(extract(epoch FROM %(expressions)s))::bigint")
    return F(by.column)


def _choices(by: Filter, search: Search) -> list[str]:
    if by.name in LEVELS:
        return [str(level["level"]) for level in search.project.levels]
    if by.choices:
        return [str(value) for value, _word in by.choices]
    named = _all_facts(search).exclude(**{by.column: ""}).values_list(by.column).annotate(count=Count("image"))
    return [value for value, _count in named.order_by("-count", by.column)[:MOST_VALUES]]


def _edges(by: Filter, numbers: npt.NDArray[np.int64]) -> list[Any]:
    """The bounds between steps, as an address writes them: of percents always the same, else below each tenth."""
    if by.scale == PERCENT:
        return [step * 100 // STEPS for step in range(1, STEPS)]
    if not len(numbers):
        return []
    tenths = np.percentile(numbers, range(10, 100, 10), method="inverted_cdf")
    return sorted({_rounded(by, edge) for edge in tenths.tolist()})


def _rounded(by: Filter, edge: int) -> Any:
    """A bound as an address writes it."""
    return datetime.fromtimestamp(edge, UTC).date() if by.kind == Kind.DAYS else float(f"{edge / by.scale:.2g}")


def _in_column(by: Filter, edge: Any) -> int:
    is_day = by.kind == Kind.DAYS
    return round(datetime.combine(edge, time(), UTC).timestamp() if is_day else edge * by.scale)


def _between(by: Filter, edges: list[Any]) -> list[str]:
    """The ranges between bounds, as values of the filter; the last day of a range is in it."""
    ends = [edge - timedelta(days=1) if by.kind == Kind.DAYS else edge for edge in edges]
    pairs = zip([None, *edges], [*ends, None], strict=True)
    return ["..".join("" if each is None else _written(each) for each in pair) for pair in pairs]


def _written(edge: Any) -> str:
    return f"{edge:g}" if isinstance(edge, int | float) else f"{edge}"
