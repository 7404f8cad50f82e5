"""Put a version in production, as the page of models does."""

from argparse import ArgumentParser
from typing import Any

from annotate.management.tool import Tool, find_user
from annotate.models import Role, User
from modelsvc import tasks
from modelsvc.management.commands.train import find_version
from modelsvc.services import promotion


class Command(Tool):
    help = "Let VERSION, an id, pre-annotate its project. One that was in production before rolls back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", type=int, metavar="VERSION")
        parser.add_argument("--by", metavar="USER", help="who promotes it; default: the project's first owner")

    def work(self, *, model: int, by: str | None, **_: Any) -> None:
        """Promote it and wake the sweep."""
        version = find_version(model)
        owners = User.objects.filter(memberships__project=version.project_id, memberships__role=Role.OWNER)
        who = find_user(by, where="--by") if by else owners.order_by("pk")[0]
        promotion.promote_version(version, by=who)
        tasks.sweep.delay_on_commit()
        self.stdout.write(f"{version} is in production.")
