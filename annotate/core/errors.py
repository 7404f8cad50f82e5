"""What can be refused, each refusal with a stable code, a sentence and a place.

A sentence is written in English, with its values apart; the site says it in the reader's language when it is read.
"""

import errno
from collections.abc import Callable

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Phrase(str):
    """Words of ours that stand in a refusal as a value, and are translated with it."""

    __slots__ = ()


def _in_english(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


translate: Callable[[str], str] = str  # the site puts gettext here
write_number: Callable[[float], str] = _in_english  # and here the language's way to write a number


class SmartBlurError(Exception):
    """A request that cannot be met, for a reason the asker can act on.

    Attributes:
        code: stable name of the reason; clients branch on it.
        where: the place in the input, such as ``regions[3].rings[0]`` or ``row 12``; None if there is none.
    """

    code = "error"

    def __init__(
        self, sentence: str, *, where: str | None = None, code: str | None = None, **values: str | float
    ) -> None:
        """A refusal; `values` stand where the sentence says ``%(name)s``."""
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values
        self.where = where
        self.code = code or type(self).code

    @property
    def detail(self) -> str:
        """One sentence that says what is wrong and what to do, in the language of whoever reads it now."""
        words = translate(self.sentence)
        return words % {name: _in_words(value) for name, value in self.values.items()} if self.values else words

    def __str__(self) -> str:
        return self.detail

    def as_problem(self) -> dict[str, str]:
        """The refusal as it is sent to people and programs: ``{code, detail, where?}``."""
        problem = {"code": self.code, "detail": self.detail}
        return problem if self.where is None else problem | {"where": self.where}


def _in_words(value: str | float) -> str:
    if isinstance(value, str):
        return translate(value) if isinstance(value, Phrase) else value
    return write_number(value)


class InvalidDocument(SmartBlurError):
    """A region document that is malformed or over a limit."""

    code = "invalid_document"


class InvalidImage(SmartBlurError):
    """Bytes that are not a photo this site accepts."""

    code = "invalid_image"


class InvalidVote(SmartBlurError):
    """A vote that is unknown or contradicts the painted blur."""

    code = "invalid_vote"


class InvalidRelease(SmartBlurError):
    """A release folder that is not what its checksums and format say."""

    code = "invalid_release"


class Conflict(SmartBlurError):
    """The thing is not in a state that allows this now."""

    code = "conflict"


class Archived(Conflict):
    """The project is put away: it can be looked at, and nothing in it changes."""

    code = "archived"

    def __init__(self) -> None:
        super().__init__(
            Phrase("This project is archived. An owner can take it out again; until then nothing in it changes.")
        )


class StaleRevision(Conflict):
    """Somebody, or another tab, saved first."""

    code = "stale_revision"


class DiskFull(SmartBlurError):
    """What was to be written did not fit on a disk, and nothing of it was left there."""

    code = "disk_full"

    def __init__(self, free_bytes: int) -> None:
        detail = Phrase(
            "The disk is full: this needs more than the %(free)s MB that are free. Make room and ask again."
        )
        super().__init__(detail, free=free_bytes // 1_000_000)


class Busy(SmartBlurError):
    """Nothing is wrong: other work holds what the request needs, and the same request will do in a moment."""

    code = "busy"
