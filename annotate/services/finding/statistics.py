"""How the photos of a search are distributed: counts whose every value is a filter.

Those of all photos of a project are kept by the database; of a search that narrows them, its photos are read.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Case, CharField, Count, Expression, F, Value, When
from django.db.models.functions import Cast, Substr

from annotate.models import Annotation
from annotate.services.finding.counts import counts_of, kept_counts
from annotate.services.finding.filters import MILLIONS
from annotate.services.finding.search import Search

LISTED = ("verdict", "kind", "largest", "split", "scene")
TENTH_PPM = 100_000
TENTHS = {"agreement": "agreement_ppm", "subject": "subject_ppm", "sure": "verdict_ppm", "map_apart": "map_apart_ppm"}
MONTHS = {"taken": "captured_at", "added": "added_at"}
SIZES = (0, 2, 6, 12, 24, 48)  # megapixels: from each on
SIZE_WORDS = [f"{least}..{most}" for least, most in zip(SIZES, (*SIZES[1:], ""), strict=True)]
MOST = 12  # cameras and people that are shown

Distribution = dict[str, int]  # value, as in the address -> photos


def distributions(search: Search) -> dict[str, Distribution]:
    """Filter -> value -> how many of the photos that answer have it; in the order in which they are shown."""
    counted = _kept(search) if search.is_whole else _read(search)
    found: dict[str, Distribution] = {name: dict(counted[name]) for name in LISTED}
    found |= {name: _in_tenths(counted[name]) for name in TENTHS}
    found["camera"] = dict(counted["camera"].most_common(MOST))
    found["size"] = {size: count for size in SIZE_WORDS if (count := counted["size"][size])}
    found |= {name: {_days_of(month): count for month, count in sorted(counted[name].items())} for name in MONTHS}
    found["annotator"] = _people(search)
    return found


def _kept(search: Search) -> Mapping[str, Counter[Any]]:
    """The counts of a search that is whole, as `_read` would tell them."""
    found = kept_counts(search)
    return found | {name: Counter({int(tenth): count for tenth, count in found[name].items()}) for name in TENTHS}


def _read(search: Search) -> Mapping[str, Counter[Any]]:
    """The counts of any search, in four readings of the photos that answer."""
    tenths = {name: F(column) / TENTH_PPM for name, column in TENTHS.items()}
    found: dict[str, Counter[Any]] = {**counts_of(search, LISTED)}
    found |= _grouped(search, {"size": _size(), "agreement": tenths["agreement"], "subject": tenths["subject"]})
    found |= _grouped(search, {"sure": tenths["sure"], "map_apart": tenths["map_apart"]})
    months = {name: Substr(Cast(column, CharField()), 1, 7) for name, column in MONTHS.items()}
    return found | _grouped(search, {"camera": F("camera"), **months})


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
    steps = reversed([*zip(SIZES, SIZE_WORDS, strict=True)])
    return Case(
        *(When(pixels__gte=least * MILLIONS, then=Value(words)) for least, words in steps), output_field=CharField()
    )


def _days_of(month: str) -> str:
    """The range of the days of a month, such as 2026-11."""
    year, number = map(int, month.split("-"))
    return f"{month}-01..{month}-{monthrange(year, number)[1]:02}"


def _people(search: Search) -> Distribution:
    """Sign-in name -> photos that they handed in, of those who did most."""
    done = Annotation.objects.filter(layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)
    work = done.filter(image__in=search.facts().ids()).values_list("author__username").order_by()
    return dict(work.annotate(count=Count("image")).order_by("-count", "author__username")[:MOST])
