import numpy as np
import pytest

from modelsvc.fusenet.existence import Existence, fit_existence


def test_what_nobody_calibrated_stays() -> None:
    said = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    assert Existence().of_verdict(said) is said


def test_the_threshold_is_where_blur_is_as_likely_as_none() -> None:
    calibrated = Existence(temperature=2.0, threshold=0.2)
    found = calibrated.of_verdict(np.array([0.8, 0.1, 0.06, 0.04], np.float32))
    assert found == pytest.approx([0.5, 0.25, 0.15, 0.1])
    assert float(calibrated.apply(np.float64(0.5))) == pytest.approx(2 / 3)  # odds of 4, to the power of 1/2


def test_temperature_and_threshold_that_were_put_in_are_found() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 3, 20_000)
    is_blurred = rng.random(20_000) < 1 / (1 + np.exp(-true))
    said = 1 / (1 + np.exp(-(2.5 * true - 1.5)))
    found = fit_existence(said, is_blurred)
    assert found.temperature == pytest.approx(2.5, rel=0.08)
    assert found.threshold == pytest.approx(1 / (1 + np.exp(1.5)), abs=0.03)


def test_photos_that_never_overlap_give_a_threshold_between_them() -> None:
    found = fit_existence(np.array([0.05, 0.1, 0.7, 0.9]), np.array([False, False, True, True]))
    assert 0.1 < found.threshold < 0.7
    assert found.temperature > 0.25


def test_photos_of_one_kind_tell_nothing() -> None:
    with pytest.raises(ValueError, match="with and without"):
        fit_existence(np.array([0.1, 0.2]), np.array([True, True]))
