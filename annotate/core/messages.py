"""What a process and the child that decodes for it say to each other: a line of JSON, then the files it tells of.

JSON and not pickles: a child that a photo has taken over can say false things, but cannot make its parent run anything.
"""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO

from annotate.core.errors import InvalidImage, Phrase
from annotate.core.imagefile import ImageFile

MAX_HEAD_BYTES = 2**20  # far more than is known of any photo
Head = dict[str, Any]


def write_head(stream: BinaryIO, head: Head, sizes: Sequence[int]) -> None:
    """Begin a message; the files follow, each of its size in bytes."""
    stream.write(json.dumps(head | {"sizes": list(sizes)}).encode() + b"\n")


def read_head(stream: BinaryIO) -> Head:
    """The next message, without its files.

    Raises:
        EOFError: there is none.
    """
    line = stream.readline(MAX_HEAD_BYTES)
    if not line.endswith(b"\n"):
        raise EOFError
    head: Head = json.loads(line)
    return head


def pack_photo(photo: ImageFile) -> Head:
    """What is known of a photo, all but its bytes."""
    facts = {field.name: getattr(photo, field.name) for field in dataclasses.fields(photo) if field.name != "content"}
    return {name: _plain(value) for name, value in facts.items()}


def unpack_photo(facts: Head) -> ImageFile:
    """The photo of `pack_photo`, with no bytes in `content`."""
    return ImageFile(content=b"", **{name: _whole(value) for name, value in facts.items()})


def pack_refusal(refusal: InvalidImage) -> Head:
    """A refusal in no language yet."""
    values = {name: _plain(value) for name, value in refusal.values.items()}
    return {"sentence": refusal.sentence, "code": refusal.code, "where": refusal.where, "values": values}


def unpack_refusal(said: Head) -> InvalidImage:
    """The refusal of `pack_refusal`."""
    values = {name: _whole(value) for name, value in said["values"].items()}
    sentence, code = said["sentence"], said["code"]
    return InvalidImage(sentence, where=said["where"], code=code, **values)


def _plain(value: Any) -> Any:
    """The value as JSON has it; what JSON does not know is an object of one member."""
    if isinstance(value, Phrase):
        return {"phrase": str(value)}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, tuple):
        return {"tuple": [_plain(each) for each in value]}
    return value


def _whole(value: Any) -> Any:
    match value:
        case {"phrase": words}:
            return Phrase(words)
        case {"time": moment}:
            return datetime.fromisoformat(moment)
        case {"tuple": members}:
            return tuple(_whole(each) for each in members)
    return value
