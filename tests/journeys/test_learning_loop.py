"""The learning loop over HTTP: what people said becomes a model, and the model's maps become what people begin with.

The site, its workers, Postgres, Valkey and torch run as `make run` starts them; the forms are sent as a browser sends
them, without the browser.
"""

import contextlib
import io
import re
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest

from annotate.core.release import Item, read_release, unpack_release
from tests.factories import PASSWORD
from tests.labels import rectangle
from tests.running_site import RunningSite
from tests.visits import words

WIDTH, HEIGHT = 96, 64
PATIENCE_S, POLL_S = 300, 0.1
LEFT_IS_SHARP = {"base": 3, "regions": [rectangle("left", 0, 0, 0, WIDTH // 2, HEIGHT)]}
LEARNT, UNTOUCHED = 10, 4
SMALL = {"preset": "smoke", "scale": WIDTH, "crop": WIDTH, "batch": 2, "ema": 0.7, "use_content": "false"}

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
        draft = {"document": labelled(task), "base_revision": 0, "save_id": str(uuid.uuid4()), "active_ms": 5_000}
        self.ask("PUT", f"annotations/{task['annotation']['id']}/draft/", draft)
        self.ask("PUT", f"images/{task['image']['id']}/vote/", {"desirability": "good"})
        self.ask("POST", f"annotations/{task['annotation']['id']}/submit/")

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


def is_measured(found: Json) -> bool:
    """Whether the first of the evaluations is done."""
    return [each["state"] for each in found["results"]][:1] == ["done"]


def as_the_model(task: Json) -> Json:
    return task["prediction"]["document"]


def edited(task: Json) -> Json:
    """The model's map with its left third painted over."""
    model = task["prediction"]["document"]
    level = 2 if model["base"] != 2 else 1
    top = max((region["z"] for region in model["regions"]), default=0) + 1
    return model | {"regions": [*model["regions"], rectangle("mine", level, 0, 0, WIDTH // 3, HEIGHT) | {"z": top}]}


@pytest.fixture
def new_person(running_site: RunningSite) -> Iterator[Callable[[], Person]]:
    """Makes people at their browsers, which are closed at the end."""
    with contextlib.ExitStack() as browsers:
        yield lambda: Person(browsers.enter_context(httpx.Client(base_url=running_site.url, timeout=60)))


def test_what_people_said_is_learnt_compared_promoted_and_comes_back_to_them(
    new_person: Callable[[], Person], running_site: RunningSite, tmp_path: Path
) -> None:
    owner, annotator = new_person(), new_person()
    owner.sign_in("owner", running_site.owner_password)
    made = {"name": "The loop", "votes_wanted": 1, "hidden_percent": 0}
    project = owner.ask("POST", "projects/", made)["id"]
    owner.bring(project, range(LEARNT))
    for _ in range(LEARNT):
        owner.label_next(project, lambda task: LEFT_IS_SHARP)
    release = owner.cut_release(project)

    # Train twice: watch one to its end, cancel the other and resume it.
    first, second = owner.start_training(release, epochs=4), owner.start_training(release, epochs=16, seed=2)
    heard = list(owner.watch(first))
    assert None in heard
    told = [said for said in heard if said]
    epochs = [said["epoch"] for said in told]
    assert epochs == sorted(epochs)
    assert {0, 4} < set(epochs)
    assert told[-1]["curves"]["val_loss"][0] == [1, 2, 3, 4]
    owner.watch_until(second, lambda run: run["epoch"] >= 2)
    assert owner.act(second, "cancel")["state"] == "cancelling"
    assert owner.watch_until(second, is_over)["state"] == "cancelled"
    assert owner.act(second, "resume")["state"] == "queued"
    resumed = owner.watch_until(second, is_over)
    assert [(each["reason"], each["from_epoch"] >= 2) for each in resumed["attempts"]] == [
        ("Started by owner.", False),
        ("Started again by owner, from its last checkpoint.", True),
    ]

    # The first goes into production, where there is none; the second has to be compared with it.
    old, new = told[-1]["version"], resumed["version"]
    owner.submit(f"/projects/{project}/models/{old['id']}/promote/")
    measured = [
        wait_for(partial(owner.ask, "GET", f"models/{each['id']}/evaluations/"), is_measured)["results"][0]
        for each in (old, new)
    ]
    assert {each["release"] for each in measured} == {release["id"]}
    comparison = owner.read(f"/projects/{project}/models/compare/?v={old['id']}&v={new['id']}")
    assert f"On the 1 test photo of {release['name']}" in comparison

    # Promoted, the second paints a first map on every photo that nobody has touched.
    untouched = owner.bring(project, range(LEARNT, LEARNT + UNTOUCHED))
    owner.submit(f"/projects/{project}/models/{new['id']}/promote/")
    progress = partial(owner.ask, "GET", f"models/{new['id']}/preannotation/")
    assert wait_for(progress, lambda seen: seen["state"] == "done")["note"] == f"{UNTOUCHED} of {UNTOUCHED} photos"
    assert {owner.ask("GET", f"images/{image}/")["state"] for image in untouched} == {"preannotated"}

    # An annotator accepts half of the maps and edits the others; the page of models shows what they were worth.
    annotator.join(owner.ask("POST", f"projects/{project}/invitations/", {})["url"])
    for number in range(UNTOUCHED):
        annotator.label_next(project, edited if number % 2 else as_the_model)
    worth = re.search(rf"{new['name']} 4 0 2 2 0 (\d+) %", owner.read(f"/projects/{project}/models/"))
    assert 50 <= int(worth[1]) < 100

    # The next release says which photos began with which weights.
    begun = [item for item in owner.items_of(owner.cut_release(project), tmp_path) if item.facts.pre_model]
    assert {item.facts.pre_model for item in begun} == {new["name"]}
    assert sorted(item.facts.pre_kept_ppm == 1_000_000 for item in begun) == [False, False, True, True]
    steps = [step for item in begun for step in item.lineage if step["step"] == "pre-annotation"]
    weights = {
        each["id"]: each["weights_sha256"] for each in owner.ask("GET", f"projects/{project}/models/")["results"]
    }
    assert [step["weights_sha256"] for step in steps] == [weights[new["id"]]] * UNTOUCHED

    # The promotion is undone: back to the first.
    assert f"Back to {old['name']}" in owner.read(f"/projects/{project}/models/")
    owner.submit(f"/projects/{project}/models/{new['id']}/undo/")
    stages = {each["id"]: each["stage"] for each in owner.ask("GET", f"projects/{project}/models/")["results"]}
    assert stages == {old["id"]: "production", new["id"]: "candidate"}
