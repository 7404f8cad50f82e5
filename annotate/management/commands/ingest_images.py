"""Bring in the photos of a folder or a zip file."""

import hashlib
import io
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from annotate import tasks
from annotate.core.errors import InvalidImage
from annotate.management.photo_sources import Found, open_source
from annotate.management.tool import Tool, find_project, find_user
from annotate.models import Project, Role, User
from annotate.services.photos.decoding import MAX_FILE_BYTES
from annotate.services.photos.images import Arrival, Source, ingest_images

NAMED = 20  # of the files that are no pictures


class Command(Tool):
    help = (
        "Bring the JPEG, PNG, WebP, HEIC and AVIF photos of a folder or zip file into a project; what a file is its "
        "content says, whatever its name. Stopped half way, it goes on from there when started again. Refused files "
        "are printed as JSON lines on stderr; then the exit code is 2."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, metavar="DIR_OR_ZIP")
        parser.add_argument("--project", required=True, help="name or id")
        parser.add_argument(
            "--license", required=True, help="SPDX identifier, such as CC-BY-4.0, or LicenseRef-Own-Name"
        )
        parser.add_argument("--attribution", default="", help="whom to credit")
        parser.add_argument("--photographer", default="")
        parser.add_argument("--source-url", default="")
        parser.add_argument("--album", default="")
        parser.add_argument("--by", default="", help="who brings them in (default: the project's first owner)")

    def work(self, *, source: Path, project: str, by: str, **options: Any) -> None:
        terms = Source(
            **{name: options[name] for name in ("license", "attribution", "photographer", "source_url", "album")}
        )
        into = find_project(project)
        person = find_user(by, where="--by") if by else first_owner(into)
        with open_source(source) as found:
            counts, twins = self.bring_in(found.photos, into, person, terms)
            if found.others:
                names = ", ".join(found.others[:NAMED]) + (", ..." if len(found.others) > NAMED else "")
                self.stderr.write(f"{len(found.others)} passed over, no pictures: {names}")
        self.stdout.write("{new} new, {known} known already, {refused} refused.".format(**counts))
        for note, count in self.notes.most_common():
            self.stdout.write(f"{count} x {note}")
        if twins:
            self.stdout.write(f"{len(twins)} of the new look like photos that were here; withdraw what is too much:")
            self.stdout.write("\n".join(f"  {name} looks like {other}" for name, other in twins))
        if counts["refused"]:
            raise SystemExit(2)

    def bring_in(
        self, found: list[Found], project: Project, by: User, source: Source
    ) -> tuple[dict[str, int], list[tuple[str, str]]]:
        """How many photos were new, known and refused; and the new ones that look like another, with its name."""
        known = set(project.images.values_list("source_sha256", flat=True))
        counts = {"new": 0, "known": 0, "refused": 0}
        twins: list[tuple[str, str]] = []
        self.notes = Counter[str]()
        with tqdm(found, unit="photo", disable=None) as bar:
            for arrival in arrivals_of(bar, known, project, by, source):
                counts["refused" if arrival.error else "new" if arrival.is_new else "known"] += 1
                if arrival.is_new and arrival.note:
                    self.notes[arrival.note] += 1
                if arrival.twin:
                    twins.append((arrival.file_name, arrival.twin.file_name))
                if arrival.error:
                    problem = arrival.error.as_problem() | {"where": arrival.file_name}
                    bar.write(json.dumps(problem), file=self.stderr)
        if counts["new"]:
            tasks.render_derivatives.delay_on_commit()
        return counts, twins


def first_owner(project: Project) -> User:
    """Who the photos come from when nobody is named."""
    return User.objects.filter(memberships__project=project, memberships__role=Role.OWNER).earliest("memberships__pk")


def arrivals_of(
    found: Iterator[Found], known: set[str], project: Project, by: User, source: Source
) -> Iterator[Arrival]:
    """What became of each file; those whose bytes were brought in before are not looked into again."""
    for place, read in found:
        try:
            data = read(MAX_FILE_BYTES)
        except InvalidImage as error:
            yield Arrival(place, error=error)
            continue
        if hashlib.sha256(data).hexdigest() in known:
            yield Arrival(place)
            continue
        (arrival,) = ingest_images([(Path(place).name, io.BytesIO(data))], project=project, by=by, source=source)
        arrival.file_name = place
        yield arrival
