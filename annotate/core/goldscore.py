"""How test photos are judged: photos whose answer is known are mixed into a person's work unseen."""

from collections.abc import Sequence

SHARE = 0.05  # of what a person is given
NEWCOMER_SHARE = 0.5  # of their first NEWCOMER_PHOTOS
NEWCOMER_PHOTOS = 10
REST_DAYS = 30  # the same photo never comes to the same person before
LAST_ANSWERS = 20
LEAST_RIGHT = 0.5  # of these; with more wrong ones no more photos are given
LEAST_OVERLAP_PPM = (
    200_000  # of a right answer's map with the expert's: honest people's maps share two to three times as much
)


def is_right(word: str, expert_word: str, overlap_ppm: int | None) -> bool:
    """Whether an answer passes: the expert's word, and a map that has something to do with the expert's.

    Args:
        overlap_ppm: of the two maps, as `mapagreement.compare_maps` tells it; None where they label other pixels.
    """
    return word == expert_word and overlap_ppm is not None and overlap_ppm >= LEAST_OVERLAP_PPM


def must_pause(answers: Sequence[bool]) -> bool:
    """Whether these right (True) and wrong answers, the last LAST_ANSWERS at most, are too few right ones.

    So many are wrong that the last twenty cannot be half right any more, however many of them are still to come.
    """
    return sum(not right for right in answers[-LAST_ANSWERS:]) > LAST_ANSWERS * (1 - LEAST_RIGHT)
