import numpy as np
import pytest

from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.calibration import (
    Temperatures,
    cool,
    cooled,
    coolest,
    fit_temperatures,
    logit,
    sigmoid,
)
from modelsvc.fusenet.evaluation.tally import Reading

RNG = np.random.default_rng(0)
PHOTOS = 300


def too_sure(number: int, temperature: float) -> tuple[Sample, Reading]:
    """A photo, and what somebody says of it whose logits are `temperature` times too large."""
    rng = np.random.default_rng(number)
    logits = np.sort(rng.normal(0, 1.5, (3, 64, 64)), 0)[::-1]
    exists, wish = rng.normal(1, 2), rng.normal(0, 1.5, 3)
    chance = np.exp(wish) / np.exp(wish).sum()
    posterior = np.concatenate([[1 - sigmoid(exists)], sigmoid(exists) * chance])
    truth = (rng.random((64, 64)) < sigmoid(logits)).sum(0)  # P(level > k) on average, though not pixel by pixel
    pixels = np.zeros((64, 64, 3), np.uint8)
    sample = Sample(pixels, truth.astype(np.uint8), np.eye(4)[rng.choice(4, p=posterior)], True, 64)
    said = np.exp(temperature * wish) / np.exp(temperature * wish).sum()
    p = sigmoid(temperature * exists)
    above = sigmoid(temperature * logits).astype(np.float32)
    probabilities = np.concatenate([[1 - p], p * said]).astype(np.float32)
    return sample, Reading((above > 0.5).sum(0).astype(np.uint8), above.mean(0), above, probabilities)


def test_the_temperature_that_was_put_in_is_found() -> None:
    photos = {id(sample): (sample, reading) for sample, reading in (too_sure(n, 2.0) for n in range(PHOTOS))}
    fitted = fit_temperatures(lambda s: {"net": photos[id(s)][1]}, "net", (s for s, _ in photos.values()))
    assert fitted.existence == pytest.approx(2, rel=0.25)
    assert fitted.desirability == pytest.approx(2, rel=0.25)
    before = fit_temperatures(lambda s: {"net": cool(photos[id(s)][1], fitted)}, "net", [s for s, _ in photos.values()])
    assert before == pytest.approx((1, 1, 1), rel=0.02)  # nothing is left to cool


def test_photos_without_a_labelled_pixel_change_no_temperature() -> None:
    sample, reading = too_sure(0, 2.0)
    blank = sample._replace(levels=np.full((64, 64), 255, np.uint8), is_judged=False)
    assert fit_temperatures(lambda _: {"net": reading}, "net", [blank, blank]) == Temperatures()


def test_levels_of_binary_chances_are_cooled_to_the_truth() -> None:
    logits = RNG.normal(0, 2, (1, 200, 200))
    truth = (RNG.random((200, 200)) < sigmoid(logits[0])).astype(np.uint8)
    sample = Sample(np.zeros((200, 200, 3), np.uint8), truth, np.full(4, 0.25), False, 200)
    above = sigmoid(3 * logits).astype(np.float32)
    reading = Reading((above > 0.5).sum(0).astype(np.uint8), above[0], above)
    fitted = fit_temperatures(lambda _: {"net": reading}, "net", [sample])
    assert fitted.levels == pytest.approx(3, rel=0.1)
    assert fitted[1:] == (1, 1)


def test_cooling_changes_no_decision() -> None:
    _, reading = too_sure(0, 1.0)
    warm = cool(reading, Temperatures(2.5, 0.7, 1.8))
    assert np.array_equal(warm.levels, reading.levels)
    assert np.array_equal(warm.above > 0.5, reading.above > 0.5)
    assert warm.probabilities is not None
    assert reading.probabilities is not None
    assert warm.probabilities.sum() == pytest.approx(1)
    assert warm.probabilities[1:].argmax() == reading.probabilities[1:].argmax()
    same = cool(reading, Temperatures())
    assert np.abs(same.above - reading.above).max() < 1e-5


def test_a_method_and_its_cooled_self_are_read_in_one_look() -> None:
    looked = []

    def look(sample: Sample) -> dict[str, Reading]:
        looked.append(sample)
        return {"net": too_sure(0, 1.0)[1]}

    said = cooled(look, "net", Temperatures(2, 2, 2), "net, calibrated")(too_sure(0, 1.0)[0])
    assert (list(said), len(looked)) == (["net", "net, calibrated"], 1)


def test_the_lowest_point_is_found() -> None:
    assert coolest(lambda t: (np.log(t) - np.log(3)) ** 2) == pytest.approx(3, rel=2e-3)
    assert sigmoid(logit(np.array([0.2, 0.9]))).tolist() == pytest.approx([0.2, 0.9])
