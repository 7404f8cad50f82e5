"""Bring a release into an empty project."""

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from annotate import tasks
from annotate.core.errors import InvalidRelease
from annotate.core.release import read_release, unpack_release, verify_release
from annotate.management.commands.ingest_images import first_owner
from annotate.management.tool import Tool, find_project, find_user
from annotate.services.imports import import_release


class Command(Tool):
    help = (
        "Bring a release, a folder or its zip file, into an empty project: photos, regions, votes and labels. "
        "Stopped half way, it goes on from there when started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--project", required=True, help="name or id")
        parser.add_argument("--by", default="", help="who brings it in (default: the project's first owner)")

    def work(self, *, path: Path, project: str, by: str, **_: Any) -> None:
        into = find_project(project)
        person = find_user(by, where="--by") if by else first_owner(into)
        with folder_of(path) as folder:
            if faults := verify_release(folder, "full"):
                raise InvalidRelease(f"The release is damaged: {faults[0].detail}", where=faults[0].path)
            release = read_release(folder)
            total = sum(release.image_counts.values())
            images = import_release(release, into, by=person)
            count = sum(1 for _ in tqdm(images, total=total, unit="photo", disable=None))
        tasks.render_derivatives.delay_on_commit()
        self.stdout.write(f"Photos of {release.manifest.folder_name} in {into}: {count}.")


@contextmanager
def folder_of(path: Path) -> Iterator[Path]:
    """The release's folder: `path` itself, or what the zip file holds, for as long as it is needed."""
    if not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "release"
        unpack_release(path, folder)
        yield folder
