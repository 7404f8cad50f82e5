"""A shoot that a version was tried on: its bursts with the best first, what is kept of it, and what is taken away."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from annotate.core import culling
from annotate.core.culling import SKETCH, Look, Ranked
from annotate.core.errors import SmartBlurError
from annotate.core.sidecars import REJECTED, Naming, new_sidecar, sidecar_name
from annotate.services.photos.keeping import reason_of
from modelsvc.models import Trial, TrialPhoto
from modelsvc.services.trials import as_text

KEPT_STARS = 4  # at least, of what its owner keeps
COLUMNS = ("file", "burst", "place", "stars", "decision", "score", "verdict", "reason")


def bursts_of(trial: Trial) -> list[list[TrialPhoto]]:
    """The photos that were looked at, by bursts, in the order of the shoot, the best of each first.

    Each photo has its `ranked`, its `reason` and its `stars`: those proposed, or what its owner's decision makes them.
    """
    photos = {f"{photo.number:05}": photo for photo in trial.photos.filter(look__isnull=False)}
    looks = [look_of(name, photo) for name, photo in photos.items()]
    looks.sort(key=lambda look: culling.order(look.camera, look.captured_at, look.name))
    bursts = []
    for burst in culling.bursts(looks):
        members = []
        for ranked in culling.rank(burst):
            photo = photos[ranked.look.name]
            photo.ranked, photo.reason, photo.stars = ranked, reason_of(ranked.look), stars_of(photo, ranked)
            members.append(photo)
        bursts.append(members)
    return bursts


def look_of(name: str, photo: TrialPhoto) -> Look:
    """What was seen in a photo, from its row."""

    def sketch(map_: str) -> culling.Sketch:
        return np.frombuffer(base64.b64decode(photo.look[map_]), np.uint8).reshape(SKETCH, SKETCH)

    return Look(
        name=name,
        probabilities=np.array(photo.probabilities_ppm) / 1_000_000,
        subject_blurred=photo.subject_ppm / 1_000_000,
        background_blurred=photo.look["background_blurred_ppm"] / 1_000_000,
        amount=sketch("amount"),
        gaze=sketch("gaze"),
        content=np.frombuffer(base64.b64decode(photo.look["content"]), np.float16),
        dhash=photo.dhash,
        camera=photo.camera,
        captured_at=photo.captured_at,
    )


def stars_of(photo: TrialPhoto, ranked: Ranked) -> int:
    """The photo's stars; -1 where its owner rejects it."""
    if photo.decision == TrialPhoto.Decision.REJECT:
        return REJECTED
    return max(ranked.stars, KEPT_STARS) if photo.decision == TrialPhoto.Decision.KEEP else ranked.stars


def decide(trial: Trial, decisions: Mapping[int, str]) -> None:
    """Keep or reject photos, or take that back with ""; all of them or none.

    Raises:
        SmartBlurError: the trial has no photo of such a number.
    """
    with transaction.atomic():
        for decision in {*decisions.values()}:
            numbers = [number for number, its in decisions.items() if its == decision]
            if trial.photos.filter(number__in=numbers).update(decision=decision) != len(numbers):
                sentence = _("There is no such photo in this trial.")
                raise SmartBlurError(sentence, code="unknown_photo", where="photos")


def as_csv(bursts: Iterable[Iterable[TrialPhoto]]) -> str:
    """The shoot as a table, the best of each burst first, the highest score first; no cell of it is a formula."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    rows = [(photo, number) for number, burst in enumerate(bursts, 1) for photo in burst]
    for photo, number in sorted(rows, key=lambda row: (row[0].ranked.place > 1, -row[0].ranked.score)):
        ranked = photo.ranked
        said = [photo.stars, photo.decision, f"{ranked.score:.3f}", photo.desirability, photo.reason]
        writer.writerow([as_text(photo.file_name), number, ranked.place, *said])
    return table.getvalue()


def as_sidecars(bursts: Iterable[Iterable[TrialPhoto]], naming: Naming = "PHOTO.xmp") -> bytes:
    """A zip of one XMP sidecar a photo, to be unpacked beside the photos.

    It is PHOTO.JPG.xmp in any case where two differ in their suffix only, and lies in a folder of the photo's number
    where two have the same name, as of two folders.
    """
    photos = [photo for burst in bursts for photo in burst]
    stems = Counter(PurePath(photo.file_name).stem.casefold() for photo in photos)
    names = Counter(photo.file_name.casefold() for photo in photos)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for photo in photos:
            is_alone = stems[PurePath(photo.file_name).stem.casefold()] == 1
            name = sidecar_name(photo.file_name, naming if is_alone else "PHOTO.JPG.xmp")
            name = name if names[photo.file_name.casefold()] == 1 else f"{photo.number}/{name}"
            archive.writestr(name, new_sidecar(photo.stars))
    return file.getvalue()
