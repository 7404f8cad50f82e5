"""Let the checkpoint that comes with the code pre-annotate a project that has no model yet."""

from argparse import ArgumentParser
from typing import Any

from annotate.management.tool import Tool, find_project
from annotate.models import Role, User
from modelsvc import tasks
from modelsvc.services.shipped import adopt_shipped


class Command(Tool):
    help = "Register the shipped checkpoint as a version of a project, and promote it if none is in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which project."""
        parser.add_argument("--project", required=True, help="id or name")

    def work(self, project: str, **_: Any) -> None:
        """Adopt it and wake the sweep."""
        found = find_project(project)
        owner = User.objects.filter(memberships__project=found, memberships__role=Role.OWNER).order_by("pk")[0]
        version = adopt_shipped(found, by=owner)
        tasks.sweep.delay_on_commit()
        self.stdout.write(f"{version} is a version of {found}, {version.get_stage_display().lower()}.")
