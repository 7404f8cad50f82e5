"""Photos of one camera within ten seconds that look alike are a burst, in whatever order they are counted."""

from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest

from annotate.core import culling
from annotate.models import Image, PhotoFacts
from annotate.services.finding.bursts import Taken, bursts_of, members_of
from annotate.services.finding.facts import refresh
from annotate.services.labelling.preannotations import save_preannotation
from tests.factories import make_image, make_project

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCENE, OTHER = 0x0F0F_3333_5555_00FF, 0x5A5A_0FF0_3C3C_A5A5


def taken(project, name, after_s, dhash=SCENE, camera="Canon"):
    """The id of a photo, not counted yet."""
    at = NOON + timedelta(seconds=after_s)
    image = make_image(project, file_name=name)
    Image.objects.filter(pk=image.pk).update(captured_at=at, dhash=dhash, camera=camera)
    return image.pk


def grouped(project):
    """The bursts of two photos or more, as names."""
    keys = PhotoFacts.objects.filter(burst__isnull=False, project=project).values_list("burst", flat=True).distinct()
    names = dict(project.images.values_list("pk", "file_name"))
    return sorted("".join(names[pk] for pk in members_of(project, key)) for key in keys)


def test_in_whatever_order_photos_are_counted_their_bursts_are_those_of_the_whole_shoot():
    project, random = make_project(), Random(4)
    shoot = [
        (chr(97 + n), random.randrange(60), random.choice([SCENE, SCENE, OTHER]), random.choice(["Canon", "Nikon"]))
        for n in range(18)
    ]
    photos = {name: taken(project, name, *rest) for name, *rest in shoot}
    whole = [
        Taken(photos[name], name, camera, NOON + timedelta(seconds=after_s), dhash, None)
        for name, after_s, dhash, camera in sorted(shoot, key=lambda each: (each[3], each[1], each[0]))
    ]
    expected = sorted("".join(each.name for each in burst) for burst in culling.bursts(whole) if len(burst) > 1)
    assert len(expected) > 3
    left = list(photos.values())
    random.shuffle(left)
    while left:
        refresh(left[:4])
        del left[:4]
    assert grouped(project) == expected


def test_a_photo_between_two_parts_them_and_one_that_the_model_finds_alike_joins_them():
    project = make_project()
    a, c = taken(project, "a", 0), taken(project, "c", 4)
    lone = taken(project, "z", 0, camera="Nikon")
    refresh([a, c, lone])
    assert (grouped(project), bursts_of([a, c, lone])) == (["ac"], {a: a, c: a})
    b = taken(project, "b", 2, dhash=OTHER)
    refresh([b])
    assert grouped(project) == []
    said = {"model_name": "m", "model_version": 1, "weights_sha256": "0" * 64, "uncertainty_ppm": 1}
    said |= {"document": {"base": 0, "regions": []}, "probabilities_ppm": [0, 1_000_000, 0, 0]}
    shows = np.ones(4, np.float16).tobytes()
    for pk, version in ((a, 1), (b, 1), (c, 2)):
        save_preannotation(Image.objects.get(pk=pk), content=shows, **said | {"model_version": version})
    refresh([a, b, c])
    assert grouped(project) == ["ab"]  # what two versions see does not compare
    save_preannotation(Image.objects.get(pk=c), content=shows, **said)
    refresh([c])
    assert grouped(project) == ["abc"]
