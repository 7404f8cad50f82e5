"""Trying a version on photos of one's own: they pass the gate, a gpu worker looks, and after a day all is deleted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict, InvalidImage, SmartBlurError
from annotate.core.imagefile import open_upright, preview
from annotate.models import Desirability, LeasedWork, User
from annotate.services.photos.decoding import gate
from annotate.services.photos.images import EXTENSIONS
from modelsvc.models import ModelVersion, Trial, TrialPhoto
from modelsvc.services.waiting import why_it_waits

MAX_PHOTOS = settings.DATA_UPLOAD_MAX_NUMBER_FILES  # a shoot
MAX_BYTES = 4 * 2**30
MAX_OPEN = 3  # trials of one person that are not over
KEPT_FOR = timedelta(days=1)
THUMBNAIL_PX = 360
OPEN = (LeasedWork.State.QUEUED, LeasedWork.State.RUNNING, LeasedWork.State.CANCELLING)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run
COLUMNS = ("file", "verdict", "reason", "none", "good", "ok", "bad", "blurred share", "blurred share of the subject")
LOOK = ("background_blurred_ppm", "amount", "gaze", "content")  # what `predict --look` says beside the above
SUBJECT_BLURRED, PART_BLURRED = 500_000, 150_000


def start_trial(version: ModelVersion, files: Sequence[Any], *, by: User) -> Trial:
    """Queue a look at uploaded files; one that is no photo is told apart and stops none of the others.

    Args:
        files: with `name` and `size`, as Django gives uploads.

    Raises:
        SmartBlurError: none of them is a photo, or they are too many or too large together.
        Conflict: the person has too many trials that are not over.
    """
    if not files:
        raise SmartBlurError(_("Choose at least one photo."), code="no_photos", where="files")
    if len(files) > MAX_PHOTOS:
        sentence = _("Try at most %(most)s photos at once; these are %(count)s.")
        raise SmartBlurError(sentence, most=MAX_PHOTOS, count=len(files), code="too_many_photos", where="files")
    if sum(file.size for file in files) > MAX_BYTES:
        sentence = _("Try at most %(most)s MiB at once.")
        raise SmartBlurError(sentence, most=MAX_BYTES // 2**20, code="too_large", where="files")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # of two at once the second counts the first
        if Trial.objects.filter(by=by, state__in=OPEN).count() >= MAX_OPEN:
            sentence = _("%(count)s of your trials are still under way. Wait for one to end.")
            raise Conflict(sentence, count=MAX_OPEN, code="too_many_trials")
        trial = Trial.objects.create(version=version, by=by)
        with ThreadPoolExecutor(settings.DECODERS) as pool:
            photos = list(pool.map(partial(_take_in, trial, get_language()), range(len(files)), files))
        if not any(photo.file for photo in photos):
            said = {"file": photos[0].file_name, "reason": photos[0].error}
            raise SmartBlurError("%(file)s: %(reason)s", code="no_photos", where="files", **said)
        TrialPhoto.objects.bulk_create(photos)
    return trial


def _take_in(trial: Trial, language: str, number: int, file: Any) -> TrialPhoto:
    """The photo behind an upload, past the gate and stored; or the reason why not, in that language."""
    photo = TrialPhoto(trial=trial, number=number, file_name=Path(file.name).name[:255])
    with override(language):
        try:
            admitted = gate.admit(file)
        except InvalidImage as refusal:
            photo.error = refusal.detail[:400]
            return photo
    photo.dhash, photo.camera = admitted.photo.dhash, admitted.photo.camera
    photo.captured_at = admitted.photo.captured_at
    name = f"trials/{trial.pk}/{number}.{EXTENSIONS[admitted.photo.format]}"
    with admitted.content as content:
        photo.file = default_storage.save(name, File(content))
    return photo


def put_upright(photo: TrialPhoto, folder: Path) -> Path | None:
    """The photo in sRGB, for the predictor; None, and an error in the row, if it cannot be decoded."""
    path = folder / f"{photo.number}.png"
    try:
        with photo.file.open("rb") as file:
            upright = open_upright(file.read())
    except InvalidImage as refusal:
        store_fault(photo, refusal.detail)
        return None
    upright.save(path, compress_level=1)
    path.with_suffix(".jpg").write_bytes(preview(upright, THUMBNAIL_PX))
    return path


def store_look(photo: TrialPhoto, path: Path, said: dict[str, Any]) -> None:
    """Keep what a version said of a photo at `path`, with the thumbnail and the figure beside it."""
    root = f"trials/{photo.trial_id}/{photo.number}"
    figure = path.with_name(f"{path.stem}.figure.png").read_bytes()
    TrialPhoto.objects.filter(pk=photo.pk).update(
        thumbnail=default_storage.save(f"{root}.thumb.jpg", ContentFile(path.with_suffix(".jpg").read_bytes())),
        figure=default_storage.save(f"{root}.figure.png", ContentFile(figure)),
        desirability=said["desirability"],
        probabilities_ppm=said["probabilities_ppm"],
        blurred_ppm=said["blurred_share_ppm"],
        subject_ppm=said["subject_blurred_ppm"],
        look={name: said[name] for name in LOOK},
    )


def store_fault(photo: TrialPhoto, why: str) -> None:
    """Keep why nothing can be said of a photo."""
    TrialPhoto.objects.filter(pk=photo.pk).update(error=why[:400])


def sweep_trials() -> int:
    """Delete the trials that are older than a day, with their files, and count them."""
    old = list(Trial.objects.filter(queued_at__lt=Now() - KEPT_FOR))
    for trial in old:
        delete_trial(trial)
    return len(old)


def delete_trial(trial: Trial) -> None:
    """Delete a trial and every file of it."""
    for photo in trial.photos.all():
        for file in (photo.file, photo.thumbnail, photo.figure):
            if file:
                default_storage.delete(file.name)
    trial.delete()


def reason_of(photo: TrialPhoto) -> str:
    """Why, in words: how much of what draws the eye is blurred."""
    subject, blurred = (f"{round(ppm / 10_000)} %" for ppm in (photo.subject_ppm, photo.blurred_ppm))
    if photo.desirability == Desirability.NONE and photo.blurred_ppm >= PART_BLURRED:
        return _("as a whole it passes for sharp, though %(share)s of the photo reads as blurred") % {"share": blurred}
    if photo.desirability == Desirability.NONE:
        return _("nothing to speak of is blurred: %(share)s of the photo") % {"share": blurred}
    if photo.subject_ppm >= SUBJECT_BLURRED:
        return _("the subject is blurred: %(share)s of what draws the eye") % {"share": subject}
    if photo.subject_ppm >= PART_BLURRED:
        return _("part of the subject is blurred: %(share)s of what draws the eye") % {"share": subject}
    return _("the subject is sharp: %(share)s of what draws the eye is blurred") % {"share": subject}


def sorted_by_verdict(photos: Iterable[TrialPhoto]) -> list[tuple[str, list[TrialPhoto]]]:
    """(desirability, its photos, surest first) from none to bad; each photo with its `reason` and `chances`."""
    seen = [photo for photo in photos if photo.desirability]
    for photo in seen:
        photo.reason = reason_of(photo)
        photo.chances = list(zip(Desirability.values, photo.probabilities_ppm, strict=True))
    groups = []
    for at, value in enumerate(Desirability.values):
        members = [photo for photo in seen if photo.desirability == value]
        groups.append((value, sorted(members, key=lambda photo: (-photo.probabilities_ppm[at], photo.number))))
    return groups


def as_csv(trial: Trial) -> str:
    """The trial as a table, a line a photo; no cell of it is a formula."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for photo in trial.photos.all():
        if photo.desirability:
            shares = [*photo.probabilities_ppm, photo.blurred_ppm, photo.subject_ppm]
            said = [photo.desirability, reason_of(photo), *(f"{ppm / 1_000_000:.3f}" for ppm in shares)]
        else:
            said = ["", photo.error or "not looked at yet", *[""] * 6]
        writer.writerow([as_text(cell) for cell in (photo.file_name, *said)])
    return table.getvalue()


def as_text(cell: str) -> str:
    """The cell, quoted where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def describe_progress(trial: Trial) -> dict[str, Any]:
    """How far the trial is, as its page polls it."""
    counted = trial.photos.filter(error="")
    done = counted.exclude(desirability="").count()
    return {
        "state": trial.state,
        "progress": trial.progress_ppm / 1_000_000,
        "note": _("%(done)s of %(total)s photos") % {"done": done, "total": counted.count()},
        "error": trial.error,
        "waits_for": why_it_waits(trial, trial.version.project),
    }
