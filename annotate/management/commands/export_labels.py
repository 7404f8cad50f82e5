"""Write a ready release in another tool's format."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from annotate.core.errors import Conflict
from annotate.core.formats import FORMATS, Format, Options, export, export_name
from annotate.core.formats.arguments import add_options, chosen_options
from annotate.core.release import ReleaseFolder, pack_release, read_release
from annotate.management.commands.export_release import find_release
from annotate.management.tool import Tool
from annotate.services.releasing.releases import release_folder


class Command(Tool):
    help = "Write a ready release into DIR in another tool's format. RELEASE is its id, or NAME-1.2.0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("release")
        parser.add_argument("--format", required=True, choices=[name for name in FORMATS if FORMATS[name].write])
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--zip", action="store_true", help="as one zip file")
        add_options(parser)

    def work(self, *, release: str, format: str, out: Path, zip: bool, **chosen: Any) -> None:
        source = read_release(release_folder(find_release(release)))
        options = chosen_options(chosen)
        out.mkdir(parents=True, exist_ok=True)
        name = export_name(source, FORMATS[format])
        if zip:
            path = _write_zip(source, FORMATS[format], out / f"{name}.zip", options)
        else:
            path = export(source, FORMATS[format], out / name, options)
        self.stdout.write(str(path))


def _write_zip(source: ReleaseFolder, format: Format, path: Path, options: Options) -> Path:
    if path.exists():
        raise Conflict(f"{path} is there already.", where="--out", code="folder_taken")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as aside:
        folder = export(source, format, Path(aside) / path.stem, options, may_link=True)
        part = Path(aside) / path.name
        with part.open("wb") as file:
            file.writelines(pack_release(folder))
        part.rename(path)
    return path
