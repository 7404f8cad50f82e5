"""A shoot on "Try it": bursts with the best first, what its owner keeps, and what they take away."""

import csv
import io
import zipfile

import pytest

from annotate.core.errors import SmartBlurError
from annotate.models import Role
from modelsvc.models import Trial
from modelsvc.services import culling
from tests.factories import client_of, make_member, make_project, owner_of
from tests.modelsvc.rows import make_shoot, make_version
from tests.visits import QUERY_BOUND, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def shoot() -> Trial:
    """A burst of three, the last of them sharpest, and a photo of an hour later whose name a spreadsheet would run."""
    project = make_project()
    burst = [("a.jpg", 0, 0.9), ("b.jpg", 2, 0.4), ("c.HEIC", 4, 0.1)]
    return make_shoot(make_version(project), [*burst, ("=1.jpg", 3600, 0.2)])


def names(trial: Trial) -> list[list[str]]:
    return [[photo.file_name for photo in burst] for burst in culling.bursts_of(trial)]


def test_the_best_of_a_burst_comes_first_and_says_why(shoot):
    shoot.photos.create(number=9, file_name="not-looked-at.jpg")
    assert names(shoot) == [["c.HEIC", "b.jpg", "a.jpg"], ["=1.jpg"]]
    best, *_, last = culling.bursts_of(shoot)[0]
    assert (best.reason, best.stars) == ("subject sharp, background soft: Good", 5)
    assert (last.reason, last.stars) == ("subject soft, background soft: Good", 1)


def test_what_its_owner_decides_makes_the_stars(shoot):
    culling.decide(shoot, {0: "keep", 2: "reject"})
    stars = {photo.file_name: photo.stars for photo in culling.bursts_of(shoot)[0]}
    assert stars == {"a.jpg": 4, "b.jpg": 2, "c.HEIC": -1}
    culling.decide(shoot, {2: ""})
    assert culling.bursts_of(shoot)[0][0].stars == 5
    with pytest.raises(SmartBlurError) as refusal:
        culling.decide(shoot, {0: "reject", 9: "keep"})
    assert (refusal.value.code, shoot.photos.get(number=0).decision) == ("unknown_photo", "keep")


@pytest.mark.promise("S9")
def test_the_table_is_sorted_and_holds_no_formula(shoot):
    rows = list(csv.reader(io.StringIO(culling.as_csv(culling.bursts_of(shoot)))))
    assert [row[:4] for row in rows[1:]] == [
        ["c.HEIC", "1", "1", "5"],
        ["'=1.jpg", "2", "1", "4"],
        ["b.jpg", "1", "2", "2"],
        ["a.jpg", "1", "3", "1"],
    ]


def test_sidecars_lie_beside_their_photos():
    photos = [("1.jpg", 0, 0), ("2.jpg", 60, 0), ("2.HEIC", 120, 0), ("1.JPG", 180, 0)]
    trial = make_shoot(make_version(make_project()), photos)
    with zipfile.ZipFile(io.BytesIO(culling.as_sidecars(culling.bursts_of(trial)))) as archive:
        assert archive.namelist() == ["0/1.jpg.xmp", "2.jpg.xmp", "2.HEIC.xmp", "3/1.JPG.xmp"]
        assert b'xmp:Rating="5"' in archive.read("2.jpg.xmp")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["b.xmp", "c.xmp"]),
        ("?naming=PHOTO.xmp", ["b.xmp", "c.xmp"]),
        ("?naming=PHOTO.JPG.xmp", ["b.jpg.xmp", "c.HEIC.xmp"]),
    ],
)
def test_sidecars_are_named_as_the_photo_software_asks(shoot, asked, names):
    page = f"/projects/{shoot.version.project_id}/models/trials/{shoot.pk}/stars.zip{asked}"
    answer = browser(owner_of(shoot.version.project)).get(page)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(names) <= set(archive.namelist())


def test_only_its_owner_culls_a_shoot(shoot):
    project, owner = shoot.version.project, owner_of(shoot.version.project)
    decisions = {"photos": [{"number": 0, "decision": "keep"}]}
    for user, status in ((owner, 204), (make_member(project, Role.RESEARCHER), 404), (owner_of(make_project()), 404)):
        address = f"/api/trials/{shoot.pk}/decisions/"
        assert client_of(user).put(address, decisions, format="json").status_code == status
        page = f"/projects/{project.pk}/models/trials/{shoot.pk}"
        for end in ("cull/", "sorted.csv", "stars.zip"):
            assert browser(user).get(f"{page}/{end}").status_code == (200 if status == 204 else 404)
    bad = {"photos": [{"number": 0, "decision": "burn"}]}
    assert client_of(owner).put(address, bad, format="json").status_code == 400


def test_a_page_of_many_photos_costs_few_queries(django_assert_max_num_queries):
    trial = make_shoot(make_version(make_project()), [(f"{at}.jpg", at, 0.1) for at in range(20)])
    client = browser(trial.by)
    with django_assert_max_num_queries(QUERY_BOUND):
        page = client.get(f"/projects/{trial.version.project_id}/models/trials/{trial.pk}/cull/")
    assert page.content.count(b'"number": ') == 20
