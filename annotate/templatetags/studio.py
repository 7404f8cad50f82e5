"""What templates share: icons, words for times and sizes, chips of votes and levels, the bar's places."""

from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotate.models import Desirability, LeasedWork, Project
from annotate.pages.ramp import ramp_stop

register = template.Library()

PLACES = (  # address below /projects/ID/, name, icon, who sees it
    ("queue", "Queue", "queue", "image.label"),
    ("", "Photos", "images", "image.view"),
    ("releases", "Releases", "package", "release.view"),
    ("models", "Models", "brain", "run.view"),
    ("people", "People", "users", "people.view"),
    ("guide", "Guide", "guide", "project.view"),
)
VOTE_ICONS = {"none": "circle", "good": "check", "ok": "tilde", "bad": "x"}
WORK_WORDS = {
    LeasedWork.State.QUEUED: "Waiting",
    LeasedWork.State.CANCELLING: "Stopping",
    LeasedWork.State.FAILED: "Failed",
    LeasedWork.State.CANCELLED: "Stopped",
}
AGES = (
    (60, "minute"),
    (3600, "hour"),
    (86400, "day"),
    (7 * 86400, "week"),
    (30.44 * 86400, "month"),
    (365.25 * 86400, "year"),
)


# Pictures -------------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A drawn sign beside a word; screen readers skip it."""
    size_class = " icon-20" if size == 20 else ""
    address = static("icons.svg")
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>', size_class, address, name)


@register.simple_tag
def vote(desirability: str) -> SafeString:
    """A desirability as icon, word and colour; a dash when there is none yet."""
    if not desirability:
        return format_html('<span class="muted">{}</span>', "—")
    sign = icon(VOTE_ICONS[desirability])
    return format_html(
        '<span class="vote" data-value="{}">{}{}</span>', desirability, sign, Desirability(desirability).label
    )


@register.simple_tag
def swatch(level: int, level_count: int) -> SafeString:
    """A blur level as its stop of the ramp."""
    return format_html('<span class="swatch" data-ramp="{}"></span>', ramp_stop(level, level_count))


@register.simple_tag
def level_bar(level: int, level_count: int, ppm: int) -> SafeString:
    """How much of a photo has a level, as a bar in the level's colour."""
    return bar(ppm, 1_000_000, f"ramp-{ramp_stop(level, level_count)}")


@register.simple_tag
def work_chip(work: LeasedWork, running: str, done: str) -> SafeString:
    """The state of long work in a word; `running` and `done` are the words of its kind."""
    words = WORK_WORDS | {LeasedWork.State.RUNNING: running, LeasedWork.State.DONE: done}
    return format_html('<span class="chip" data-state="{}">{}</span>', work.state, words[work.state])


@register.simple_tag
def bar(part: float, whole: float, kind: str = "") -> SafeString:
    """A small horizontal bar, `part` of `whole` long; the number stands beside it."""
    share = 100 * part / whole if whole else 0
    mark = '<svg class="measure" aria-hidden="true" data-kind="{}"><rect width="{}%" height="100%"/></svg>'
    return format_html(mark, kind, f"{share:.2f}")


# Words ----------------------------------------------------------------------------------------------------------------


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """How long ago in words, the exact time on hover."""
    if moment is None:
        return "—"
    exact = f"{moment:%-d %B %Y, %H:%M} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, age_in_words(moment))


def age_in_words(moment: datetime) -> str:
    """Such as "just now", "3 hours ago" or "in 2 days"."""
    seconds = (timezone.now() - moment).total_seconds()
    if abs(seconds) < 60:
        return "just now" if seconds >= 0 else "in a minute"
    length, name = next((length, name) for length, name in reversed(AGES) if abs(seconds) >= length)
    count = int(abs(seconds) // length)
    words = f"{count} {name}{'' if count == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


@register.filter
def percent(ppm: int | None) -> str:
    """Parts per million as a percentage; small shares keep a digit."""
    if ppm is None:
        return "—"
    share = ppm / 10_000
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %"


@register.filter
def number(count: int) -> str:
    """A count with its thousands parted: 12,480."""
    return f"{count:,}"


@register.filter
def minutes(milliseconds: int | None) -> str:
    """A time of work: 45 s, 12 min, 3 h 20 min."""
    seconds = (milliseconds or 0) // 1000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


@register.filter
def get(mapping: dict, key: Any) -> Any:
    """The value at `key`, which is itself a variable; None when there is none."""
    return mapping.get(key)


# Where we are --------------------------------------------------------------------------------------------------------


@register.inclusion_tag("places.html", takes_context=True)
def places(context: template.Context) -> dict[str, Any]:
    """The bar's links of the project at hand, as far as the person's role goes."""
    project, path = context.get("project"), context["request"].path
    if project is None:
        return {}
    root = f"/projects/{project.pk}/"
    here = path.removeprefix(root).split("/")[0].replace("photos", "") if path.startswith(root) else "queue"
    links = [
        {"name": name, "address": f"{root}{place}/" if place else root, "icon": sign, "is_here": place == here}
        for place, name, sign, action in PLACES
        if action in project.can
    ]
    return {"links": links}


@register.inclusion_tag("project_switch.html", takes_context=True)
def project_switch(context: template.Context) -> dict[str, Any]:
    """The menu of the person's projects; its head names the present one."""
    projects = Project.objects.visible_to(context["user"]).only("id", "name")
    return {"projects": projects, "project": context.get("project")}


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget; the first one with an error takes the focus."""
    first_wrong = next((each.name for each in field.form if each.errors), None)
    return field.as_widget(attrs={"autofocus": True} if field.name == first_wrong else {})
