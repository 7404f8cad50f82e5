from pathlib import Path

import numpy as np
import pytest

from annotate.core import neighbours
from annotate.core.neighbours import nearest, unit_rows


def written(path: Path, rows: np.ndarray) -> Path:
    path.write_bytes(rows.tobytes())
    return path


@pytest.mark.parametrize("count", [1, 7, 100, 2000])
def test_neighbours_are_those_of_brute_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", 300)
    random = np.random.default_rng(3)
    centres = random.random((20, 16))
    features = unit_rows(centres[random.integers(0, 20, 1000)] + 0.1 * random.random((1000, 16)))
    found, cosines = nearest(written(tmp_path / "rows", features), features[123], count)
    all_cosines = features @ features[123]
    assert found.tolist()[:1] == [123]
    assert np.allclose(np.sort(all_cosines)[::-1][:count], cosines, atol=1e-6)
    assert np.allclose(all_cosines[found], cosines, atol=1e-6)
    assert len(set(found.tolist())) == min(count, 1000)


def test_of_equals_the_first_rows_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", 4)
    rows = unit_rows(np.ones((10, 8)))
    assert nearest(written(tmp_path / "rows", rows), rows[0], 3)[0].tolist() == [0, 1, 2]


def test_zeros_are_near_to_nothing_and_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    found, cosines = nearest(written(tmp_path / "rows", rows), rows[0], 5)
    assert (found.tolist(), cosines.round(2).tolist()) == ([0, 1], [1.0, 0.0])
    assert nearest(written(tmp_path / "none", rows[:0]), rows[0], 5)[0].tolist() == []
