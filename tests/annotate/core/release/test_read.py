"""Reading: what was written comes back, and nothing else gets in."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.core.errors import InvalidRelease
from annotate.core.release import (
    Annotator,
    Item,
    Manifest,
    Record,
    RegionsLine,
    VoteLine,
    Withdrawn,
    pseudonym,
    read_release,
    write_release,
)
from annotate.core.release.verify_standalone import COLUMNS
from tests.annotate.core.release.sample import (
    ANNOTATORS,
    MANIFEST,
    WITHDRAWN,
    all_bytes,
    document,
    make_item,
    make_items,
    write_sample,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PEOPLE = st.sampled_from(["a-00000000000a", "a-00000000000b", "a-00000000000c"])
SMALL = st.integers(0, 10**9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
VOTES = st.builds(
    VoteLine,
    annotator=PEOPLE,
    vote=st.sampled_from(["none", "good", "ok", "bad"]),
    is_gold=st.sampled_from([0, 1]),
    elapsed_ms=SMALL,
    saved=TEXT,
)
LINES = st.builds(
    RegionsLine,
    annotation=TEXT,
    annotator=PEOPLE | st.just(""),
    role=st.sampled_from(["annotator", "adjudicator", "consensus", "model"]),
    based_on=TEXT,
    started=TEXT,
    saved=TEXT,
    tool_version=TEXT,
    base=st.none() | st.just(0),
    regions=st.sampled_from([(), tuple(document(1)["regions"])]),
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    item = make_item(draw(st.integers(0, 30)))
    first, second, third = sorted(draw(st.tuples(*[st.integers(0, 1_000_000)] * 3)))
    facts = replace(
        item.facts,
        group=draw(TEXT),
        attribution=draw(TEXT),
        source_url=draw(TEXT),
        photographer=draw(TEXT),
        pre_model=draw(TEXT),
        split=draw(st.sampled_from(["train", "validation", "test"])),
        votes=draw(st.tuples(SMALL, SMALL, SMALL, SMALL)),
        posterior_ppm=(first, second - first, third - second, 1_000_000 - third),
        level_annotators=draw(SMALL),
    )
    votes = draw(st.lists(VOTES, max_size=3, unique_by=lambda vote: (vote.annotator, vote.saved)))
    lines = draw(st.lists(LINES, max_size=3, unique_by=lambda line: (line.role, line.annotation)))
    lineage = draw(st.lists(st.dictionaries(TEXT, JSON, max_size=3), max_size=3))
    return replace(item, facts=facts, votes=tuple(votes), annotations=tuple(lines), lineage=tuple(lineage))


def frozen(item: Item) -> dict:
    as_json = item.as_json()
    as_json["annotations"].sort(key=lambda line: (line["role"], line["annotation"]))
    as_json["votes"].sort(key=lambda vote: (vote["annotator"], vote["saved"]))
    return as_json | {"image": item.load_image(), "levels": item.load_levels()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(items(), min_size=1, max_size=4, unique_by=lambda item: item.facts.key))
def test_what_is_written_comes_back(written: list[Item]) -> None:
    written = sorted(written, key=lambda item: item.facts.key)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "release"
        write_release(root, MANIFEST, written, unit=2)
        assert [frozen(item) for item in read_release(root).items()] == [frozen(item) for item in written]


def test_release_read_and_written_again_is_the_same(tmp_path: Path) -> None:
    first = read_release(write_sample(tmp_path / "first"))
    assert (first.manifest, first.annotators(), first.withdrawn()) == (MANIFEST, list(ANNOTATORS), list(WITHDRAWN))
    write_release(
        tmp_path / "second",
        first.manifest,
        first.items(),
        annotators=first.annotators(),
        withdrawn=first.withdrawn(),
        agreement=first.agreement(),
    )
    assert dict(all_bytes(tmp_path / "second")) == dict(all_bytes(tmp_path / "first"))


def test_frozen_item_comes_back_from_its_row() -> None:
    item = make_item(5)
    row = json.loads(json.dumps(item.as_json()))
    assert Item.from_json(row, load_image=item.load_image, load_levels=item.load_levels) == item


def test_content_id_knows_what_a_dataset_says_and_not_who_tells_it(tmp_path: Path) -> None:
    def content_id(name: str, **changes: object) -> str:
        first, *rest = make_items(4)
        item = replace(first, facts=replace(first.facts, **changes))
        return write_release(tmp_path / name, replace(MANIFEST, name=name), [item, *rest]).content_id

    same = content_id("a")
    assert content_id("b", photographer="p-ffffffffffff", added_in="0.1.0") == same
    assert content_id("c", level_annotators=2) != same
    assert content_id("d", split="validation", group="elsewhere") != same


def test_records_are_ordered_and_know_their_files(tmp_path: Path) -> None:
    release = read_release(write_sample(tmp_path / "r"))
    records = list(release.records())
    assert [record.key for record in records] == [item.facts.key for item in make_items()]
    assert [r.key for r in release.records("validation")] == [r.key for r in records if r.split == "validation"]
    for record, item in zip(records, make_items(), strict=True):
        assert release.load_photo(record) == item.load_image()
        assert release.load_levels(record) == item.load_levels()
    assert dict(release.image_counts) == {"train": 6, "validation": 3, "test": 3}


def test_import_goes_on_after_the_last_key(tmp_path: Path) -> None:
    release = read_release(write_sample(tmp_path / "r"))
    everything = [item.facts.key for item in release.items()]
    assert [item.facts.key for item in release.items(after=everything[4])] == everything[5:]


def test_columns_of_reader_and_verifier_are_the_same() -> None:
    assert list(Record.names()) == list(COLUMNS)


def test_pseudonyms_need_the_salt() -> None:
    assert pseudonym("salt", "a", "sample", "1.0.0", 7) == pseudonym("salt", "a", "sample", "1.0.0", 7)
    assert pseudonym("salt", "a", "sample", "1.0.0", 7) != pseudonym("pepper", "a", "sample", "1.0.0", 7)
    assert Annotator(annotator=pseudonym("salt", "a", 7), votes=0, regions=0).annotator.startswith("a-")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("file_name", "../../../etc/passwd"),
        ("file_name", "images/00/" + "0" * 24 + ".jpg"),
        ("level_file_name", "levels/../../SEAL"),
        ("key", "../../x"),
        ("split", "validation"),
        ("width", "37"),
        ("width", 37.0),
        ("votes", [1, 2, 3, -4]),
        ("posterior_ppm", [1, 2, 3, 4]),
        ("has_blur", True),
        ("level_px", [1, 2, 3]),
        ("unknown", 1),
    ],
)
def test_edited_record_is_refused_at_its_line(tmp_path: Path, column: str, value: object) -> None:
    write_sample(tmp_path / "r")
    path = tmp_path / "r/train/metadata.jsonl"
    lines = path.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | {column: value})
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InvalidRelease) as refusal:
        list(read_release(tmp_path / "r").records("train"))
    assert (refusal.value.where or "").startswith("train/metadata.jsonl:2")


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "nul", '{"a":NaN}', "[" * 100_000, "\udcff", '{"a":' + "9" * 5000 + "}"]
)
def test_broken_line_is_refused_at_its_line(tmp_path: Path, line: str) -> None:
    write_sample(tmp_path / "r")
    path = tmp_path / "r/train/metadata.jsonl"
    path.write_bytes(line.encode("utf-8", "surrogateescape") + b"\n" + path.read_bytes())
    with pytest.raises(InvalidRelease) as refusal:
        list(read_release(tmp_path / "r").records())
    assert (refusal.value.where or "").startswith("train/metadata.jsonl:1")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("extras/lineage.jsonl", '{"key":"0","steps":[]}\n'),
        ("extras/lineage.jsonl", '{"key":"' + "f" * 24 + '","steps":[]}\n'),
        ("extras/lineage.jsonl", '{"steps":[]}\n'),
        ("extras/regions.jsonl", '{"key":"' + "f" * 24 + '"}\n'),
        ("extras/votes.csv", "f" * 24 + ",a-00000000000a,good,0,0,\n"),
        ("extras/votes.csv", "f" * 24 + ",a-00000000000a,great,0,0,\n"),
        ("extras/votes.csv", "f" * 24 + ",Anna,good,0,zero,\n"),
        ("extras/votes.csv", "f" * 24 + ",a-00000000000a\n"),
        ("extras/votes.csv", "f" * 24 + ",a-00000000000a,good,0,0,,,\n"),
        ("extras/votes.csv", "\xff,a-00000000000a,good,0,0,\n"),
    ],
)
def test_line_about_no_image_is_refused(tmp_path: Path, path: str, line: str) -> None:
    with (write_sample(tmp_path / "r") / path).open("a") as file:
        file.write(line)
    with pytest.raises(InvalidRelease) as refusal:
        list(read_release(tmp_path / "r").items())
    assert (refusal.value.where or "").startswith(path)


def test_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    release = read_release(write_sample(tmp_path / "r"))
    (tmp_path / "secret").write_text("secret")
    record = next(release.records())
    release.image_place(record).path.unlink()
    (tmp_path / "r" / record.split / record.file_name).symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidRelease):
        next(release.items()).load_image()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format":"coco"}', '{"format":1,"format_version":2}'])
def test_folder_that_is_no_release_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "release.json").write_text(text)
    with pytest.raises(InvalidRelease):
        read_release(tmp_path)
    with pytest.raises(InvalidRelease):
        read_release(tmp_path / "nowhere")


def test_manifest_is_plain_json_both_ways() -> None:
    assert Manifest.from_json(json.loads(json.dumps(MANIFEST.as_json()))) == MANIFEST


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../x"),
        ("name", "A B"),
        ("version", "1.0"),
        ("version", "1.0.0/.."),
        ("created", "today"),
        ("levels", ()),
    ],
)
def test_manifest_refuses(field: str, value: object) -> None:
    with pytest.raises(InvalidRelease) as refusal:
        replace(MANIFEST, **{field: value})
    assert refusal.value.where == field


def test_withdrawn_names_an_image() -> None:
    with pytest.raises(InvalidRelease):
        Withdrawn(key="../etc", release="1.0.0")
