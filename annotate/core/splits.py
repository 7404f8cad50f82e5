"""The three splits: photos that would give each other away stay together, and whoever is placed stays placed."""

import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

import numpy as np

Name = TypeVar("Name", bound=Hashable)
SPLITS = ("train", "validation", "test")
SHARES: Mapping[str, float] = MappingProxyType({"train": 0.8, "validation": 0.1, "test": 0.1})

BURST_S = 10
NEAR_BITS = 3  # two difference hashes at most this far apart are the same scene
FEWEST_BITS = 16  # a hash with fewer ones, or zeros, shows a plain ground: most bits are that of other photos, too
MAX_COMMON_SHARE = 0.2  # a photographer or album of more photos than this does not hold them together

_ALL = ""  # the stratum that every photo is in


@dataclass(frozen=True, slots=True)
class Photo:
    """What decides where a photo goes.

    Attributes:
        key: the same for this photo in every release, such as its SHA-256.
        dhash: signed 64-bit difference hash.
        stratum: what splits are balanced over, such as "good/2" for desirability and dominant level; not "".
        photographer: "" if unknown.
        album: "" if in none.
        camera: "" if unknown.
        captured_at: None if unknown.
        group: the leakage group it was given before, or "".
        split: the split it was given before, or "".
    """

    key: str
    dhash: int
    stratum: str
    photographer: str = ""
    album: str = ""
    camera: str = ""
    captured_at: datetime | None = None
    group: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The leakage group and the split of a photo; "" where a release has still to choose, test aside."""

    group: str
    split: str


def draw_test(photos: Sequence[Photo], *, salt: str, share: float = SHARES["test"]) -> list[Place]:
    """A group for each photo and split "test" for a random share of the groups, in the order given.

    To be done before anything is labelled because of its score: what is drawn here is a fair sample of the photos, and
    what is not drawn never becomes test. Who has a group keeps it, with its split. New groups are taken in an order
    that the salt draws, and each becomes test where that brings the share of test nearer to the one wanted; one that
    is linked to photos of the test split joins them.

    Args:
        photos: all of the project, drawn or not.
    """
    places = {i: Place(each.group, each.split) for i, each in enumerate(photos) if each.group}
    new: list[tuple[str, list[int]]] = []
    for members in _find_groups(photos):
        waiting = [i for i in members if i not in places]
        known = {places[i] for i in members if i in places}
        if known:
            held = [place for place in known if place.split == "test"]
            joined = max(held) if held else Place(max(known).group, "")
            places.update(dict.fromkeys(waiting, joined))
        else:
            new.append((_draw(salt, min(photos[i].key for i in members)), members))
    missing = share * len(photos) - sum(place.split == "test" for place in places.values())
    for name, members in sorted(new):
        is_test = len(members) <= 2 * missing
        places.update(dict.fromkeys(members, Place(name, "test" if is_test else "")))
        missing -= len(members) * is_test
    return [places[i] for i in range(len(photos))]


def assign_splits(photos: Sequence[Photo], *, salt: str, shares: Mapping[str, float] = SHARES) -> list[Place]:
    """A place for each photo, in the order given; who has one keeps it.

    New groups are taken from the largest to the smallest, equal ones in an order drawn by the salt, and each goes where
    it brings the strata nearest to their shares (least growth of chi-squared). Validation and test are not left empty
    while there are groups to give. A new photo that belongs to groups of several splits goes to the one held back most:
    test, then validation. Who has a group and no split was not drawn by `draw_test`, and so never goes to test. The
    order of `photos` does not matter.

    Args:
        photos: all that are to be released, placed or not.
        salt: the project's secret; another salt draws other splits.
        shares: wanted share of each split, each above 0.
    """
    places: dict[int, Place] = {i: Place(each.group, each.split) for i, each in enumerate(photos) if each.split}
    new: list[tuple[str, list[int]]] = []
    for members in _find_groups(photos):
        waiting = [i for i in members if i not in places]
        is_drawn = any(photos[i].group for i in waiting)
        placed = {places[i] for i in members if i in places and not (is_drawn and places[i].split == "test")}
        if placed:
            joined = max(placed, key=lambda place: (SPLITS.index(place.split), place.group))
            places.update(dict.fromkeys(waiting, joined))
        elif waiting:
            drawn = max(photos[i].group for i in waiting)
            new.append((drawn or _draw(salt, min(photos[i].key for i in members)), waiting))

    tally = _Tally(photos, shares)
    for i, place in places.items():
        tally.add([i], place.split)
    new.sort(key=lambda group: (-len(group[1]), group[0]))
    for split in ("test", "validation"):
        fit = [group for group in new if split in _open_splits(photos, group[1])]
        if len(new) > 1 and fit and not tally.have[split]:
            new.remove(fit[-1])
            _place_group(fit[-1], split, places, tally)
    for group in new:
        _place_group(group, tally.best_split(group[1], _open_splits(photos, group[1])), places, tally)
    return [places[i] for i in range(len(photos))]


def _open_splits(photos: Sequence[Photo], members: Sequence[int]) -> tuple[str, ...]:
    """Where a new group may go: not to test if the draw has passed it over."""
    return SPLITS[:-1] if any(photos[i].group for i in members) else SPLITS


def _place_group(group: tuple[str, list[int]], split: str, places: dict[int, Place], tally: "_Tally") -> None:
    name, members = group
    places.update(dict.fromkeys(members, Place(name, split)))
    tally.add(members, split)


class _Tally:
    """How many photos of each stratum each split has and should have."""

    def __init__(self, photos: Sequence[Photo], shares: Mapping[str, float]) -> None:
        self.photos = photos
        total = self._count(range(len(photos)))
        self.wanted = {split: {stratum: share * n for stratum, n in total.items()} for split, share in shares.items()}
        self.have: dict[str, Counter[str]] = {split: Counter() for split in shares}

    def add(self, members: Sequence[int], split: str) -> None:
        self.have[split] += self._count(members)

    def best_split(self, members: Sequence[int], among: Sequence[str]) -> str:
        coming = sorted(self._count(members).items())

        def growth(split: str) -> float:
            have, wanted = self.have[split], self.wanted[split]
            return sum(n * (n + 2 * (have[stratum] - wanted[stratum])) / wanted[stratum] for stratum, n in coming)

        return min(among, key=growth)

    def _count(self, members: Sequence[int]) -> Counter[str]:
        return Counter(stratum for i in members for stratum in (_ALL, self.photos[i].stratum))


def _draw(salt: str, key: str) -> str:
    """A name that no table reads as a number."""
    return "g" + hmac.digest(salt.encode(), f"group {key}".encode(), "sha256").hex()[:15]


def is_telling(dhash: int) -> bool:
    """Whether a difference hash has enough ones and zeros to tell a scene by; those of plain grounds have not."""
    ones = (dhash & (1 << 64) - 1).bit_count()
    return FEWEST_BITS <= ones <= 64 - FEWEST_BITS


def bits_apart(a: int, b: int) -> int:
    """In how many of their 64 bits two difference hashes differ."""
    return ((a ^ b) & (1 << 64) - 1).bit_count()


def find_twins_apart(photos: Iterable[tuple[int, str, Name]]) -> Iterator[tuple[Name, Name]]:
    """Pairs of photos that look alike in different splits: what a model learns from the one, it knows of the other.

    Hashes at most NEAR_BITS apart have one of four bands of 16 bits in common.

    Args:
        photos: difference hash, split and name of each.
    """
    bands: dict[tuple[int, int], dict[tuple[int, str], Name]] = defaultdict(dict)
    for dhash, split, name in photos:
        if not is_telling(dhash):
            continue
        near: dict[Name, None] = {}
        for band in range(4):
            seen = bands[band, dhash >> 16 * band & 0xFFFF]
            for (other, its_split), twin in seen.items():
                if split != its_split and bits_apart(dhash, other) <= NEAR_BITS:
                    near[twin] = None
            seen.setdefault((dhash, split), name)
        for twin in near:
            yield name, twin


def find_alike(hashes: Sequence[int]) -> list[list[int]]:
    """The positions of the signed difference hashes of each group of photos that look alike, by any chain of them."""
    return [members for members in _joined(len(hashes), _near_duplicates(hashes)) if len(members) > 1]


# Leakage groups -------------------------------------------------------------------------------------------------------


def _find_groups(photos: Sequence[Photo]) -> list[list[int]]:
    """The positions of the photos of each group."""
    return _joined(len(photos), _links(photos))


def _joined(count: int, links: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The positions below `count` in groups: joined by any chain of links."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in links:
        parent[root(b)] = root(a)
    groups = defaultdict(list)
    for i in range(count):
        groups[root(i)].append(i)
    return list(groups.values())


def _links(photos: Sequence[Photo]) -> Iterator[tuple[int, int]]:
    """Pairs of photos that must not be torn apart."""
    most = MAX_COMMON_SHARE * len(photos)
    yield from _same(photos, lambda photo: photo.photographer, most)
    yield from _same(photos, lambda photo: photo.album, most)
    yield from _bursts(photos)
    yield from _near_duplicates([photo.dhash for photo in photos])


def _same(photos: Sequence[Photo], value: Callable[[Photo], str], most: float) -> Iterator[tuple[int, int]]:
    """Photos that share a value, unless so many do that nothing could be drawn, or they were torn apart before."""
    members = defaultdict(list)
    for i, photo in enumerate(photos):
        if value(photo):
            members[value(photo)].append(i)
    for positions in members.values():
        if len(positions) <= most and len({photos[i].split for i in positions} - {""}) <= 1:
            yield from ((positions[0], other) for other in positions[1:])


def _bursts(photos: Sequence[Photo]) -> Iterator[tuple[int, int]]:
    """Photos of one camera with at most 10 seconds between each and the next."""
    rolls = defaultdict(list)
    for i, photo in enumerate(photos):
        if photo.camera and photo.captured_at:
            rolls[photo.camera].append((photo.captured_at, i))
    for shots in rolls.values():
        shots.sort()
        for (earlier, a), (later, b) in pairwise(shots):
            if (later - earlier).total_seconds() <= BURST_S:
                yield a, b


def _near_duplicates(dhashes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Photos whose hashes differ in at most 3 bits: of four bands of 16 bits, one at least is then equal.

    A hash of few ones or few zeros links nothing: different subjects on black, or flat frames, all have such hashes.
    """
    telling = np.array([i for i, dhash in enumerate(dhashes) if is_telling(dhash)], np.int64)
    hashes, first, which = np.unique(
        np.array([dhashes[i] for i in telling], np.int64), return_index=True, return_inverse=True
    )
    first = telling[first]
    yield from zip(first[which].tolist(), telling.tolist(), strict=True)  # equal hashes
    for shift in range(0, 64, 16):
        band = hashes >> shift & 0xFFFF
        order = np.argsort(band, kind="stable")
        for step in range(1, len(order)):
            a, b = order[:-step], order[step:]
            is_equal = band[a] == band[b]
            if not is_equal.any():
                break
            a, b = a[is_equal], b[is_equal]
            is_near = np.bitwise_count((hashes[a] ^ hashes[b]).view(np.uint64)) <= NEAR_BITS
            yield from zip(first[a[is_near]].tolist(), first[b[is_near]].tolist(), strict=True)
