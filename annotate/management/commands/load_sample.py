"""Make the sample project: real photos from scikit-learn and scikit-image, their licences, and how to label them."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

import annotate
from annotate import tasks
from annotate.core.errors import SmartBlurError
from annotate.management.owner import ensure_owner
from annotate.management.tool import Tool
from annotate.models import Project, User
from annotate.services.photos.images import Source, ingest_image
from annotate.services.teams.projects import create_project

SAMPLE = Path(annotate.__file__).with_name("sample")
NAME = "Sample"
PUBLIC_DOMAIN = "LicenseRef-PublicDomain\n\nNo known copyright restricts the photo; its source says who gave it."


class Command(Tool):
    help = "Make the first user `owner` and the project Sample with its photos, as far as they are missing."

    def work(self, **_: Any) -> None:
        photos = [
            (photo, packaged(photo["package"], photo["file"]))
            for photo in json.loads((SAMPLE / "photos.json").read_text())
        ]
        owner = ensure_owner("owner", say=self.stdout.write)
        project = sample_project(owner)
        count = sum(bring_in(photos, project, owner))
        tasks.render_derivatives.delay_on_commit()
        self.stdout.write(f"The project {NAME} has {len(photos)} photos, {count} of them new.")


def packaged(package: str, file: str) -> Path:
    """A file inside an installed package, found without importing it.

    Raises:
        SmartBlurError: the package is not installed, or its file is gone.
    """
    spec = importlib.util.find_spec(package)
    path = Path(spec.submodule_search_locations[0], file) if spec else None
    if path is None or not path.exists():
        detail = "The sample photos come with scikit-image and scikit-learn: install requirements.txt."
        raise SmartBlurError(detail, where=f"{package}/{file}", code="sample_missing")
    return path


def sample_project(owner: User) -> Project:
    """The owner's project Sample, new if there is none."""
    found = Project.objects.visible_to(owner).filter(name=NAME).first()
    guidelines = (SAMPLE / "guidelines.md").read_text()
    rights = {"authors": "SmartBlur Studio", "label_license": "CC0-1.0", "license_texts": PUBLIC_DOMAIN}
    return found or create_project(NAME, by=owner, guidelines=guidelines, hidden_percent=0, **rights)


def bring_in(photos: list[tuple[dict[str, str], Path]], project: Project, owner: User) -> Iterator[bool]:
    """Whether each photo is new to the project."""
    for photo, path in tqdm(photos, desc="Sample photos", disable=None):
        source = Source(photo["license"], attribution=photo["attribution"], source_url=photo["source_url"], album=NAME)
        yield ingest_image(path.read_bytes(), file_name=path.name, project=project, by=owner, source=source)[1]
