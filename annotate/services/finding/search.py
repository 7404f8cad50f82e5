"""A question about a project's photos, as an address asks it: which photos answer it, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from annotate.core.errors import SmartBlurError
from annotate.models import Image, ImageQuerySet, PhotoFacts, PhotoFactsQuerySet, Project
from annotate.permissions import allows
from annotate.services.finding.filters import FILTERS, NUMBERED, SORTS, Filter, Kind

NEWEST, OLDEST = "-added", "added"
SET, SORT, WITHDRAWN = "set", "sort", "withdrawn"
LEVELS = ("background", "largest")
ON, OFF = ("1", "true"), ("0", "false")
FIGURES = 15
MOST = 2**31


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked of a project's photos.

    Attributes:
        asked: filter -> value, as they stand in the address, `sort` and `set` among them.
        conditions: the same for the database.
        order: a name of SORTS, with "-" before it from the highest down.
        is_withdrawn: whether withdrawn photos are asked for, which are a list of their own.
    """

    project: Project
    asked: Mapping[str, str]
    conditions: Q
    order: str
    is_withdrawn: bool

    def facts(self) -> PhotoFactsQuerySet:
        """The facts of the photos that answer."""
        return PhotoFacts.objects.filter(self.conditions, project=self.project, is_withdrawn=self.is_withdrawn)

    def photos(self) -> ImageQuerySet:
        """The photos that answer, in no order."""
        return self.project.images.filter(pk__in=self.facts().ids()).order_by()

    def count(self) -> int:
        """How many answer."""
        return self.facts().count()

    def ids(self, size: int, *, after: int | None = None, is_backwards: bool = False) -> list[int]:
        """Ids of the photos that answer, in their order, after the image `after`; those without a value come last.

        Args:
            is_backwards: in the order turned round.
        """
        is_descending = self.order.startswith("-") != is_backwards
        column = _column_of(self.order)
        if column == "image":
            return list(self.facts().in_order("image", is_descending=is_descending, after=after).ids()[:size])
        is_blank = Q(**{f"{column}__isnull": True})
        parts = [(~is_blank, column, is_descending), (is_blank, "image", not is_backwards)]
        if is_backwards:
            parts.reverse()
        if after is not None and PhotoFacts.objects.filter(is_blank, image=after).exists() != is_backwards:
            del parts[0]
        found: list[int] = []
        for condition, by, is_down in parts:
            if len(found) < size:
                rows = self.facts().filter(condition).in_order(by, is_descending=is_down, after=after)
                found += rows.ids()[: size - len(found)]
            after = None
        return found

    def beside(self, image: int) -> tuple[int | None, int | None]:
        """The photos before and after an image in the order; None where there is none."""
        if _column_of(self.order) == "image":
            lower, higher = (
                self.facts().in_order("image", is_descending=is_down, after=image) for is_down in (True, False)
            )
            found = sorted(lower.ids()[:1].union(higher.ids()[:1]))
            below = found[0] if found and found[0] < image else None
            above = found[-1] if found and found[-1] > image else None
            return (above, below) if self.order == NEWEST else (below, above)
        before, after = (self.ids(1, after=image, is_backwards=is_backwards) for is_backwards in (True, False))
        return next(iter(before), None), next(iter(after), None)

    @property
    def is_whole(self) -> bool:
        """Whether all photos of the project answer, but those that are withdrawn."""
        return not self.conditions

    @property
    def query(self) -> str:
        """As in an address."""
        return urlencode(self.asked)


def in_order(images: ImageQuerySet, ids: list[int]) -> list[Image]:
    """The images with these ids, in the order of the ids."""
    found = {image.pk: image for image in images.filter(pk__in=ids).order_by()}
    return [found[pk] for pk in ids if pk in found]


Pairs = Iterable[tuple[str, str]]


def read(
    project: Project, given: Pairs, *, role: str | None = None, usual: str = NEWEST, is_strict: bool = True
) -> Search:
    """What the names and values of an address ask for, as far as the member may ask it.

    Args:
        given: a photo answers all of them.
        role: the member's; by default what the project has as `my_role`.
        usual: the order where none is asked for.
        is_strict: refuse what makes no sense or is not for the member; else leave it out.

    Raises:
        SmartBlurError: code unknown_filter or invalid_filter; no such set, code unknown_set.
        PermissionDenied: the member's role is too low for a filter.
    """
    asked: dict[str, str] = {}
    conditions, order, is_withdrawn = Q(), "", False
    role = role or project.my_role
    for name, value in given:
        try:
            if name == SORT:
                order = _checked_order(role, value)
            elif name == SET:
                saved = read_query(project, saved_query(project, value), role=role, usual="")
                conditions &= saved.conditions
                order, is_withdrawn = order or saved.order, is_withdrawn or saved.is_withdrawn
            else:
                conditions &= _condition(project, role, name, value)
                is_withdrawn = is_withdrawn or (name == WITHDRAWN and value in ON)
        except (SmartBlurError, PermissionDenied):
            if is_strict:
                raise
            continue
        asked[name] = value
    return Search(project, asked, conditions, order or usual, is_withdrawn)


def read_query(project: Project, query: str, **how: Any) -> Search:
    """The same of the part of an address after "?"."""
    return read(project, parse_qsl(query), **how)


def saved_query(project: Project, name: str) -> str:
    """What a saved set asks for.

    Raises:
        SmartBlurError: code unknown_set.
    """
    query = project.saved_sets.filter(name=name).values_list("query", flat=True).first()
    if query is None:
        raise SmartBlurError(_("No set of photos is called so."), where=SET, code="unknown_set")
    return query


def as_it_is_now(project: Project, query: str) -> str:
    """A query that asks the same without naming a saved set, which may change."""
    pairs = [
        parse_qsl(saved_query(project, value)) if name == SET else [(name, value)] for name, value in parse_qsl(query)
    ]
    return urlencode([pair for part in pairs for pair in part])


def _column_of(order: str) -> str:
    name = order.removeprefix("-")
    return "image" if name == OLDEST else SORTS[name].column


def _checked_order(role: str | None, value: str) -> str:
    known = SORTS.get(value.removeprefix("-"))
    if known is None:
        raise SmartBlurError(_("Photos cannot be sorted so."), where=SORT, code="invalid_filter")
    if not allows(role, known.needs):
        raise PermissionDenied
    return value


def _condition(project: Project, role: str | None, name: str, value: str) -> Q:
    """What a filter asks of the facts."""
    known = FILTERS.get(name)
    if known is None:
        raise SmartBlurError(_("Photos cannot be found by this."), where=name, code="unknown_filter")
    if len(value) > known.longest or "\0" in value:
        raise _invalid(known)
    if known.kind == Kind.FLAG and value in OFF:
        return Q()
    if not allows(role, known.needs):
        raise PermissionDenied
    if known.kind == Kind.RANGE:
        return _between(known.column, _numbers(known, value))
    if known.kind == Kind.DAYS:
        return _between(known.column, _days(known, value))
    if not _is_value(known, value):
        raise _invalid(known)
    if known.where:
        return known.where(project, value)
    return Q(**{known.column: True if known.kind == Kind.FLAG else value})


def _is_value(known: Filter, value: str) -> bool:
    if known.kind == Kind.FLAG:
        return value in ON
    if known.name in (*NUMBERED, *LEVELS):
        return value.isascii() and value.isdecimal() and len(value) <= FIGURES
    if known.name == "sha256":
        return re.fullmatch("[0-9a-f]{64}", value) is not None
    return not known.choices or value in {key for key, _word in known.choices}


def _between(column: str, bounds: tuple[Any, Any]) -> Q:
    low, high = bounds
    found = Q(**{f"{column}__isnull": False}) if low is None else Q(**{f"{column}__gte": low})
    return found if high is None else found & Q(**{f"{column}__lt": high})


def _ends(known: Filter, value: str) -> tuple[str, str]:
    low, dots, high = value.partition("..")
    if not dots:
        raise _invalid(known)
    return low.strip(), high.strip()


def _numbers(known: Filter, value: str) -> tuple[int | None, int | None]:
    """The bounds of `low..high` in units of the column: from the one on, below the other."""
    try:
        low, high = (round(float(each) * known.scale) if each else None for each in _ends(known, value))
    except (ValueError, OverflowError):
        raise _invalid(known) from None
    if any(each is not None and not 0 <= each < MOST for each in (low, high)):
        raise _invalid(known)
    return low, high


def _days(known: Filter, value: str) -> tuple[datetime | None, datetime | None]:
    """The first moment of the first day, and of the day after the last."""
    try:
        low, high = (datetime.fromisoformat(f"{each}T00:00Z") if each else None for each in _ends(known, value))
        return low, high and high + timedelta(days=1)
    except (ValueError, OverflowError):
        raise _invalid(known) from None


def _invalid(known: Filter) -> SmartBlurError:
    return SmartBlurError(_("This is no value of that filter."), where=known.name, code="invalid_filter")
