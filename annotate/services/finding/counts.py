"""How many photos of a search have each value of the filters that are chosen from a list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db.models import Count, Sum

from annotate.services.finding.filters import FILTERS
from annotate.services.finding.search import Search

BESIDE = ("verdict", "scene", "kind", "largest", "split", "map", "license", "differing")
MOST_COUNTED = 200_000  # photos of a project; in a larger one nothing is counted beside what a search narrows
COLUMNS = {"differing": "is_differing"}


def kept_counts(search: Search) -> dict[str, Counter[str]]:
    """Filter -> value -> how many photos have it, of a search that is whole; as the database keeps them."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = search.project.value_counts.order_by().values_list("name", "value")
    for name, value, count in rows.annotate(Sum("photos")):
        if count:
            found[name][value] = count
    return found


def counts_of(search: Search, names: Sequence[str] = BESIDE) -> dict[str, Counter[str]]:
    """Filter -> value, as in the address -> how many of the photos that answer have it; blanks are left out.

    Those of a whole search are kept, others are counted in one reading.
    """
    if search.is_whole:
        kept = kept_counts(search)
        return {name: kept[name] for name in names}
    columns = [COLUMNS.get(name) or FILTERS[name].column for name in names]
    rows = search.facts().order_by().values_list(*columns).annotate(Count("image"))
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    for *values, count in rows:
        for name, value in zip(names, values, strict=True):
            if value not in (None, "", False):
                found[name]["1" if value is True else str(value)] += count
    return found
