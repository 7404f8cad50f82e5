"""Write a ready release in another tool's format."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from annotate.core.errors import Conflict
from annotate.core.formats import FORMATS, Format, Options, export, export_name
from annotate.core.release import ReleaseFolder, pack_release, read_release
from annotate.management.commands.export_release import find_release
from annotate.management.tool import Tool
from annotate.services.releases import release_folder


class Command(Tool):
    help = "Write a ready release into DIR in another tool's format. RELEASE is its id, or NAME-1.2.0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("release")
        parser.add_argument("--format", required=True, choices=[name for name in FORMATS if FORMATS[name].write])
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--zip", action="store_true", help="as one zip file")
        parser.add_argument("--without-photos", action="store_true", help="the labels alone")
        parser.add_argument("--blur-is-black", action="store_true", help="masks: what is blurred is black, not white")
        parser.add_argument(
            "--from-level", type=int, default=1, metavar="N", help="masks: levels from this one on are blurred"
        )
        parser.add_argument(
            "--photo-prefix",
            default=Options().photo_prefix,
            metavar="TEXT",
            help="Label Studio: what addresses begin with",
        )

    def work(self, *, release: str, format: str, out: Path, zip: bool, **chosen: Any) -> None:
        source = read_release(release_folder(find_release(release)))
        options = Options(
            is_blur_white=not chosen["blur_is_black"],
            from_level=chosen["from_level"],
            with_photos=not chosen["without_photos"],
            photo_prefix=chosen["photo_prefix"],
        )
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
