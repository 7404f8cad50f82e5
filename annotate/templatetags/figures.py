"""`{% load figures %}`: estimates with their intervals as small pictures and as numbers."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotate.core.agreement import RELIABLE, TENTATIVE
from annotate.templatetags.studio import rounded

register = template.Library()

MILLION = 1_000_000
STEP_WIDTH = 8
NOTHING = "—"
ZERO = '<line class="zero" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>'
INTERVAL = (
    '<svg class="interval" aria-hidden="true">{}<line x1="{}%" x2="{}%" y1="50%" y2="50%"/>'
    '<circle cx="{}%" cy="50%" r="4"/></svg>'
)


@register.filter
def decimal(ppm: int | None) -> str:
    """Parts per million as a number with two decimals: 0.72."""
    return NOTHING if ppm is None else rounded(ppm / MILLION, 2)


@register.filter
def signed(ppm: int | None) -> str:
    """The same with its sign: +0.12."""
    if ppm is None:
        return NOTHING
    sign = "+" if ppm > 0 else "−" if ppm < 0 else "±"
    return f"{sign}{rounded(abs(ppm) / MILLION, 2)}"


@register.filter
def points(share: float | None) -> str:
    """A change of a share in percentage points: +4."""
    if share is None:
        return NOTHING
    change = round(100 * share)
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change)}"


@register.filter
def whole_minutes(milliseconds: int | None) -> str:
    """A time in minutes with one decimal: 1.5."""
    return NOTHING if milliseconds is None else rounded(milliseconds / 60_000, 1)


@register.simple_tag
def dot(interval: Sequence[int | None], low: float = 0, high: float = 1) -> SafeString:
    """An estimate as a dot on a line from `low` to `high`, its interval as a stroke; the numbers stand beside it."""
    places = [None if ppm is None else _place(ppm / MILLION, low, high) for ppm in interval]
    if places[0] is None:
        return format_html("{}", "")
    middle, left, right = places[0], places[1] or places[0], places[2] or places[0]
    zero = format_html(ZERO, _place(0, low, high)) if low < 0 else ""
    return format_html(INTERVAL, zero, left, right, middle)


def _place(value: float, low: float, high: float) -> str:
    """In percent of the picture's width, between the room that the dot needs at both ends."""
    share = (min(max(value, low), high) - low) / (high - low)
    return f"{6 + 88 * share:.1f}"


@register.simple_tag
def steps(matches: Sequence[Sequence[int]]) -> SafeString:
    """Shares one after the other as small columns, oldest first; the last one stands for the newest votes."""
    if not matches:
        return format_html("{}", NOTHING)
    words = _("%(last)s of the last %(count)s as the others") % {"last": matches[-1][0], "count": matches[-1][1]}
    columns = format_html_join(
        "",
        '<rect x="{}" y="{}%" width="{}" height="{}%"/>',
        (
            (number * STEP_WIDTH, f"{100 - share:.0f}", STEP_WIDTH - 2, f"{share:.0f}")
            for number, share in enumerate(100 * matched / votes for matched, votes in matches)
        ),
    )
    width = STEP_WIDTH * len(matches)
    return format_html(
        '<svg class="steps" width="{}" height="20" role="img"><title>{}</title>{}</svg>', width, words, columns
    )


@register.simple_tag
def light(ppm: int | None) -> SafeString:
    """What may be built on an alpha, by Krippendorff's bounds, as word and colour."""
    if ppm is None:
        return format_html("{}", "")
    alpha = ppm / MILLION
    if alpha >= RELIABLE:
        state, word = "agreed", _("reliable")
    elif alpha >= TENTATIVE:
        state, word = "disputed", _("tentative")
    else:
        state, word = "failed", _("not reliable")
    return format_html('<span class="chip" data-state="{}">{}</span>', state, word)
