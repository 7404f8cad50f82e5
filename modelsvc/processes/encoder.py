"""A worker's part of things outlined by clicks: photos to a process that holds the trunk, grids of them to rows."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from annotate.core.errors import InvalidImage
from annotate.services.leases import Lease
from modelsvc.models import ClickGrids
from modelsvc.processes import trainer


class Encoder:
    """The trunk in a process of its own: started for the first photo, and again after one that killed it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process = None
        self._open.close()

    def encode(self, row: ClickGrids, lease: Lease) -> dict[str, Any]:
        """What is kept of the row's photo, as a field of the row.

        Raises:
            InvalidImage: the photo cannot be read.
            LeaseLost: another attempt owns the row.
            AttemptFailed: the process ended over it.
        """
        self._start()
        photo = self.folder / str(row.image_id)
        try:
            with row.image.file.open("rb") as source, photo.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            with suppress(BrokenPipeError):  # it has ended: the events say why
                print(photo, file=self._process.stdin, flush=True)  # type: ignore[union-attr]
            for event in self.events:
                match event:
                    case {"event": "encoded"}:
                        return {"grids": photo.with_suffix(".grids").read_bytes()}
                    case {"event": "error", "code": code, "detail": detail}:
                        raise InvalidImage(detail, code=code)
                    case None:
                        lease.extend()
            raise trainer.TrainerDied("The encoder ended before it had looked at the photo.")
        except InvalidImage:
            raise
        except BaseException:
            self.__exit__()  # it may be in the midst of the photo
            raise

    def _start(self) -> None:
        if self._process:
            return
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="clicks-")))
        command = [*trainer.FUSENET, "encode", "--json"]
        self._process = self._open.enter_context(trainer.running(command, stdin=subprocess.PIPE, yields=False))
        self.events = trainer.events(self._process)
