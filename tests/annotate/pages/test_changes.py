"""What changed since the release before, on a release's page."""

import io
from uuid import uuid4

import PIL.Image
import pytest

from annotate import tasks
from annotate.models import Release
from annotate.services.agreement.consensus import adjudicate
from annotate.services.photos.curation import act_on_images
from annotate.services.releasing.releases import cut_release
from tests.factories import make_image, make_user, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image
from tests.visits import browser

pytestmark = pytest.mark.django_db(transaction=True)  # cutting takes a snapshot, so a transaction of its own


@pytest.fixture
def two_releases(project, owner, settings, tmp_path):
    """Two releases: of the first photo map and verdict changed, the second is withdrawn, the third is new."""
    settings.RELEASES_ROOT = tmp_path
    photos = [make_image(project, file_name=f"{n}.jpg") for n in range(3)]
    for photo in photos[:2]:
        label_image(photo, LEFT_HALF, "good", "good")
    cut_release(project, by=owner_of(project))
    tasks.build_releases()
    by = owner_of(project)
    adjudicate(photos[0], by=by, document=RIGHT_HALF, desirability="bad", reason="Seen again")
    act_on_images(project, [photos[1].pk], "withdraw", by=by, act_id=uuid4())
    label_image(photos[2], LEFT_HALF, "ok", "ok")
    cut_release(project, by=by)
    tasks.build_releases()
    return list(Release.objects.order_by("pk"))


def test_what_changed_since_the_release_before_is_listed_with_a_slider_between_the_maps(project, owner, two_releases):
    first, second = two_releases
    page = owner.get(f"/projects/{project.pk}/releases/{second.pk}/")
    changes = page.context["changes"]
    assert {name: count for name, _, count in changes["counts"]} == {
        "added": 1,
        "removed": 1,
        "levels": 1,
        "desirability": 1,
    }
    said = {photo["name"]: photo["said"] for photo in changes["photos"]}
    assert said["0.jpg"] == ["Another blur map.", "Verdict: Good, now Bad."]
    assert said["2.jpg"][0].startswith("New, in ")
    [split] = [photo["split"] for photo in changes["photos"] if photo["split"]]
    assert [side["name"] for side in split["sides"]] == ["1.0.0", "1.1.0"]
    maps = [PIL.Image.open(io.BytesIO(owner.get(side["url"]).content)).convert("L") for side in split["sides"]]
    assert [map_.getpixel((0, 0)) > map_.getpixel((47, 0)) for map_ in maps] == [True, False]
    assert owner.get(f"/projects/{project.pk}/releases/{first.pk}/").context["changes"] is None


def test_the_list_of_changes_is_narrowed_to_a_kind_and_paged(project, owner, two_releases, monkeypatch):
    monkeypatch.setattr("annotate.services.releasing.changes.PAGE", 1)
    monkeypatch.setattr("annotate.pages.changes.PAGE", 1)
    address = f"/projects/{project.pk}/releases/{two_releases[1].pk}/"
    narrowed = owner.get(f"{address}?change=levels").context["changes"]
    assert ([photo["name"] for photo in narrowed["photos"]], narrowed["pages"]) == (["0.jpg"], 1)
    pages = [owner.get(f"{address}?page={number}").context["changes"] for number in (1, 2, 3)]
    assert sorted(photo["name"] for page in pages for photo in page["photos"]) == ["0.jpg", "1.jpg", "2.jpg"]
    assert [(page["before"], page["after"]) for page in pages] == [(0, 2), (1, 3), (2, 0)]
    beyond = owner.get(f"{address}?page=9&change=nonsense").context["changes"]
    assert (beyond["kind"], beyond["photos"], beyond["before"], beyond["after"]) == ("", [], 3, 0)


def test_strangers_see_no_map_of_a_release(project, owner, two_releases):
    key = two_releases[1].items.first().key
    address = f"/projects/{project.pk}/releases/{two_releases[1].pk}/maps/{key}.png"
    assert owner.get(address).status_code == 200
    assert browser(make_user()).get(address).status_code == 404
