"""Trying a version: what comes in, what a worker makes of it, what is shown to whom, and what is left after a day."""

import csv
import io
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import Image, Role
from modelsvc import processes, tasks
from modelsvc.models import Trial, TrialPhoto
from modelsvc.processes import trainer
from modelsvc.services import trials
from tests.factories import client_of, make_member, make_project, owner_of, photo_bytes
from tests.modelsvc.rows import make_trial, make_version
from tests.visits import QUERY_BOUND, browser, words

pytestmark = pytest.mark.django_db

LOOKER = """
import json, sys
from pathlib import Path
import PIL.Image
out = Path(sys.argv[sys.argv.index("--out") + 1])
MAP = "AAAA" * 192
for names in sys.stdin:
    for path in map(Path, json.loads(Path(names.rstrip()).read_text())):
        if int(path.stem) in DAMAGED:
            print(json.dumps({"event": "error", "code": "image_corrupt", "detail": "Damaged.", "where": str(path)}))
            continue
        assert len(list(out.glob("*.png"))) <= MOST
        PIL.Image.new("RGB", (30, 10)).save(out / f"{path.stem}.figure.png")
        print(json.dumps({"event": "photo", "photo": str(path),
            "desirability": VERDICTS[int(path.stem) % len(VERDICTS)],
            "probabilities_ppm": [100_000, 200_000, 300_000, 400_000], "blurred_share_ppm": 300_000,
            "subject_blurred_ppm": 620_000, "background_blurred_ppm": 0, "amount": MAP, "gaze": MAP,
            "content": ""}), flush=True)
    if END:
        sys.exit(END)
    print(json.dumps({"event": "done"}), flush=True)
"""


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    """Files of this test alone."""
    settings.MODELS_ROOT, settings.MEDIA_ROOT = tmp_path / "models", tmp_path / "media"


@pytest.fixture
def looker(monkeypatch):
    """A stand-in for the predictor, which says what it is told to."""

    def put(verdicts=("bad",), damaged=(), end=0, most=100):
        code = LOOKER.replace("VERDICTS", repr(verdicts)).replace("DAMAGED", repr(damaged)).replace("END", str(end))
        code = code.replace("MOST", str(most))
        monkeypatch.setattr(trainer, "FUSENET", (sys.executable, "-c", code))

    return put


def uploads(count=1, *, name="photo-{}.jpg"):
    return [SimpleUploadedFile(name.format(at), photo_bytes()) for at in range(count)]


def start(count=1, project=None, **named):
    project = project or make_project()
    return trials.start_trial(make_version(project), uploads(count, **named), by=owner_of(project))


def test_photos_are_looked_at_and_become_no_part_of_the_project(looker):
    looker()
    trial = start(2)
    tasks.look_at_trials()
    trial.refresh_from_db()
    photo = trial.photos.first()
    assert (trial.state, photo.desirability, photo.subject_ppm) == ("done", "bad", 620_000)
    with photo.figure.open() as figure:
        assert figure.read().startswith(b"\x89PNG")
    assert Image.objects.count() == 0


def test_what_is_no_photo_is_told_apart_and_stops_none_of_the_others(looker):
    looker()
    project = make_project()
    files = [SimpleUploadedFile("notes.txt", b"not a photo"), *uploads()]
    trial = trials.start_trial(make_version(project), files, by=owner_of(project))
    tasks.look_at_trials()
    bad, good = trial.photos.all()
    assert (bool(bad.error), bad.desirability, good.desirability) == (True, "", "bad")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([], "no_photos"),
        ([SimpleUploadedFile("notes.txt", b"not a photo")], "no_photos"),
        ([SimpleUploadedFile("a.jpg", b"")] * (trials.MAX_PHOTOS + 1), "too_many_photos"),
    ],
)
def test_nothing_is_begun_without_a_photo_or_with_too_many(files, code):
    project = make_project()
    with pytest.raises(SmartBlurError) as refusal:
        trials.start_trial(make_version(project), files, by=owner_of(project))
    assert (refusal.value.code, Trial.objects.count()) == (code, 0)


def test_nobody_has_more_than_a_few_trials_under_way():
    project = make_project()
    version = make_version(project)
    for _ in range(trials.MAX_OPEN):
        trials.start_trial(version, uploads(), by=owner_of(project))
    with pytest.raises(Conflict) as refusal:
        trials.start_trial(version, uploads(), by=owner_of(project))
    assert refusal.value.code == "too_many_trials"
    assert trials.start_trial(version, uploads(), by=make_member(project, Role.RESEARCHER)).state == "queued"


def test_a_photo_that_the_model_cannot_read_is_named(looker):
    looker(damaged=(1,))
    trial = start(3)
    tasks.look_at_trials()
    trial.refresh_from_db()
    assert (trial.state, [photo.error for photo in trial.photos.all()]) == ("done", ["", "Damaged.", ""])


def test_a_predictor_that_dies_is_tried_again_and_keeps_what_it_said(looker, monkeypatch):
    looker(end=1)
    trial = start(2)
    tasks.look_at_trials()
    trial.refresh_from_db()
    assert (trial.state, trial.photos.filter(desirability="bad").count()) == ("done", 2)
    assert trial.attempt == 2


def test_of_a_whole_shoot_few_photos_lie_decoded_on_the_disk_at_a_time(looker, monkeypatch):
    looker(damaged=(6,), most=6)  # four photos, and the maps of those before in their piece
    monkeypatch.setattr(processes.trials, "PIECE", 2)
    trial = start(9)
    tasks.look_at_trials()
    trial.refresh_from_db()
    assert (trial.state, trial.photos.filter(desirability="bad").count()) == ("done", 8)


@pytest.mark.parametrize(
    ("verdict", "subject", "reason"),
    [
        ("bad", 620_000, "the subject is blurred: 62 % of what draws the eye"),
        ("ok", 231_000, "part of the subject is blurred: 23 % of what draws the eye"),
        ("good", 40_000, "the subject is sharp: 4 % of what draws the eye is blurred"),
        ("none", 620_000, "nothing to speak of is blurred: 1 % of the photo"),
    ],
)
def test_the_reason_is_how_much_of_the_subject_is_blurred(verdict, subject, reason):
    assert trials.reason_of(TrialPhoto(desirability=verdict, subject_ppm=subject, blurred_ppm=10_000)) == reason


def test_the_sheet_is_sorted_by_verdict_the_surest_first():
    photos = [
        TrialPhoto(number=n, desirability=word, subject_ppm=0, blurred_ppm=0, probabilities_ppm=chances)
        for n, (word, chances) in enumerate([("good", [0, 6, 4, 0]), ("bad", [0, 0, 4, 6]), ("good", [0, 9, 1, 0])])
    ]
    groups = trials.sorted_by_verdict([*photos, TrialPhoto(number=3, error="Damaged.")])
    assert [(word, [photo.number for photo in members]) for word, members in groups] == [
        ("none", []),
        ("good", [2, 0]),
        ("ok", []),
        ("bad", [1]),
    ]


@pytest.mark.promise("S9")
def test_the_csv_has_a_line_for_each_photo_and_no_formula(looker):
    looker()
    project = make_project()
    trial = start(1, project, name="=HYPERLINK(A1).jpg")
    tasks.look_at_trials()
    response = browser(owner_of(project)).get(f"/projects/{project.pk}/models/trials/{trial.pk}/sheet.csv")
    head, line = csv.reader(io.StringIO(response.content.decode()))
    assert (head[:3], line[0], line[1]) == (["file", "verdict", "reason"], "'=HYPERLINK(A1).jpg", "bad")
    assert line[-1] == "0.620"


def test_a_trial_is_tried_and_shown_in_the_browser(looker, django_assert_max_num_queries):
    looker(("none", "bad"))
    project = make_project()
    version, client = make_version(project), browser(owner_of(project))
    path = f"/projects/{project.pk}/models/{version.pk}/try/"
    page = client.post(path, {"files": uploads(2), "folder": uploads(6)}, follow=True)
    assert page.context["jobs"]["jobs"][0]["poll_url"] == f"/api/trials/{Trial.objects.get().pk}/"
    tasks.look_at_trials()
    with django_assert_max_num_queries(QUERY_BOUND):
        page = client.get(page.request["PATH_INFO"])
    assert [len(members) for _, _, members in page.context["groups"]] == [4, 0, 0, 4]
    assert "The subject is blurred: 62 % of what draws the eye" in words(page)
    assert b"".join(client.get(f"{page.request['PATH_INFO']}0/figure/").streaming_content).startswith(b"\x89PNG")
    assert client.get(f"{page.request['PATH_INFO']}0/look/").status_code == 404
    assert client.post(path, {}, follow=True).context["form"].errors == {"files": ["Choose at least one photo."]}


def test_a_trial_is_seen_by_whoever_started_it_alone(looker):
    looker()
    project = make_project()
    trial = start(1, project)
    tasks.look_at_trials()
    root = f"/projects/{project.pk}/models/trials/{trial.pk}/"
    other = make_member(project, Role.RESEARCHER)
    for path in (root, f"{root}sheet.csv", *(f"{root}0/{each}/" for each in ("figure", "thumbnail", "file"))):
        assert (path, browser(other).get(path).status_code) == (path, 404)
        assert (path, browser(make_member(project)).get(path).status_code) == (path, 403)
    assert client_of(other).get(f"/api/trials/{trial.pk}/").status_code == 404
    assert client_of(owner_of(project)).get(f"/api/trials/{trial.pk}/").json() == {
        "state": "done",
        "progress": 1.0,
        "note": "1 of 1 photos",
        "error": "",
        "waits_for": "",
    }


def test_after_a_day_nothing_is_left_of_it(looker):
    looker()
    old, young = start(2), make_trial(make_project(), by=owner_of(make_project()))
    tasks.look_at_trials()
    Trial.objects.filter(pk=old.pk).update(queued_at=timezone.now() - timedelta(hours=25))
    assert trials.sweep_trials() == 1
    assert list(Trial.objects.all()) == [young]
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_it_can_be_deleted_at_once_when_it_is_over(looker):
    looker()
    project = make_project()
    trial = start(1, project)
    client, path = browser(owner_of(project)), f"/projects/{project.pk}/models/trials/{trial.pk}/delete/"
    client.post(path)
    assert Trial.objects.count() == 1
    tasks.look_at_trials()
    client.post(path)
    assert Trial.objects.count() == 0


def test_changed_weights_are_not_used(looker):
    looker()
    trial = start(1)
    Path(settings.MODELS_ROOT, trial.version.checkpoint, "weights.safetensors").write_bytes(b"others")
    tasks.look_at_trials()
    trial.refresh_from_db()
    assert (trial.state, "SHA-256 differs" in trial.error) == ("failed", True)
