"""`{% prose text %}`: what a person wrote, as headings, lists, **strong** and *emphasised* words; all of it escaped."""

import re
from collections.abc import Iterator
from itertools import groupby

from django import template

register = template.Library()

HEADING = re.compile(r"#{1,4}\s+")
BULLET = re.compile(r"[-*]\s+")
SPAN = re.compile(r"(\*\*[^*]+\*\*|\*[^\s*](?:[^*]*[^\s*])?\*|`[^`]+`)")


@register.inclusion_tag("annotate/prose.html")
def prose(text: str) -> dict[str, list]:
    """The text as blocks, each with its kind and its lines of (kind, words)."""
    return {"blocks": list(blocks(text))}


def blocks(text: str) -> Iterator[dict]:
    """Runs of lines of one kind: heading, bullets or paragraph; an empty line parts paragraphs."""
    for kind, lines in groupby((line.strip() for line in text.splitlines()), kind_of):
        if kind == "heading":
            yield from ({"kind": kind, "lines": [spans(HEADING.sub("", line, count=1))]} for line in lines)
        elif kind:
            yield {
                "kind": kind,
                "lines": [spans(BULLET.sub("", line, 1) if kind == "bullets" else line) for line in lines],
            }


def kind_of(line: str) -> str:
    """What a line belongs to; nothing if it is empty."""
    if HEADING.match(line):
        return "heading"
    if BULLET.match(line):
        return "bullets"
    return "paragraph" if line else ""


def spans(line: str) -> list[tuple[str, str]]:
    """The line's words in order, each with how they are set: strong, emphasised, key or plain."""
    return [
        (kind_of_span(part), part.strip("*`") if SPAN.fullmatch(part) else part) for part in SPAN.split(line) if part
    ]


def kind_of_span(part: str) -> str:
    """How a part of a line is set."""
    if not SPAN.fullmatch(part):
        return "plain"
    return "key" if part[0] == "`" else "strong" if part.startswith("**") else "emphasised"
