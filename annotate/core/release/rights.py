"""Whose a release is and what may be done with it: authors, description, licences, citation."""

from __future__ import annotations

import json
from collections.abc import Mapping

from annotate.core.release.manifest import Manifest
from annotate.core.release.plain import Json
from annotate.core.release.summary import Summary

OWN = "LicenseRef-"  # SPDX: a licence that is on no list, whose words come with what it covers


def is_own(license_: str) -> bool:
    """Whether the licence is somebody's own: there is no page that says it."""
    return license_.startswith(OWN)


def license_url(license_: str) -> str:
    """Where the licence is to be read: at SPDX, or in this release."""
    return "LICENSE.txt" if is_own(license_) else f"https://spdx.org/licenses/{license_}.html"


def description(manifest: Manifest, summary: Summary) -> str:
    """What the dataset is, in a paragraph: its makers' words, or what can be said of any."""
    count = summary.overall("totals")["images"]
    return manifest.description or (
        f"{manifest.title}: {count} photos, each with a blur map (how strong the blur is, pixel by pixel) and a "
        "desirability (what the blur does to the photo: none, good, ok or bad), labelled by people."
    )


def authors(manifest: Manifest) -> list[tuple[str, str]]:
    """(family name, given names) of each person, (name, "") of an organisation or of who gave one name only."""
    lines = manifest.authors or (f"The annotators of {manifest.title}",)
    pairs = [line.partition(",") for line in lines]
    return [(name.strip(), given.strip()) for name, _, given in pairs]


def license_text(manifest: Manifest, summary: Summary) -> str:
    """LICENSE.txt: which licence covers what, and the words of those that stand nowhere else."""
    counts = summary.overall("license")
    rows = "\n".join(f"  {name:<20} {count:>8}  {_where(name)}" for name, count in counts.items())
    own = f"\n{'-' * 80}\n\n{manifest.license_texts.strip()}\n" if manifest.license_texts.strip() else ""
    return f"""{manifest.title} {manifest.version}

The labels, and the collection as such:
  {manifest.license}  {_where(manifest.license)}

The photos are their authors'. Licences, and the number of photos under each:
{rows}

The licence, source and attribution of every single photo are in extras/sources.csv. Keep that file with the photos.
tools/verify.py is Apache-2.0.
{own}"""


def _where(license_: str) -> str:
    return "(a licence of its makers)" if is_own(license_) else license_url(license_)


def citation(manifest: Manifest, summary: Summary) -> str:
    """CITATION.cff, in version 1.2.0 of that format; an own licence has no place there."""
    people: list[Json] = [
        {"family-names": name, "given-names": given} if given else {"name": name} for name, given in authors(manifest)
    ]
    fields: dict[str, Json] = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it and the paper whose system it follows.",
        "type": "dataset",
        "title": manifest.title,
        "abstract": description(manifest, summary),
        "version": manifest.version,
        "date-released": manifest.created[:10],
        **({} if is_own(manifest.license) else {"license": manifest.license}),
        "authors": people,
        "keywords": ["blur", "image quality", "SmartBlur"],
        "identifiers": [
            {"type": "other", "value": f"content_id:{summary.content_id}", "description": "SHA-256 of the content"}
        ],
        "references": [
            {
                "type": "conference-paper",
                "title": "Learning to Understand Image Blur",
                "doi": "10.1109/CVPR.2018.00689",
                "year": 2018,
                "authors": [{"family-names": name} for name in ("Zhang", "Shen", "Lin", "Mech", "Costeira", "Moura")],
            }
        ],
    }
    return yaml_text(fields)


def yaml_text(fields: Mapping[str, Json]) -> str:
    """YAML in which every value is JSON, which is YAML too once everything but plain ASCII is escaped."""
    return "".join(f"{name}: {_escape(json.dumps(value, ensure_ascii=False))}\n" for name, value in fields.items())


def _escape(text: str) -> str:
    return "".join(c if " " <= c <= "~" else f"\\U{ord(c):08x}" for c in text)
