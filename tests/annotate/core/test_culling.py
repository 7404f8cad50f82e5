from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from annotate.core.culling import SKETCH, Look, bursts, rank, reason

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCENE, OTHER = 0x0F0F_3333_5555_00FF, 0x5A5A_0FF0_3C3C_A5A5
SHOWS, SHOWS_OTHER = np.eye(4)[:2]
LEFT = np.zeros((SKETCH, SKETCH), np.uint8)
LEFT[:, :8] = 255  # a third of the photo


def look(name: str, *, after_s: float | None = 0, amount=0 * LEFT, gaze=LEFT, good=1.0, shares=(0, 0), **facts) -> Look:
    facts = {"dhash": SCENE, "content": SHOWS, "camera": "Canon"} | facts
    at = None if after_s is None else NOON + timedelta(seconds=after_s)
    chances = np.array([0, good, 0, 1 - good])
    return Look(name, chances, *shares, amount, gaze, captured_at=at, **facts)


def names(shoot: list[Look]) -> list[str]:
    return ["".join(each.name for each in burst) for burst in bursts(shoot)]


def test_a_burst_is_of_one_camera_within_ten_seconds_and_alike() -> None:
    shoot = [look("a"), look("b", after_s=10), look("c", after_s=21), look("d", after_s=22, camera="Nikon")]
    shoot += [look("e", after_s=23, camera="Nikon", dhash=OTHER, content=SHOWS_OTHER)]
    assert names(shoot) == ["ab", "c", "d", "e"]


def test_alike_is_by_hash_or_by_content() -> None:
    assert names([look("a"), look("b", dhash=OTHER), look("c", content=SHOWS_OTHER, dhash=OTHER ^ 0xFFF)]) == ["abc"]


def test_without_times_only_what_is_all_but_the_same_is_a_burst() -> None:
    timeless = [
        look("a", after_s=None),
        look("b", after_s=None, dhash=SCENE ^ 0xFF),
        look("c", after_s=None, dhash=OTHER),
    ]
    assert names([*timeless, look("d")]) == ["ab", "c", "d"]
    assert names([look("a", after_s=None, dhash=0), look("b", after_s=None, dhash=0)]) == ["a", "b"]  # plain grounds


def test_the_sharper_subject_wins_over_the_larger_sharp_area() -> None:
    background_soft, subject_soft = look("a", amount=255 - LEFT), look("b", amount=LEFT, gaze=255 - LEFT)
    subject = look("c", amount=255 - LEFT)  # with two of three photos that look left, what is left is the subject
    assert [one.look.name for one in rank([subject_soft, background_soft, subject])] == ["a", "c", "b"]


def test_between_equally_sharp_subjects_the_verdict_decides() -> None:
    ranked = rank([look("a", good=0.2), look("b", good=0.9)])
    assert [(one.look.name, one.place, one.stars, round(one.score, 2)) for one in ranked] == [
        ("b", 1, 5, 0.99),
        ("a", 2, 2, 0.92),
    ]


@pytest.mark.parametrize(
    ("subject", "rest", "good", "words"),
    [
        (0.1, 0.6, 1, "subject sharp, background soft: good"),
        (0.2, 0.1, 0, "subject partly soft, background sharp: bad"),
        (0.5, 0.3, 0, "subject soft, background soft: bad"),
    ],
)
def test_the_reason_says_subject_background_and_verdict(subject: float, rest: float, good: float, words: str) -> None:
    assert reason(look("a", shares=(subject, rest), good=good)) == words
