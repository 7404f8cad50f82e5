"""Merge a project's maps by today's rules."""

from argparse import ArgumentParser
from typing import Any

from annotate.management.tool import Tool, find_project
from annotate.services.agreement.refits import merge_again


class Command(Tool):
    help = "Merge and compare anew the maps that were merged by former rules. What a curator settled stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="id or name")

    def work(self, *, project: str, **_: Any) -> None:
        self.stdout.write(f"{merge_again(find_project(project))} photos merged anew.")
