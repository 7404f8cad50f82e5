"""Photos that give each other away stay in one split, and a split once given stays."""

import io
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.imagefile import probe
from annotate.core.splits import Photo, Place, assign_splits, draw_test, find_twins_apart

NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)
SCENE = 0x5A3C_5A3C_5A3C_5A3C  # a hash with as many ones as zeros


def photos(count: int, seed: int = 0, **same: str) -> list[Photo]:
    """Photos that have nothing in common."""
    dice = random.Random(seed)
    strata = ["none/0", "good/3", "ok/1", "bad/2"]
    return [
        Photo(f"{dice.getrandbits(64):016x}", dice.getrandbits(64) - 2**63, dice.choice(strata), **same)
        for _ in range(count)
    ]


def splits(places: list[Place]) -> list[str]:
    return [place.split for place in places]


def placed(batch: list[Photo], salt: str = "s") -> list[Photo]:
    places = assign_splits(batch, salt=salt)
    return [replace(photo, group=place.group, split=place.split) for photo, place in zip(batch, places, strict=True)]


def are_together(a: Photo, b: Photo, others: list[Photo]) -> bool:
    first, second, *_ = assign_splits([a, b, *others], salt="s")
    return first.group == second.group


# Groups ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        ({"photographer": "Ada"}, {"photographer": "Ada"}, True),
        ({"photographer": "Ada"}, {"photographer": "Bo"}, False),
        ({"album": "Trip"}, {"album": "Trip"}, True),
        ({"camera": "K-1", "captured_at": NOON}, {"camera": "K-1", "captured_at": NOON + timedelta(seconds=10)}, True),
        ({"camera": "K-1", "captured_at": NOON}, {"camera": "K-1", "captured_at": NOON + timedelta(seconds=11)}, False),
        ({"camera": "K-1", "captured_at": NOON}, {"camera": "K-3", "captured_at": NOON}, False),
        ({"captured_at": NOON}, {"captured_at": NOON}, False),
        ({"dhash": SCENE ^ 0b0111}, {"dhash": SCENE}, True),
        ({"dhash": SCENE ^ 0b1111}, {"dhash": SCENE}, False),
        ({"dhash": SCENE}, {"dhash": SCENE ^ (1 << 63 | 1 << 40 | 1) - 2**64}, True),
        ({"dhash": SCENE ^ (1 << 0 | 1 << 16 | 1 << 32)}, {"dhash": SCENE}, True),
        ({"dhash": SCENE ^ (1 << 0 | 1 << 16 | 1 << 32 | 1 << 48)}, {"dhash": SCENE}, False),
        ({"dhash": SCENE}, {"dhash": SCENE}, True),
        ({"dhash": 0xFFFF}, {"dhash": 0xFFFF}, True),
        ({"dhash": 0x7FFF}, {"dhash": 0x7FFF}, False),
        ({"dhash": 0}, {"dhash": 0}, False),
        ({"dhash": -1}, {"dhash": -1}, False),
    ],
)
def test_what_holds_two_photos_together(a: dict[str, object], b: dict[str, object], together: bool) -> None:
    first, second, *others = photos(30)
    assert are_together(replace(first, **a), replace(second, **b), others) is together


def test_a_burst_is_a_chain() -> None:
    batch = photos(30)
    for i in range(4):
        batch[i] = replace(batch[i], camera="K-1", captured_at=NOON + timedelta(seconds=9 * i))
    places = assign_splits(batch, salt="s")
    assert len({place.group for place in places[:4]}) == 1
    assert len({place.group for place in places}) == 27


def test_links_of_different_kinds_chain_too() -> None:
    a, b, c, *others = photos(30)
    a, b, c = replace(a, album="Trip"), replace(b, album="Trip", photographer="Ada"), replace(c, photographer="Ada")
    assert are_together(a, c, [b, *others])


@pytest.mark.parametrize("ground", ["black", "white"])
def test_different_subjects_on_a_plain_ground_are_not_one_scene(ground: str) -> None:
    batch = [replace(photo, dhash=probe(subject_on(ground, n)).dhash) for n, photo in enumerate(photos(40))]
    places = assign_splits(batch, salt="s")
    assert Counter(splits(places)) == {"train": 32, "validation": 4, "test": 4}
    assert len({place.group for place in places}) == 40


def subject_on(ground: str, seed: int) -> bytes:
    """A small subject somewhere near the middle."""
    dice = random.Random(seed)
    photo = PIL.Image.new("RGB", (120, 80), ground)
    pixels = bytes(dice.randrange(60, 200) for _ in range(3 * 5 * 4))
    subject = PIL.Image.frombytes("RGB", (5, 4), pixels).resize((dice.randrange(15, 30), dice.randrange(15, 25)))
    photo.paste(subject, (dice.randrange(40, 60), dice.randrange(25, 40)))
    file = io.BytesIO()
    photo.save(file, "JPEG")
    return file.getvalue()


def test_a_photographer_of_nearly_everything_does_not_hold_it_all_together() -> None:
    assert Counter(splits(assign_splits(photos(100, photographer="Ada"), salt="s"))) == {
        "train": 80,
        "validation": 10,
        "test": 10,
    }


def test_a_photographer_whose_photos_were_torn_apart_before_binds_no_more() -> None:
    before = placed(photos(40, photographer="Ada"))
    others = photos(300, seed=1)
    late = [replace(photo, photographer="Ada") for photo in photos(20, seed=2)]
    groups = [place.group for place in assign_splits([*late, *before, *others], salt="s")][:20]
    assert len(set(groups)) == 20


# Shares ---------------------------------------------------------------------------------------------------------------


def test_each_stratum_is_shared_out_like_the_whole() -> None:
    batch = photos(1000)
    counts = Counter(zip(splits(assign_splits(batch, salt="s")), [photo.stratum for photo in batch], strict=True))
    strata = Counter(photo.stratum for photo in batch)
    for stratum, total in strata.items():
        assert abs(counts["train", stratum] - 0.8 * total) <= 2
        assert abs(counts["validation", stratum] - 0.1 * total) <= 2
        assert abs(counts["test", stratum] - 0.1 * total) <= 2


def test_a_large_group_goes_where_there_is_room() -> None:
    batch = photos(100)
    batch[:15] = [replace(photo, album="Trip") for photo in batch[:15]]
    counts = Counter(splits(assign_splits(batch, salt="s")))
    assert splits(assign_splits(batch, salt="s"))[:15] == ["train"] * 15
    assert (counts["validation"], counts["test"]) == (10, 10)


@pytest.mark.parametrize("count", range(3, 12))
def test_even_a_small_release_has_all_three_splits(count: int) -> None:
    assert set(splits(assign_splits(photos(count), salt="s"))) == {"train", "validation", "test"}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tiny_releases_train_first(count: int) -> None:
    assert sorted(splits(assign_splits(photos(count), salt="s")), reverse=True) == ["train", "test"][:count]


# Sticking -------------------------------------------------------------------------------------------------------------


def test_who_is_placed_stays_when_photos_join() -> None:
    first = placed(photos(60))
    second = assign_splits([*photos(60, seed=1), *first], salt="s")
    assert second[60:] == [Place(photo.group, photo.split) for photo in first]
    assert Counter(splits(second)) == {"train": 96, "validation": 12, "test": 12}


def test_a_new_photo_joins_the_group_it_belongs_to() -> None:
    first = placed([replace(photo, album=f"{i}") for i, photo in enumerate(photos(20))])
    for old in first:
        [new] = photos(1, seed=5)
        assert assign_splits([replace(new, album=old.album), *first], salt="s")[0] == Place(old.group, old.split)


def test_between_a_trained_and_a_tested_photo_a_new_one_is_tested() -> None:
    first = placed(photos(20))
    trained = next(photo for photo in first if photo.split == "train")
    tested = next(photo for photo in first if photo.split == "test")
    first[first.index(trained)] = trained = replace(trained, dhash=SCENE)
    first[first.index(tested)] = tested = replace(tested, dhash=SCENE ^ 0b111100)
    new = replace(photos(1, seed=5)[0], dhash=SCENE ^ 0b1100)
    places = assign_splits([new, *first], salt="s")
    assert places[0] == Place(tested.group, "test")
    assert places[1:] == [Place(photo.group, photo.split) for photo in first]


def test_the_salt_draws_the_test_photos() -> None:
    batch = photos(200)
    first, second = (set(enumerate(splits(assign_splits(batch, salt=salt)))) for salt in ("s", "t"))
    both = {i for i, split in first & second if split == "test"}
    assert len(both) < 10
    assert splits(assign_splits(batch, salt="s")) == splits(assign_splits(batch, salt="s"))


batches = st.lists(
    st.builds(
        Photo,
        key=st.text("0123456789abcdef", min_size=8, max_size=8),
        dhash=st.integers(-(2**63), 2**63 - 1) | st.integers(0, 40).map(lambda bits: SCENE ^ bits),
        stratum=st.sampled_from(["good/1", "bad/3"]),
        photographer=st.sampled_from(["", "", "Ada", "Bo"]),
        album=st.sampled_from(["", "", "Trip"]),
        camera=st.sampled_from(["", "K-1"]),
        captured_at=st.none() | st.integers(0, 60).map(lambda s: NOON + timedelta(seconds=s)),
    ),
    max_size=25,
    unique_by=lambda photo: photo.key,
)


@given(batches, batches, st.randoms(use_true_random=False))
def test_groups_stay_whole_and_places_stay_whatever_comes(
    early: list[Photo], late: list[Photo], dice: random.Random
) -> None:
    before = placed(early)
    known = {photo.key for photo in early}
    batch = [*before, *(photo for photo in late if photo.key not in known)]
    places = assign_splits(batch, salt="s")
    assert places[: len(before)] == [Place(photo.group, photo.split) for photo in before]
    assert len({place.group for place in places}) == len(set(places))
    order = list(range(len(batch)))
    dice.shuffle(order)
    assert assign_splits([batch[i] for i in order], salt="s") == [places[i] for i in order]


# The test split is drawn before anything is chosen -----------------------------------------------------------


def drawn(batch: list[Photo], salt: str = "s") -> list[Photo]:
    places = draw_test(batch, salt=salt)
    return [replace(photo, group=place.group, split=place.split) for photo, place in zip(batch, places, strict=True)]


def test_a_tenth_is_drawn_for_the_test_split_and_nothing_else_is_decided():
    assert Counter(splits(draw_test(photos(500), salt="s"))) == {"test": 50, "": 450}


def test_what_is_drawn_depends_on_the_salt_and_not_on_labels_or_order():
    batch = photos(100)
    first = dict(zip(batch, draw_test(batch, salt="s"), strict=True))
    relabelled = [replace(photo, stratum="bad/3") for photo in reversed(batch)]
    assert draw_test(relabelled, salt="s") == [first[photo] for photo in reversed(batch)]
    assert draw_test(batch, salt="t") != list(first.values())


def test_photos_that_come_later_keep_the_share_and_change_no_earlier_draw():
    early = drawn(photos(200, seed=1))
    both = drawn([*early, *photos(200, seed=2)])
    assert both[:200] == early
    assert Counter(photo.split for photo in both) == {"test": 40, "": 360}


def test_a_later_twin_of_a_test_photo_joins_it_and_one_of_another_photo_does_not():
    early = drawn(photos(100))
    held = next(photo for photo in early if photo.split == "test")
    other = next(photo for photo in early if not photo.split)
    twins = [replace(photo, key=f"twin {photo.key}", group="", split="") for photo in (held, other)]
    *_, first, second = draw_test([*early, *twins], salt="s")
    assert (first, second) == (Place(held.group, "test"), Place(other.group, ""))


def test_what_the_draw_has_passed_over_never_becomes_test():
    passed_over = [photo for photo in drawn(photos(300)) if not photo.split]
    assert Counter(splits(assign_splits(passed_over, salt="s"))) == {"train": 240, "validation": 30}
    few = assign_splits(passed_over[:3], salt="s")
    assert sorted(splits(few)) == ["train", "train", "validation"]


def test_a_release_keeps_the_draw_and_fills_only_train_and_val():
    batch = drawn(photos(200))
    places = assign_splits(batch, salt="s")
    assert [place.split == "test" for place in places] == [photo.split == "test" for photo in batch]
    assert [place.group for place in places] == [photo.group for photo in batch]


def test_photos_that_look_alike_in_different_splits_are_paired() -> None:
    scene, plain = 0x0F0F_0F0F_0F0F_0F0F, 1
    told = [
        (scene, "train", "a"),
        (scene ^ 0b111, "test", "three bits apart"),
        (scene ^ 0b1111, "test", "four bits apart"),
        (scene, "train", "in the same split"),
        (scene + (1 << 63) - (1 << 64), "validation", "its sign apart"),
        (plain, "train", "plain"),
        (plain, "test", "as plain"),
    ]
    assert list(find_twins_apart(told)) == [
        ("three bits apart", "a"),
        ("in the same split", "three bits apart"),
        ("its sign apart", "a"),
    ]
