"""The filters of a project's photos as pages show them: what may be asked, what is asked, and how many answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.models import Project
from annotate.services.finding.counts import MOST_COUNTED, counts_of
from annotate.services.finding.filters import FILTERS, SORTS, SUBJECTS, Filter, Group, Kind
from annotate.services.finding.search import LEVELS, NEWEST, OLDEST, ON, SET, SORT, Search

FIRST = ("q", "verdict", "scene", "differing", "skipped", "noted", "withdrawn")
UNSHOWN = ("sha256", "state", "batch", "burst", "lasso")  # in the address only, or a tab
TITLES = {
    Group.BLUR: gettext_lazy("Blur"),
    Group.JUDGEMENT: gettext_lazy("Judgement"),
    Group.PHOTO: gettext_lazy("Photo"),
    Group.WORK: gettext_lazy("Work"),
}
LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Field:
    """A filter as a form shows it.

    Attributes:
        choices: value, word and how many photos have it, or None where nobody counts them.
    """

    filter: Filter
    label: str
    value: str
    choices: list[tuple[str, str, int | None]]

    @property
    def name(self) -> str:
        """In the address."""
        return self.filter.name


def panel(search: Search, *, has_withdrawn: bool, photo_count: int) -> dict[str, Any]:
    """What the photos can be narrowed and sorted by, by this member: `first` fields, `groups` of more, `chips`.

    Args:
        photo_count: of the project.
    """
    project = search.project
    is_counted = "consensus.view" in project.can and (search.is_whole or photo_count <= MOST_COUNTED)
    counts = counts_of(search) if is_counted else {}
    shown = [each for each in FILTERS.values() if each.needs in project.can and _is_shown(project, each, has_withdrawn)]
    names = Names.of(project)
    fields = {each.name: _field(search, each, counts, names) for each in shown}
    first = (*FIRST, *(() if "verdict" in fields else ("desirability",)))
    more = [field for name, field in fields.items() if name not in first]
    groups = [(title, [each for each in more if each.filter.group == group]) for group, title in TITLES.items()]
    return {
        "first": [fields[name] for name in first if name in fields],
        "groups": [(title, group) for title, group in groups if group],
        "is_open": any(each.value for each in more),
        "chips": chips(search),
        "orders": [(order, word, order == search.order) for order, word in orders(project)],
        "sets": names.sets,
    }


@dataclass(frozen=True, slots=True)
class Names:
    """What a project has that is chosen by its name."""

    people: list[str]
    sets: list[str]
    releases: list[tuple[str, str]]

    @classmethod
    def of(cls, project: Project) -> Names:
        """Of people and releases, as far as the member may know of them; in one query."""
        member = project.memberships.values_list(Value("person"), "pk", "user__username")
        saved = project.saved_sets.values_list(Value("set"), "pk", "name")
        version = Concat("name", Value(" "), "version", output_field=CharField())
        release = project.releases.ready().values_list(Value("release"), "pk", version)
        found: dict[str, list[tuple[str, str]]] = {"person": [], "set": [], "release": []}
        for kind, pk, name in member.order_by().union(saved.order_by(), release.order_by()):
            found[kind].append((name, str(pk)))
        may = {"person": "people.name", "set": "image.view", "release": "release.view"}
        people, sets, releases = (sorted(found[kind]) if needs in project.can else [] for kind, needs in may.items())
        return cls([name for name, _ in people], [name for name, _ in sets], [(pk, name) for name, pk in releases])


def _is_shown(project: Project, filter: Filter, has_withdrawn: bool) -> bool:
    if filter.name.startswith(LEVEL):
        return int(filter.name.removeprefix(LEVEL)) < len(project.levels)
    if filter.name == "withdrawn":
        return has_withdrawn
    return filter.name not in UNSHOWN


def _field(search: Search, filter: Filter, counts: Mapping[str, Counter[str]], names: Names) -> Field:
    counted = counts.get(filter.name)
    offered = _choices(search.project, filter, counted, names)
    choices = [(value, word, None if counted is None else counted[value]) for value, word in offered]
    return Field(filter, label_of(search.project, filter), search.asked.get(filter.name, ""), choices)


def _choices(project: Project, filter: Filter, counted: Counter[str] | None, names: Names) -> list[tuple[str, str]]:
    """Values and words that a list offers; none where it would be as long as one likes: those are typed."""
    levels = [str(level["level"]) for level in project.levels]
    if filter.kind == Kind.FLAG:
        return [("1", "")]
    if filter.kind != Kind.CHOICE:
        return []
    if filter.name == "release":
        return names.releases
    if filter.name in ("annotator", "uploader"):
        return [(name, name) for name in names.people]
    if filter.name in LEVELS:
        values: Iterable[str] = levels
    elif filter.name == "scene":
        values = [f"{subject}-{level}" for subject, _word in SUBJECTS for level in levels]
    else:
        values = [value for value, _word in filter.choices] or sorted(counted or ())
    return [(value, word_of(project, filter, value)) for value in values]


def label_of(project: Project, filter: Filter, *, with_unit: bool = True) -> str:
    """What it is called in this project."""
    label = str(filter.label)
    if filter.name.startswith(LEVEL):
        level = int(filter.name.removeprefix(LEVEL))
        if level < len(project.levels):
            label = _("Share at level {level}").format(level=level_name(project, level))
    return f"{label}, {filter.unit}" if filter.unit and with_unit else label


def level_name(project: Project, level: int) -> str:
    """Such as "3 High"."""
    named = project.named_levels
    return f"{level} {named[level]['name']}" if level < len(named) else str(level)


def word_of(project: Project, filter: Filter, value: str) -> str:
    """A value in words."""
    if filter.name in LEVELS:
        return level_name(project, int(value))
    if filter.name == "scene":
        subject, _dash, level = value.rpartition("-")
        return _("{subject}, background {level}").format(
            subject=dict(SUBJECTS)[subject], level=level_name(project, int(level))
        )
    if filter.name == "release":
        return str(project.releases.filter(pk=value).defer("manifest").first() or value)
    if filter.name == "burst":
        return str(project.images.filter(pk=value).only("file_name").first() or value)
    return str(dict(filter.choices).get(value, value))


def chosen_set(
    search: Search, kept: Sequence[tuple[str, Any]] = (), sets: Iterable[str] | None = None
) -> dict[str, Any]:
    """What a page that acts on a set of photos shows of it: what is asked, and the saved sets to choose from.

    Args:
        kept: what else the page's address says.
        sets: their names, where the page has read them.
    """
    return {
        "chips": chips(search, kept),
        "kept": kept,
        "sets": search.project.saved_sets.by_name().values_list("name", flat=True) if sets is None else sets,
        "chosen": search.asked.get(SET, ""),
        "query": urlencode([*kept, *search.asked.items()]),
    }


def chips(search: Search, kept: Sequence[tuple[str, Any]] = ()) -> list[dict[str, str]]:
    """What is asked, each in words and with the address without it."""
    found = []
    for name, value in search.asked.items():
        if name == SORT or (name in FILTERS and FILTERS[name].kind == Kind.FLAG and value not in ON):
            continue
        rest = urlencode([*kept, *((key, each) for key, each in search.asked.items() if key != name)])
        found.append({"words": asked_words(search.project, name, value), "without": f"?{rest}"})
    return found


def asked_words(project: Project, name: str, value: str) -> str:
    """A filter of an address in words."""
    if name == SET:
        return _("Set “%(name)s”") % {"name": value}
    filter = FILTERS[name]
    label = label_of(project, filter)
    return label if filter.kind in (Kind.FLAG, Kind.AREA) else f"{label}: {word_of(project, filter, value)}"


def words_of(search: Search) -> str:
    """What a search asks for, in a line."""
    words = [asked_words(search.project, name, value) for name, value in search.asked.items() if name != SORT]
    return " · ".join(words) or _("All photos")


def orders(project: Project) -> list[tuple[str, str]]:
    """The orders that photos may be brought in: the address's word, and ours."""
    found = [(NEWEST, _("Newest first")), (OLDEST, _("Oldest first"))]
    for name, filter in SORTS.items():
        is_level = name.startswith(LEVEL) and int(name.removeprefix(LEVEL)) >= len(project.levels)
        if name != OLDEST and filter.needs in project.can and not is_level:
            label = label_of(project, filter, with_unit=False)
            found += [(f"-{name}", _("%(what)s, highest first") % {"what": label})]
            found += [(name, _("%(what)s, lowest first") % {"what": label})]
    return found
