"""What a release tells people and other programs of itself."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.errors import InvalidRelease
from annotate.core.release import Record, VoteLine, key_of, read_release, undated, write_release
from annotate.core.release.documents import readme
from annotate.core.release.summary import Summary
from annotate.core.release.tables import csv_line, read_csv
from tests.annotate.core.release.sample import ANNA, ATTRIBUTIONS, MANIFEST, make_items, write_sample

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("documents") / "release")


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_card_has_a_front_matter_that_the_hub_understands(release: Path) -> None:
    _, front, body = (release / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(front)
    assert card["license"] == ["cc-by-4.0", "cc0-1.0"]
    assert card["pretty_name"] == f"{MANIFEST.title} 1.0.0"
    assert card["task_categories"] == ["image-segmentation", "image-classification"]
    assert card["size_categories"] == ["n<1K"]
    assert card["configs"][0]["data_files"] == [
        {"split": s, "path": f"{s}/**"} for s in ("train", "validation", "test")
    ]
    assert "| images | 6 | 3 | 3 |" in body
    assert "| 1 | Low | 0.8 to 2.4 | 0.333333 |" in body


def test_card_of_shards_names_them(tmp_path: Path) -> None:
    write_sample(tmp_path / "r", layout="shards")
    _, front, body = (tmp_path / "r/README.md").read_text().split("---\n", 2)
    paths = [entry["path"] for entry in yaml.safe_load(front)["configs"][0]["data_files"]]
    assert paths == [f"{split}/shards/*.tar" for split in ("train", "validation", "test")]
    assert 'shards = "smartblur-sample-1.0.0/train/shards/train-00000.tar"' in body


def test_card_names_several_shards_at_once() -> None:
    totals = {"totals": {"images": 1}, "desirability": {}, "level_px": {}, "license": {}}
    sums = {f"train/shards/train-{n:05d}.tar": "" for n in range(13)} | {"train/shards/index.jsonl": ""}
    text = readme(MANIFEST, Summary({"train": totals}, "0" * 64, sums, layout="shards"))
    assert 'shards = "smartblur-sample-1.0.0/train/shards/train-{00000..00012}.tar"' in text


def test_card_lists_only_splits_with_images(tmp_path: Path) -> None:
    items = [replace(item, facts=replace(item.facts, split="train")) for item in make_items(3)]
    write_release(tmp_path / "r", replace(MANIFEST, license="LicenseRef-Ours"), items)
    card = yaml.safe_load((tmp_path / "r/README.md").read_text().split("---\n")[1])
    assert [entry["split"] for entry in card["configs"][0]["data_files"]] == ["train"]
    assert (card["license"], card["license_name"]) == ("other", "LicenseRef-Ours")
    assert not (tmp_path / "r/val").exists()


@given(st.text(max_size=30))
def test_no_title_breaks_the_front_matter(title: str) -> None:
    totals = {"totals": {"images": 1}, "desirability": {}, "level_px": {}, "license": {}}
    text = readme(replace(MANIFEST, title=title), Summary({"train": totals}, "0" * 64, {}))
    assert yaml.safe_load(text.split("---\n")[1])["pretty_name"] == f"{title} 1.0.0"


def test_no_level_name_breaks_the_table() -> None:
    levels = (replace(MANIFEST.levels[0], name="a | b\nc"), *MANIFEST.levels[1:])
    totals = {"totals": {"images": 1}, "desirability": {}, "level_px": {}, "license": {}}
    text = readme(replace(MANIFEST, levels=levels), Summary({"train": totals}, "0" * 64, {}))
    assert "| 0 | a \\| b c | 0 to 0.8 | 0 |" in text.splitlines()


def test_statistics_count_what_the_records_say(release: Path) -> None:
    statistics = json.loads((release / "statistics.json").read_bytes())
    records = list(read_release(release).records("train"))
    assert statistics["train"]["totals"]["images"] == len(records)
    assert statistics["train"]["level_px"]["2"] == sum(record.level_px[2] for record in records)
    assert statistics["train"]["totals"]["pixels"] == sum(record.width * record.height for record in records)
    assert statistics["train"]["votes"]["good"] == sum(record.votes[1] for record in records)


def test_index_names_files_that_are_there(release: Path) -> None:
    rows = read_rows(release / "images.csv")
    assert len(rows) == 12
    assert all((release / row["file_name"]).is_file() and (release / row["level_file_name"]).is_file() for row in rows)
    assert [row["posterior_ppm_good"] for row in rows if row["desirability"] == "good"] == ["970000"] * 3


def test_croissant_describes_every_column_of_the_index(release: Path) -> None:
    croissant = json.loads((release / "croissant.json").read_bytes())
    sets = {each["name"]: each for each in croissant["recordSet"]}
    fields = [field["source"]["extract"]["column"] for field in sets["images"]["field"][:-1]]
    assert fields == list(read_rows(release / "images.csv")[0])
    listed = dict(reversed(line.split("  ")) for line in (release / "checksums.sha256").read_text().splitlines())
    assert croissant["distribution"][0]["sha256"] == listed["images.csv"]


def test_licences_are_counted_and_attributions_kept(release: Path) -> None:
    assert "CC0-1.0                     6" in (release / "LICENSE.txt").read_text()
    assert {item.facts.attribution for item in read_release(release).items()} == set(ATTRIBUTIONS)


@pytest.mark.promise("S9")
def test_no_cell_is_a_formula(release: Path) -> None:
    for path in release.rglob("*.csv"):
        for row in read_rows(path):
            texts = [cell for name, cell in row.items() if name != "leniency_ppm"]
            assert not any(cell.startswith(FORMULA_STARTS) for cell in texts), path


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=5))
def test_any_text_survives_csv(cells: list[str]) -> None:
    (back,) = csv.reader(io.StringIO(csv_line(cells).decode(), newline=""), strict=True)
    assert not any(cell.startswith(FORMULA_STARTS) for cell in back)
    assert [cell[1:] if cell.lstrip("'").startswith(FORMULA_STARTS) else cell for cell in back] == cells


def test_votes_csv_is_plain(release: Path) -> None:
    votes = [vote for _, _, vote in read_csv(release / "extras/votes.csv", VoteLine)]
    assert len(votes) == 24
    assert {type(vote.elapsed_ms) for vote in votes} == {int}
    assert {vote.annotator for vote in votes} >= {ANNA}


def test_no_decimal_number_is_in_any_json(release: Path) -> None:
    def refuse(number: str) -> None:
        raise AssertionError(number)

    for path in [*release.rglob("*.json"), *release.rglob("*.jsonl")]:
        for line in path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]:
            json.loads(line, parse_float=refuse, parse_constant=refuse)


def test_json_lines_are_canonical(release: Path) -> None:
    for path in [release / "release.json", release / "statistics.json", *release.rglob("*.jsonl")]:
        for line in path.read_bytes().splitlines(keepends=True):
            value = json.loads(line)
            canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert line == (canonical + "\n").encode()


def test_toolchain_names_what_could_change_bytes(release: Path) -> None:
    toolchain = json.loads((release / "release.json").read_bytes())["toolchain"]
    assert toolchain.keys() == {"smartblur", "python", "numpy", "zlib"}


def test_no_attribution_is_read_as_a_time() -> None:
    assert [undated(text) for text in ("2020-01-01", "2020-01-01T10:00Z", "2020-01-01, Ann", "")] == [
        "2020-01-01.",
        "2020-01-01T10:00Z.",
        "2020-01-01, Ann",
        "",
    ]
    (item,) = make_items(1)
    dated = replace(item.facts, attribution="2020-01-01")
    with pytest.raises(InvalidRelease) as refusal:
        Record.of(dated, byte_count=1, level_px=(1,) * 4, ignore_px=0, level_px_sha256="0" * 64)
    assert refusal.value.where == f"{item.facts.key}.attribution"


def test_a_key_is_never_read_as_a_number() -> None:
    digits, power, word = "0123456789" * 7, "1" * 10 + "e" + "2" * 60, "1" * 10 + "f" + "2" * 60
    assert [key_of(text[:64]) for text in (digits, power, word)] == [
        "g12345678901234567890123",
        "h111111111e2222222222222",
        "1111111111f2222222222222",
    ]
