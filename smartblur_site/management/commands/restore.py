"""Put a backup back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from annotate.management.tool import Tool
from smartblur_site.backups import open_backup, restore


class Command(Tool):
    help = (
        "Check every byte of the backup in DIR, then put its files and rows back, into an empty installation. "
        "Stop the web server and the workers first; only Postgres has to run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--replace", action="store_true", help="lose what the installation holds")

    def work(self, *, folder: Path, replace: bool, **_: Any) -> None:
        backup = open_backup(folder.resolve())
        restore(backup, replace=replace)
        self.stdout.write(f"Restored the backup of {backup.about['made']}: {backup.about['files']['count']:,} files.")
