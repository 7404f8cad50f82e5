"""What a person sets for themselves: language, pen, warm-up and keys. One shape, checked here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from annotate.core.errors import Phrase, SmartBlurError

LANGUAGES = ("", "en", "de")  # "" is what the browser asks for
PENS = ("auto", "always", "never")
WARM_UPS = ("on", "off")
MAX_KEYS = 200
COMMAND = re.compile(r"[a-z0-9-]{1,40}")
CHORD = re.compile(r"(Ctrl\+)?(Alt\+)?(Shift\+)?([^\s\x00-\x1f]|[A-Z][A-Za-z0-9]{1,20})")


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's settings.

    Attributes:
        language: of the pages; empty follows the browser.
        pen: whether fingers only move the photo: once a pen was seen (auto), always, never.
        warm_up: whether samples of known level are shown every 20 photos and after breaks.
        keys: chord such as ``Shift+k`` by command, for the commands that are not where they are by default.
    """

    language: str = ""
    pen: str = "auto"
    warm_up: str = "on"
    keys: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The settings as they are stored."""
        return asdict(self)


def parse_preferences(raw: object) -> Preferences:
    """The settings that decoded JSON describes; what it leaves out is as by default.

    Raises:
        SmartBlurError: code invalid_preferences; `where` names the place.
    """
    if not isinstance(raw, dict):
        raise _bad(Phrase("Send an object with language, pen, warm_up and keys."))
    if unknown := next((name for name in raw if name not in Preferences.__dataclass_fields__), None):
        raise _bad(Phrase("There is no such setting. Known are language, pen, warm_up and keys."), str(unknown)[:40])
    settings = Preferences(**raw)
    if settings.language not in LANGUAGES:
        raise _bad(Phrase("Choose one of the languages that the site speaks."), "language")
    if settings.pen not in PENS:
        raise _bad(Phrase("Choose one of %(choices)s."), "pen", choices=", ".join(PENS))
    if settings.warm_up not in WARM_UPS:
        raise _bad(Phrase("Choose on or off."), "warm_up")
    return replace(settings, keys=_parse_keys(settings.keys))


def _parse_keys(raw: object) -> dict[str, str]:
    if not isinstance(raw, dict) or len(raw) > MAX_KEYS:
        raise _bad(Phrase("Send an object of at most %(most)s commands and their keys."), "keys", most=MAX_KEYS)
    used: dict[str, str] = {}
    for command, chord in raw.items():
        place = f"keys.{str(command)[:40]}"
        if not isinstance(command, str) or not COMMAND.fullmatch(command):
            raise _bad(Phrase("A command is written in small letters, digits and hyphens."), place)
        if not isinstance(chord, str) or not CHORD.fullmatch(chord):
            raise _bad(Phrase("Write a key such as k, Shift+k or Ctrl+Shift+F2."), place)
        if chord in used:
            raise _bad(Phrase("%(key)s is the key of %(command)s already."), place, key=chord, command=used[chord])
        used[chord] = command
    return dict(raw)


def _bad(sentence: Phrase, where: str | None = None, **values: str | float) -> SmartBlurError:
    return SmartBlurError(sentence, where=where, code="invalid_preferences", **values)
