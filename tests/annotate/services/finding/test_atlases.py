"""Atlases are drawn, added to and kept for as long as a set has an area of them; areas hold what lies inside."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from annotate.core.errors import SmartBlurError
from annotate.models import Atlas, Image, Role
from annotate.services.finding import atlases
from annotate.services.finding.saved import save_set
from annotate.services.finding.search import read_query
from tests.factories import make_image, make_project, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    project.my_role = Role.OWNER
    return project


def add_photos(project, count):
    """Rows of photos without files; their ids in order."""
    first = make_image(project)
    fields = {each.attname: getattr(first, each.attname) for each in Image._meta.concrete_fields if each.name != "id"}
    more = [Image(**fields | {"sha256": f"{n:064x}", "source_sha256": f"{n:064x}"}) for n in range(count - 1)]
    return np.array([first.pk, *(each.pk for each in Image.objects.bulk_create(more))])


def draw(project, places, version=1):
    images = np.array(project.images.order_by("pk").values_list("pk", flat=True))
    return atlases.draw_atlas(project, model_version=version, images=images, places=np.array(places))


def inside(ring, points):
    """Whether points lie on a ring or wound round by it, by the sums of the angles under which they see its sides."""
    start, end = ring, np.roll(ring, -1, 0)
    a, b = start[None] - points[:, None], end[None] - points[:, None]
    cross, dot = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], (a * b).sum(-1)
    on_border = ((cross == 0) & (dot <= 0)).any(1)
    return on_border | (np.abs(np.arctan2(cross, dot).sum(1)) > np.pi)


def test_an_area_holds_what_numpy_finds_inside_or_on_its_border(project):
    random = np.random.default_rng(5)
    images, places = add_photos(project, 400), random.integers(0, 40, (400, 2))  # so near that many lie on borders
    atlas = draw(project, places)
    other = make_project()
    make_image(other)
    draw(other, [[20, 20]])
    for corners in (3, 4, 7, 30, 100):
        ring = random.integers(0, 40, (corners, 2))  # crosses itself
        area = f"{atlas.pk}_" + "_".join(f"{x}-{y}" for x, y in ring.tolist())
        found = read_query(project, f"lasso={area}&sort=added").ids(500)
        assert found == images[inside(ring, places)].tolist(), corners
        assert 0 < len(found) < 400
    narrowed = read_query(project, f"lasso={area}&q=nothing")
    assert narrowed.count() == 0


@pytest.mark.parametrize(
    "area", ["", "1", "1_1-1_2-2", "x_1-1_2-2_3-1", "1_1-1_2-2_3-99999", "1" + "_1-1" * 101, "1_1-1_2-2_3-1_"]
)
def test_what_is_no_area_is_refused(project, area):
    with pytest.raises(SmartBlurError) as refusal:
        read_query(project, f"lasso={area}" if area else "lasso=%20")
    assert (refusal.value.code, refusal.value.where) == ("invalid_filter", "lasso")


def test_photos_keep_their_places_and_gone_ones_have_none(project):
    images = add_photos(project, 3)
    atlas = draw(project, [[1, 1], [2, 2], [3, 3]])
    elsewhere = make_image(make_project()).pk
    later = make_image(project).pk
    more = np.array([images[0], later, elsewhere, 10**12])
    atlases.place_photos(atlas, more, np.array([[9, 9], [4, 4], [5, 5], [6, 6]]))
    places = {pk: (x, y) for pk, x, y in atlas.places.values_list("image", "x", "y")}
    assert places == dict(zip([*images.tolist(), later], [(1, 1), (2, 2), (3, 3), (4, 4)], strict=True))
    assert Atlas.objects.get().photo_count == 4


def test_a_replaced_atlas_is_kept_for_a_month_and_for_as_long_as_a_set_has_an_area_of_it(project):
    (photo,) = add_photos(project, 1).tolist()
    old, named, shown = (draw(project, [[5, 5]], version) for version in (1, 2, 3))
    area = "_0-0_9-0_9-9_0-9"
    save_set(project, name="Corner", query=f"lasso={named.pk}{area}", by=owner_of(project))
    assert list(Atlas.objects.shown()) == [shown]
    assert read_query(project, f"lasso={old.pk}{area}").ids(9) == [photo]
    assert atlases.forget_replaced() == 0
    Atlas.objects.exclude(replaced_at=None).update(replaced_at=timezone.now() - timedelta(days=31))
    assert atlases.forget_replaced() == 1
    assert read_query(project, f"lasso={old.pk}{area}").ids(9) == []
    assert read_query(project, "set=Corner").ids(9) == [photo]
    atlases.show_atlas(named)
    assert list(Atlas.objects.shown()) == [named]
