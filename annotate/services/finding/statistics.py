"""How the photos of a search are distributed: counts whose every value is a filter, in five readings of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Case, CharField, Count, Expression, F, Value, When
from django.db.models.functions import TruncMonth

from annotate.models import Annotation
from annotate.services.finding.counts import counts_of
from annotate.services.finding.filters import MILLIONS
from annotate.services.finding.search import Search

LISTED = ("verdict", "kind", "largest", "split", "scene")
TENTH_PPM = 100_000
TENTHS = {"agreement": "agreement_ppm", "subject": "subject_ppm", "sure": "verdict_ppm", "map_apart": "map_apart_ppm"}
SIZES = (0, 2, 6, 12, 24, 48)  # megapixels: from each on
MOST = 12  # cameras and people that are shown

Distribution = dict[str, int]  # value, as in the address -> photos


def distributions(search: Search) -> dict[str, Distribution]:
    """Filter -> value -> how many of the photos that answer have it; in the order in which they are shown."""
    found: dict[str, Distribution] = {name: dict(counted) for name, counted in counts_of(search, LISTED).items()}
    tenths = {name: F(column) / TENTH_PPM for name, column in TENTHS.items()}
    rest = _grouped(search, {"size": _size(), "agreement": tenths["agreement"], "subject": tenths["subject"]})
    rest |= _grouped(search, {"sure": tenths["sure"], "map_apart": tenths["map_apart"]})
    months = {"taken": TruncMonth("captured_at"), "added": TruncMonth("added_at")}
    rest |= _grouped(search, {"camera": F("camera"), **months})
    found |= {name: _in_tenths(rest[name]) for name in TENTHS}
    found["camera"] = dict(rest["camera"].most_common(MOST))
    found["size"] = {size: rest["size"][size] for size in map(_size_words, range(len(SIZES))) if rest["size"][size]}
    found |= {name: {_month(each): rest[name][each] for each in sorted(rest[name])} for name in months}
    found["annotator"] = _people(search)
    return found


def _grouped(search: Search, expressions: dict[str, Expression | F]) -> dict[str, Counter[Any]]:
    """Name -> value -> photos that have it, in one reading; what has none is left out."""
    named = {f"{name}_value": expression for name, expression in expressions.items()}
    rows = search.facts().order_by().annotate(**named).values_list(*named).annotate(Count("image"))
    found: dict[str, Counter[Any]] = {name: Counter() for name in expressions}
    for *values, count in rows:
        for name, value in zip(expressions, values, strict=True):
            if value not in (None, ""):
                found[name][value] += count
    return found


def _in_tenths(counted: Counter[int]) -> Distribution:
    """Photos by tenths, as ranges of percent; what is all of it is in the last."""
    found = {f"{10 * tenth}..{10 * tenth + 10}": counted[tenth] for tenth in range(9)}
    return found | {"90..": counted[9] + counted[10]} if counted else {}


def _size() -> Case:
    steps = reversed(range(len(SIZES)))
    cases = [When(pixels__gte=SIZES[step] * MILLIONS, then=Value(_size_words(step))) for step in steps]
    return Case(*cases, output_field=CharField())


def _size_words(place: int) -> str:
    return f"{SIZES[place]}..{SIZES[place + 1]}" if place + 1 < len(SIZES) else f"{SIZES[place]}.."


def _month(first: Any) -> str:
    """The range of the days of a month."""
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return f"{first:%Y-%m-%d}..{last:%Y-%m-%d}"


def _people(search: Search) -> Distribution:
    """Sign-in name -> photos that they handed in, of those who did most."""
    done = Annotation.objects.filter(layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)
    work = done.filter(image__in=search.facts().ids()).values_list("author__username").order_by()
    return dict(work.annotate(count=Count("image")).order_by("-count", "author__username")[:MOST])
