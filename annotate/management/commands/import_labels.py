"""Bring in labels that other tools made."""

import json
import tempfile
import time
import zipfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files import File
from tqdm import tqdm

from annotate import tasks
from annotate.core.errors import SmartBlurError
from annotate.core.formats import UNLABELLED
from annotate.management.commands.ingest_images import first_owner
from annotate.management.tool import Tool, find_project, find_user
from annotate.models import LabelImport, Project
from annotate.services import leases
from annotate.services.importing import label_imports
from annotate.services.importing.label_problems import told
from annotate.services.importing.label_rows import importable

COUNTS = ("maps", "votes", "photos", "new_photos", "kept", "claimed", "here_already", "withdrawn", "nothing")

READING = ("threshold", "band", "photo_column", "author_column", "vote_column")


class Command(Tool):
    help = (
        "Bring labels of another tool, a file, a folder or a zip file, into a project whose photos it names. What a "
        "name means is said with --map, --kind and --vote; names that are the project's own words need not be said. "
        "Rows that are left out are printed as JSON lines on stderr; then the exit code is 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE")
        parser.add_argument("--project", required=True, help="name or id")
        parser.add_argument(
            "--format", default="", help="one of " + ", ".join(importable()) + " (default: as it looks)"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what is in it, and change nothing")
        pair = {"action": "append", "default": [], "metavar": "NAME=VALUE"}
        parser.add_argument("--map", **pair, help="a name of shapes is this level, by number or name, or unlabelled")
        parser.add_argument("--kind", **pair, help="a name of shapes is this kind of blur")
        parser.add_argument("--vote", **pair, help="a name of photos is this vote: none, good, ok or bad")
        parser.add_argument("--author", **pair, help="an author of the file is this member, by sign-in name")
        parser.add_argument("--rest", default=None, help="the level where no shape is (default: unlabelled)")
        parser.add_argument("--vote-of-maps", default="", help="the vote of maps that show blur and have none")
        parser.add_argument("--leave-conflicts", action="store_true", help="leave out shapes that mean several levels")
        parser.add_argument("--empty-is-unlabelled", action="store_true", help="a photo without shapes says nothing")
        parser.add_argument("--threshold", type=int, default=None, help="of a mask: white from this value on")
        parser.add_argument("--band", type=int, default=None, help="of a mask: values this near to it are neither")
        for name in ("photo", "author", "vote"):
            parser.add_argument(
                f"--{name}-column", default=None, help=f"of a table: what the column of the {name} is called"
            )
        parser.add_argument("--by", default="", help="who brings them in (default: the project's first owner)")

    def work(self, *, path: Path, project: str, by: str, dry_run: bool, **options: Any) -> None:
        into = find_project(project)
        person = find_user(by, where="--by") if by else first_owner(into)
        reading = {name: options[name] for name in READING if options[name] is not None}
        about = {"by": person, "file_name": path.name, "format": options["format"], "options": reading}
        with as_file(path) as file:
            work = label_imports.start_import(into, file, **about)
        work = see_through(work)
        self.tell_report(work)
        if dry_run:
            label_imports.discard(work, by=person)
            end(self, work.report)
            return
        mapping = mapping_of(work, into, options)
        work = see_through(label_imports.apply(work, by=person, mapping=mapping), total=work.report["rows"])
        tasks.render_derivatives.delay_on_commit()
        self.stdout.write(told_counts(work))
        end(self, work.result)

    def tell_report(self, work: LabelImport) -> None:
        """Print what is in the file."""
        report = work.report
        seen = ("rows", "photos", "new_photos", "missing", "ambiguous", "withdrawn", "broken")
        self.stdout.write(f"{work.format}: " + ", ".join(f"{name} {report[name]}" for name in seen) + ".")
        for title, field in (("Names of shapes", "shape_names"), ("Names of photos", "photo_names")):
            if report[field]:
                self.stdout.write(f"{title}: " + ", ".join(f"{each['name']} {each['count']}" for each in report[field]))
        self.stdout.write("Authors: " + ", ".join(repr(each["name"]) for each in report["authors"]))
        if (areas := report["areas"]) and areas["differing"]:
            like = ", as cv2 and its like paint" if areas["like_cv2"] else ""
            example = "{stated} px stated, {counted} px counted at {where}".format(**areas["example"])
            self.stdout.write(
                f"Areas: {areas['differing']} of {areas['shapes']} differ, {areas['excess_ppm'] / 10_000:+.1f} % "
                f"in all{like}; {example}."
            )


def told_counts(work: LabelImport) -> str:
    """What became of it, in one line."""
    counts = work.result["counts"]
    return "Brought in: " + ", ".join(f"{name} {counts.get(name, 0)}" for name in COUNTS) + "."


def end(command: Tool, of: dict[str, Any]) -> None:
    """Print the rows that were left out, as a report or a result tells them; exit code 1 if there are any."""
    for problem in told(of["problems"]):
        command.stderr.write(json.dumps(problem))
    if of["problems"]["counts"]:
        raise SystemExit(1)


@contextmanager
def as_file(path: Path) -> Iterator[File]:
    """The file at a path; a folder as a zip file of what is in it."""
    if not path.exists():
        raise SmartBlurError("There is no such file or folder.", where=str(path), code="no_such_file")
    if path.is_file():
        with path.open("rb") as file:
            yield File(file)
        return
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for each in sorted(path.rglob("*")):
                if each.is_file() and not each.is_symlink():
                    archive.write(each, each.relative_to(path))
        file.seek(0)
        yield File(file)


def see_through(work: LabelImport, total: int | None = None) -> LabelImport:
    """The import at the end of its step, whoever does it: this process, or a worker that was faster.

    Raises:
        SmartBlurError: code import_failed, with the reason.
    """
    with tqdm(total=total, unit="row", disable=None) as bar:
        while not work.is_over:
            rows = label_imports.waiting().filter(pk=work.pk)
            if not leases.work_off(rows, lambda row, lease: label_imports.work_on(row, lease, bar.update)):
                time.sleep(0.5)
            work.refresh_from_db()
    if work.state != LabelImport.State.DONE:
        raise SmartBlurError(work.error or "It was stopped.", code="import_failed")
    return work


def mapping_of(work: LabelImport, project: Project, options: dict[str, Any]) -> dict[str, Any]:
    """What the report proposes, with what the command line says over it."""
    proposed = work.report["proposed"]
    levels = {level["name"]: level["level"] for level in project.levels}
    numbers = {str(number): number for number in range(project.level_count)}
    seen = {field: {each["name"] for each in work.report[field]} for field in ("shape_names", "photo_names", "authors")}

    def pairs(option: str, known: set[str]) -> Iterator[tuple[str, str]]:
        for text in options[option]:
            name, equals, value = text.rpartition("=")
            if not equals:
                raise SmartBlurError("Write NAME=VALUE.", where=f"--{option} {text}", code="bad_arguments")
            if name not in known and not work.report["names_left_out"]:
                raise SmartBlurError(f"Nothing is called {name!r}.", where=f"--{option} {text}", code="unknown_name")
            yield name, value

    def level(text: str) -> int:
        if text not in numbers and text not in levels:
            raise SmartBlurError(f"No level is called {text!r}.", where=text, code="unknown_level")
        return numbers[text] if text in numbers else levels[text]

    mapped = dict(pairs("map", seen["shape_names"]))
    unlabelled = {name for name, text in mapped.items() if text == UNLABELLED}
    return {
        "levels": proposed["levels"] | {name: level(mapped[name]) for name in mapped.keys() - unlabelled},
        "unlabelled": sorted(unlabelled.union(proposed["unlabelled"]) - (mapped.keys() - unlabelled)),
        "kinds": proposed["kinds"] | dict(pairs("kind", seen["shape_names"])),
        "votes": proposed["votes"] | dict(pairs("vote", seen["photo_names"])),
        "authors": dict(pairs("author", seen["authors"])),
        "rest": None if options["rest"] is None else level(options["rest"]),
        "takes_higher": not options["leave_conflicts"],
        "empty_is_labelled": not options["empty_is_unlabelled"],
        "vote_of_maps": options["vote_of_maps"],
    }
