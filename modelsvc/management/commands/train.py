"""Start a training on a release, as the admin's form does."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from tqdm import tqdm

from annotate.core.errors import SmartBlurError
from annotate.management.commands.export_release import find_release
from annotate.management.tool import Tool, find_user
from annotate.models import Role, User
from modelsvc import tasks
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.services import runs

POLL_S = 1.0


class Command(Tool):
    help = "Queue a training on RELEASE, its id or NAME-1.2.0. With --wait, follow it to its end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("release")
        parser.add_argument("--preset", default="standard")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
        parser.add_argument(
            "--base", type=int, metavar="VERSION", help="id of the version whose weights it starts from"
        )
        parser.add_argument("--by", metavar="USER", help="who starts it; default: the project's first owner")
        parser.add_argument("--wait", action="store_true")

    def work(
        self, *, release: str, preset: str, set: list[str], base: int | None, by: str | None, wait: bool, **_: Any
    ) -> None:
        """Queue it; refused as everywhere, exit code 2; with --wait, 1 if it does not end well."""
        found = find_release(release)
        owners = User.objects.filter(memberships__project=found.project_id, memberships__role=Role.OWNER)
        run = runs.start_run(
            found,
            preset=preset,
            parameters=dict(read_assignment(each) for each in set),
            base_version=base and find_version(base),
            by=find_user(by, where="--by") if by else owners.order_by("pk")[0],
        )
        tasks.train.delay_on_commit()
        self.stdout.write(f"Run {run.pk} waits for a worker.")
        if wait and follow(run).state != run.State.DONE:
            raise SystemExit(1)


def read_assignment(text: str) -> tuple[str, Any]:
    """A parameter's name and value, the value as JSON or as text.

    Raises:
        SmartBlurError: there is no = in it.
    """
    name, is_assigned, value = text.partition("=")
    if not is_assigned:
        raise SmartBlurError("Write --set NAME=VALUE.", where="--set", code="bad_arguments")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def find_version(pk: int) -> ModelVersion:
    """The version with this id.

    Raises:
        SmartBlurError: there is none.
    """
    version = ModelVersion.objects.filter(pk=pk).first()
    if version is None:
        raise SmartBlurError(f"There is no model version {pk}.", code="unknown_version")
    return version


def follow(run: TrainingRun) -> TrainingRun:
    """The run when it is over; its progress as a bar meanwhile."""
    with tqdm(total=100, unit="%", bar_format="{desc} {percentage:3.0f}%|{bar}| {postfix}") as bar:
        while not run.is_over:
            time.sleep(POLL_S)
            run.refresh_from_db()
            bar.n = run.progress_ppm / 10_000
            bar.set_description_str(f"{run.phase}, epoch {run.epoch} of {run.epochs}")
            bar.set_postfix_str(f"{run.images_per_s:.1f} images/s" if run.images_per_s else "")
    if run.error:
        bar.write(run.error)
    return run
