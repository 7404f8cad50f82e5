"""Looks into photos that nobody has checked, in a process of its own, driven by `services.photos.decoding`.

`python -m annotate.core.decoder NICENESS MEMORY_BYTES SECONDS`: a photo that takes the decoder down, or all the memory
or time it may have, takes down this process and nothing else.
On stdin, again and again, a message (see `messages`) with `ask` and files; on stdout its answer, or a `refusal`, or a
`fault`, the traceback of an error of ours.
"""

import contextlib
import io
import math
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
import PIL.Image
import PIL.ImageCms

from annotate.core.errors import InvalidImage, Phrase
from annotate.core.heif import register_decoder
from annotate.core.imagefile import ImageFile, open_upright, preview, probe
from annotate.core.messages import Head, pack_photo, pack_refusal, read_head, write_head
from annotate.core.sharpness import as_png, cell_of, sharpness_map
from annotate.core.splits import is_telling

TOO_HUNGRY = Phrase("This photo needs more memory to decode than a photo may.")
FLAT_RANGE = 4  # of 255, in each of red, green and blue
Answer = tuple[Head, Sequence[bytes]]


def serve(requests: BinaryIO, answers: BinaryIO, cpu_s: int) -> None:
    """Answer requests until there are no more."""
    while True:
        try:
            head = read_head(requests)
        except EOFError:
            return
        files = [requests.read(size) for size in head["sizes"]]
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + cpu_s)
        said, made = answer(head, files)
        write_head(answers, said, [len(file) for file in made])
        for file in made:
            answers.write(file)
        answers.flush()


def answer(head: Head, files: Sequence[bytes]) -> Answer:
    """The head of the answer and its files; a refusal or a fault has none."""
    try:
        return _ANSWERS[head["ask"]](head, *files)
    except InvalidImage as refusal:
        return {"refusal": pack_refusal(refusal)}, []
    except MemoryError:
        return {"refusal": pack_refusal(InvalidImage(TOO_HUNGRY, code="image_too_hungry"))}, []
    except Exception:
        return {"fault": traceback.format_exc()}, []


def _admit(_head: Head, photo: bytes) -> Answer:
    """What the gate says of a file: what is known of the photo, and its bytes as they are to be stored."""
    admitted = probe(photo)
    return {"photo": pack_photo(admitted), "is_flat": _is_flat(admitted)}, [admitted.content]


def _is_flat(photo: ImageFile) -> bool:
    """Is all of it one colour, as far as anybody sees? Only where its hash tells nothing need the pixels be asked."""
    if is_telling(photo.dhash):
        return False
    extrema = np.array(PIL.Image.open(io.BytesIO(photo.content)).convert("RGB").getextrema())
    return int(np.ptp(extrema, axis=1).max()) <= FLAT_RANGE


def _render(head: Head, photo: bytes) -> Answer:
    """A JPEG preview and a sharpness map as PNG of a photo that is stored."""
    image = open_upright(photo)
    return {}, [preview(image, head["long_side"]), as_png(sharpness_map(np.asarray(image), cell_of(image.size)))]


_ANSWERS: Mapping[str, Callable[..., Answer]] = MappingProxyType({"admit": _admit, "render": _render})


# Limits ---------------------------------------------------------------------------------------------------------------


def shut_in(niceness: int, memory_bytes: int) -> None:
    """Give up what decoding does not need: memory beyond a limit, files and sockets, a place before people's work.

    A process that may open no descriptor beyond those it has can open neither file nor socket.
    """
    os.nice(niceness)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; we end with it
    _load_all()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 3)


def _limit(what: int, most: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # a system without this limit
        resource.setrlimit(what, (most, most if what != resource.RLIMIT_CPU else resource.RLIM_INFINITY))


def _load_all() -> None:
    """Read a photo of every format, so that all that decoders load late is loaded."""
    PIL.Image.init()
    register_decoder()
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2018:06:18 12:00:00"
    icc = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    for form in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF"):
        file = io.BytesIO()
        PIL.Image.linear_gradient("L").convert("RGB").save(file, form, exif=exif, icc_profile=icc)
        answer({"ask": "admit"}, [file.getvalue()])
        answer({"ask": "render", "long_side": 64}, [file.getvalue()])


if __name__ == "__main__":
    shut_in(int(sys.argv[1]), int(sys.argv[2]))
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[3]))
