"""docs/release-format.md says what is so."""

import re
from pathlib import Path

import pytest

from annotate.core.release import Annotator, RegionsLine, VoteLine, Withdrawn
from annotate.core.release.verify_standalone import COLUMNS
from tests.annotate.core.release.sample import write_sample

TEXT = (Path(__file__).parents[4] / "docs/release-format.md").read_text("utf-8")
NAME = "smartblur-NAME-1.2.0"
SNIPPETS = [code for code in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "import" in code]


def test_every_column_is_explained() -> None:
    section = TEXT[TEXT.index("## metadata.jsonl") : TEXT.index("## extras")]
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| ")]
    assert {name.strip() for cell in cells for name in cell.split(",")} - {"column"} == set(COLUMNS)


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("votes.csv", ("key", *VoteLine.names())),
        ("annotators.csv", Annotator.names()),
        ("withdrawn.csv", Withdrawn.names()),
        ("regions.jsonl", ("key", *RegionsLine.names())),
    ],
)
def test_columns_of_extras_are_listed(file: str, names: tuple[str, ...]) -> None:
    row = next(row for row in TEXT.splitlines() if row.startswith(f"| {file} |"))
    told = re.sub(r"\([^)]*\)|;.*", "", row.split("|")[2])
    assert tuple(name.strip() for name in told.split(",")) == names


def test_tree_names_every_file(tmp_path: Path) -> None:
    folders = [write_sample(tmp_path / layout, layout=layout) for layout in ("folder", "shards")]
    tree = TEXT[TEXT.index("smartblur-NAME-1.2.0/") : TEXT.index("A split without images")]
    tree = tree.replace("train-00042", "SPLIT-00000")
    for path in (path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and path.parent.name not in ("images", "levels"):
            assert re.sub("^(train|validation|test)-", "SPLIT-", path.name) in tree, path


NEEDING = ("datasets", "webdataset", "modelsvc")  # packages that are not there, or have a test of their own


@pytest.mark.parametrize("code", [code for code in SNIPPETS if not any(name in code for name in NEEDING)])
def test_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    write_sample(tmp_path / NAME, layout="shards" if "/shards/" in code else "folder")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "release-format.md", "exec"), {})  # noqa: S102 the document is ours


def test_code_for_torch_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path / NAME)
    monkeypatch.chdir(tmp_path)
    (code,) = (code for code in SNIPPETS if "SmartBlurDataset" in code)
    names: dict = {}
    exec(compile(code, "release-format.md", "exec"), names)  # noqa: S102 the document is ours
    assert set(re.findall(r"# ([a-z, ]+)$", code, re.MULTILINE)[-1].split(", ")) == set(names["item"])
