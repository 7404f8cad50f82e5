"""Saying what an act came to, one way for all pages: a sentence, where to look, and the way to take it back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.forms import Form
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Link:
    """Where to look."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Undo:
    """A form whose sending takes the act back: where it goes, and its fields as they are sent."""

    url: str
    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def by(cls, url: str, **fields: object) -> Undo:
        """One that posts these fields."""
        return cls(url, tuple((name, str(value)) for name, value in fields.items()))

    @classmethod
    def of_form(cls, url: str, form: Form) -> Undo:
        """One that sends the form again with the values it was opened with."""
        return cls(url, tuple(as_opened(form)))


def tell(
    request: HttpRequest,
    sentence: str,
    *,
    look: Link | None = None,
    undo: Undo | None = None,
    level: int = messages.SUCCESS,
    at: str = "",
) -> None:
    """Say on the next page what happened: on top, or where its `{% refused %}` names the place `at`."""
    more: dict[str, Any] = {"at": at} if at else {}
    if look:
        more["look"] = {"words": str(look.words), "url": look.url}
    if undo:
        more["undo"] = {"url": undo.url, "fields": undo.fields}
    messages.add_message(request, level, sentence, extra_tags=json.dumps(more) if more else "")


def read_more(message: Message) -> Mapping[str, Any]:
    """The `look`, the `undo` and the place that were told with the sentence, as far as there are."""
    return json.loads(message.extra_tags) if message.extra_tags else {}


def as_opened(form: Form) -> Iterator[tuple[str, str]]:
    """The form's first values as a browser sends them: no box that is not ticked, each of several choices by itself."""
    for bound in form:
        value = bound.initial
        if isinstance(value, bool):
            yield from [(bound.html_name, "on")] if value else []
        elif isinstance(value, list | tuple | set):
            yield from ((bound.html_name, str(each)) for each in value)
        else:
            shown = bound.field.widget.format_value(value)
            yield from ((bound.html_name, str(each or "")) for each in (shown if isinstance(shown, list) else [shown]))
