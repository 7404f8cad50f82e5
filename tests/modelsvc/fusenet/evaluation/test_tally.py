import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as oracle

from annotate.core.intervals import share_interval
from modelsvc.fusenet.data.releases import NO_SUBJECT, Sample
from modelsvc.fusenet.evaluation.tally import Reading, Tally, false_blur, judged_false_blur, paired

RNG = np.random.default_rng(0)


def sample(level: int = 3, desirability: int = 3) -> Sample:
    """40 x 40, the right half at `level`, the subject in the middle, a corner unlabelled."""
    levels = np.zeros((40, 40), np.uint8)
    levels[:, 20:] = level
    levels[:4, :4] = 255
    subject = np.zeros((40, 40), np.uint8)
    subject[10:30, 10:30] = 1
    posterior = np.eye(4, dtype=np.float32)[desirability]
    pixels = np.random.default_rng(level).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    return Sample(pixels, levels, posterior, True, 640, subject, kind=f"level {level}")


def perfect(one: Sample) -> Reading:
    levels = np.where(one.levels == 255, 0, one.levels).astype(np.uint8)
    above = (levels > np.arange(3)[:, None, None]).astype(np.float32)
    return Reading(levels, above.mean(0), above, one.posterior, one.subject.astype(np.float32))


def always_sharp(one: Sample) -> Reading:
    nothing = np.zeros((3, 40, 40), np.float32)
    return Reading(np.zeros((40, 40), np.uint8), nothing[0], nothing)


def unsure(one: Sample) -> Reading:
    """Something between right and wrong, another for every photo."""
    noise = np.random.default_rng(int(one.levels.sum())).uniform(0, 1, (3, 40, 40)).astype(np.float32)
    above = np.sort(0.5 * perfect(one).above + 0.5 * noise, 0)[::-1]
    said = RNG.dirichlet(np.ones(4) + 3 * one.posterior).astype(np.float32)
    return Reading((above > 0.5).sum(0).astype(np.uint8), above.mean(0), above, said)


def count(reader: object, samples: list[Sample]) -> Tally:
    tally = Tally(4)
    for one in samples:
        tally.add(one, reader(one))  # type: ignore[operator]
    return tally


def test_a_perfect_reading_is_perfect_in_every_measure() -> None:
    numbers = count(perfect, [sample(3, 3), sample(1, 1), sample(2, 2), sample(0, 0)]).numbers()
    lower = {name for name in numbers if name.endswith(("_mae", "_rmse", "_ece", "_nll", "_brier", "false_blur"))}
    assert max(numbers[name] for name in lower) < 1e-5
    assert {round(value, 9) for name, value in numbers.items() if name not in lower} == {1.0}
    assert {"desirability_ap_good", "existence_ap", "textured_blur_ap", "attention_pointing", "level_brier"} <= (
        numbers.keys()
    )


def test_wrong_levels_by_hand() -> None:
    numbers = count(always_sharp, [sample(3)]).numbers()
    known = 1600 - 16
    assert numbers["level_accuracy"] == pytest.approx((known - 800) / known)
    assert numbers["level_miou"] == pytest.approx((known - 800) / known / 2)
    assert numbers["amount_mae"] == pytest.approx(800 / known)
    assert numbers["amount_rmse"] == pytest.approx(math.sqrt(800 / known))
    assert numbers["level_brier"] == pytest.approx(800 / known)
    assert numbers["blur_auc"] == 0.5
    assert numbers["boundary_f"] == 0
    assert "desirability_accuracy" not in numbers
    assert "attention_auc" not in numbers


def test_an_unlabelled_photo_has_no_pixel_measures() -> None:
    blank = sample()._replace(levels=np.full((40, 40), 255, np.uint8))
    assert {name for name in count(perfect, [blank]).numbers() if name.startswith(("level", "blur", "amount"))} == set()


def test_only_textured_pixels_count_as_textured() -> None:
    flat = sample(3)
    pixels = flat.pixels.copy()
    pixels[:, 20:] = 128  # the blurred half shows nothing
    numbers = count(always_sharp, [flat._replace(pixels=pixels)]).numbers()
    assert numbers["level_accuracy"] < 0.5
    assert numbers["textured_level_accuracy"] > 0.65  # the windows at the border see both halves


def test_photos_that_are_not_judged_do_not_count() -> None:
    crop = sample(3, 1)._replace(is_judged=False)
    tally = Tally(4)
    tally.add(sample(3, 3), perfect(sample(3, 3)))
    tally.add(crop, perfect(sample(3, 3)))  # would be wrong
    assert tally.numbers()["desirability_accuracy"] == 1
    assert tally.desirability_confusion().sum() == 1


def test_masks_of_blurred_or_not_say_nothing_of_levels() -> None:
    masked = sample(1)._replace(is_binary=True, is_judged=False)
    numbers = count(perfect, [masked]).numbers()
    assert numbers["blur_ap"] == numbers["blur_max_f"] == 1
    assert numbers["blur_mae"] == 0
    assert [name for name in numbers if "level" in name or "amount" in name] == []
    assert numbers["blur_iou"] == numbers["boundary_f"] == 1
    assert "false_blur" not in numbers  # nothing is sharp everywhere
    assert len(count(perfect, [masked]).ranked_by_level()) == 1


def test_what_is_called_blurred_in_photos_sharp_everywhere_is_a_mean_over_them() -> None:
    sharp = sample(0)._replace(is_binary=True, is_judged=False)
    tally = Tally(4)
    for one, share in ((sharp, 0.25), (sharp, 0.75), (sample(1)._replace(is_binary=True, is_judged=False), 0.5)):
        said = perfect(one)
        said.levels[:] = np.arange(1600).reshape(40, 40) >= 1600 * (1 - share)
        tally.add(one, said)
    assert tally.numbers()["false_blur"] == pytest.approx((400 + 1200) / 2 / (1600 - 16), abs=1e-6)
    assert list(tally.intervals()) == [
        "blur_ap",
        "blur_iou",
        "blur_mae",
        "false_blur",
        "judged_false_blur",
        "boundary_f",
        "blur_ece",
        "existence_accuracy",
        "existence_auc",
    ]


def test_what_is_called_blurred_is_also_a_share_of_what_can_be_judged() -> None:
    edge = np.where(np.arange(80) < 8, 0, 255).astype(np.uint8)[None, :, None].repeat(80, 0).repeat(3, 2)
    nothing = np.zeros((80, 80), np.uint8)
    one = sample(0)._replace(is_binary=True, pixels=edge, levels=nothing, subject=nothing)
    left = np.zeros((3, 80, 80), np.float32)
    left[:, :, :20] = 1
    said = Reading(left.sum(0).astype(np.uint8), left.mean(0), left)
    assert (false_blur(one, said), judged_false_blur(one, said)) == (0.25, pytest.approx(20 / 24))
    assert np.isnan(judged_false_blur(one._replace(pixels=np.full_like(edge, 9)), said))


def test_whether_there_is_blur_is_told_by_masks_too() -> None:
    blurred, sharp = (sample(level)._replace(is_binary=True, is_judged=False) for level in (1, 0))
    specks = sharp.levels.copy()
    specks[20, 20] = 1  # of 1584 pixels: too little to tell
    said = np.array([0.4, 0.2, 0.2, 0.2], np.float32)
    tally = Tally(4)
    for one in (blurred, blurred, sharp, sharp._replace(levels=specks)):
        tally.add(one, perfect(one)._replace(probabilities=said))
    assert tally.numbers()["existence_accuracy"] == 2 / 3
    assert tally.numbers()["existence_auc"] == 0.5
    assert tally.intervals()["existence_accuracy"] == share_interval(2 / 3, 3)
    assert "desirability_accuracy" not in tally.numbers()


def test_judgements_equal_scikit_learns() -> None:
    samples = [sample(n % 4, int(RNG.integers(0, 4))) for n in range(60)]
    tally = count(unsure, samples)
    numbers = tally.numbers()
    truth = np.array([one.posterior.argmax() for one in samples])
    said = np.stack([photo.probabilities for photo in tally.photos])
    blurred = truth > 0
    given_blur = said[blurred, 1:].argmax(1) + 1
    assert numbers["desirability_accuracy"] == pytest.approx(oracle.accuracy_score(truth, said.argmax(1)))
    assert numbers["desirability_f1"] == pytest.approx(oracle.f1_score(truth, said.argmax(1), average="macro"))
    assert numbers["desirability_map"] == pytest.approx(oracle.average_precision_score(np.eye(4)[truth], said))
    assert numbers["desirability_accuracy_given_blur"] == pytest.approx((given_blur == truth[blurred]).mean())
    assert numbers["desirability_kappa_given_blur"] == pytest.approx(
        oracle.cohen_kappa_score(truth[blurred], given_blur, weights="quadratic")
    )
    assert numbers["existence_auc"] == pytest.approx(oracle.roc_auc_score(blurred, 1 - said[:, 0]))
    assert numbers["desirability_nll"] == pytest.approx(oracle.log_loss(truth, said, labels=range(4)), abs=1e-5)


def test_weights_are_repeated_photos() -> None:
    samples = [sample(n % 4, n % 4) for n in range(5)]
    tally = count(unsure, samples)
    repeated = Tally(4, photos=[tally.photos[n] for n in (0, 0, 2, 3, 3, 3)])
    weighed = tally.measures(np.array([[2.0, 0, 1, 3, 0]]))
    assert {name: float(value[0]) for name, value in weighed.items()} == pytest.approx(
        repeated.numbers(),
        abs=5e-4,  # bins are of all photos, drawn or not
    )


def test_intervals_hold_the_value_and_equal_scipys() -> None:
    tally = Tally(4)
    for n in range(40):
        one = sample(3 if n % 2 else 1)
        tally.add(one, perfect(one) if n % 3 else always_sharp(one))
    accuracy = [np.trace(photo.pixels.confusion) / photo.pixels.confusion.sum() for photo in tally.photos]
    low, high = tally.intervals()["level_accuracy"]  # type: ignore[misc]
    theirs = stats.bootstrap((accuracy,), np.mean, method="percentile", rng=0).confidence_interval
    assert low < tally.numbers()["level_accuracy"] < high
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.02)
    assert tally.intervals() == tally.intervals()


def test_every_headline_has_an_interval() -> None:
    tally = count(unsure, [sample(n % 4, n % 4) for n in range(160)])
    assert None not in tally.intervals().values()
    assert list(tally.intervals()) == [
        "level_accuracy",
        "level_miou",
        "level_kappa",
        "amount_mae",
        "blur_ap",
        "boundary_f",
        "desirability_accuracy",
        "desirability_kappa_given_blur",
        "existence_auc",
        "existence_accuracy",
    ]


def test_few_photos_have_intervals_of_shares_and_areas_only() -> None:
    samples = [sample(n % 4, n % 4) for n in range(28)]
    tally = count(unsure, samples)
    found = tally.intervals()
    assert [name for name, bounds in found.items() if bounds] == [
        "desirability_accuracy",
        "existence_auc",
        "existence_accuracy",
    ]
    right = tally.numbers()["desirability_accuracy"]
    assert found["desirability_accuracy"] == share_interval(right, 28)
    few = count(unsure, samples[:10])
    assert few.intervals()["existence_auc"] is None  # of 10 photos 3 have no blur
    assert {each["low"] for each in paired(tally, tally).values()} == {None}


def test_photos_of_one_scene_are_drawn_together() -> None:
    each, pairs = Tally(4), Tally(4)
    for n in range(60):
        one = sample(3 if n % 4 < 2 else 1)
        for tally, scene in ((each, ""), (pairs, f"scene {n // 2}")):
            tally.add(one._replace(scene=scene), perfect(one) if n % 4 < 2 else always_sharp(one))
    low, high = each.intervals()["level_accuracy"]  # type: ignore[misc]
    wider_low, wider_high = pairs.intervals()["level_accuracy"]  # type: ignore[misc]
    assert (wider_high - wider_low) / (high - low) == pytest.approx(2**0.5, rel=0.1)
    assert pairs.is_enough("level_accuracy")
    assert not Tally(4, scenes=[str(n % 29) for n in range(60)]).is_enough("level_accuracy")


def test_pairing_finds_a_small_but_steady_difference() -> None:
    first, second = Tally(4), Tally(4)
    for n in range(60):
        one = sample()._replace(levels=np.full((40, 40), 3, np.uint8))
        amount = np.full((40, 40), np.random.default_rng(n).uniform(0, 0.9), np.float32)  # photos differ much
        for tally, shift in ((first, 0), (second, 0.02)):
            tally.add(one, perfect(one)._replace(amount=amount - np.float32(shift)))
    low, high = first.intervals()["amount_mae"]  # type: ignore[misc]
    other_low, _ = second.intervals()["amount_mae"]  # type: ignore[misc]
    assert low < other_low < high  # alone they cannot be told apart
    found = paired(first, second)["amount_mae"]
    assert 0.015 < found["low"] <= found["difference"] <= found["high"]  # type: ignore[operator]
    assert set(paired(first, first)["amount_mae"].values()) == {0}


def test_slices_are_measured_apart() -> None:
    tally = Tally(4)
    for one, reader in ((sample(3), perfect), (sample(3), perfect), (sample(1), always_sharp)):
        tally.add(one, reader(one))
    small = sample(2)._replace(subject=NO_SUBJECT, long_side=300)
    tally.add(small, perfect(small))
    found = tally.by_slice()
    assert {kind: numbers["photos"] for kind, numbers in found["kind"].items()} == {
        "level 1": 1,
        "level 2": 1,
        "level 3": 2,
    }
    assert found["kind"]["level 3"]["level_accuracy"] == 1
    assert found["kind"]["level 1"]["level_accuracy"] < 0.6
    assert found["size"].keys() == {"under 400 px", "400 to 799 px"}
    assert "subject" not in found  # all known subjects are of one size
