"""What a researcher takes home: releases, formats and the network from the shell, and a client of the site.

`smartblur --help` lists the commands; `smartblur.Client(url, token)` talks to a site. No web framework is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from annotate import __version__

if TYPE_CHECKING:
    from annotate.core.release import read_release, verify_release
    from smartblur.client import ApiError, Client

__all__ = ["ApiError", "Client", "__version__", "read_release", "verify_release"]


MODULES = {
    "ApiError": "smartblur.client",
    "Client": "smartblur.client",
    "read_release": "annotate.core.release",
    "verify_release": "annotate.core.release",
}


def __getattr__(name: str) -> Any:
    """What somebody asks for, loaded then: a command of the shell starts sooner without what it does not need."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)
