import numpy as np

from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.tally import Reading
from modelsvc.fusenet.evaluation.worst import COUNT, Worst


def photo(number: int, *, is_binary: bool = False) -> Sample:
    levels = np.zeros((30, 60), np.uint8)
    posterior = np.full(4, 0.25, np.float32)
    return Sample(np.zeros((30, 60, 3), np.uint8), levels, posterior, False, 60, name=str(number), is_binary=is_binary)


def look(sample: Sample) -> dict[str, Reading]:
    """The more wrong, the larger the photo's number."""
    amount = np.full((30, 60), int(sample.name) / 100, np.float32)
    return {"net": Reading(np.zeros((30, 60), np.uint8), amount, np.stack([1 - amount, amount, amount]))}


def test_the_worst_are_kept_the_worst_first() -> None:
    keeper = Worst(look, "net")
    for number in (3, 50, *range(60, 60 + COUNT), 4):
        assert keeper(photo(number))["net"].amount[0, 0] == np.float32(number / 100)
    assert [seen.sample.name for seen in keeper.worst()] == [str(n) for n in reversed(range(60, 60 + COUNT))]
    assert keeper.worst()[-1].error == np.float32(0.6)


def test_masks_are_held_against_the_probability_of_blur() -> None:
    keeper = Worst(look, "net")
    for number in (10, 90):
        keeper(photo(number, is_binary=True))
    assert [seen.sample.name for seen in keeper.worst()] == ["10", "90"]


def test_equal_errors_and_unlabelled_photos_are_no_trouble() -> None:
    keeper = Worst(look, "net")
    for _ in range(2):
        keeper(photo(7))
    keeper(photo(99)._replace(levels=np.full((30, 60), 255, np.uint8)))
    assert [seen.sample.name for seen in keeper.worst()] == ["7", "7"]


def test_the_sheet_has_three_photos_a_row() -> None:
    keeper = Worst(look, "net")
    for number in range(7):
        keeper(photo(number))
    one_row = Worst(look, "net")
    one_row(photo(1))
    assert keeper.sheets(4)["worst"].height == 3 * one_row.sheets(4)["worst"].height
    assert keeper.sheets(4)["worst"].width > 2.5 * one_row.sheets(4)["worst"].width


def test_sharp_photos_that_are_called_blurred_have_a_sheet_of_their_own() -> None:
    def half_blurred(sample: Sample) -> dict[str, Reading]:
        reading = look(sample)["net"]
        reading.levels[:, 30:] = 1
        return {"net": reading}

    quiet, loud = Worst(look, "net"), Worst(half_blurred, "net")
    for keeper in (quiet, loud):
        keeper(photo(5, is_binary=True))
    assert quiet.sheets(4).keys() == {"worst"}
    assert loud.sheets(4).keys() == {"worst", "alarms"}
