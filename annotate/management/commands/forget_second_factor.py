"""Take the second factor from somebody who lost their app or passkeys and their recovery codes."""

from argparse import ArgumentParser
from typing import Any

from annotate.management.tool import Tool, find_user
from annotate.services.accounts.second_factor import forget


class Command(Tool):
    help = (
        "Forget USER's app, passkeys and recovery codes: until they turn a second factor on again, a password will do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")

    def work(self, *, user: str, **_: Any) -> None:
        forget(find_user(user, where="user"), by=None)
