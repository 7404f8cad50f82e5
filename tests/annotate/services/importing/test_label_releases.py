"""A release comes into a project that has photos of its own: what is lacking is added, nobody's work is replaced."""

import pytest
from django.core.files.base import ContentFile

from annotate.core.release import pack_release
from annotate.models import Annotation, Consensus, Image, Project, Release, Vote
from annotate.services import leases
from annotate.services.agreement.consensus import adjudicate
from annotate.services.importing import label_imports
from annotate.services.importing.label_photos import Photos
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cut_release, release_folder
from tests.factories import make_image, make_project, owner_of, photo_bytes
from tests.label_files import apply, run, undo
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path / "releases"


@pytest.fixture
def packed():
    """A release of two photos of seeds 1 and 2, as the bytes of its zip file."""
    project = make_project(name="Dogs", votes_wanted=1)
    label_image(make_image(project, photo_bytes(seed=1)), LEFT_HALF, "bad")
    label_image(make_image(project, photo_bytes(seed=2)), RIGHT_HALF, "ok")
    return pack(project)


def pack(project: Project) -> bytes:
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    return b"".join(pack_release(release_folder(Release.objects.latest("pk"))))


def start(project: Project, packed: bytes):
    file = ContentFile(packed)
    return run(label_imports.start_import(project, file, by=owner_of(project), file_name="dogs.zip"))


def test_it_is_recognised_and_its_levels_are_proposed_where_the_scale_is_the_same(packed):
    project = make_project()
    make_image(project, photo_bytes(seed=1))
    work = start(project, packed)
    assert (work.format, work.report["photos"], work.report["new_photos"]) == ("smartblur", 1, 1)
    assert work.report["proposed"]["levels"] == {"Sharp": 0, "Medium": 2}
    assert work.report["proposed"]["votes"] == {"bad": "bad", "ok": "ok"}
    other = make_project(levels=[level | {"amount_ppm": level["amount_ppm"] // 2} for level in project.levels])
    assert start(other, packed).report["proposed"]["levels"] == {}


def test_photos_that_are_not_here_come_in_and_all_are_labelled(packed):
    project = make_project(votes_wanted=1)
    mine = make_image(project, photo_bytes(seed=1), file_name="mine.jpg")
    work = apply(start(project, packed))
    assert work.result["counts"] == {"maps": 2, "votes": 2, "photos": 2, "new_photos": 1}
    assert project.images.count() == 2
    assert [row.document for row in Annotation.objects.filter(image=mine)] == [LEFT_HALF]
    new = project.images.exclude(pk=mine.pk).get()
    assert (new.label_import, new.split) == (work, Image.objects.exclude(project=project).get(sha256=new.sha256).split)
    assert set(Consensus.objects.filter(image__project=project).values_list("desirability", flat=True)) == {"bad", "ok"}
    authors = Annotation.objects.filter(image__project=project).values_list("author__is_active", flat=True)
    assert set(authors) == {False}


def test_what_people_said_here_stays_beside_it(packed):
    project = make_project(votes_wanted=2)
    mine = make_image(project, photo_bytes(seed=1))
    (person,) = label_image(mine, LEFT_HALF, "bad")
    apply(start(project, packed))
    assert Annotation.objects.filter(image=mine).count() == 2
    assert Annotation.objects.get(image=mine, author=person).document == LEFT_HALF


def test_a_curators_decision_comes_in_as_what_that_curator_said():
    source = make_project(votes_wanted=1)
    image = make_image(source, photo_bytes(seed=1))
    label_image(image, LEFT_HALF, "bad")
    adjudicate(image, by=owner_of(source), document=RIGHT_HALF, desirability="ok", reason="so")
    project = make_project(votes_wanted=2)
    make_image(project, photo_bytes(seed=1))
    apply(start(project, pack(source)))
    said = Vote.objects.filter(image__project=project).values_list("desirability", flat=True)
    assert sorted(said) == ["bad", "ok"]
    documents = [row.document for row in Annotation.objects.filter(image__project=project).order_by("pk")]
    assert sorted(documents, key=str) == sorted([LEFT_HALF, RIGHT_HALF], key=str)


def test_levels_are_mapped_as_the_curator_says(packed):
    project = make_project(votes_wanted=1)
    work = start(project, packed)
    apply(work, **work.report["proposed"] | {"levels": {"Sharp": 0, "Medium": 3}})
    levels = {row.document["regions"][0]["level"] for row in Annotation.objects.filter(image__project=project)}
    assert levels == {3}


def test_taken_back_its_photos_go_too_unless_somebody_labelled_them(packed):
    project = make_project(votes_wanted=2)
    make_image(project, photo_bytes(seed=1))
    work = apply(start(project, packed))
    new = project.images.get(label_import=work)
    work = undo(work)
    assert (work.undone["counts"], project.images.count()) == ({"maps": 2, "votes": 2, "photos": 1}, 1)
    assert not new.file.storage.exists(new.file.name)
    work = apply(work)
    new = project.images.get(label_import=work)
    label_image(new, RIGHT_HALF, "ok")
    work = undo(work)
    assert (work.undone["counts"]["maps"], work.undone["stays"]["counts"]) == (2, {"photo_stays": 1})
    assert project.images.count() == 2


def test_the_second_time_nothing_is_new(packed):
    project = make_project(votes_wanted=1)
    apply(start(project, packed))
    counts = apply(start(project, packed)).result["counts"]
    assert (counts["kept"], counts["maps"], counts["votes"]) == (2, 0, 0)


def test_a_photo_is_known_by_the_file_that_it_was_made_from():
    project = make_project()
    image = make_image(project)
    photos = Photos(project)

    class Facts:
        sha256, source_sha256 = "0" * 64, image.source_sha256

    assert photos.find_released(Facts).pk == image.pk
