"""Frozen values that are plain JSON both ways: the shape that everything in a release shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from annotate.core.errors import InvalidRelease

Json = Any

_TYPES: dict[str, type] = {"str": str, "int": int, "tuple": tuple, "Mapping": Mapping}


class Plain:
    """A frozen dataclass of strings, integers and tuples, written as JSON and checked when it is made."""

    __slots__ = ()

    @classmethod
    def kinds(cls) -> dict[str, str]:
        """Field name -> type as written, in the order of declaration, which is the order of columns in CSV files."""
        return {name: field.type for name, field in cls.__dataclass_fields__.items()}  # type: ignore[attr-defined]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The fields in the order of declaration."""
        return tuple(cls.__dataclass_fields__)  # type: ignore[attr-defined]

    def as_json(self) -> dict[str, Json]:
        """Field name -> value, with lists for tuples."""
        return {name: as_json(getattr(self, name)) for name in self.names()}

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """The value that `as_json` came from.

        Raises:
            InvalidRelease: a field is missing, unknown or malformed.
        """
        names = cls.names()
        if not isinstance(raw, Mapping) or raw.keys() != set(names):
            raise InvalidRelease(f"A {cls.__name__} has exactly these fields: {', '.join(names)}.")
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()})

    def require(self, **rules: Any) -> None:
        """Refuse a field that is not of its declared type, or breaks its rule: a pattern, or a tuple of the allowed."""
        for name, kind in self.kinds().items():
            value, rule = getattr(self, name), rules.get(name)
            fits = _is_of(value, kind)
            if fits and rule is not None:
                fits = value in rule if isinstance(rule, tuple) else rule.fullmatch(value) is not None
            if not fits:
                raise InvalidRelease(f"{type(self).__name__}.{name} cannot be {str(value)[:60]!r}.", where=name)


def _is_of(value: Json, kind: str) -> bool:
    """Whether a value is of a type as it is written in a declaration, as far as the outermost name tells."""
    outermost = _TYPES.get(kind.partition("[")[0].partition(" ")[0])
    if outermost is None or (value is None and kind.endswith("| None")):
        return True
    return isinstance(value, outermost) and type(value) is not bool


P = TypeVar("P", bound=Plain)


def as_json(value: Json) -> Json:
    """A value of a field as JSON has it."""
    if isinstance(value, Plain):
        return value.as_json()
    return [as_json(part) for part in value] if isinstance(value, tuple) else value
