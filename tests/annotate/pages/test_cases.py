"""The guide's teaching cases: real photos, outlined in the project's own levels, with vote, reason and credit."""

import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import annotate
from annotate.models import Project
from annotate.pages.cases import teaching_cases
from tests.data import make_guide_photos
from tests.factories import make_project
from tests.visits import member_of, words

pytestmark = pytest.mark.django_db
PICTURES = Path(annotate.__file__).parents[1] / "frontend/public"


def scale(*ends):
    """A project's levels that end at these sigmas; the last one has no end."""
    return [{"level": n, "name": str(n), "sigma_to": end} for n, end in enumerate((*ends, None))]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.8, 2.4, 4.8), {"none": [0], "good": [0, 1, 3], "ok": [0, 3], "bad": [0, 3]}),
        ((1.5,), {"none": [0], "good": [0, 1], "ok": [0, 1], "bad": [0, 1]}),
        ((0.5, 1, 2, 3, 4, 7.5, 10), {"none": [0], "good": [0, 2, 6], "ok": [0, 5], "bad": [0, 5]}),
    ],
)
def test_cases_are_in_the_levels_of_the_project(ends, expected):
    project = Project(levels=scale(*ends))
    assert {case.vote: case.levels for case in teaching_cases(project)} == expected


def test_each_case_shows_photo_and_map_with_vote_reason_and_credit():
    project = make_project()
    response = member_of(project).get(f"/projects/{project.pk}/guide/")
    html, said = response.content.decode(), words(response)
    shown = re.findall(r'<svg class="case".*?</svg>', html, re.DOTALL)
    assert len(shown) == 8
    assert [len(re.findall("<image", each)) for each in shown] == [1, 0] * 4
    assert all(str(case.reason) in said for case in response.context["cases"])
    assert said.count("Photo: Astronaut Eileen Collins, NASA Great Images database") == 2
    assert "Photo: Flower, by vultilion on Flickr" in said
    assert 'href="https://www.flickr.com/photos/vultilion/6056698931/"' in html


def test_pictures_are_light_and_of_the_shape_of_their_outlines():
    for case in teaching_cases(make_project()):
        path = PICTURES / case.picture
        with PIL.Image.open(path) as picture:
            width, height = picture.size
        assert (path.stat().st_size < 32_000, round(width * case.size[1] / case.size[0])) == (True, height)


def test_a_picture_is_what_its_script_makes():
    case = next(case for case in make_guide_photos.cases() if case["vote"] == "ok")
    with PIL.Image.open(PICTURES / "guide/ok.webp") as kept:
        before = np.asarray(kept.convert("RGB"), float)
    assert np.abs(np.asarray(make_guide_photos.picture_of(case), float) - before).mean() < 4
