"""Copy a ready release out of the site."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from annotate.core.errors import Conflict, SmartBlurError
from annotate.management.tool import Tool
from annotate.models import Release
from annotate.services.releasing.releases import release_folder


class Command(Tool):
    help = "Copy the folder of a ready release into DIR. RELEASE is its id, or its name and version as NAME-1.2.0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("release")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def work(self, *, release: str, out: Path, **_: Any) -> None:
        source = release_folder(find_release(release))
        target = out / source.name
        if target.exists():
            raise Conflict(f"{target} is there already.", where="--out", code="folder_taken")
        part = out / f".{source.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(source, part)
        part.rename(target)
        self.stdout.write(str(target))


def find_release(text: str) -> Release:
    """The release with this id, or this name and version.

    Raises:
        SmartBlurError: there is none, or there are several.
    """
    name, _, version = text.rpartition("-")
    found = (
        Release.objects.filter(pk=int(text)) if text.isdecimal() else Release.objects.filter(name=name, version=version)
    )
    match list(found[:2]):
        case [release]:
            return release
        case []:
            raise SmartBlurError(f"There is no release {text!r}.", where="release", code="unknown_release")
    raise SmartBlurError(
        f"Several projects have a release {text!r}: give the id.", where="release", code="ambiguous_release"
    )
