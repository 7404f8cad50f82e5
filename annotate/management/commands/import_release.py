"""Bring a release into a project."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from tqdm import tqdm

from annotate import tasks
from annotate.core.errors import Conflict
from annotate.management.commands.import_labels import as_file, end, see_through, told_counts
from annotate.management.commands.ingest_images import first_owner
from annotate.management.tool import Tool, find_project, find_user
from annotate.models import LabelImport, Project, User
from annotate.services.importing import label_imports
from annotate.services.importing.imports import import_release
from annotate.services.importing.label_releases import RELEASE, open_release


class Command(Tool):
    help = (
        "Bring a release, a folder or its zip file, into a project. An empty one becomes what the release was made "
        "from: photos, regions, votes and labels. One with other photos gets the photos that it lacks, and what people "
        "said as the word of authors who cannot sign in. Stopped half way, it goes on from there when started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--project", required=True, help="name or id")
        parser.add_argument("--by", default="", help="who brings it in (default: the project's first owner)")

    def work(self, *, path: Path, project: str, by: str, **_: Any) -> None:
        into = find_project(project)
        person = find_user(by, where="--by") if by else first_owner(into)
        with open_release(path) as release:
            total = sum(release.image_counts.values())
            images = import_release(release, into, by=person)
            try:
                count = sum(1 for _ in tqdm(images, total=total, unit="photo", disable=None))
            except Conflict as refusal:
                if refusal.code != "project_not_empty":
                    raise
                added = add_release(path, into, person)
                self.stdout.write(told_counts(added))
                end(self, added.result)
                return
            self.stdout.write(f"Photos of {release.manifest.folder_name} in {into}: {count}.")
        tasks.render_derivatives.delay_on_commit()


def add_release(path: Path, project: Project, by: User) -> LabelImport:
    """The import of a release beside what the project has.

    Raises:
        Conflict: code other_levels, the project's levels mean something else.
    """
    with as_file(path) as file:
        work = label_imports.start_import(project, file, by=by, file_name=path.name, format=RELEASE)
    work = see_through(work)
    proposed = work.report["proposed"]["levels"]
    if not proposed and work.report["shape_names"]:
        label_imports.discard(work, by=by)
        detail = "The project has other levels. Say what each level of the release is here: import_labels --map."
        raise Conflict(detail, code="other_levels")
    tasks.render_derivatives.delay_on_commit()
    return see_through(label_imports.apply(work, by=by), total=work.report["rows"])
