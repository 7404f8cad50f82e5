"""A release goes out in another tool's format and comes in beside the same photos: the very maps and votes."""

import zipfile

import numpy as np
import pytest
from django.core.files import File

from annotate.core.blurmap import decode_levels
from annotate.core.formats import FORMATS, Options, export
from annotate.core.release import ReleaseFolder, read_release
from annotate.models import Consensus, Image, Project, Release, Vote
from annotate.services import leases
from annotate.services.importing import label_imports
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cut_release, release_folder
from tests.factories import make_image, make_project, owner_of, photo_bytes
from tests.label_files import apply, run
from tests.labels import label_image, rectangle

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENTS = [
    {"base": 0, "regions": [rectangle("a", 2, 0, 0, 24, 32), rectangle("b", 3, 12, 8, 40, 20)]},
    {"base": None, "regions": [rectangle("a", 1, 4, 4, 20, 20), rectangle("b", 0, 30, 0, 48, 32)]},
]
PREDICTIONS = {"label-studio": {"predictions": 1}}  # what a model said is listed, and not taken
WHOLE_MAPS = ["coco", "cvat", "label-studio", "levels", "yolo"]


@pytest.fixture
def release(settings, tmp_path) -> ReleaseFolder:
    """A release of two photos of seeds 0 and 1."""
    settings.RELEASES_ROOT = tmp_path / "releases"
    project = make_project(name="Dogs", votes_wanted=1)
    for seed, document in enumerate(DOCUMENTS):
        label_image(make_image(project, photo_bytes(seed=seed)), document, "bad")
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    return read_release(release_folder(Release.objects.get()))


def same_photos() -> Project:
    """A project of the same photos under other names."""
    project = make_project(votes_wanted=1)
    for seed in range(len(DOCUMENTS)):
        make_image(project, photo_bytes(seed=seed), file_name=f"mine {seed}.jpg")
    return project


def maps_of(project: Project) -> dict[str, list]:
    rows = Consensus.objects.filter(image__project=project).order_by("image").values_list("image__sha256", "levels_png")
    return {sha256: decode_levels(bytes(png)).tolist() for sha256, png in rows}


@pytest.mark.parametrize("name", WHOLE_MAPS)
def test_a_release_that_went_out_comes_in_again(release, tmp_path, name):
    folder = export(release, FORMATS[name], tmp_path / "out", Options(with_photos=False))
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    project = same_photos()
    with (tmp_path / "out.zip").open("rb") as file:
        about = {"by": owner_of(project), "file_name": "out.zip"}
        work = run(label_imports.start_import(project, File(file), **about))
    assert (work.format, work.report["photos"]) == (name, 2)
    numbers = {"levels": {str(number): number for number in range(4)}, "rest": None}  # each number is chosen by hand
    work = apply(work, **work.report["proposed"] | (numbers if name == "levels" else {"rest": 0}))
    assert work.result["problems"]["counts"] == PREDICTIONS.get(name, {})
    before = Image.objects.filter(pk__in=Release.objects.get().items.values("image"))[0].project
    assert np.array_equal(list(maps_of(project).values()), list(maps_of(before).values()))
    if Vote.objects.filter(image__project=project).exists():
        assert set(Vote.objects.filter(image__project=project).values_list("desirability", flat=True)) == {"bad"}
