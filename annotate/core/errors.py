"""What can be refused, each refusal with a stable code, a sentence and a place."""


class SmartBlurError(Exception):
    """A request that cannot be met, for a reason the asker can act on.

    Attributes:
        code: stable name of the reason; clients branch on it.
        detail: one sentence that says what is wrong and what to do.
        where: the place in the input, such as ``regions[3].rings[0]`` or ``row 12``; None if there is none.
    """

    code = "error"

    def __init__(self, detail: str, *, where: str | None = None, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.where = where
        self.code = code or type(self).code

    def as_problem(self) -> dict[str, str]:
        """The refusal as it is sent to people and programs: ``{code, detail, where?}``."""
        problem = {"code": self.code, "detail": self.detail}
        return problem if self.where is None else problem | {"where": self.where}


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


class StaleRevision(Conflict):
    """Somebody, or another tab, saved first."""

    code = "stale_revision"
