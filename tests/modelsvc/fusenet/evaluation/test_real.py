import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.evaluation.real import Found, inside, judgement, look_at, real_photos, write_real
from modelsvc.fusenet.serving.predictor import Predictor


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


@pytest.fixture(scope="module")
def found(predictor: Predictor) -> dict[str, Found]:
    return {photo.name: look_at(predictor, photo) for photo in real_photos()}


def test_the_shipped_network_orders_what_is_known(found: dict[str, Found]) -> None:
    assert {name: one.is_as_expected for name, one in found.items()} == {
        "flower": True,
        "clock_motion": True,
        "motorcycle by depth": None,
        "motorcycle passing": None,
        "motorcycle": None,
        "astronaut": True,
        "china": None,
        "rocket": None,
    }
    assert found["flower"].numbers["amount_on_subject"] < 0.3 < 0.6 < found["flower"].numbers["amount_off_subject"]
    assert found["motorcycle by depth"].numbers["amount"] > 3 * found["motorcycle"].numbers["amount"]
    assert found["motorcycle by depth"].numbers["level_accuracy"] > 0.5
    assert found["motorcycle by depth"].numbers["blur_ap"] > 0.9
    assert found["motorcycle passing"].numbers["blur_ap"] > 0.9


def test_the_engine_stays_sharp_and_the_shed_does_not(found: dict[str, Found]) -> None:
    levels = found["motorcycle by depth"].photo.levels
    assert levels is not None
    assert np.median(levels[270:300, 350:390]) == 0
    assert np.median(levels[40:120, 100:600]) == 3
    assert 0 < (levels == 255).mean() < 0.15  # where the disparity is not known


def test_what_passes_is_blurred_and_what_stands_is_not(found: dict[str, Found]) -> None:
    levels = found["motorcycle passing"].photo.levels
    assert levels is not None
    assert (levels[210:250, 260:420] == 3).mean() > 0.9  # tank and seat
    assert (levels[60:100, 60:200] == 0).mean() > 0.8  # the shed
    assert (levels[470:, :] == 0).mean() > 0.8  # the floor in front


def test_a_report_has_a_row_and_maps_for_each_photo(
    tmp_path: Path, found: dict[str, Found], predictor: Predictor
) -> None:
    write_real(tmp_path, list(found.values()), predictor)
    text = (tmp_path / "report.md").read_text()
    assert all(f"| {name} |" in text for name in found)
    assert "yes: subject sharper than the rest" in text
    assert json.loads((tmp_path / "report.json").read_text())["photos"].keys() == found.keys()
    with PIL.Image.open(tmp_path / "maps.png") as picture:
        assert picture.height > 8 * 150


def test_what_is_not_as_expected_is_said_loudly(found: dict[str, Found]) -> None:
    assert judgement(found["flower"]._replace(is_as_expected=False)) == "**no**: subject sharper than the rest"
    assert judgement(found["china"]) == "expected: sharp"


def test_the_quokka_comes_from_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SmartBlurError) as refusal:
        list(real_photos(tmp_path))
    assert refusal.value.code == "no_sources"
    PIL.Image.new("RGB", (40, 30)).save(tmp_path / "quokka.jpg")
    corners = [{"x": x, "y": y} for x, y in ((10, 5), (29, 5), (29, 24), (10, 24))]
    (tmp_path / "quokka_annotations.json").write_text(json.dumps({"polygons": [{"keypoints": corners}]}))
    subject = next(photo.subject for photo in real_photos(tmp_path) if photo.name == "quokka")
    assert subject is not None
    assert subject.shape == (30, 40)
    assert np.argwhere(subject).min(0).tolist() == [5, 10]
    assert subject.sum() == 20 * 20


def test_an_outline_is_filled() -> None:
    assert inside((1, 1, 3, 1, 3, 2, 1, 2), (5, 4)).astype(int).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 0, 0, 0],
    ]
