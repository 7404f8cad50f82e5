"""`smartblur read | verify | convert` a release, `sort` a shoot, and train, evaluate or predict with the network.

Exit 0: done. 1: the release has faults. 2: refused, one line says why.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from annotate.core.errors import SmartBlurError

DEPTHS = ("quick", "full", "deep")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] not in (*OWN, "-h", "--help"):
        from modelsvc.fusenet.__main__ import main as fusenet  # torch takes seconds, and the others need none

        return fusenet(words, program="smartblur")
    options = parse_arguments(words)
    try:
        return int(options.run(options))
    except SmartBlurError as refusal:
        print(json.dumps(refusal.as_problem(), ensure_ascii=False), file=sys.stderr)
        return 2


def parse_arguments(words: list[str]) -> argparse.Namespace:
    """The options of the command asked for, `run` being the function that does it; what others need is not loaded."""
    parser = argparse.ArgumentParser(prog="smartblur", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (told, add_options) in OWN.items():
        command = commands.add_parser(name, help=told)
        if words[:1] == [name]:
            add_options(command)
    for name in ("train", "pretrain", "evaluate", "predict", "export", "benchmark"):
        commands.add_parser(name, add_help=False, help=f"see smartblur {name} --help")
    return parser.parse_args(words)


def add_read_options(command: argparse.ArgumentParser) -> None:
    """What `read` can be told."""
    command.add_argument("release", type=Path, metavar="RELEASE_DIR")
    command.add_argument("--records", action="store_true", help="the record of every photo, one JSON object a line")
    command.set_defaults(run=run_read)


def add_verify_options(command: argparse.ArgumentParser) -> None:
    """What `verify` can be told."""
    command.add_argument("release", type=Path, metavar="RELEASE_DIR")
    depth = command.add_mutually_exclusive_group()
    for name in DEPTHS:
        depth.add_argument(f"--{name}", dest="depth", action="store_const", const=name, default="full")
    command.set_defaults(run=run_verify)


def add_convert_options(command: argparse.ArgumentParser) -> None:
    """What `convert` can be told."""
    from annotate.core.formats import FORMATS
    from annotate.core.formats.arguments import add_options

    command.add_argument("release", type=Path, metavar="RELEASE_DIR")
    command.add_argument("--to", required=True, choices=[each.name for each in FORMATS.values() if each.write])
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    add_options(command)
    command.set_defaults(run=run_convert)


def add_sort_options(command: argparse.ArgumentParser) -> None:
    """What `sort` can be told."""
    from modelsvc.fusenet.commands import sort

    sort.add_sort_options(command)
    command.set_defaults(run=sort.run_sort)


OWN = {
    "read": ("what is in a release; with --records one JSON object a photo", add_read_options),
    "verify": ("is a release whole and what its maker wrote?", add_verify_options),
    "convert": ("a release in another format", add_convert_options),
    "sort": ("a folder of a shoot into bursts, the best of each first, with stars", add_sort_options),
}


def run_read(options: argparse.Namespace) -> int:
    """Tell what a release holds."""
    from annotate.core.release import read_release
    from annotate.core.release.verify_standalone import SPLITS

    release = read_release(options.release)
    if options.records:
        for record in release.records():
            print(json.dumps(record.as_json(), ensure_ascii=False))
        return 0
    manifest = release.manifest
    print(f"{manifest.title} {manifest.version}, {manifest.license}, content_id {release.content_id}")
    for split in SPLITS:
        print(f"{split:12} {release.image_counts[split]:>9,} photos")
    for level in manifest.levels:
        print(f"level {level.level:<6} {level.name}")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Check a release."""
    from annotate.core.release import verify_release

    faults = verify_release(options.release, options.depth)
    for fault in faults[:20]:
        print(f"{fault.path}: {fault.detail}")
    print(f"{len(faults)} fault{'s' * (len(faults) != 1)}." if faults else f"Sound ({options.depth}).")
    return 1 if faults else 0


def run_convert(options: argparse.Namespace) -> int:
    """Write a release in another format."""
    from annotate.core.formats import FORMATS, export
    from annotate.core.formats.arguments import chosen_options
    from annotate.core.release import read_release

    export(read_release(options.release), FORMATS[options.to], options.out, chosen_options(vars(options)))
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
