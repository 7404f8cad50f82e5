"""Take the second factor from somebody who lost their app and their recovery codes."""

from argparse import ArgumentParser
from typing import Any

from annotate.management.tool import Tool, find_user
from annotate.services.second_factor import forget


class Command(Tool):
    help = "Let USER sign in without a code, until they turn the second factor on again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")

    def work(self, *, user: str, **_: Any) -> None:
        forget(find_user(user, where="user"), by=None)
