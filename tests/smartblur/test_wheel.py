"""The wheel in an environment of its own, away from the checkout, with the packages that it asks for and no others."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SHIPPED = ("smartblur", "annotate/core", "modelsvc/fusenet")
IMPORT = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)


def names(requirements: list[str]) -> set[str]:
    return {Requirement(line).name.lower().replace("_", "-") for line in requirements}


def imported() -> set[str]:
    """The packages of others that what ships imports."""
    text = "\n".join(path.read_text() for part in SHIPPED for path in (ROOT / part).rglob("*.py"))
    own = {"annotate", "modelsvc", "smartblur", "smartblur_site"}
    return set(IMPORT.findall(text)) - sys.stdlib_module_names - own


def test_what_ships_asks_for_each_package_that_it_imports() -> None:
    packages = packages_distributions()
    needed = {packages[module][0].lower().replace("_", "-") for module in imported() if module in packages}
    optional = {"onnx", "onnxruntime", "onnxscript", "datasets", "psutil", "pyarrow"}
    assert needed - names(PROJECT["dependencies"]) - optional == set()


def test_it_asks_for_the_versions_that_are_tested() -> None:
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    asked = [Requirement(line) for line in PROJECT["dependencies"]]
    assert [each for each in asked if each.name in pinned and pinned[each.name] not in each.specifier] == []


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the wheel, and finds the packages of others where this one does."""
    folder = tmp_path_factory.mktemp("home")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True)
    (site,) = (folder / "venv").glob("lib/*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join(others) + "\n")
    return python


def run(python: Path, folder: Path, *words: str) -> str:
    done = subprocess.run([python, *words], cwd=folder, env={}, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def test_it_lies_away_from_the_checkout_and_loads_nothing_large(python: Path, tmp_path: Path) -> None:
    code = "import smartblur, sys; print(smartblur.__file__, {'django', 'torch', 'httpx'} & {*sys.modules})"
    place, loaded = run(python, tmp_path, "-c", code).split()
    assert (Path(place).is_relative_to(ROOT), loaded) == (False, "set()")


def test_ten_lines_lead_from_a_release_to_a_training(python: Path, tmp_path: Path, make_release) -> None:
    """The Python of docs/taking-home.md, as it stands there."""
    make_release(train=4, val=2)
    page = (ROOT / "docs" / "taking-home.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    lines = [line for line in code.splitlines() if line]
    assert len(lines) <= 10
    assert run(python, tmp_path, "-c", code).count("loss") == 2


def test_the_command_reads_verifies_and_converts(python: Path, tmp_path: Path, make_release) -> None:
    release = make_release(train=4, val=2)
    smartblur = python.with_name("smartblur")
    assert len(run(smartblur, tmp_path, "read", str(release), "--records").splitlines()) == 6
    assert run(smartblur, tmp_path, "verify", str(release)) == "Sound (full).\n"
    run(smartblur, tmp_path, "convert", str(release), "--to", "coco", "--out", "coco")
    assert len(list((tmp_path / "coco" / "images").iterdir())) == 6


def test_the_command_trains_evaluates_and_predicts(python: Path, tmp_path: Path, make_release) -> None:
    release = make_release(train=4, val=2)
    smartblur = python.with_name("smartblur")
    out = tmp_path / "run"
    run(smartblur, tmp_path, "train", str(release), "--out", str(out), "--preset", "smoke", "--set", "epochs=1")
    said = run(
        smartblur, tmp_path, "evaluate", str(release), "--split", "validation", "--checkpoint", str(out / "best")
    )
    assert "level_accuracy" in said
    photos = release / "train" / "images"
    run(smartblur, tmp_path, "predict", str(photos), "--checkpoint", str(out / "best"), "--out", "maps")
    assert len(list((tmp_path / "maps").rglob("*.blurred.png"))) == 4
