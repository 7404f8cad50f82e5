"""What goes out of a release in shards is what goes out of the same release in files."""

from pathlib import Path

import pytest

from annotate.core.formats import FORMATS
from annotate.core.formats.export import export
from annotate.core.formats.format import Options
from annotate.core.release import read_release
from tests.annotate.core.release.sample import all_bytes, write_sample

WRITTEN = sorted(key for key, form in FORMATS.items() if form.write)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("layouts")
    return [write_sample(folder / layout / "sample", layout=layout) for layout in ("folder", "shards")]


@pytest.mark.parametrize("key", WRITTEN)
def test_export_of_either_layout_is_the_same(releases: list[Path], tmp_path: Path, key: str) -> None:
    for release in releases:
        (tmp_path / release.parent.name).mkdir()
        export(read_release(release), FORMATS[key], tmp_path / release.parent.name / "out", Options())
    assert dict(all_bytes(tmp_path / "folder")) == dict(all_bytes(tmp_path / "shards"))
