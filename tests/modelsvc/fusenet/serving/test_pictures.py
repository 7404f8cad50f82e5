import numpy as np
import PIL.Image

from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.serving.pictures import contact_sheet, figure, level_picture
from modelsvc.fusenet.serving.predictor import BlurPrediction


def test_brighter_is_more_blur_and_blue_is_unlabelled() -> None:
    picture = np.asarray(level_picture(np.array([[0, 1, 2, 3, 255]], np.uint8), 4))
    assert picture[0, :4, 0].tolist() == [0, 85, 170, 255]
    red, _, blue = picture[0, 4].tolist()
    assert blue > red


def test_a_figure_shows_three_pictures() -> None:
    ramp = np.linspace(0, 1, 300, dtype=np.float32)[None].repeat(150, 0)
    judged, content = np.array([0.1, 0.6, 0.2, 0.1], np.float32), np.zeros(128, np.float16)
    small, there = np.zeros((150, 300, 3), np.uint8), np.ones((38, 75), np.bool_)
    prediction = BlurPrediction((600, 300), (300, 150), ramp[None], ramp, ramp[:38, ::4], judged, content, small, there)
    picture = figure(PIL.Image.new("RGB", (600, 300), (200, 0, 0)), prediction)
    assert picture.size == (3 * 480 + 4 * 8, 240 + 8 + 28)
    left, middle, right = (picture.getpixel((x, 120)) for x in (20, 500, 960))
    assert left == (200, 0, 0)
    assert middle[0] < 20 < 230 < right[0]  # type: ignore[index]


def test_a_contact_sheet_has_a_row_for_each_name() -> None:
    sample = Sample(
        np.zeros((48, 48, 3), np.uint8), np.zeros((48, 48), np.uint8), np.eye(4, dtype=np.float32)[0], True, 640
    )
    sheet = contact_sheet([("none", [sample, sample]), ("whole", [sample])], 4)
    assert sheet.size == (4 * 48 + 5 * 8, 2 * (48 + 8 + 28))
