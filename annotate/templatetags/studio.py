"""What templates share: icons, words for times and sizes, chips of votes and levels, the bar's places."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, gettext_noop, ngettext_lazy
from django.utils.translation import gettext as _

from annotate.models import Desirability, LeasedWork, Project
from annotate.pages.notices import read_more
from annotate.pages.ramp import ramp_stop

register = template.Library()

PLACES = (  # address below /projects/ID/, name, icon, who sees it
    ("queue", gettext_lazy("Queue"), "queue", "image.label"),
    ("", gettext_lazy("Photos"), "images", "image.view"),
    ("releases", gettext_lazy("Releases"), "package", "release.view"),
    ("models", gettext_lazy("Models"), "brain", "run.view"),
    ("people", gettext_lazy("People"), "users", "people.view"),
    ("guide", gettext_lazy("Guide"), "guide", "project.view"),
)
VOTE_ICONS = {"none": "circle", "good": "check", "ok": "tilde", "bad": "x"}
WORK_WORDS = {
    LeasedWork.State.QUEUED: gettext_lazy("Waiting"),
    LeasedWork.State.CANCELLING: gettext_lazy("Stopping"),
    LeasedWork.State.FAILED: gettext_lazy("Failed"),
    LeasedWork.State.CANCELLED: gettext_lazy("Cancelled"),
}
EXACTLY = gettext_noop("j F Y, H:i")
AGES = (  # from so many seconds on, words for the past and for the future
    (
        60,
        ngettext_lazy("%(count)s minute ago", "%(count)s minutes ago", "count"),
        ngettext_lazy("in %(count)s minute", "in %(count)s minutes", "count"),
    ),
    (
        3600,
        ngettext_lazy("%(count)s hour ago", "%(count)s hours ago", "count"),
        ngettext_lazy("in %(count)s hour", "in %(count)s hours", "count"),
    ),
    (
        86400,
        ngettext_lazy("%(count)s day ago", "%(count)s days ago", "count"),
        ngettext_lazy("in %(count)s day", "in %(count)s days", "count"),
    ),
    (
        7 * 86400,
        ngettext_lazy("%(count)s week ago", "%(count)s weeks ago", "count"),
        ngettext_lazy("in %(count)s week", "in %(count)s weeks", "count"),
    ),
    (
        30.44 * 86400,
        ngettext_lazy("%(count)s month ago", "%(count)s months ago", "count"),
        ngettext_lazy("in %(count)s month", "in %(count)s months", "count"),
    ),
    (
        365.25 * 86400,
        ngettext_lazy("%(count)s year ago", "%(count)s years ago", "count"),
        ngettext_lazy("in %(count)s year", "in %(count)s years", "count"),
    ),
)


# Pictures -------------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A drawn sign beside a word, out of the stylesheet; screen readers skip it."""
    size_class = " icon-20" if size == 20 else ""
    return format_html('<i class="icon{}" data-icon="{}" aria-hidden="true"></i>', size_class, name)


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
    exact = f"{date_format(moment, _(EXACTLY))} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, age_in_words(moment))


def age_in_words(moment: datetime) -> str:
    """Such as "just now", "3 hours ago" or "in 2 days"."""
    seconds = (timezone.now() - moment).total_seconds()
    if abs(seconds) < 60:
        return _("just now") if seconds >= 0 else _("in a minute")
    length, past, future = next(age for age in reversed(AGES) if abs(seconds) >= age[0])
    words: str = (past if seconds > 0 else future) % {"count": int(abs(seconds) // length)}
    return words


@register.filter
def percent(ppm: int | None) -> str:
    """Parts per million as a percentage; small shares keep a digit."""
    if ppm is None:
        return "—"
    share = ppm / 10_000
    return f"{rounded(share, 0 if share >= 10 or share == 0 else 1)} %"


def rounded(value: float, places: int) -> str:
    """The number in the reader's language with so many decimals; Django's number_format alone cuts the rest off."""
    return number_format(f"{value:.{places}f}", places)


@register.filter
def number(count: int) -> str:
    """A count with its thousands parted as the language does: 12,480."""
    return number_format(count, force_grouping=True)


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
def within(words: str) -> str:
    """Words as they stand within a sentence: lower-case, but in German, whose nouns keep their capitals."""
    return words.lower() if get_language() == "en" else words


@register.filter
def item(rows: Sequence[Any], index: int) -> Any:
    """The element at `index`, which is itself a variable."""
    return rows[index]


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
    here = path.removeprefix(root).split("/")[0] if path.startswith(root) else "queue"
    here = "" if here in ("photos", "labels") else here
    links = [
        {"name": name, "address": f"{root}{place}/" if place else root, "icon": sign, "is_here": place == here}
        for place, name, sign, action in PLACES
        if action in project.can
    ]
    count = context.get("dispute_count")  # where the page has counted them, they are not counted twice
    if count is None:
        count = project.photo_counts.disputed().total() if "consensus.settle" in project.can else 0
    return {"links": links, "project": project, "dispute_count": count, "is_settling": here == "settle"}


@register.inclusion_tag("project_switch.html", takes_context=True)
def project_switch(context: template.Context) -> dict[str, Any]:
    """The menu of the person's projects; its head names the present one."""
    projects = Project.objects.current().visible_to(context["user"]).only("id", "name")
    return {"projects": projects, "project": context.get("project")}


@register.inclusion_tag("notice.html", takes_context=True)
def notice(context: template.Context, message: Message) -> dict[str, Any]:
    """What was told of an act."""
    sign = {"error": "alert", "warning": "alert", "info": "info"}.get(message.level_tag, "circle-check")
    said = {"sentence": message, "tone": message.level_tag, "sign": sign, "csrf_token": context.get("csrf_token")}
    return said | read_more(message)


@register.inclusion_tag("messages.html", takes_context=True)
def told(context: template.Context) -> dict[str, Any]:
    """What was just told, on top of the page; a refusal with a place of its own stands there."""
    return _told(context, "")


@register.inclusion_tag("refused.html", takes_context=True)
def refused(context: template.Context, *place: object) -> dict[str, Any]:
    """What was refused of the act beside it; the place is told in parts, joined by dashes."""
    name = "-".join(map(str, place))
    context["request"].__dict__.setdefault("places", set()).add(name)
    return _told(context, name)


@register.inclusion_tag("messages.html", takes_context=True)
def told_elsewhere(context: template.Context) -> dict[str, Any]:
    """What was refused of an act that the page no longer offers."""
    places = getattr(context["request"], "places", set()) | {""}
    said = context.get("messages") or ()
    return {"csrf_token": context.get("csrf_token"), "messages": [each for each in said if _place(each) not in places]}


def _told(context: template.Context, place: str) -> dict[str, Any]:
    said = context.get("messages") or ()
    return {"csrf_token": context.get("csrf_token"), "messages": [each for each in said if _place(each) == place]}


def _place(message: Message) -> str:
    return read_more(message).get("at", "")


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget; the first one with an error takes the focus."""
    first_wrong = next((each.name for each in field.form if each.errors), None)
    return field.as_widget(attrs={"autofocus": True} if field.name == first_wrong else {})
