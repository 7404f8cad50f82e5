"""The client over real HTTP, against the site with its real stores; what workers do is done in between."""

import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection

from annotate.core.release import verify_release
from annotate.models import Project, Role
from annotate.services.teams.people import issue_token
from annotate.tasks import build_exports, build_releases, import_labels
from smartblur import ApiError, Client, read_release
from tests.factories import make_image, make_member, make_project, owner_of, photo_bytes
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    return make_project(name="Street")


@pytest.fixture
def client(live_server, project: Project) -> Iterator[Client]:
    _, key = issue_token(owner_of(project), name="notebook")
    with Client(live_server.url, key) as client:
        yield client


@contextmanager
def worker() -> Iterator[None]:
    """A thread that does what a worker does, in turns, until the end."""
    is_over = threading.Event()

    def work() -> None:
        while not is_over.wait(0.1):
            import_labels()
            build_exports()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_a_project_is_found_by_its_name(client: Client, project: Project) -> None:
    assert client.project("Street")["id"] == project.pk
    with pytest.raises(ApiError) as refusal:
        client.project("Elsewhere")
    assert refusal.value.code == "unknown_project"


def test_a_folder_of_photos_goes_up_and_each_file_has_its_result(client: Client, project: Project, tmp_path) -> None:
    (tmp_path / "below").mkdir()
    for n in range(23):
        (tmp_path / "below" / f"{n:02}.jpg").write_bytes(photo_bytes(240, 200, seed=n))
    (tmp_path / "notes.txt").write_text("no photo")
    results = list(client.upload(project.pk, [tmp_path], license="CC0-1.0", album="walk"))
    assert [each["file_name"] for each in results] == [*(f"{n:02}.jpg" for n in range(23)), "notes.txt"]
    assert [each["error"]["code"] for each in results if "error" in each] == ["not_an_image"]
    assert sorted(image["id"] for image in client.images(project.pk, album="walk")) == [
        each["image"]["id"] for each in results if "image" in each
    ]


def test_a_batch_without_any_photo_still_has_results(client: Client, project: Project, tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("no photo")
    (result,) = client.upload(project.pk, [tmp_path / "notes.txt"], license="CC0-1.0")
    assert result["error"]["code"] == "not_an_image"


def test_an_unknown_licence_is_refused_by_its_code(client: Client, project: Project, tmp_path) -> None:
    (tmp_path / "a.jpg").write_bytes(photo_bytes())
    with pytest.raises(ApiError) as refusal:
        list(client.upload(project.pk, [tmp_path / "a.jpg"], license="whatever"))
    assert (refusal.value.status, refusal.value.code, refusal.value.where) == (400, "unknown_license", "license")


def test_lists_go_on_over_their_pages(client: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartblur.client.PAGE_SIZE", 2)
    images = [make_image(project).pk for _ in range(5)]
    assert [image["id"] for image in client.images(project.pk)] == images


def test_a_release_is_cut_waited_for_and_taken_home(client: Client, project: Project, tmp_path) -> None:
    label_image(make_image(project), LEFT_HALF, "good", "good")
    release = client.cut_release(project.pk, name="street", version="1.0.0")
    with pytest.raises(ApiError) as refusal:
        client.wait_for_release(release["id"], timeout_s=0)
    assert refusal.value.code == "not_ready"
    build_releases()
    assert client.wait_for_release(release["id"])["state"] == "ready"
    folder = client.download(release["id"], tmp_path)
    assert verify_release(folder, "deep") == []
    assert read_release(folder).content_id == client.release(release["id"])["content_id"]
    assert [each.name for each in tmp_path.iterdir()] == [folder.name]
    with pytest.raises(ApiError) as refusal:
        client.download(release["id"], tmp_path)
    assert refusal.value.code == "folder_taken"


def test_labels_of_another_tool_are_read_brought_in_and_taken_back(client: Client, project: Project, tmp_path) -> None:
    image = make_image(project, file_name="a.jpg")
    rows = "file_name,author,vote\na.jpg,rosa,nice\nb.jpg,rosa,nice\n"
    (tmp_path / "votes.csv").write_text(rows)
    sent = client.send_labels(project.pk, tmp_path / "votes.csv", format="votes")
    import_labels()
    report = client.read_labels(sent["id"])
    assert (report["rows"], report["photos"], report["missing"]) == (2, 1, 1)

    with worker():
        done = client.apply_labels(sent["id"], votes={"nice": "good"})
        assert done["stage"] == "done"
        assert [vote.desirability for vote in image.votes.all()] == ["good"]
        assert client.undo_labels(sent["id"])["stage"] == "undone"
    assert image.votes.count() == 0


def test_a_release_is_fetched_in_another_tools_format(client: Client, project: Project, tmp_path) -> None:
    label_image(make_image(project), LEFT_HALF, "good", "good")
    release = client.cut_release(project.pk, name="street", version="1.0.0")
    build_releases()
    with worker():
        packed = client.export(release["id"], tmp_path, format="coco")
    assert packed.name == "street-1.0.0-coco.zip"
    assert any(name.endswith(".json") for name in zipfile.ZipFile(packed).namelist())


def test_a_training_is_started_and_watched(client: Client, project: Project) -> None:
    label_image(make_image(project), LEFT_HALF, "good", "good")
    release = client.cut_release(project.pk)
    build_releases()
    run = client.start_run(project.pk, release=release["id"], preset="smoke", parameters={"epochs": 2})
    assert client.run(run["id"])["state"] == "queued"
    assert [each["id"] for each in client.runs(project.pk)] == [run["id"]]
    assert client.metrics(run["id"]) == []
    assert list(client.models(project.pk)) == []


def test_what_is_not_yours_is_not_found(live_server, project: Project) -> None:
    stranger = make_member(make_project(), Role.OWNER)
    _, key = issue_token(stranger, name="notebook")
    with Client(live_server.url, key) as client, pytest.raises(ApiError) as refusal:
        list(client.images(project.pk))
    assert (refusal.value.status, refusal.value.code) == (404, "not_found")


def test_a_revoked_token_is_refused(live_server) -> None:
    with Client(live_server.url, "none") as client, pytest.raises(ApiError) as refusal:
        list(client.projects())
    assert (refusal.value.status, refusal.value.code) == (401, "invalid_token")


class TooBusyOnce(BaseHTTPRequestHandler):
    """503 with a time to wait, then an empty list."""

    calls = 0

    def do_GET(self) -> None:
        type(self).calls += 1
        is_first = self.calls == 1
        body = b"{}" if is_first else b'{"results": [], "next": null}'
        self.send_response(503 if is_first else 200)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_site_that_is_too_busy_is_asked_again() -> None:
    server = HTTPServer(("127.0.0.1", 0), TooBusyOnce)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with Client(f"http://127.0.0.1:{server.server_port}", "key") as client:
            assert list(client.projects()) == []
    finally:
        server.shutdown()
        server.server_close()
    assert TooBusyOnce.calls == 2


def test_a_site_that_is_away_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartblur.client.TRIES", 1)
    with Client("http://127.0.0.1:9", "key") as client, pytest.raises(ApiError) as refusal:
        list(client.projects())
    assert refusal.value.code == "site_away"
