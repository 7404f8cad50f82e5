"""Makes previews and sharpness maps in a process of its own, driven by `services.derivatives`.

`python -m annotate.core.previewer`: a photo that takes the decoder down, or all the memory it may have, takes down this
process and nothing else.
On stdin, again and again, a line of JSON `{"photo": bytes, "icc": bytes, "orientation": 1-8, "long_side": px}` and then
that many bytes; on stdout a line `{"preview": bytes, "sharpness": bytes}`, the JPEG and the PNG, or the refusal
`{"code", "detail"}`.
"""

import contextlib
import json
import os
import resource
import sys
from typing import Any, BinaryIO

import numpy as np

from annotate.core.errors import InvalidImage, Phrase
from annotate.core.imagefile import open_upright, preview
from annotate.core.sharpness import as_png, cell_of, sharpness_map

TOO_HUNGRY = Phrase("This photo needs more memory to decode than a photo may.")
MEMORY_BYTES = 2 * 2**30  # 52 megapixels, four times over while colours are converted and the photo is turned


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while line := requests.readline():
        request = json.loads(line)
        photo, icc = requests.read(request["photo"]), requests.read(request["icc"])
        head, files = answer(photo, icc or None, request["orientation"], request["long_side"])
        answers.write(json.dumps(head).encode() + b"\n" + files)
        answers.flush()


def answer(photo: bytes, icc: bytes | None, orientation: int, long_side: int) -> tuple[dict[str, Any], bytes]:
    """The head of the answer, and JPEG and PNG one after the other; neither when the photo is refused."""
    try:
        image = open_upright(photo, orientation, icc)
        jpeg = preview(image, long_side)
        png = as_png(sharpness_map(np.asarray(image), cell_of(image.size)))
    except InvalidImage as refusal:
        return refusal.as_problem(), b""
    except MemoryError:
        return {"code": "image_too_hungry", "detail": TOO_HUNGRY}, b""
    return {"preview": len(jpeg), "sharpness": len(png)}, jpeg + png


if __name__ == "__main__":
    os.nice(10)  # people who upload or label go first
    with contextlib.suppress(ValueError, OSError):  # a system without this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    serve(sys.stdin.buffer, sys.stdout.buffer)
