"""Whose a release is: its citation by the schema of that format, its licences, its authors."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from annotate.core.release import Manifest, read_release, write_release
from annotate.core.release.rights import citation
from annotate.core.release.summary import Summary
from annotate.services.photos.licenses import NAMES
from tests.annotate.core.release.sample import MANIFEST, make_items

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "data/cff-1.2.0.schema.json").read_text()
)  # as cffconvert 2.0.0 has it
OWN_WORDS = "LicenseRef-Lab\n\nUse it in our lab.\n"


def written(folder: Path, manifest: Manifest = MANIFEST, **facts: str) -> Path:
    items = [replace(item, facts=replace(item.facts, **facts)) for item in make_items(4)]
    write_release(folder, manifest, items)
    return folder


def cited(folder: Path) -> dict:
    return valid((folder / "CITATION.cff").read_text())


def valid(text: str) -> dict:
    citation = yaml.safe_load(text)
    jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(citation)
    return citation


def test_the_citation_of_photos_under_several_licences_is_valid(tmp_path: Path) -> None:
    citation = cited(written(tmp_path / "r"))
    assert (citation["version"], citation["type"], citation["license"]) == ("1.0.0", "dataset", "CC-BY-4.0")
    assert citation["identifiers"][0]["value"] == f"content_id:{read_release(tmp_path / 'r').content_id}"
    assert citation["abstract"] == "A few photos."


@pytest.mark.parametrize("license_", sorted(NAMES))
def test_the_citation_names_every_licence_that_can_be_chosen(license_: str) -> None:
    counted = Summary({"train": {"totals": {"images": 1}}}, "0" * 64, {})
    assert valid(citation(replace(MANIFEST, license=license_), counted))["license"] == license_


def test_people_and_organisations_are_cited(tmp_path: Path) -> None:
    manifest = replace(MANIFEST, authors=("Größe, Anna Maria", "The Lab"))
    assert cited(written(tmp_path / "r", manifest))["authors"] == [
        {"family-names": "Größe", "given-names": "Anna Maria"},
        {"name": "The Lab"},
    ]
    creators = json.loads((tmp_path / "r/croissant.json").read_bytes())["creator"]
    assert [(each["@type"], each["name"]) for each in creators] == [
        ("sc:Person", "Anna Maria Größe"),
        ("sc:Organization", "The Lab"),
    ]


def test_an_own_licence_is_written_out_and_nothing_links_to_it(tmp_path: Path) -> None:
    own = {"license": "LicenseRef-Lab", "licenses": ("LicenseRef-Lab",), "license_texts": OWN_WORDS}
    folder = written(tmp_path / "r", replace(MANIFEST, **own), license="LicenseRef-Lab")
    text = (folder / "LICENSE.txt").read_text()
    assert text.endswith(OWN_WORDS)
    assert "license" not in cited(folder)
    assert "spdx.org/licenses/LicenseRef" not in text + (folder / "croissant.json").read_text()
    assert json.loads((folder / "croissant.json").read_bytes())["license"] == ["LICENSE.txt"]


def test_what_was_not_said_is_filled_with_what_is_known(tmp_path: Path) -> None:
    folder = written(tmp_path / "r", replace(MANIFEST, authors=(), description=""))
    assert cited(folder)["authors"] == [{"name": f"The annotators of {MANIFEST.title}"}]
    assert json.loads((folder / "croissant.json").read_bytes())["description"].startswith(f"{MANIFEST.title}: 4 photos")


def test_licences_and_their_photos_are_counted(tmp_path: Path) -> None:
    text = (written(tmp_path / "r") / "LICENSE.txt").read_text()
    assert "CC0-1.0                     2  https://spdx.org/licenses/CC0-1.0.html" in text
