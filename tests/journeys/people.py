"""People at their browsers, over HTTP without the browser: forms are sent as it sends them."""

import io
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import PIL.Image
import PIL.ImageFilter

from annotate.core.release import Item, read_release, unpack_release
from tests.factories import PASSWORD
from tests.visits import words

WIDTH, HEIGHT = 300, 200
PATIENCE_S, POLL_S = 300, 0.1
SMALL = {"preset": "smoke", "scale": 96, "crop": 96, "batch": 2, "ema": 0.7, "use_content": "false"}

Json = dict[str, Any]


def photo_with_soft_half(number: int) -> bytes:
    """A JPEG of noise, sharp at the left and out of focus at the right."""
    noise = np.random.default_rng(number).integers(0, 256, (HEIGHT // 2, WIDTH // 2, 3), dtype=np.uint8)
    photo = PIL.Image.fromarray(noise).resize((WIDTH, HEIGHT))
    right_half = (WIDTH // 2, 0, WIDTH, HEIGHT)
    photo.paste(photo.filter(PIL.ImageFilter.GaussianBlur(5)).crop(right_half), right_half)
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=92)
    return file.getvalue()


RIGHTS = {"authors": "Doe, Jane", "label_license": "CC-BY-4.0"}  # what a project says before its first release


class Person:
    """Somebody in a browser: cookies, and the token that forms and the API want."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def sign_in(self, name: str, password: str) -> None:
        self.http.get("/sign-in/")
        self.submit("/sign-in/", username=name, password=password)

    def join(self, link: str) -> None:
        """Make an account through an invitation."""
        self.http.get(link)
        self.submit(link, username=f"annotator-{uuid.uuid4().hex[:8]}", password=PASSWORD)

    def read(self, path: str) -> str:
        """The words of a page."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.headers
        return words(answer)

    def submit(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form; the answer leads on to another page, or the form was refused."""
        answer = self.http.post(path, data=fields | {"csrfmiddlewaretoken": self.http.cookies["csrftoken"]})
        assert answer.status_code == 302, words(answer)
        return answer

    def ask(self, method: str, path: str, body: Any = None, **sent: Any) -> Any:
        """What the API answers, which must be a success."""
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"]}
        sent |= {} if body is None else {"json": body}
        answer = self.http.request(method, f"/api/{path}", headers=headers, **sent)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def bring(self, project: int, numbers: range) -> list[int]:
        """Photos of these numbers come in; their ids."""
        files = [("files", (f"photo-{n}.jpg", photo_with_soft_half(n), "image/jpeg")) for n in numbers]
        answer = self.ask("POST", f"projects/{project}/images/", files=files, data={"license": "CC0-1.0"})
        return [result["image"]["id"] for result in answer["results"]]

    def label_next(self, project: int, labelled: Callable[[Json], Json]) -> None:
        """Hand in the next photo, with the document that `labelled` makes of the task."""
        task = self.ask("POST", f"projects/{project}/next/", {})
        self.save(task["annotation"], labelled(task))
        self.ask("PUT", f"images/{task['image']['id']}/vote/", {"desirability": "good"})
        self.ask("POST", f"annotations/{task['annotation']['id']}/submit/")

    def save(self, annotation: Json, document: Json) -> None:
        """Keep the document as what the annotation holds now."""
        draft = {"document": document, "base_revision": annotation["revision"], "save_id": str(uuid.uuid4())}
        self.ask("PUT", f"annotations/{annotation['id']}/draft/", draft | {"active_ms": 5_000})

    def cut_release(self, project: int) -> Json:
        """A release of all that is agreed, ready."""
        release = self.ask("POST", f"projects/{project}/releases/", {})
        return wait_for(lambda: self.ask("GET", f"releases/{release['id']}/"), lambda row: row["state"] == "ready")

    def items_of(self, release: Json, folder: Path) -> list[Item]:
        """The photos of the release as a researcher finds them in the download."""
        archive = folder / "release.zip"
        archive.write_bytes(self.http.get(f"/api/releases/{release['id']}/download/").content)
        unpack_release(archive, folder / "release")
        return list(read_release(folder / "release").items())

    def start_training(self, release: Json, **fields: Any) -> str:
        """The address of the run that the admin's form started."""
        self.http.get("/admin/modelsvc/trainingrun/add/")
        answer = self.submit("/admin/modelsvc/trainingrun/add/", release=release["id"], **SMALL | fields)
        return answer.headers["location"].removesuffix("change/")

    def act(self, run: str, act: str) -> Json:
        """What a button of the live page answers."""
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"]}
        answer = self.http.post(f"{run}{act}/now/", headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def watch(self, run: str) -> Iterator[Json | None]:
        """What the live page hears each time it asks, to the run's end; None where nothing changed."""
        tag, last, until = "", {}, time.monotonic() + PATIENCE_S
        while not is_over(last):
            assert time.monotonic() < until, last
            answer = self.http.get(f"{run}live/", headers={"If-None-Match": tag})
            tag, last = answer.headers["etag"], answer.json() if answer.status_code == 200 else last
            yield last if answer.status_code == 200 else None
            time.sleep(POLL_S)

    def watch_until(self, run: str, is_so: Callable[[Json], object]) -> Json:
        """The run as soon as it is so."""
        return next(heard for heard in self.watch(run) if heard and is_so(heard))


def wait_for(look: Callable[[], Any], is_so: Callable[[Any], object]) -> Any:
    """What is seen as soon as it is so."""
    until = time.monotonic() + PATIENCE_S
    while not is_so(seen := look()):
        assert time.monotonic() < until, seen
        time.sleep(POLL_S)
    return seen


def is_over(heard: Json) -> bool:
    """Whether a run has ended; one that fails fails the test."""
    assert heard.get("state") != "failed", heard
    return heard.get("state") in ("done", "cancelled")
