"""The grid, bringing photos in, one photo and settling it."""

import io
import re

import numpy as np
import PIL.Image
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate.models import Consensus, Vote
from annotate.pages.maps import GAP, LINE
from annotate.pages.ramp import HATCH_COLOUR, RAMP, ramp_stop
from annotate.services.labelling.preannotations import save_preannotation
from tests.factories import make_image, make_member, photo_bytes, photo_with_soft_background, resaved
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image, rectangle
from tests.visits import browser, member_of, told, words

pytestmark = pytest.mark.django_db


def shown(page) -> list[str]:
    return [image.file_name for image in page.context["images"]]


def test_photos_are_filtered_by_state_and_name_and_paged(project, owner, monkeypatch):
    monkeypatch.setattr("annotate.pages.photos.PAGE_SIZE", 2)
    images = [make_image(project, file_name=f"{name}.jpg") for name in ("ada", "bea", "cat", "bear")]
    label_image(images[2], LEFT_HALF, "good", "good")
    path = f"/projects/{project.pk}/"
    first = owner.get(path)
    assert (shown(first), first.context["older"]) == (["bear.jpg", "cat.jpg"], images[2].pk)
    assert shown(owner.get(path, {"before": images[2].pk})) == ["bea.jpg", "ada.jpg"]
    assert shown(owner.get(path, {"state": "agreed"})) == ["cat.jpg"]
    assert shown(owner.get(path, {"q": "BEA"})) == ["bear.jpg", "bea.jpg"]
    assert "No file name here contains" in words(owner.get(path, {"q": "zebra"}))


@pytest.mark.parametrize("odd", [{"before": "²"}, {"before": "9" * 30}, {"state": "\0"}, {"q": "\0%_"}])
def test_an_odd_address_is_a_page_all_the_same(project, owner, odd):
    make_image(project)
    assert owner.get(f"/projects/{project.pk}/", odd).status_code == 200


def upload(client, project, *files, **fields):
    named = [SimpleUploadedFile(name, data, "image/jpeg") for name, data in files]
    return client.post(f"/projects/{project.pk}/upload/", {"files": named, "license": "CC0-1.0", **fields})


def test_the_plain_form_takes_many_photos_and_tells_of_each_refusal(project, owner):
    photo = photo_bytes(240, 200)
    response = upload(
        owner, project, ("a.jpg", photo), ("again.jpg", photo), ("b.jpg", photo_bytes(240, 200)), ("c.jpg", b"no")
    )
    assert sorted(project.images.values_list("file_name", flat=True)) == ["a.jpg", "b.jpg"]
    new, known, refused = told(response)
    assert (new, known) == ("2 photos came in.", "1 was here already; nothing is kept twice.")
    assert refused.startswith("c.jpg: ")


def test_the_plain_form_names_what_looks_like_a_photo_that_is_here(project, owner):
    photo = photo_with_soft_background(240, 200, seed=1)
    came, alike = told(upload(owner, project, ("a.jpg", photo), ("b.jpg", resaved(photo))))
    assert (came, alike) == ("2 photos came in.", "b.jpg looks like a.jpg, which is here. Withdraw one of them?")


def test_a_licence_that_asks_for_credit_needs_one(project, owner):
    page = upload(owner, project, ("a.jpg", photo_bytes(240, 200)), license="CC-BY-4.0")
    assert list(page.context["upload_form"].errors) == ["attribution"]
    assert not project.images.exists()


def test_annotators_bring_nothing_in(project):
    client = member_of(project)
    assert upload(client, project, ("a.jpg", photo_bytes(240, 200))).status_code == 403
    assert "data-island" not in client.get(f"/projects/{project.pk}/").content.decode()


def test_curators_see_everybodys_work_on_a_photo_and_annotators_their_own(project, owner):
    image = make_image(project)
    first, second = label_image(image, LEFT_HALF, "good", "bad")
    path = f"/projects/{project.pk}/photos/{image.pk}/"
    page = owner.get(path)
    assert [(each.author, each.vote) for each in page.context["annotations"]] == [(first, "good"), (second, "bad")]
    assert sum(ppm for _, _, ppm, _ in page.context["said"]) == 1_000_000
    assert [row[1:] for row in page.context["levels"]] == [
        (500_000, None),
        (0, 1_000_000),
        (500_000, 1_000_000),
        (0, None),
    ]
    assert "What two people painted as blurred overlaps by 100 %." in words(page)
    own = browser(first).get(path)
    assert [each.author for each in own.context["annotations"]] == [first]
    assert ("said" in own.context, second.username in words(own)) == (False, False)


def test_a_map_is_a_picture_in_which_brighter_is_more_blur(project, owner):
    image = make_image(project)
    (author, _) = label_image(image, LEFT_HALF, "good", "good")
    own = author.annotations.get()
    for path in ("map.png", f"maps/{own.pk}.png"):
        response = owner.get(f"/projects/{project.pk}/photos/{image.pk}/{path}")
        picture = np.asarray(PIL.Image.open(io.BytesIO(response.content)).convert("RGBA"))
        assert picture.shape == (32, 48, 4)
        assert picture[0, 0].tolist() == [*bytes.fromhex(RAMP[5][1:]), 255]
        assert picture[0, 47].tolist() == [*bytes.fromhex(RAMP[0][1:]), 255]


def test_a_map_is_sent_anew_only_where_it_has_changed(project, owner):
    image = make_image(project)
    (author,) = label_image(image, LEFT_HALF, "bad")
    paths = [f"/projects/{project.pk}/photos/{image.pk}/{path}" for path in ("map.png", "maps/{}.png")]
    paths[1] = paths[1].format(author.annotations.get().pk)
    first = [owner.get(path) for path in paths]
    known = {"HTTP_IF_NONE_MATCH": first[0]["ETag"]}
    again = owner.get(paths[0], **known)
    assert (again.status_code, again["ETag"], again["Cache-Control"]) == (304, first[0]["ETag"], "private, no-cache")
    assert owner.get(paths[1], HTTP_IF_NONE_MATCH=first[1]["ETag"]).status_code == 304
    label_image(image, RIGHT_HALF, "bad")
    changed = owner.get(paths[0], **known)
    assert (changed.status_code, changed.content != first[0].content) == (200, True)


def test_a_large_photos_map_is_painted_no_larger_than_it_is_shown(project, owner, monkeypatch):
    image = make_image(project)
    slanted = rectangle("slanted", 3, 0, 0, 0, 0) | {"rings": [[0, 0, 700, 30, 500, 400, 90, 480]]}
    (author, _) = label_image(image, {"base": None, "regions": [slanted]}, "bad", "bad")
    monkeypatch.setattr("annotate.pages.maps.LONG_SIDE", 16)
    paths = [f"/projects/{project.pk}/photos/{image.pk}/{path}" for path in ("map.png", "maps/{}.png")]
    sampled, painted = (
        np.asarray(PIL.Image.open(io.BytesIO(owner.get(path.format(author.annotations.get().pk)).content)))
        for path in paths
    )
    assert sampled.shape == (11, 16)
    assert np.count_nonzero(sampled != painted) <= 1  # the corners of what is painted are rounded


def test_the_ramp_of_maps_is_the_one_of_the_token_sheet():
    tokens = (settings.BASE_DIR / "frontend/src/styles/tokens.css").read_text()
    assert re.findall(r"--ramp-\d: (#\w+);", tokens) == list(RAMP)
    assert [ramp_stop(level, 4) for level in range(4)] == [0, 2, 5, 7]


@pytest.fixture
def predicted(project):
    """A photo that a model says of: half of it is blurred, nothing of the rest, and it is bad."""
    image = make_image(project)
    save_preannotation(
        image,
        model_name="abc-tiny run 1",
        model_version=1,
        weights_sha256="a" * 64,
        document=LEFT_HALF | {"base": None},
        probabilities_ppm=[0, 0, 250_000, 750_000],
        uncertainty_ppm=0,
        no_evidence={"base": None, "regions": [rectangle("a0", 0, 0, 16, 24, 32)]},
        no_evidence_ppm=250_000,
    )
    return image


def test_the_page_shows_what_the_model_sees(project, owner, predicted):
    page = owner.get(f"/projects/{project.pk}/photos/{predicted.pk}/")
    assert page.context["model_said"] == [("none", 0), ("good", 0), ("ok", 250_000), ("bad", 750_000)]
    assert ("What the model sees" in words(page), "75 %" in words(page)) == (True, True)
    assert "Hatched: nothing to judge by, 25 % of the photo." in words(page)


def test_an_annotator_sees_what_the_model_says_only_after_their_own_vote(project, predicted):
    person = make_member(project)
    page = browser(person).get(f"/projects/{project.pk}/photos/{predicted.pk}/")
    assert ("model_said" in page.context, "What the model sees" in words(page)) == (False, False)
    Vote.objects.create(image=predicted, author=person, desirability="bad")
    page = browser(person).get(f"/projects/{project.pk}/photos/{predicted.pk}/")
    assert page.context["model_said"] == [("none", 0), ("good", 0), ("ok", 250_000), ("bad", 750_000)]


def test_what_nobody_labelled_is_see_through_in_a_map_and_what_nobody_can_judge_is_hatched(project, owner, predicted):
    response = owner.get(f"/projects/{project.pk}/photos/{predicted.pk}/model.png")
    shown = np.asarray(PIL.Image.open(io.BytesIO(response.content)).convert("RGBA"))
    assert shown[0, 47, 3] == 0
    assert shown[:16, :24, 3].min() == 255
    lines = shown[16:, :24][shown[16:, :24, 3] > 0]
    assert (len(lines) / (16 * 24), {*map(tuple, lines[:, :3])}) == (pytest.approx(LINE / GAP, 0.2), {(*HATCH_COLOUR,)})


def test_an_annotator_cannot_see_anothers_map_nor_the_merged_one(project):
    image = make_image(project)
    first, second = label_image(image, LEFT_HALF, "good", "good")
    theirs = second.annotations.get()
    client = browser(first)
    assert client.get(f"/projects/{project.pk}/photos/{image.pk}/maps/{theirs.pk}.png").status_code == 404
    assert client.get(f"/projects/{project.pk}/photos/{image.pk}/map.png").status_code == 403


def test_a_curator_settles_a_dispute(project, owner):
    image = make_image(project)
    (first,) = label_image(image, LEFT_HALF, "bad")
    label_image(image, RIGHT_HALF, "good")
    decision = {"annotation": first.annotations.get().pk, "desirability": "bad", "reason": "The face is blurred."}
    path = f"/projects/{project.pk}/photos/{image.pk}/"
    assert owner.post(f"{path}settle/", decision)["Location"] == path
    settled = Consensus.objects.get(image=image)
    assert (settled.state, settled.desirability, settled.decided_by) == ("agreed", "bad", "adjudicated")
    assert "The face is blurred." in words(owner.get(path))


def test_a_decision_that_contradicts_its_map_is_refused_with_the_reason(project, owner):
    image = make_image(project)
    (first,) = label_image(image, LEFT_HALF, "bad")
    decision = {"annotation": first.annotations.get().pk, "desirability": "none", "reason": "It is fine."}
    page = owner.post(f"/projects/{project.pk}/photos/{image.pk}/settle/", decision)
    assert "You voted that there is no blur, but painted some." in words(page)
    assert Consensus.objects.get(image=image).decided_by == "single"


def test_a_curator_goes_through_disputed_photos_by_newer_and_older(project, owner):
    images = [make_image(project) for _ in range(4)]
    for image in images[::3]:
        label_image(image, LEFT_HALF, "bad", "ok")
    path = f"/projects/{project.pk}/photos/{images[0].pk}/"
    page = owner.get(path).context
    assert (page["newer"], page["older"]) == (images[1].pk, None)
    page = owner.get(f"{path}?state=disputed")
    assert (page.context["newer"], page.context["older"]) == (images[3].pk, None)
    assert f'href="/projects/{project.pk}/photos/{images[3].pk}/?state=disputed"' in page.content.decode()
    decision = {"annotation": images[0].annotations.first().pk, "desirability": "bad", "reason": "The face."}
    assert owner.post(f"{path}settle/?state=disputed", decision)["Location"] == f"{path}?state=disputed"


def test_annotators_settle_nothing(project):
    image = make_image(project)
    assert member_of(project).post(f"/projects/{project.pk}/photos/{image.pk}/settle/").status_code == 403


def test_no_style_crops_a_photo():
    styles = settings.BASE_DIR / "frontend/src/styles"
    assert [file.name for file in styles.glob("*.css") if "object-fit: cover" in file.read_text()] == []
