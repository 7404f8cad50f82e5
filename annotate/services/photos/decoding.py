"""Photos are looked into by processes of their own, so that one which breaks a decoder breaks nothing else.

What such a process may: no environment, no descriptor but its two pipes, a limit of memory, of processor time for each
photo, and a watchdog. `core.decoder` is what runs in it.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Self

from django.conf import settings
from django.utils.translation import gettext as _

from annotate.core.errors import Busy, InvalidImage
from annotate.core.imagefile import ImageFile
from annotate.core.messages import Head, read_head, unpack_photo, unpack_refusal, write_head

MAX_FILE_BYTES = 64 * 2**20
MEMORY_BYTES = 2 * 2**30  # 52 megapixels, four times over while colours are converted and the photo is turned
CPU_LIMIT_S = 30
TIME_LIMIT_S = 60.0
WAIT_S = 30.0  # for a process that is free
PHOTOS_A_CHILD = 2_000  # then a fresh one: whatever leaks, leaks no further
IN_MEMORY_BYTES = 2**16  # of a file that a child gives back; a larger one lies on the disk
PIECE_BYTES = PIPE_BYTES = 2**18
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

log = logging.getLogger(__name__)


class Decoder:
    """One process that decodes, started when first needed and again when a photo has killed it. For one at a time."""

    def __init__(self, *, niceness: int = 0, memory_bytes: int = MEMORY_BYTES) -> None:
        self.argv = [sys.executable, "-m", "annotate.core.decoder", str(niceness), str(memory_bytes), str(CPU_LIMIT_S)]
        self.child: subprocess.Popen[bytes] | None = None
        self.photo_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def ask(self, head: Head, *files: BinaryIO) -> tuple[Head, list[BinaryIO]]:
        """The answer to a request, and its files, each at its beginning.

        Raises:
            InvalidImage: the photo is refused, or takes more time or memory than a photo may.
        """
        if self.photo_count >= PHOTOS_A_CHILD:
            self.end()
        self.photo_count += 1
        self.child = self.child or self._start()
        watchdog = threading.Timer(TIME_LIMIT_S, self.child.kill)
        watchdog.start()
        try:
            said, made = _converse(self.child, head, files)
        except (OSError, ValueError, EOFError):
            log.warning("A photo was refused: its decoder ended with %s.", self.end())
            raise _undecodable() from None
        finally:
            watchdog.cancel()
        if "fault" in said:
            log.error("A photo was refused, which is our fault:\n%s", said["fault"])
            raise _undecodable()
        if "refusal" in said:
            raise unpack_refusal(said["refusal"])
        return said, made

    def _start(self) -> subprocess.Popen[bytes]:
        """The child, which gets none of our environment: no address of a database, no secret."""
        return subprocess.Popen(
            self.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, **ONE_THREAD},
            cwd=settings.BASE_DIR,
            pipesize=PIPE_BYTES,
        )

    def end(self) -> int | None:
        """Kill the process if there is one, and give its exit status."""
        child, self.child, self.photo_count = self.child, None, 0
        if child is None:
            return None
        child.kill()
        child.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        return child.wait()


def _converse(child: subprocess.Popen[bytes], head: Head, files: tuple[BinaryIO, ...]) -> tuple[Head, list[BinaryIO]]:
    """Send and receive piece by piece, so that no large file is ever whole in our memory."""
    sizes = [file.seek(0, os.SEEK_END) for file in files]
    write_head(child.stdin, head, sizes)
    for file, size in zip(files, sizes, strict=True):
        file.seek(0)
        _copy(file, child.stdin, size)
    child.stdin.flush()
    said = read_head(child.stdout)
    made: list[BinaryIO] = []
    try:
        for size in said["sizes"]:
            made.append(tempfile.TemporaryFile() if size > IN_MEMORY_BYTES else io.BytesIO())  # noqa: SIM115 - the asker's
            _copy(child.stdout, made[-1], size)
            made[-1].seek(0)
    except BaseException:
        for file in made:
            file.close()
        raise
    return said, made


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size:
        piece = source.read(min(size, PIECE_BYTES))
        if not piece:
            raise EOFError
        target.write(piece)
        size -= len(piece)


def _undecodable() -> InvalidImage:
    sentence = _("Decoding this photo was stopped: it needs more than %(seconds)s s or breaks the decoder.")
    return InvalidImage(sentence, seconds=TIME_LIMIT_S, code="image_undecodable")


class Admitted(NamedTuple):
    """A photo that the gate lets in: what is known of it, and its bytes as they are to be stored."""

    photo: ImageFile  # without bytes in `content`
    content: BinaryIO
    byte_count: int
    is_flat: bool  # all of it is one colour


class Gate:
    """The gate for photos, kept by as many processes as are needed at a time, up to a limit; for many threads."""

    def __init__(self, most: int, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self.decoders = [Decoder(memory_bytes=memory_bytes) for _ in range(most)]
        self.free: queue.LifoQueue[Decoder] = queue.LifoQueue()  # the last one used is taken first: few are started
        for decoder in self.decoders:
            self.free.put(decoder)

    def admit(self, file: BinaryIO) -> Admitted:
        """The photo that is to be stored of an uploaded file: see `imagefile.probe`.

        Raises:
            InvalidImage: as `probe`, or ``file_too_large``, ``image_too_hungry`` or ``image_undecodable``.
            Busy: all processes have been at work for too long.
        """
        if file.seek(0, os.SEEK_END) > MAX_FILE_BYTES:
            sentence = _("The file is larger than %(most)s MiB.")
            raise InvalidImage(sentence, most=MAX_FILE_BYTES // 2**20, code="file_too_large")
        with self._borrowed() as decoder:
            said, (content,) = decoder.ask({"ask": "admit"}, file)
        return Admitted(unpack_photo(said["photo"]), content, said["sizes"][0], said["is_flat"])

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[Decoder]:
        try:
            decoder = self.free.get(timeout=WAIT_S)
        except queue.Empty:
            raise Busy(_("The server is checking many photos. Send these again in a moment.")) from None
        try:
            yield decoder
        finally:
            self.free.put(decoder)

    def close(self) -> None:
        """End the processes; they start again when they are needed."""
        for decoder in self.decoders:
            decoder.end()


gate = Gate(settings.DECODERS)
_inherited: list[Decoder] = []


def _start_anew() -> None:
    """Leave the processes of whom we were forked from alone: to write to them, or to end them, is not for us."""
    _inherited.extend(gate.decoders)
    gate.__init__(settings.DECODERS)


atexit.register(gate.close)
os.register_at_fork(after_in_child=_start_anew)
