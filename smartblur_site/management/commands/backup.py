"""Back the whole site up into one folder, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from annotate.management.tool import Tool
from smartblur_site.backups import make_backup, verify_backup


class Command(Tool):
    help = (
        "Write database and files into DIR, as of one moment, with checksums; into a former backup only what is new. "
        "Keep DIR on another disk, and as private as the site: it holds everything but the secrets of its environment."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--verify", action="store_true", help="read all of it again afterwards")

    def work(self, *, folder: Path, verify: bool, **_: Any) -> None:
        backup = make_backup(folder.resolve())
        if verify:
            verify_backup(backup)
        files, rows = backup.about["files"], sum(table.rows for table in backup.tables)
        self.stdout.write(
            f"{rows:,} rows and {files['count']:,} files ({files['bytes'] / 1e6:,.1f} MB) are in {folder}."
        )
