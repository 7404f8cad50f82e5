"""What goes out in a format that holds maps comes in as the same maps and votes."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotate.core.blurmap import rasterize
from annotate.core.formats import FORMATS, Options, export, meaning_of_exports, open_files, understand
from annotate.core.release import read_release
from tests.annotate.core.formats.drawing import levels_of, photos_of, release_of, rows_of
from tests.annotate.core.release.sample import LEVELS, write_sample

MEANING = meaning_of_exports(LEVELS)
maps = arrays.arrays(
    np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 1, 2, 3, 255])
)
FORMATS_WITH_MAPS = pytest.mark.parametrize("name", ["coco", "cvat"])


def came_back(release, name, folder, **options):
    """Key of each photo -> map and vote, after going out and coming in."""
    out = export(release, FORMATS[name], folder / name, Options(**options))
    found = {}
    for file_name, labels in photos_of(rows_of(out, name)).items():
        understood = understand(labels, MEANING, labels.size, level_count=4)
        assert (understood.unmapped, understood.conflicts) == ((), ())
        found[Path(file_name).stem] = (rasterize(understood.document, labels.size).tolist(), understood.vote)
    return found


def gone_out(release):
    levels = levels_of(release)
    return {record.key: (levels[record.key], record.desirability) for record in release.records()}


@FORMATS_WITH_MAPS
@settings(deadline=None, max_examples=10)
@given(st.lists(maps, min_size=1, max_size=6))
def test_any_map_comes_back_as_it_was(name, level_maps):
    with tempfile.TemporaryDirectory() as folder:
        release = release_of(Path(folder, "release"), *level_maps)
        assert came_back(release, name, Path(folder), with_photos=False) == gone_out(release)


@FORMATS_WITH_MAPS
def test_a_release_comes_back_as_it_was(name, tmp_path):
    release = read_release(write_sample(tmp_path / "release", 12))
    assert came_back(release, name, tmp_path) == gone_out(release)


@FORMATS_WITH_MAPS
def test_photos_lie_beside_the_labels_if_wanted(name, tmp_path):
    release = release_of(tmp_path / "release", np.ones((23, 37), np.uint8))
    (record,) = release.records()
    for with_photos in (True, False):
        out = export(release, FORMATS[name], tmp_path / f"{with_photos}", Options(with_photos=with_photos))
        found = [path.read_bytes() for path in (out / "images").glob("*")]
        assert found == ([release.load_photo(record)] if with_photos else [])


@FORMATS_WITH_MAPS
def test_an_export_is_recognised(name, tmp_path):
    out = export(release_of(tmp_path / "release", np.ones((2, 2), np.uint8)), FORMATS[name], tmp_path / "o", Options())
    with open_files(out) as files:
        assert FORMATS[name].recognises(files) is True
