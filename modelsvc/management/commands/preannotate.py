"""Let a version look at every photo that nobody has touched."""

import time
from argparse import ArgumentParser
from typing import Any

from tqdm import tqdm

from annotate.core.errors import Conflict
from annotate.management.tool import Tool, find_project
from annotate.models import LeasedWork
from modelsvc import tasks
from modelsvc.management.commands.train import POLL_S, find_version
from modelsvc.models import ModelVersion
from modelsvc.services import preannotation


class Command(Tool):
    help = "Queue the pre-annotation of a project's untouched photos by its production version, or another one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="id or name")
        parser.add_argument("--version", type=int, dest="model", help="id of a version in production or in shadow")
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:
        """The parser, in which --version is ours and not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def work(self, *, project: str, model: int | None, wait: bool, **_: Any) -> None:
        """Queue what is not there yet."""
        found = find_project(project)
        version = find_version(model) if model else found.model_versions.in_production().first()
        if version is None:
            raise Conflict("No version of this project is in production.", code="nothing_in_production")
        if version.project_id != found.pk or version.stage not in ModelVersion.PREDICTING:
            raise Conflict(f"{version} is neither in production nor in shadow in {found}.", code="not_predicting")
        preannotation.look_around_for(version)
        tasks.preannotate.delay_on_commit()
        waiting = version.batches.filter(state=LeasedWork.State.QUEUED)
        self.stdout.write(f"{version}: {sum(len(batch.image_ids) for batch in waiting)} photos wait.")
        if wait:
            follow(version)


def follow(version: ModelVersion) -> None:
    """Return when no batch of the version is left to do; a bar shows how many are."""
    left = version.batches.filter(state__in=["queued", "running", "cancelling"])
    with tqdm(total=left.count(), unit="batch") as bar:
        while count := left.count():
            time.sleep(POLL_S)
            bar.total = max(bar.total, count)
            bar.n = bar.total - count
            bar.refresh()
