"""An atlas as a page draws it: where each photo lies, which of them answer a search, and what they are coloured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Aggregate, Count, DateTimeField, F, Func, IntegerField, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from annotate.models import Atlas
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
POINTS = """
WITH answers (image_id) AS MATERIALIZED ({answers}), points AS (
    SELECT place.image_id, x, y, CASE WHEN answers.image_id IS NULL THEN %s ELSE code END AS code
    FROM ({places}) AS place (image_id, x, y, code) LEFT JOIN answers USING (image_id)
)
SELECT (SELECT count(*) FROM answers), count(*) FILTER (WHERE code <> %s), count(*),
    string_agg(int8send(image_id) || int2send(x) || int2send(y) || int2send(code::int2), '' ORDER BY image_id)
        FILTER (WHERE image_id * 40503 %% %s < %s)
FROM points
"""


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
    values, code = _coded(FILTERS[by], atlas, search)
    places = atlas.places.filter(image__facts__is_withdrawn=search.is_withdrawn)
    coded = places.annotate(code=Coalesce(code, Value(NO_VALUE))).values_list("image_id", "x", "y", "code")
    answers, asked = search.facts().ids().query.sql_with_params()
    placed, colours = coded.query.sql_with_params()
    shown = SHARES * MOST // max(atlas.photo_count, MOST)
    with connection.cursor() as cursor:
        sql = POINTS.format(answers=answers, places=placed)
        cursor.execute(sql, (*asked, LEFT_OUT, *colours, LEFT_OUT, SHARES, shown))
        *counts, packed = cursor.fetchone()
    return Points(values, *counts, packed=bytes(packed or b""))


def _coded(by: Filter, atlas: Atlas, search: Search) -> tuple[list[str], Combinable]:
    """The values of a filter, and which of them a photo with a place has; null where it has another or none."""
    column = f"image__facts__{by.column}"
    if by.kind == Kind.CHOICE:
        values = _choices(by, atlas, search, column)
        texts = Value(values, output_field=ArrayField(TextField()))
        return values, Func(
            texts, Cast(column, TextField()), function="array_position", output_field=IntegerField()
        ) - 1
    field = DateTimeField() if by.kind == Kind.DAYS else IntegerField()
    if by.scale == PERCENT:
        edges: list[Any] = [step * 100 // STEPS for step in range(1, STEPS)]
    else:
        tenths = Tenths(column, output_field=ArrayField(field))
        edges = sorted({_rounded(by, edge) for edge in atlas.places.aggregate(edges=tenths)["edges"] or ()})
    bounds = Value([_in_column(by, edge) for edge in edges], output_field=ArrayField(field))
    return _between(by, edges), Func(F(column), bounds, function="width_bucket", output_field=IntegerField())


class Tenths(Aggregate):
    """The values of a column below which each tenth of its rows ends; null where there is none."""

    template = "percentile_disc(ARRAY[.1, .2, .3, .4, .5, .6, .7, .8, .9]) WITHIN GROUP (ORDER BY %(expressions)s)"


def _choices(by: Filter, atlas: Atlas, search: Search, column: str) -> list[str]:
    if by.name in LEVELS:
        return [str(level["level"]) for level in search.project.levels]
    if by.choices:
        return [str(value) for value, _word in by.choices]
    named = atlas.places.exclude(**{column: ""}).values_list(column).annotate(count=Count("pk"))
    return [value for value, _count in named.order_by("-count", column)[:MOST_VALUES]]


def _rounded(by: Filter, edge: Any) -> Any:
    """A bound as an address writes it."""
    return edge.date() if by.kind == Kind.DAYS else float(f"{edge / by.scale:.2g}")


def _in_column(by: Filter, edge: Any) -> Any:
    return datetime.combine(edge, time(), UTC) if by.kind == Kind.DAYS else round(edge * by.scale)


def _between(by: Filter, edges: list[Any]) -> list[str]:
    """The ranges between bounds, as values of the filter; the last day of a range is in it."""
    ends = [edge - timedelta(days=1) if by.kind == Kind.DAYS else edge for edge in edges]
    pairs = zip([None, *edges], [*ends, None], strict=True)
    return ["..".join("" if each is None else _written(each) for each in pair) for pair in pairs]


def _written(edge: Any) -> str:
    return f"{edge:g}" if isinstance(edge, int | float) else f"{edge}"
