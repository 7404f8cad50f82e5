"""What a researcher takes home: releases, formats and the network from the shell, and a client of the site.

`smartblur --help` lists the commands; `smartblur.Client(url, token)` talks to a site. No web framework is needed.
"""

from typing import TYPE_CHECKING, Any

from annotate import __version__
from annotate.core.release import read_release, verify_release

if TYPE_CHECKING:
    from smartblur.client import ApiError, Client

__all__ = ["ApiError", "Client", "__version__", "read_release", "verify_release"]


def __getattr__(name: str) -> Any:
    """The client, loaded when somebody asks for it: the shell's commands start sooner without HTTP."""
    if name not in ("ApiError", "Client"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from smartblur import client

    return getattr(client, name)
