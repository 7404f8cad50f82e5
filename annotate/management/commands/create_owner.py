"""Make the first account of a site: a superuser."""

from argparse import ArgumentParser
from typing import Any

from annotate.management.owner import ensure_owner
from annotate.management.tool import Tool


class Command(Tool):
    help = "Make a superuser if there is none of this name; SMARTBLUR_OWNER_PASSWORD, or a random password shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="owner")

    def work(self, *, username: str, **_: Any) -> None:
        ensure_owner(username, say=self.stdout.write)
