"""Check a release folder."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from annotate.core.release import verify_release
from annotate.management.tool import Tool

SHOWN = 20


class Command(Tool):
    help = (
        "Check a release folder. --quick: seal, list of files, records, counts; --full: every byte too (the default); "
        "--deep: regions and votes are merged again too. Exit code 0 sound, 1 faults, 2 not a release."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        depth = parser.add_mutually_exclusive_group()
        for name in ("quick", "full", "deep"):
            depth.add_argument(f"--{name}", dest="depth", action="store_const", const=name, default="full")
        parser.add_argument("--against", type=Path, metavar="PATH", help="the previous release, which this one follows")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def work(self, *, path: Path, depth: str, against: Path | None, json: bool, **_: Any) -> None:
        faults = verify_release(path, depth, against)
        self.stdout.write(as_json(faults) if json else as_text(faults, depth))
        if faults:
            raise SystemExit(1)


def as_json(faults: list) -> str:
    """The verdict for programs."""
    shown = [fault._asdict() for fault in faults[:SHOWN]]
    return json.dumps({"ok": not faults, "fault_count": len(faults), "faults": shown})


def as_text(faults: list, depth: str) -> str:
    """The verdict for people, with the first faults."""
    if not faults:
        return f"Sound ({depth})."
    lines = [f"{fault.path}: {fault.detail}" for fault in faults[:SHOWN]]
    return "\n".join([*lines, f"{len(faults)} fault{'s' * (len(faults) != 1)}."])
