import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotate.core.blurmap import decode_levels, encode_levels, rasterize
from annotate.core.formats import FORMATS, Options, export, meaning_of_exports, open_files, understand
from annotate.core.release import read_release, write_release
from tests.annotate.core.release import sample

YOLO = FORMATS["yolo"]
MEANING = meaning_of_exports(sample.LEVELS)
SIZE = sample.WIDTH, sample.HEIGHT


def photos_of(folder, size=SIZE):
    with open_files(folder) as files:
        return list(YOLO.read(files, lambda name: size, Options()))


def exported(folder, level_map):
    """A release with one photo of this map, and its export."""
    item = replace(sample.make_item(1), annotations=(), lineage=(), load_levels=partial(encode_levels, level_map))
    write_release(folder / "release", sample.MANIFEST, [item])
    return export(read_release(folder / "release"), YOLO, folder / "out", Options(with_photos=False))


@pytest.fixture
def release(tmp_path):
    return read_release(sample.write_sample(tmp_path / "release"))


def test_the_photos_and_their_maps_come_back(release, tmp_path):
    out = export(release, YOLO, tmp_path / "out", Options())
    records = {f"images/{record.split}/{record.file_name.rpartition('/')[2]}": record for record in release.records()}
    photos = photos_of(out)
    assert sorted(photo.file_name for photo in photos) == sorted(records)
    for photo in photos:
        levels = decode_levels(release.load_levels(records[photo.file_name]))
        understood = understand(photo, MEANING, SIZE, level_count=4)
        assert (understood.unmapped, understood.conflicts) == ((), ())
        assert np.array_equal(rasterize(understood.document, SIZE), levels)
        assert (out / photo.file_name).is_file()


def test_data_yaml_names_the_splits_and_the_levels(release, tmp_path):
    out = export(release, YOLO, tmp_path / "out", Options())
    assert (out / "data.yaml").read_text() == (
        "names:\n  0: Sharp\n  1: Low\n  2: Medium\n  3: High\n  4: unlabelled\n"
        "test: images/test\ntrain: images/train\nval: images/validation\n"
    )


def test_a_hole_is_a_bridge_in_one_line(tmp_path):
    levels = np.zeros((sample.HEIGHT, sample.WIDTH), np.uint8)
    levels[2:20, 2:30] = 3
    levels[5:8, 5:9] = levels[12:14, 20:22] = 0
    out = exported(tmp_path, levels)
    (text,) = (path.read_text() for path in (out / "labels").rglob("*.txt"))
    assert (text.count("\n"), text[:2], len(text.split())) == (1, "3 ", 1 + 2 * (4 + 2 * 6))
    (photo,) = photos_of(out)
    assert np.array_equal(rasterize(understand(photo, MEANING, SIZE, level_count=4).document, SIZE), levels)


def test_a_photo_sharp_all_over_has_an_empty_file(tmp_path):
    out = exported(tmp_path, np.zeros((sample.HEIGHT, sample.WIDTH), np.uint8))
    assert [path.read_text() for path in (out / "labels").rglob("*.txt")] == [""]
    (photo,) = photos_of(out)
    assert understand(photo, MEANING, SIZE, level_count=4).document.base == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(arrays.arrays(np.uint8, (sample.HEIGHT, sample.WIDTH), elements=st.sampled_from([0, 0, 1, 2, 3, 255])))
def test_what_is_exported_comes_back(levels):
    with tempfile.TemporaryDirectory() as folder:
        (photo,) = photos_of(exported(Path(folder), levels))
    understood = understand(photo, MEANING, SIZE, level_count=4)
    assert np.array_equal(rasterize(understood.document, SIZE), levels)


@pytest.mark.parametrize("side", [15_999, 16_000])
def test_six_digits_tell_every_pixel_of_the_largest_photo(side):
    shares = [float(f"{corner / side:.6g}") for corner in range(side + 1)]
    assert np.array_equal(np.rint(16 * side * np.array(shares)), 16 * np.arange(side + 1))
