"""Photos that look like one that is here are told at the door, and gone through by curators."""

from io import BytesIO
from uuid import uuid4

import numpy as np
import PIL.Image
import pytest
from django.db import connection

from annotate.core.errors import SmartBlurError
from annotate.models import AuditEntry, Image
from annotate.services.finding.facts import refresh
from annotate.services.photos.curation import act_on_images, decide_twins, undo_act
from annotate.services.photos.images import ingest_images
from annotate.services.photos.twins import find_twins, has_undecided, undecided_groups
from tests.factories import CC0, make_image, make_project, owner_of, photo_bytes, photo_with_soft_background, resaved

pytestmark = pytest.mark.django_db


def image_of(hash_bits: int, project):
    """An image whose hash is these 64 bits."""
    image = make_image(project)
    image.dhash = hash_bits - (1 << 64) * (hash_bits >> 63)
    image.save(update_fields=["dhash"])
    return image


TELLING = 0xF0F0_3C3C_A5A5_1717


def bring(project, *photos):
    files = [(f"{number}.jpg", BytesIO(data)) for number, data in enumerate(photos)]
    return ingest_images(files, project=project, by=owner_of(project), source=CC0)


@pytest.mark.parametrize("others", [0, 1, 1 << 63 | 1 << 40 | 1])
def test_hashes_that_differ_in_three_bits_are_alike(others):
    project = make_project()
    first, second = image_of(TELLING, project), image_of(TELLING ^ others, project)
    assert find_twins(project, [first, second]) == {second.pk: first}


def test_hashes_that_differ_in_four_bits_are_not():
    project = make_project()
    images = [image_of(TELLING, project), image_of(TELLING ^ 0b1111, project)]
    assert find_twins(project, images) == {}


def test_the_most_alike_is_told_and_of_equals_the_oldest():
    project = make_project()
    far, near, other = (image_of(TELLING ^ bits, project) for bits in (0b11, 0b1, 0b10))
    assert find_twins(project, [image_of(TELLING, project)])[other.pk + 1] == near
    assert far.pk < near.pk < other.pk


def test_a_hash_that_tells_nothing_is_like_none():
    project = make_project()
    images = [image_of(0xFF, project), image_of(0xFF, project)]
    assert find_twins(project, images) == {}


def test_photos_of_other_projects_and_withdrawn_ones_are_like_none():
    project = make_project()
    image_of(TELLING, make_project())
    gone = image_of(TELLING, project)
    act_on_images(
        project,
        by=owner_of(project),
        act="withdraw",
        images=[gone.pk],
        act_id="5f0e3b44-6d6c-4d44-9d5f-0f2b0f6d3f10",
        album="",
    )
    assert find_twins(project, [image_of(TELLING, project)]) == {}


def test_a_photo_saved_again_comes_in_with_the_one_it_looks_like():
    project = make_project()
    data = photo_with_soft_background(240, 200, seed=1)
    first, again, same, other = bring(project, data, resaved(data), data, photo_bytes(240, 200))
    assert [arrival.twin for arrival in (first, again, same, other)] == [None, first.image, None, None]
    assert (again.is_new, Image.objects.filter(is_withdrawn=False).count()) == (True, 3)


def test_photos_too_small_or_of_one_colour_are_refused_and_199_px_are_too_few():
    flat = BytesIO()
    PIL.Image.new("RGB", (300, 300), (120, 130, 90)).save(flat, "JPEG", quality=70)
    project = make_project()
    arrivals = bring(project, photo_bytes(400, 199), flat.getvalue(), photo_bytes(200, 200))
    assert [arrival.error and arrival.error.code for arrival in arrivals] == [
        "image_too_small",
        "image_flat",
        None,
    ]


def test_a_fine_pattern_on_even_ground_is_not_of_one_colour():
    pattern = np.indices((256, 256)).sum(axis=0) % 2 * 255
    file = BytesIO()
    PIL.Image.fromarray(pattern.astype(np.uint8)).save(file, "PNG")
    (arrival,) = bring(make_project(), file.getvalue())
    assert arrival.error is None


def test_the_bands_are_found_by_index():
    project = make_project()
    first = make_image(project)
    others = [field.column for field in Image._meta.concrete_fields if field.name not in ("id", "sha256", "dhash")]
    copied = ", ".join(f'"{column}"' for column in others)
    source = "FROM annotate_image, generate_series(1, 20000) n WHERE id = %s"
    many = f"INSERT INTO annotate_image (sha256, dhash, {copied}) SELECT n, hashint8extended(n, 7), {copied} {source}"
    with connection.cursor() as cursor:
        cursor.execute(many, [first.pk])
        cursor.execute("ANALYZE annotate_image")
    plan = project.images.near([TELLING, 12345]).values_list("pk", "dhash").explain()
    assert [f"image_hash_band_{n}" in plan for n in range(4)] == [True] * 4


OTHER = 0x0F0F_C3C3_5A5A_E8E8


def told(project, *hashes):
    """The ids of images of these hashes, compared with all others."""
    ids = [image_of(each, project).pk for each in hashes]
    refresh(ids)
    return ids


def decide(project, keep, leave_out=(), act_id=None):
    return decide_twins(project, keep=keep, leave_out=leave_out, by=owner_of(project), act_id=act_id or uuid4())


def test_groups_are_joined_by_any_chain_and_a_decided_one_comes_back_only_with_another_photo():
    project = make_project()
    first, other, far, lone, near, twin = told(
        project, TELLING, OTHER, TELLING ^ 0b111111, TELLING ^ 0xFFFF, TELLING ^ 0b111, OTHER
    )
    told(make_project(), TELLING)
    assert undecided_groups(project) == [[first, far, near], [other, twin]]
    assert decide(project, [first, far, near]) == 3
    assert (undecided_groups(project), has_undecided(project)) == ([[other, twin]], True)
    assert decide(project, [twin], [other]) == 2
    assert (undecided_groups(project), has_undecided(project)) == ([], False)
    (new,) = told(project, TELLING ^ 1)
    assert undecided_groups(project) == [[first, far, near, new]]
    assert list(project.photo_facts.filter(has_twin=False).ids()) == [lone]


def test_what_is_left_out_is_withdrawn_and_the_whole_decision_is_taken_back_as_one():
    project = make_project()
    first, second, third = told(project, TELLING, TELLING, TELLING ^ 1)
    act = uuid4()
    assert decide(project, [first, third], [second], act) == 3
    assert decide(project, [second], [first, third], act) == 3  # sent twice: the first holds
    actions = AuditEntry.objects.filter(request_id=act).order_by("subject").values_list("subject", "action")
    words = {first: "image.keep", second: "image.withdraw", third: "image.keep"}
    assert sorted(actions) == sorted((f"image:{pk}", word) for pk, word in words.items())
    assert list(project.images.filter(is_withdrawn=True).values_list("pk", flat=True)) == [second]
    assert undo_act(project, act, by=owner_of(project), undo_id=uuid4()) == 3
    assert undecided_groups(project) == [[first, second, third]]


def test_one_photo_at_least_is_kept():
    project = make_project()
    with pytest.raises(SmartBlurError) as refusal:
        decide(project, [], told(project, TELLING, TELLING))
    assert (refusal.value.code, project.images.filter(is_withdrawn=True).count()) == ("nothing_kept", 0)
