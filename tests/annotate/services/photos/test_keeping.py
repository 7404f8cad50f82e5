"""Of photos that look alike, the one with the sharpest subject is proposed, with what tells it from the others."""

import pytest

from annotate.models import Consensus, Preannotation
from annotate.services.photos.keeping import Candidate, propose
from tests.factories import make_image, make_project

pytestmark = pytest.mark.django_db

LEFT = [0, 0, 640, 0, 640, 960, 0, 960]  # of a photo of 80 x 60 px, in 1/16 px
RIGHT = [640, 0, 1280, 0, 1280, 960, 640, 960]
GOOD, BAD = [0, 900_000, 100_000, 0], [0, 0, 100_000, 900_000]


def photo(project, *, blurred=None, probabilities=GOOD, subject=LEFT, sharpest_mpx=None, **columns):
    """A photo of two halves: where the model sees blur of the highest level, and what draws the eye."""
    image = make_image(project)
    for name, value in {"width": 80, "height": 60, **columns}.items():
        setattr(image, name, value)
    image.save()
    region = {"id": "a", "kind": "defocus", "z": 0}
    Preannotation.objects.create(
        image=image,
        model_name="m",
        model_version=1,
        weights_sha256="0" * 64,
        document={"base": 0, "regions": [region | {"level": 3, "rings": [blurred]}] if blurred else []},
        probabilities_ppm=probabilities,
        uncertainty_ppm=0,
        subject={"base": None, "regions": [region | {"level": 0, "rings": [subject]}]} if subject else None,
    )
    image.facts.sharpest_mpx = sharpest_mpx
    return image


def proposed(*images):
    image, why = propose([Candidate.of(image) for image in images])
    return images.index(image), why


def test_the_sharpest_subject_is_proposed_whatever_is_sharp_beside_it():
    project = make_project()
    soft, sharp = photo(project, blurred=LEFT), photo(project, blurred=RIGHT, probabilities=BAD)
    assert proposed(soft, sharp) == (1, "It has the sharpest subject.")
    words = [Candidate.of(image).reason for image in (soft, sharp)]
    assert words == ["subject soft, background sharp: Good", "subject sharp, background soft: Bad"]


def test_what_draws_the_eye_in_one_counts_in_all():
    project = make_project()
    fence = photo(project, blurred=LEFT, subject=RIGHT)
    assert proposed(fence, photo(project, blurred=RIGHT), photo(project)) == (2, "It has the sharpest subject.")


def test_equals_are_told_apart_by_verdict_then_by_measured_sharpness_labels_and_size():
    project = make_project()
    verdict = [photo(project, probabilities=BAD), photo(project)]
    assert proposed(*verdict) == (1, "It has the best verdict.")
    measured = [photo(project, sharpest_mpx=1_900), photo(project, sharpest_mpx=700), photo(project, sharpest_mpx=750)]
    assert proposed(*measured[:2]) == (1, "It has the sharpest place, as measured.")
    measured[2].width, measured[2].height = 160, 120
    assert proposed(*measured) == (2, "It has the sharpest place, as measured, then the most pixels.")
    assert proposed(photo(project), photo(project, state="agreed")) == (1, "It has labels of people.")
    assert proposed(photo(project), photo(project)) == (0, "Nothing that is measured tells them apart; it came first.")


def test_peoples_verdict_counts_before_the_models_and_photos_no_model_saw_are_told_by_the_rest():
    project = make_project()
    judged, other = photo(project, state="agreed"), photo(project)
    Consensus.objects.create(image=judged, posterior_ppm=BAD, vote_counts=[0, 0, 0, 2], desirability="bad")
    assert proposed(judged, other) == (1, "It has the best verdict.")
    assert proposed(make_image(project), judged) == (1, "It has labels of people.")
