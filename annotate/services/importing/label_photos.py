"""Which photo of a project a file of labels is about, by the name that the file calls it."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import NamedTuple

from django.utils.translation import gettext_noop

from annotate.core.formats import PHOTO_SUFFIXES, InvalidLabels
from annotate.core.release import Facts
from annotate.models import Image, Project

KEY_DIGITS = 24  # of the SHA-256: what a release calls a photo, and so does whatever was made from one
_UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")
READS = ("pk", "project", "width", "height", "is_withdrawn", "file_name", "sha256", "source_sha256")


class Photo(NamedTuple):
    """A photo of the project, as far as labels need it: `size` (width, height), `place` its path without an ending."""

    pk: int
    size: tuple[int, int]
    is_withdrawn: bool = False
    place: str = ""


class Photos:
    """The photos of a project, by what files call them."""

    def __init__(self, project: Project) -> None:
        """Read all names and hashes in one query."""
        self._by_path: dict[str, list[Photo]] = defaultdict(list)
        self._by_name: dict[str, list[Photo]] = defaultdict(list)
        self._by_stem: dict[str, list[Photo]] = defaultdict(list)
        self._by_hash: dict[str, Photo] = {}
        for image in project.images.order_by("pk").only(*READS).iterator():
            self.add(image)

    def add(self, image: Image) -> Photo:
        """Find the photo from now on, too."""
        path = PurePosixPath(image.file_name)
        photo = Photo(image.pk, image.size, image.is_withdrawn, "/".join([*path.parts[:-1], path.stem]))
        self._by_path[image.file_name].append(photo)
        self._by_name[path.name].append(photo)
        for stem in {path.stem, image.sha256[:KEY_DIGITS]}:
            self._by_stem[stem].append(photo)
        for sha256 in (image.sha256, image.source_sha256):
            self._by_hash.setdefault(sha256, photo)
        return photo

    def find(self, file_name: str, where: str) -> Photo:
        """The one photo of that path, else of that base name, else of that name but for its ending.

        Of several the one is meant whose folders the file names, too: formats put folders of their own before them.
        The eight digits that Label Studio's upload puts before a name may be missing here.

        Raises:
            InvalidLabels: code photo_missing or photo_ambiguous.
        """
        path = PurePosixPath(file_name.replace("\\", "/"))
        for name in dict.fromkeys((path.name, _UPLOADED.sub("", path.name))):
            stem = PurePosixPath(name).stem if name.lower().endswith(PHOTO_SUFFIXES) else name  # YOLO names no ending
            for found in (self._by_path.get(file_name), self._by_name.get(name), self._by_stem.get(stem)):
                if found:
                    return _meant(found, path, stem, where)
        sentence = gettext_noop("No photo here is called %(name)s.")
        raise InvalidLabels(sentence, name=file_name, where=where, code="photo_missing")

    def size_of(self, file_name: str) -> tuple[int, int] | None:
        """(width, height) of the photo that a file calls so; None where it is not known."""
        try:
            return self.find(file_name, "").size
        except InvalidLabels:
            return None

    def find_released(self, facts: Facts) -> Photo | None:
        """The photo that a release has, too: of its bytes, or of the file that they were made from."""
        known = (self._by_hash.get(sha256) for sha256 in (facts.sha256, facts.source_sha256))
        return next((photo for photo in known if photo), None)


def _meant(found: list[Photo], path: PurePosixPath, stem: str, where: str) -> Photo:
    """The only photo of this stem, or the only one whose folders the path ends with."""
    place = "/".join(["", *path.parts[:-1], stem])
    by_folders = [photo for photo in found if "/" in photo.place and place.endswith(f"/{photo.place}")]
    if len(found) == 1 or len(by_folders) == 1:
        return (by_folders or found)[0]
    sentence = gettext_noop("%(count)s photos here are called %(name)s: nothing tells which one is meant.")
    raise InvalidLabels(sentence, where=where, code="photo_ambiguous", count=len(found), name=path.name)
