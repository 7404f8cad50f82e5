"""What asking until sure saves: `manage.py simulate_votes`."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotate.core.votetrial import Outcome, compare_rules

FIXED = (3, 5, 7)


class Command(BaseCommand):
    """Simulated people vote under each rule; prints the table, or JSON."""

    help = "Simulate people who vote, and print accuracy and votes per photo of each rule of stopping."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """How many photos, people and crowds."""
        parser.add_argument("--images", type=int, default=3_000)
        parser.add_argument("--people", type=int, default=60)
        parser.add_argument("--crowds", type=int, default=5, help="simulated one after the other; figures are means")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the rules and print what they come to."""
        crowds = {"image_count": options["images"], "voter_count": options["people"]}
        outcomes = compare_rules(range(options["crowds"]), fixed=FIXED, **crowds)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in outcomes]))
        else:
            self.stdout.write(table_of(outcomes))


def table_of(outcomes: list[Outcome]) -> str:
    """A Markdown table, a row each."""
    head = ["| rule | votes a photo | accuracy | audited photos that stopping would not have changed |"]
    rows = [
        f"| {each.rule} | {each.votes_per_image:.2f} | {each.accuracy:.3f} | {_percent(each.audited_alike)} |"
        for each in outcomes
    ]
    return "\n".join([*head, "|---|--:|--:|--:|", *rows])


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
