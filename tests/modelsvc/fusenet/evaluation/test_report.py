import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from modelsvc.fusenet.checkpoint import Checkpoint
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.report import Evaluation, write_report
from modelsvc.fusenet.evaluation.tally import Reading, Tally
from modelsvc.fusenet.model import MODELS


def evaluation(*, is_binary: bool = False) -> Evaluation:
    """A good method, a worse one, and the good one at other temperatures, on thirty-two photos."""
    tallies = {name: Tally(4) for name in ("net", "peer", "net, calibrated")}
    for n in range(32):
        rng = np.random.default_rng(n)
        levels = rng.integers(0, 2 if is_binary else 4, (40, 40)).astype(np.uint8)
        pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
        posterior = np.eye(4, dtype=np.float32)[n % 4]
        kind = ("background", "motion")[n % 2]
        sample = Sample(pixels, levels, posterior, not is_binary, 640, kind=kind, is_binary=is_binary)
        for name, noise in (("net", 0.2), ("peer", 0.9), ("net, calibrated", 0.2)):
            truth = (levels > np.arange(3)[:, None, None]).astype(np.float32)
            above = np.sort((1 - noise) * truth + noise * rng.random((3, 40, 40)), 0)[::-1].astype(np.float32)
            said = None if name == "peer" else (0.7 * posterior + 0.1 * rng.dirichlet(np.ones(4)) + 0.05)
            tallies[name].add(sample, Reading((above > 0.5).sum(0).astype(np.uint8), above.mean(0), above, said))
    return Evaluation(
        material={"Data": "synthetic blur, made here", "Split": "the panel", "Seed": 1},
        is_synthetic=not is_binary,
        level_names=("sharp", "low", "medium", "high"),
        checkpoints={"net": Checkpoint(MODELS["abc-tiny"], 192, weights_sha256="ab" * 32, epoch=3)},
        tallies=tallies,
        skipped={"x.jpg": "cannot be read"},
        temperatures={"net": ("net, calibrated", {"levels": 1.25})},
        person={} if is_binary else {"level_accuracy": 0.91, "desirability_accuracy": 0.8},
        worst=[("a.jpg", "motion", 0.25)],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_report(tmp_path / "report", evaluation(), {"worst": PIL.Image.new("RGB", (9, 9))})
    return tmp_path / "report"


def test_a_report_is_numbers_tables_and_pictures(folder: Path) -> None:
    names = {"report.json", "report.md", "reliability.png", "levels.png", "desirability.png", "curves.png", "worst.png"}
    assert {path.name for path in folder.iterdir()} == names
    for name in names - {"report.json", "report.md"}:
        with PIL.Image.open(folder / name) as picture:
            assert picture.format == "PNG"


def test_the_text_says_in_bold_what_was_measured_and_what_it_does_not_tell(folder: Path) -> None:
    text = (folder / "report.md").read_text()
    assert "**Data: synthetic blur, made here**" in text
    assert "**Seed: 1**" in text
    assert "**Photos measured: 32, skipped: 1**" in text
    assert "**These are numbers of synthetic blur. They say nothing certain about real photos.**" in text


def test_each_method_has_a_row_and_a_person_too(folder: Path) -> None:
    rows = [line.split(" | ") for line in (folder / "report.md").read_text().splitlines() if line.startswith("| ")]
    first = {row[0].strip("| "): row for row in rows[::-1]}
    assert {"net", "peer", "a person, against the others"} <= first.keys()
    assert first["a person, against the others"][1] == "0.910"
    assert first["net"][1] == "1.000 [1.000, 1.000]"
    assert any("1.000 (too few photos)" in row for row in rows)
    assert any(row[0] == "| net, temperatures levels 1.25" for row in rows)


def test_the_numbers_are_whole_and_without_a_date(folder: Path, tmp_path: Path) -> None:
    found = json.loads((folder / "report.json").read_text())
    assert found["methods"]["net"]["metrics"]["level_accuracy"] > 0.9
    assert found["methods"]["net"]["intervals"].keys() == {
        "level_accuracy",
        "level_miou",
        "level_kappa",
        "amount_mae",
        "blur_ap",
        "boundary_f",
        "desirability_accuracy",
        "desirability_kappa_given_blur",
        "existence_auc",
        "existence_accuracy",
    }
    assert found["differences"].keys() == {"peer"}
    assert found["differences"]["peer"]["level_accuracy"]["high"] < 0
    assert found["methods"]["net"]["intervals"]["desirability_kappa_given_blur"] is None
    assert found["methods"]["net"]["slices"]["kind"]["motion"]["photos"] == 16
    assert found["checkpoints"]["net"]["weights_sha256"] == "ab" * 32
    assert found["worst"] == [{"photo": "a.jpg", "kind": "motion", "error": 0.25}]
    assert {"processor", "torch", "threads"} <= found["machine"].keys()
    write_report(tmp_path / "again", evaluation(), {})
    assert (tmp_path / "again" / "report.json").read_bytes() == (folder / "report.json").read_bytes()


def test_of_masks_nothing_is_said_of_levels(tmp_path: Path) -> None:
    write_report(tmp_path, evaluation(is_binary=True), {})
    text = (tmp_path / "report.md").read_text()
    assert "level accuracy" not in text
    assert "| max F |" in text
    assert "synthetic blur. They" not in text
    assert not (tmp_path / "levels.png").exists()
