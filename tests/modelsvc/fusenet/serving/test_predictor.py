import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from annotate.core.blurmap import IGNORE, rasterize
from annotate.core.errors import InvalidImage
from annotate.core.imagefile import fit_to_scale, lanczos, open_shrunk
from modelsvc.fusenet.checkpoint import Checkpoint, save_checkpoint
from modelsvc.fusenet.model import ABCFuseNet, model_config
from modelsvc.fusenet.serving.predictor import (
    AHEAD,
    BlurPrediction,
    Predictor,
    ahead,
    enlarge,
    fast_lanczos,
    mean_in_logits,
    pad_to_stride,
)


def predictor(folder: Path, levels: int = 4, *, ordinal: bool = True) -> Predictor:
    torch.manual_seed(0)
    config = model_config("abc-tiny", levels, ordinal=ordinal)
    save_checkpoint(folder / "net", ABCFuseNet(config).state_dict(), Checkpoint(model=config, scale=96))
    return Predictor(folder / "net")


def noise(width: int, height: int) -> PIL.Image.Image:
    return PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (96, 96), (250, 130)])
@pytest.mark.parametrize("levels", [2, 4])
@pytest.mark.parametrize("ordinal", [True, False])
def test_every_map_has_the_photos_size_and_range(
    tmp_path: Path, size: tuple[int, int], levels: int, ordinal: bool
) -> None:
    prediction = predictor(tmp_path, levels, ordinal=ordinal).predict(noise(*size))
    assert prediction.levels.shape == size[::-1]
    assert prediction.levels.dtype == np.uint8
    assert prediction.levels.max() < levels
    for name in ("amount", "attention", "uncertainty", "blurred"):
        map_ = getattr(prediction, name)
        assert map_.shape == size[::-1]
        assert map_.dtype == np.float32
        assert 0 <= map_.min() <= map_.max() <= 1
    assert prediction.probabilities.shape == (4,)
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_finer_scale_is_asked_beside_the_one_of_training(tmp_path: Path) -> None:
    coarse, photo = predictor(tmp_path), noise(200, 120)
    both = Predictor(tmp_path / "net", scale=192)
    alone = replace(both.checkpoint, scale=192)
    said, near = both.predict(photo), coarse.predict(fit_to_scale(photo, 192, resize=fast_lanczos))
    both.checkpoint = alone  # as if it had been trained at the finer scale
    fine = both.predict(photo)
    assert said.above.shape == fine.above.shape
    far = np.stack([enlarge(each, near.span, fine.above[0].shape[::-1]) for each in near.above])
    assert np.allclose(said.above, mean_in_logits(fine.above, far), atol=1e-5)
    assert (
        (said.above >= np.minimum(fine.above, far) - 1e-5) & (said.above <= np.maximum(fine.above, far) + 1e-5)
    ).all()
    assert np.array_equal(said.probabilities, near.probabilities)


def test_means_in_logits_keep_what_is_sure() -> None:
    one, other = np.array([0.5, 0.9, 0.0, 1.0], np.float32), np.array([0.5, 0.1, 0.5, 1.0], np.float32)
    assert mean_in_logits(one, other).tolist() == pytest.approx([0.5, 0.5, 0.0, 1.0])


def test_the_same_photo_gives_the_same_answer(tmp_path: Path) -> None:
    net, photo = predictor(tmp_path), noise(130, 100)
    assert np.array_equal(net.predict(photo).amount, net.predict(photo).amount)


def test_levels_agree_with_the_probability_of_blur(tmp_path: Path) -> None:
    prediction = predictor(tmp_path).predict(noise(130, 100))
    assert np.array_equal(prediction.levels > 0, prediction.blurred > 0.5)


def test_what_the_photo_shows_comes_as_a_small_vector(tmp_path: Path) -> None:
    content = predictor(tmp_path).predict(noise(130, 100)).content
    assert (content.shape, content.dtype) == ((32,), np.float16)
    assert content.min() >= 0


def grids(above: list[list[float]], gaze: list[list[float]]) -> BlurPrediction:
    q = np.array([above], np.float32)
    rest = np.zeros(4, np.float32), np.zeros(8, np.float16), np.zeros((*q.shape[1:], 3), np.uint8)
    looks = np.array(gaze, np.float32)
    return BlurPrediction((8, 8), (q.shape[2], q.shape[1]), q, q[0], looks, *rest, np.ones(looks.shape, np.bool_))


def test_the_blurred_share_of_the_subject_counts_by_attention() -> None:
    halves = grids([[0.1] * 20 + [0.9] * 20] * 8, [[0.3] * 5 + [0.1] * 5] * 2)
    assert halves.blurred_share == 0.5
    assert halves.subject_blurred == pytest.approx(0.25, abs=0.02)
    assert halves.mean_uncertainty == pytest.approx(4 * 0.1 * 0.9)


def test_what_holds_nothing_to_judge_by_counts_in_no_share() -> None:
    halves = grids([[0.1] * 20 + [0.9] * 20] * 8, [[0.3] * 5 + [0.1] * 5] * 2)
    evidence = np.arange(10)[None].repeat(2, 0) < 6
    part = replace(halves, evidence=evidence)
    assert part.no_evidence_share == pytest.approx(0.4)
    assert part.blurred_share == pytest.approx(4 / 24)
    assert part.subject_blurred < halves.subject_blurred
    unjudged = rasterize(part.no_evidence(), (8, 8))
    assert unjudged.tolist() == [[IGNORE] * 5 + [0] * 3] * 8  # 16 of 40 columns
    assert replace(halves, evidence=~halves.evidence).blurred_share == 0


def test_the_subject_is_outlined_where_attention_is_above_half_its_most_along_the_photos_edges() -> None:
    columns = np.arange(80)
    gaze = np.clip((columns[::4] - 30) / 40, 0, 1)[None].repeat(10, 0) * 0.6  # half of its most at column 50
    soft = grids(np.zeros((40, 80)).tolist(), gaze.tolist())
    photo = np.where(columns < 56, 40, 220).astype(np.uint8)[None, :, None].repeat(40, 0).repeat(3, 2)
    flat, edged = replace(soft, size=(80, 40)), replace(soft, size=(80, 40), photo=photo)
    begins = [int((rasterize(each.subject(), (80, 40))[20] == 0).argmax()) for each in (flat, edged)]
    assert begins == [52, pytest.approx(56, abs=1)]
    assert [region.level for region in edged.subject().regions] == [0]


def test_maps_are_enlarged_from_their_part_on_the_photo() -> None:
    ramp = np.tile(np.arange(8, dtype=np.float32), (4, 1))
    assert np.array_equal(enlarge(ramp, (8, 4), (8, 4)), ramp)
    half = enlarge(ramp, (4, 2), (8, 1200))
    assert half.shape == (1200, 8)
    assert np.abs(half - [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25]).max() < 1e-5


def test_a_file_is_seen_as_the_photo_in_it(tmp_path: Path) -> None:
    net = predictor(tmp_path)
    noise(250, 130).save(tmp_path / "photo.png")
    [from_file] = net.predict_files([tmp_path / "photo.png"])
    assert isinstance(from_file, BlurPrediction)
    in_hand = net.predict(noise(250, 130))
    assert np.array_equal(from_file.above, in_hand.above)
    assert from_file.document() == in_hand.document()


def test_files_come_in_their_order_and_what_cannot_be_read_in_its_place(tmp_path: Path) -> None:
    net, names = predictor(tmp_path), [f"{n}.png" for n in range(5)]
    for n, name in enumerate(names):
        noise(60 + n, 50).save(tmp_path / name)
    (tmp_path / names[2]).write_bytes(b"nothing")
    (tmp_path / names[3]).unlink()
    said = list(net.predict_files(tmp_path / name for name in names))
    assert [each.code if isinstance(each, InvalidImage) else each.size for each in said] == [
        *((60, 50), (61, 50)),
        *("not_an_image", "file_error"),
        (64, 50),
    ]


def test_a_caller_may_look_at_more_pixels(tmp_path: Path) -> None:
    predictor(tmp_path)
    assert Predictor(tmp_path / "net", scale=144).predict(noise(288, 144)).above.shape == (3, 36, 72)


def test_what_goes_wrong_in_a_thread_reaches_the_caller() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    made = ahead(items())
    assert next(made) == 1
    with pytest.raises(ZeroDivisionError):
        next(made)


def test_items_are_made_before_they_are_asked_for_but_not_all() -> None:
    made: list[int] = []
    items = ahead(made.append(n) or n for n in range(100))  # type: ignore[func-returns-value]
    assert [next(items), next(items)] == [0, 1]
    items.close()  # type: ignore[attr-defined]
    assert len(made) <= 2 + AHEAD


def test_photos_are_shrunk_but_never_enlarged() -> None:
    assert fit_to_scale(noise(200, 100), 96).size == (96, 48)
    assert fit_to_scale(noise(50, 40), 96).size == (50, 40)
    assert fit_to_scale(noise(1000, 1), 96).size == (96, 1)


@pytest.mark.parametrize(
    ("size", "small"), [((1536, 1024), (640, 427)), ((301, 200), (300, 199)), ((900, 2), (640, 1))]
)
def test_the_fast_way_to_shrink_a_photo_is_the_usual_one_within_a_grey_level(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    photo = noise(*size)
    fast, usual = (np.asarray(way(photo, small), np.int16) for way in (fast_lanczos, lanczos))
    assert fast.shape == usual.shape
    assert np.abs(fast - usual).max() <= 1


@pytest.mark.parametrize("size", [(640, 427), (4000, 60)])
def test_where_nothing_is_gained_a_photo_is_shrunk_as_usual(size: tuple[int, int]) -> None:
    photo, small = noise(*size), (640, max(1, 640 * size[1] // size[0]))
    assert np.array_equal(np.asarray(fast_lanczos(photo, small)), np.asarray(lanczos(photo, small)))


@pytest.mark.parametrize("sigma", [0.8, 1.5, 4.0])
@pytest.mark.parametrize("width", [1000, 1536, 4000])
def test_an_edge_in_a_jpeg_is_as_blurred_for_the_network_as_when_it_is_shrunk_from_all_its_pixels(
    width: int, sigma: float
) -> None:
    def spread(image: PIL.Image.Image) -> float:
        slope = np.gradient(np.asarray(image, np.float64)[4:-4, :, 1].mean(0))
        x = np.arange(len(slope))
        middle = (slope * x).sum() / slope.sum()
        return float(np.sqrt((slope * (x - middle) ** 2).sum() / slope.sum()))

    x = (np.arange(width) - width / 2 - 0.3) * 640 / width / sigma  # `sigma` pixels as the network sees it
    edge = (20 + 200 / (1 + np.exp(-1.702 * x))).round().astype(np.uint8)
    photo = PIL.Image.fromarray(np.tile(edge[None, :, None], (width // 10, 1, 3)))
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=95)
    seen = open_shrunk(file.getvalue(), 640, resize=fast_lanczos).image
    exact = photo.resize(seen.size, PIL.Image.Resampling.LANCZOS)
    assert spread(seen) == pytest.approx(spread(exact), rel=0.02)


def test_padding_reflects_the_photo() -> None:
    padded = pad_to_stride(np.arange(40, dtype=np.uint8).reshape(1, 40))
    assert padded.shape == (48, 48)
    assert padded[0, 38:44].tolist() == [38, 39, 38, 37, 36, 35]
