"""What a researcher takes home: releases, formats and the network from the shell, and a client of the site.

`smartblur --help` lists the commands; `smartblur.Client(url, token)` talks to a site. No web framework is needed.
"""

from annotate import __version__
from annotate.core.release import read_release, verify_release
from smartblur.client import ApiError, Client

__all__ = ["ApiError", "Client", "__version__", "read_release", "verify_release"]
