from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.data.panels import PANELS, PanelPhotos, move_frame, open_panel, parts_that_move
from modelsvc.fusenet.data.sources import Source


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(pixels).save(path)


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A street of two drives, and sets of larger sharp frames and of pairs of two scenes; all of noise."""
    rng = np.random.default_rng(0)

    def noise() -> np.ndarray:
        return rng.integers(0, 256, (120, 160, 3), dtype=np.uint8)

    for name in ("a_f1", "a_f2", "b_f1"):
        save(tmp_path / "street" / "images" / f"{name}.png", noise())
        movers = np.zeros((120, 160), np.uint8)
        if name != "a_f2":
            movers[60:84, 40:60] = 255
            movers[10:11, 10:11] = 255  # too small to be seen
        save(tmp_path / "street" / "movers" / f"{name}.png", movers)
    for name in ("one_sharp", "one_blurred"):
        save(tmp_path / "real" / "gopro" / "images" / f"{name}.png", noise())
    left = np.uint8(255 * (np.arange(160) < 80))[None].repeat(120, 0)
    for name in ("house_A", "house_B", "tree_A", "tree_B"):
        save(tmp_path / "real" / "mff" / "images" / f"{name}.png", noise())
        save(tmp_path / "real" / "mff" / "masks" / f"{name}.png", left)
    rows = [f"mff,{name}_{side},{name}" for name in ("house", "tree") for side in "AB"]
    (tmp_path / "real" / "scenes.csv").write_text("\n".join(["set,key,scene", *rows]))
    return tmp_path


def panel(name: str, places: Path, scale: int = 160) -> PanelPhotos:
    images = sorted((places / "street" / "images").glob("*"))
    walkers = [Source(image, places / "street" / "movers" / image.name) for image in images]
    return open_panel(name, scale=scale, street=places / "street", real=places / "real", walkers=walkers)


def test_all_of_the_sharp_panel_is_sharp(places: Path) -> None:
    photos = panel("sharp", places)
    assert list(photos.names)[:4] == ["street/a_f1", "street/a_f2", "street/b_f1", "gopro/one_sharp"]
    assert list(photos.names.values())[:3] == ["street/a", "street/a", "street/b"]
    assert len(photos) == 4 + 6
    assert all(not sample.levels.any() for n in range(10) if (sample := photos.whole(n)))


def test_frames_with_movers_move_these_and_nothing_else(places: Path) -> None:
    photos = panel("movers", places)
    assert photos.names == {"a_f1": "a", "b_f1": "b"}
    sample = photos.whole(0)
    assert sample is not None
    before = np.asarray(PIL.Image.open(places / "street" / "images" / "a_f1.png"))
    changed = np.abs(sample.pixels.astype(int) - before).max(-1) > 2
    assert np.unique(sample.levels).tolist() in ([0, 1], [0, 1, 255])
    assert (sample.levels[62:82, 46:54] == 1).all()
    assert not changed[:50].any()
    assert not changed[95:].any()


def test_a_part_too_small_to_be_seen_does_not_move() -> None:
    movers = np.zeros((120, 160), np.uint8)
    movers[10, 10] = 255
    frame = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    assert parts_that_move(movers) == []
    moved = move_frame(frame, movers, np.random.default_rng(0))
    assert np.array_equal(moved.pixels, frame)
    assert not moved.levels.any()


def test_people_walk_through_larger_frames(places: Path) -> None:
    photos = panel("walkers", places)
    assert list(photos.names) == [f"one_sharp {n}" for n in range(4)]
    levels = [sample.levels for n in range(4) if (sample := photos.whole(n))]
    assert any((level == 1).any() for level in levels)
    assert all((level == 0).mean() > 0.5 for level in levels)


def test_dark_photos_are_of_scenes_that_are_not_trained_on(places: Path) -> None:
    photos = panel("dark", places)
    assert len(set(photos.names.values())) == 1
    assert len(photos) == 2
    sample = photos.whole(0)
    assert sample is not None
    assert sample.pixels.mean() < 100
    assert np.array_equal(sample.levels, np.uint8(np.arange(160) < 80)[None].repeat(120, 0))


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_never_changes_and_is_shrunk(places: Path, name: str) -> None:
    first, second = (panel(name, places, scale=80).whole(0) for _ in range(2))
    assert first is not None
    assert second is not None
    assert np.array_equal(first.pixels, second.pixels)
    assert first.levels.shape == (60, 80)
    assert first.is_binary


def test_some_of_a_panel_are_spread_over_it(places: Path) -> None:
    photos = panel("sharp", places)
    photos.keep(3)
    assert next(iter(photos.names)) == "street/a_f1"
    assert len(photos) == 3


def test_an_unreadable_frame_is_named(places: Path) -> None:
    (places / "street" / "images" / "a_f1.png").write_bytes(b"no picture")
    photos = panel("movers", places)
    assert photos.whole(0) is None
    assert photos.faults.keys() == {"a_f1"}


def test_a_panel_without_photos_is_refused(tmp_path: Path) -> None:
    for name in ("movers", "none"):
        with pytest.raises(SmartBlurError):
            panel(name, tmp_path)
