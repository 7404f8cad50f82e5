"""A site from Python: photos and labels in, releases out, trainings started and watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Self, cast

import httpx

from annotate.core.errors import SmartBlurError
from annotate.core.release import unpack_release
from smartblur.schema import (
    ImageOutput,
    LabelImportOutput,
    MetricOutput,
    ModelVersionOutput,
    ProjectOutput,
    ReleaseOutput,
    ReportOutput,
    RunOutput,
    UploadedOutput,
)

FILES_AT_ONCE = 20
BYTES_AT_ONCE = 16 * 2**20
PAGE_SIZE = 200
TRIES = 6
ENDED = {"failed", "cancelled"}
NOT_NOW = {429, 502, 503, 504}  # too much at once, or the site or one of its stores is away


class ApiError(SmartBlurError):
    """What the site refused; `code` is stable, `status` is the HTTP status."""

    def __init__(self, status: int, code: str, detail: str, where: str | None = None) -> None:
        super().__init__(detail.replace("%", "%%"), code=code, where=where)
        self.status = status


class Client:
    """A site, as the owner of an API token may see it; tokens are made on the account page.

    A request that finds the site away or too busy is sent again for half a minute. None does harm by coming twice:
    the same photo is one photo, and a release or a training that was started twice is refused or shown.
    """

    def __init__(self, url: str, token: str, *, timeout_s: float = 60) -> None:
        """The site at `url`, such as https://blur.example.org, for whoever has `token`."""
        headers = {"Authorization": f"Token {token}", "Accept": "application/json"}
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/", headers=headers, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def projects(self) -> Iterator[ProjectOutput]:
        """The projects that one is a member of."""
        return self._list("projects/")

    def project(self, name: str) -> ProjectOutput:
        """The project of this name.

        Raises:
            ApiError: ``unknown_project`` or ``ambiguous_project``.
        """
        found = [project for project in self.projects() if project["name"] == name]
        if len(found) == 1:
            return found[0]
        code = "ambiguous_project" if found else "unknown_project"
        raise ApiError(404, code, f"{len(found)} projects of yours are called {name!r}.", where="name")

    def images(self, project: int, **filters: str | int) -> Iterator[ImageOutput]:
        """The photos of a project, oldest first; filters are those of the photos page, such as ``state="agreed"``."""
        return self._list(f"projects/{project}/images/", **filters)

    def upload(
        self, project: int, paths: Iterable[str | Path], *, license: str, **source: str
    ) -> Iterator[UploadedOutput]:
        """Bring photos in, some at a time, and yield what became of each file, in order.

        Args:
            project: its id.
            paths: files; a folder stands for all files in it and below it.
            license: SPDX id of the photos' licence.
            source: attribution, photographer, source_url or album.
        """
        for batch in _batches(_files_of(paths)):
            files = [("files", (path.name, path.read_bytes())) for path in batch]
            answer = self._send(
                "POST", f"projects/{project}/images/", data={"license": license, **source}, files=files, refused={422}
            )
            if "results" not in answer:
                _refuse(422, answer)
            yield from answer["results"]

    def send_labels(self, project: int, path: str | Path, **reading: Any) -> LabelImportOutput:
        """Send a file or zip of another tool's labels, to be read: nothing changes until `apply_labels`.

        Args:
            project: its id.
            path: the file.
            reading: format, such as "coco", else the one that it looks like; threshold, band, photo_column ...
        """
        files = {"file": (Path(path).name, Path(path).read_bytes())}
        return cast(LabelImportOutput, self._send("POST", f"projects/{project}/labels/", data=reading, files=files))

    def labels(self, labels: int) -> LabelImportOutput:
        """How a file of labels stands."""
        return cast(LabelImportOutput, self._send("GET", f"labels/{labels}/"))

    def read_labels(self, labels: int, *, timeout_s: float = 3600) -> ReportOutput:
        """What is in a file of labels, when it is read to its end: names, authors, problems, and a proposed meaning.

        Raises:
            ApiError: it cannot be read, or `timeout_s` has passed.
        """
        _wait(lambda: self.labels(labels), "stage", {"checked", "done", "undone"}, timeout_s)
        return cast(ReportOutput, self._send("GET", f"labels/{labels}/report/"))

    def apply_labels(self, labels: int, *, timeout_s: float = 3600, **meaning: Any) -> LabelImportOutput:
        """Bring maps and votes in, never over anybody's work, and wait until they are.

        Args:
            labels: the id of what `send_labels` gave.
            timeout_s: how long to wait.
            meaning: levels, kinds and votes of the file's names, authors, rest ...; left out, what the report proposes.
        """
        self._send("POST", f"labels/{labels}/apply/", json=meaning)
        return cast(LabelImportOutput, _wait(lambda: self.labels(labels), "stage", {"done"}, timeout_s))

    def undo_labels(self, labels: int, *, timeout_s: float = 3600) -> LabelImportOutput:
        """Take back what a file brought in, and wait until it is."""
        self._send("POST", f"labels/{labels}/undo/")
        return cast(LabelImportOutput, _wait(lambda: self.labels(labels), "stage", {"undone"}, timeout_s))

    def releases(self, project: int) -> Iterator[ReleaseOutput]:
        """The releases of a project, newest first."""
        return self._list(f"projects/{project}/releases/")

    def cut_release(self, project: int, **wishes: Any) -> ReleaseOutput:
        """Ask for a release of what is agreed; wishes are name, version, licenses, layout and notes, all optional."""
        return cast(ReleaseOutput, self._send("POST", f"projects/{project}/releases/", json=wishes))

    def release(self, release: int) -> ReleaseOutput:
        """How a release stands."""
        return cast(ReleaseOutput, self._send("GET", f"releases/{release}/"))

    def wait_for_release(self, release: int, *, timeout_s: float = 3600) -> ReleaseOutput:
        """The release when it is built.

        Raises:
            ApiError: it failed, or `timeout_s` has passed.
        """
        return cast(ReleaseOutput, _wait(lambda: self.release(release), "state", {"ready"}, timeout_s))

    def download(self, release: int, folder: str | Path) -> Path:
        """Fetch a ready release into `folder` and unpack it there; its own folder, which is new."""
        into = Path(folder)
        row = self.release(release)
        target = into / f"{row['name']}-{row['version']}"
        if target.exists():
            raise ApiError(409, "folder_taken", f"{target} is there already.", where=str(target))
        into.mkdir(parents=True, exist_ok=True)
        packed = into / f".{target.name}.zip"
        try:
            with packed.open("wb") as file:
                self._fetch(f"releases/{release}/download/", file)
            unpack_release(packed, target)
        finally:
            packed.unlink(missing_ok=True)
        return target

    def export(self, release: int, folder: str | Path, *, format: str, timeout_s: float = 3600, **options: Any) -> Path:
        """Fetch a ready release in another tool's format, such as "coco", as a zip file in `folder`.

        Args:
            release: its id.
            folder: where the file goes; made if it is not there.
            format: one of those that the release's page offers.
            timeout_s: how long to wait until it is built.
            options: with_photos; for masks is_blur_white and from_level.
        """
        asked = self._send("POST", f"releases/{release}/exports/", json={"format": format, **options})
        _wait(lambda: self._send("GET", f"exports/{asked['id']}/"), "state", {"ready"}, timeout_s)
        row = self.release(release)
        packed = Path(folder) / f"{row['name']}-{row['version']}-{format}.zip"
        packed.parent.mkdir(parents=True, exist_ok=True)
        part = packed.with_suffix(".part")
        with part.open("wb") as file:
            self._fetch(f"exports/{asked['id']}/download/", file)
        return part.rename(packed)

    def runs(self, project: int) -> Iterator[RunOutput]:
        """The trainings of a project, newest first."""
        return self._list(f"projects/{project}/runs/")

    def start_run(
        self,
        project: int,
        *,
        release: int,
        preset: str = "standard",
        parameters: Mapping[str, Any] | None = None,
        base_version: int | None = None,
    ) -> RunOutput:
        """Queue a training on a ready release; `base_version` is the model version that it goes on from."""
        wishes: dict[str, Any] = {"release": release, "preset": preset, "parameters": dict(parameters or {})}
        if base_version is not None:
            wishes["base_version"] = base_version
        return cast(RunOutput, self._send("POST", f"projects/{project}/runs/", json=wishes))

    def run(self, run: int) -> RunOutput:
        """How a training stands."""
        return cast(RunOutput, self._send("GET", f"runs/{run}/"))

    def metrics(self, run: int) -> list[MetricOutput]:
        """Every metric of every epoch."""
        return cast(list[MetricOutput], self._send("GET", f"runs/{run}/metrics/"))

    def models(self, project: int) -> Iterator[ModelVersionOutput]:
        """The model versions of a project."""
        return self._list(f"projects/{project}/models/")

    def _list(self, path: str, **query: str | int) -> Iterator[Any]:
        cursor: dict[str, str | int] = {}
        while True:
            page = self._send("GET", path, params={"page_size": PAGE_SIZE, **query, **cursor})
            yield from page["results"]
            if not page["next"]:
                return
            cursor = {"cursor": httpx.URL(page["next"]).params["cursor"]}  # its address may be a proxy's inner one

    def _send(self, method: str, path: str, *, refused: Iterable[int] = (), **body: Any) -> Any:
        for attempt in range(TRIES):
            try:
                answer = self._http.request(method, path, **body)
            except httpx.TransportError as error:
                if attempt + 1 == TRIES:
                    raise ApiError(0, "site_away", f"{self._http.base_url} does not answer: {error}.") from error
                time.sleep(2**attempt)
                continue
            if answer.status_code not in NOT_NOW or attempt + 1 == TRIES:
                return _content(answer, set(refused))
            time.sleep(_pause(answer, attempt))
        raise AssertionError("the last try returns or raises")

    def _fetch(self, path: str, file: BinaryIO) -> None:
        with self._http.stream("GET", path) as answer:
            if answer.is_error:
                answer.read()
                _content(answer, set())
            for piece in answer.iter_bytes():
                file.write(piece)


def _content(answer: httpx.Response, refused: set[int]) -> Any:
    """What a good answer holds; a refusal is raised, unless its status is one of `refused`."""
    if answer.is_error and answer.status_code not in refused:
        is_json = "json" in answer.headers.get("content-type", "")
        _refuse(answer.status_code, answer.json() if is_json else {})
    return answer.json() if answer.content else None


def _refuse(status: int, problem: Mapping[str, str]) -> NoReturn:
    detail = problem.get("detail", f"The site answered with status {status}.")
    raise ApiError(status, problem.get("code", "http_error"), detail, problem.get("where"))


def _pause(answer: httpx.Response, attempt: int) -> float:
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else 2**attempt


def _wait(read: Callable[[], Any], field: str, wanted: set[str], timeout_s: float) -> Any:
    """The row when its `field` has one of the wanted values; ApiError when it ended otherwise or time is up."""
    deadline = time.monotonic() + timeout_s
    while (row := read())[field] not in wanted:
        if row[field] in ENDED or time.monotonic() > deadline:
            raise ApiError(409, "not_ready", row.get("error") or f"Its {field} is {row[field]}.")
        time.sleep(1)
    return row


def _files_of(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith("."))
        else:
            yield path


def _batches(paths: Iterable[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        length = path.stat().st_size
        if batch and (len(batch) == FILES_AT_ONCE or size + length > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += length
    if batch:
        yield batch
