"""What a command line may say of how a release is written in another format."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from annotate.core.formats.format import Options


def add_options(parser: ArgumentParser) -> None:
    """Let the parser take what `chosen_options` reads."""
    usual = Options()
    parser.add_argument("--without-photos", action="store_true", help="the labels alone")
    parser.add_argument("--blur-is-black", action="store_true", help="masks: what is blurred is black, not white")
    parser.add_argument(
        "--from-level", type=int, default=usual.from_level, metavar="N", help="masks: blurred from this level on"
    )
    parser.add_argument(
        "--photo-prefix", default=usual.photo_prefix, metavar="TEXT", help="Label Studio: what addresses begin with"
    )


def chosen_options(arguments: Mapping[str, Any]) -> Options:
    """The options that the parsed arguments stand for."""
    return Options(
        is_blur_white=not arguments["blur_is_black"],
        from_level=arguments["from_level"],
        with_photos=not arguments["without_photos"],
        photo_prefix=arguments["photo_prefix"],
    )
