"""Photos come in: checked, stored once, and known to the audit trail; all of a photo or nothing of it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate.core.errors import InvalidImage, Phrase, SmartBlurError
from annotate.models import Derivative, Image, Project, User
from annotate.services import audit
from annotate.services.photos.decoding import Admitted, gate
from annotate.services.photos.licenses import canonical_license, needs_attribution
from annotate.services.photos.twins import find_twins
from annotate.services.queueing import stopping

EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
CHUNK_FILES = 50
CHUNK_BYTES = 2 * 2**20
RACES = 5
MIN_SIDE = 200  # pixels; blur cannot be judged on less


@dataclass(frozen=True, slots=True)
class Source:
    """Where photos come from and on what terms.

    Raises:
        SmartBlurError: the licence is unknown, or asks for an attribution that is missing.
    """

    license: str
    attribution: str = ""
    photographer: str = ""
    source_url: str = ""
    album: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "license", canonical_license(self.license))
        if needs_attribution(self.license) and not self.attribution.strip():
            sentence = _("%(license)s asks that the author be named. Say whom to credit.")
            raise SmartBlurError(sentence, license=self.license, where="attribution", code="attribution_missing")


@dataclass(slots=True)
class Arrival:
    """What became of one file: an image, new or known, or the reason why not."""

    file_name: str
    image: Image | None = None
    is_new: bool = False
    error: SmartBlurError | None = None
    changes: tuple[Phrase, ...] = ()
    twin: Image | None = None  # an earlier photo that a new one looks like
    admitted: Admitted | None = field(default=None, repr=False)

    @property
    def note(self) -> str:
        """What had to be done to the file to store it, in the reader's language; mostly nothing."""
        return " ".join(_(change) for change in self.changes)

    @property
    def byte_count(self) -> int:
        """How much of it is held until it is stored."""
        return self.admitted.byte_count if self.admitted else 0


def ingest_image(data: bytes, *, file_name: str, project: Project, by: User, source: Source) -> tuple[Image, bool]:
    """The image of these bytes and whether it is new: the same photo twice in a project is one row.

    It is one that somebody has chosen already, such as a release's: it may be small, and like another.

    Raises:
        InvalidImage: the bytes are not a photo that we accept.
    """
    (arrival,) = _store_chunk([Arrival(file_name, admitted=gate.admit(io.BytesIO(data)))], project, by, source)
    return arrival.image, arrival.is_new


def ingest_images(
    files: Iterable[tuple[str, BinaryIO]], *, project: Project, by: User, source: Source
) -> list[Arrival]:
    """What became of each (name, file), in order. A bad one is told apart and stops none of the others.

    Photos on which nothing can be judged are refused, and of new ones it is said which photo they look like.

    They are read and stored a few at a time, so memory stays small however many there are.
    """
    arrivals: list[Arrival] = []
    chunk: list[Arrival] = []
    for name, file in files:
        chunk.append(_admit(name, file))
        if len(chunk) >= CHUNK_FILES or sum(arrival.byte_count for arrival in chunk) >= CHUNK_BYTES:
            arrivals += _name_twins(_store_chunk(chunk, project, by, source), project)
            chunk = []
    return arrivals + _name_twins(_store_chunk(chunk, project, by, source), project) if chunk else arrivals


def _store_chunk(chunk: list[Arrival], project: Project, by: User, source: Source) -> list[Arrival]:
    try:
        for _attempt in range(RACES):
            with contextlib.suppress(IntegrityError):  # somebody brought one in at the same moment: look again
                _store(chunk, project, by, source)
                return chunk
        _store(chunk, project, by, source)
        return chunk
    finally:
        for arrival in chunk:
            if arrival.admitted:
                arrival.admitted.content.close()
                arrival.admitted = None


def _admit(name: str, file: BinaryIO) -> Arrival:
    try:
        admitted = gate.admit(file)
    except InvalidImage as error:
        return Arrival(name, error=error)
    if useless := _why_useless(admitted):
        admitted.content.close()
        return Arrival(name, error=useless)
    return Arrival(name, changes=admitted.photo.changes, admitted=admitted)


def _why_useless(admitted: Admitted) -> InvalidImage | None:
    """Why nobody could judge blur on a photo, if so: ``image_too_small`` or ``image_flat``."""
    width, height = admitted.photo.width, admitted.photo.height
    if min(width, height) < MIN_SIDE:
        sentence = _("Upload a photo of at least %(side)s px a side; this one is %(width)s x %(height)s.")
        return InvalidImage(sentence, side=MIN_SIDE, width=width, height=height, code="image_too_small")
    if admitted.is_flat:
        return InvalidImage(_("Upload a photo of something; this one is of one colour all over."), code="image_flat")
    return None


def _name_twins(arrivals: list[Arrival], project: Project) -> list[Arrival]:
    """The arrivals, the new ones with the photo that they look like."""
    twins = find_twins(project, [arrival.image for arrival in arrivals if arrival.is_new])
    for arrival in arrivals:
        arrival.twin = twins.get(arrival.image.pk) if arrival.is_new else None
    return arrivals


@transaction.atomic
def _store(arrivals: list[Arrival], project: Project, by: User, source: Source) -> None:
    """Give every arrival its image: those that the project has, and new rows with their files."""
    admitted = [arrival for arrival in arrivals if arrival.admitted]
    shas = [arrival.admitted.photo.sha256 for arrival in admitted]
    known = {image.sha256: image for image in Image.objects.for_lists().filter(project=project, sha256__in=shas)}
    new: dict[str, Image] = {}
    for arrival in admitted:
        sha = arrival.admitted.photo.sha256
        arrival.is_new = sha not in known and sha not in new
        if arrival.is_new:
            new[sha] = _row(arrival, project, by, source)
        arrival.image = known.get(sha) or new[sha]
    if new:
        _insert(
            list(new.values()), dict(zip(shas, (arrival.admitted.content for arrival in admitted), strict=True)), by
        )


def _row(arrival: Arrival, project: Project, by: User, source: Source) -> Image:
    photo = arrival.admitted.photo
    wanted = stopping.first_wanted(project, photo.sha256)
    return Image(
        project=project,
        file=f"images/{project.pk}/{photo.sha256[:2]}/{photo.sha256}.{EXTENSIONS[photo.format]}",
        file_name=arrival.file_name[:255],
        sha256=photo.sha256,
        source_sha256=photo.source_sha256,
        dhash=photo.dhash,
        format=photo.format,
        width=photo.width,
        height=photo.height,
        byte_count=arrival.byte_count,
        colour=photo.colour,
        camera=photo.camera,
        captured_at=photo.captured_at,
        people_wanted=wanted,
        open_slots=wanted,
        uploaded_by=by,
        license=source.license,
        attribution=source.attribution,
        photographer=source.photographer,
        source_url=source.source_url,
        album=source.album,
    )


def _insert(images: list[Image], contents: dict[str, BinaryIO], by: User) -> None:
    """Write rows, then files. Until the commit the rows' unique keys are ours, so a file may be taken back safely."""
    Image.objects.bulk_create(images)
    Derivative.objects.bulk_create([Derivative(image=image) for image in images])
    audit.record_all(
        audit.entry("image.added", image, by=by, project=image.project_id, details={"sha256": image.sha256})
        for image in images
    )
    written: list[str] = []
    try:
        for image in images:
            if not default_storage.exists(image.file.name):
                written.append(image.file.name)
                default_storage.save(image.file.name, File(contents[image.sha256]))
    except BaseException:
        for name in written:
            default_storage.delete(name)
        raise
