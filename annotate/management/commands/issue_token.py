"""Make an API token for a user and print its key."""

from argparse import ArgumentParser
from typing import Any

from annotate.core.errors import SmartBlurError
from annotate.management.tool import Tool, find_user
from annotate.models import Scope
from annotate.services.teams.people import TOKEN_DAYS, issue_token


class Command(Tool):
    help = "Make an API token for USER and print its key, which nobody can look up afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--days", type=int, default=TOKEN_DAYS, help="how long it works (default: %(default)s)")

        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may be used for, as often as needed (default: all)",
        )

    def work(self, *, user: str, name: str, days: int, scope: list[str] | None, **_: Any) -> None:
        if not 1 <= days <= 3650:
            raise SmartBlurError("A token works for 1 to 3650 days.", where="--days", code="bad_arguments")
        _, key = issue_token(find_user(user, where="user"), name=name[:80], days=days, scopes=scope or Scope.values)
        self.stdout.write(key)
