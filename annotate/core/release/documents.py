"""The documents of a release: each a function of the manifest and the counts, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from annotate.core.release.croissant import croissant
from annotate.core.release.manifest import REFERENCE_LONG_SIDE_PX, Manifest
from annotate.core.release.reading import how_to_read, media_glob
from annotate.core.release.rights import citation, license_text, yaml_text
from annotate.core.release.summary import Summary
from annotate.core.release.verify_standalone import DESIRABILITIES, canonical_json

PAPER = 'Zhang et al., "Learning to Understand Image Blur", CVPR 2018, doi 10.1109/CVPR.2018.00689'
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
HUB_LICENSES = {"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "ODbL", "Apache-2.0", "MIT"}


def readme(manifest: Manifest, summary: Summary) -> str:
    """README.md: the dataset card that the Hugging Face hub reads, and people."""
    image_count = summary.overall("totals")["images"]
    own_words = f"{manifest.description}\n\n" if manifest.description else ""
    return f"""{_front_matter(manifest, summary, image_count)}
# {manifest.title} {manifest.version}

{own_words}{image_count} photos, each with a **blur map** (how strong the blur is, pixel by pixel) and a
**desirability** (what the blur does to the photo: none, good, ok or bad), labelled by people. Made with SmartBlur
Studio, a re-implementation of the system described in {PAPER}.
It is not the dataset of that paper.

| | |
|---|---|
| version | {manifest.version}, snapshot of {manifest.created} |
| content_id | `{summary.content_id}` |
| licence of the labels | {manifest.license}; every photo has its own, see `extras/sources.csv` |

## What is in it

{_table(["", *summary.splits], _counts(summary, "totals"))}

Desirability, in photos:

{_table(["", *summary.splits], _counts(summary, "desirability", DESIRABILITIES))}

Pixels at each level:

{_table(["", *summary.splits], _counts(summary, "level_px"))}

## Levels

Sigma is the standard deviation, in pixels at a long side of {REFERENCE_LONG_SIDE_PX}, of the Gaussian blur that
looks as strong. 255 means that nobody labelled the pixel: leave it out of every loss and every figure.

{_table(["value", "name", "sigma", "amount"], _levels(manifest))}

## Use it

Check that nothing is missing or damaged, with Python 3.9 or newer and nothing else:

```
python3 tools/verify.py
```

{how_to_read(manifest, summary)}

Photos are upright, 8-bit grey or RGB, with their colour profile in the file: each lies pixel for pixel under its map.

`{{split}}/metadata.jsonl` holds a line for each image; `images.csv` is the same for all splits as one flat table. No
leakage group (photographer, burst, album, near-duplicates) is in two splits. `extras/` holds every annotator's regions
and raw votes under pseudonyms, and for every image which steps made its labels.
"""


def _front_matter(manifest: Manifest, summary: Summary, image_count: int) -> str:
    size = next((name for limit, name in SIZES if image_count < limit), "1M<n<10M")
    names = sorted({manifest.license, *summary.overall("license")})
    known = HUB_LICENSES.issuperset(names)
    card = {
        "license": [name.lower() for name in names] if known else "other",
        **({} if known else {"license_name": manifest.license, "license_link": "LICENSE.txt"}),
        "pretty_name": f"{manifest.title} {manifest.version}",
        "task_categories": ["image-segmentation", "image-classification"],
        "tags": ["blur", "image-quality", "smartblur"],
        "size_categories": [size],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": media_glob(split, summary.layout)} for split in summary.splits],
            }
        ],
    }
    return f"---\n{yaml_text(card)}---\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    columns = list(head)
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in [columns, ["---"] * len(columns), *rows])


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _counts(summary: Summary, table: str, names: Iterable[str] = ()) -> list[list[object]]:
    shown = names or sorted({name for split in summary.splits for name in summary.statistics[split][table]})
    return [[name, *(summary.statistics[s][table].get(name, 0) for s in summary.splits)] for name in shown]


def _levels(manifest: Manifest) -> list[list[object]]:
    return [
        [
            level.level,
            level.name,
            f"{_decimal(level.sigma_from_milli, 3)} to {_decimal(level.sigma_to_milli, 3)}",
            _decimal(level.amount_ppm, 6),
        ]
        for level in manifest.levels
    ]


def _decimal(scaled: int | None, digits: int) -> str:
    """A scaled integer as a decimal number, without a float on the way; "more" for no bound."""
    if scaled is None:
        return "more"
    whole, rest = divmod(scaled, 10**digits)
    return f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")


def datasheet(manifest: Manifest, summary: Summary) -> str:
    """DATASHEET.md, after Gebru et al., "Datasheets for Datasets": what is known for certain, and the guidelines."""
    totals = summary.overall("totals")
    rules = json.dumps(manifest.rules, indent=2, sort_keys=True, ensure_ascii=False)
    return f"""# Datasheet: {manifest.title} {manifest.version}

**Why.** To learn where a photo is blurred, how strongly, and whether the blur helps or harms the photo.

**What.** Photos, upright and without their metadata (place and serial numbers are removed), a
blur map and a desirability each. How the desirabilities were decided: {_inline(summary.overall("decided_by"))}.

**Who labelled.** People, named by pseudonyms that are new in every release (`extras/annotators.csv`); {totals["votes"]}
votes. Raw votes and everybody's regions are kept (`extras/votes.csv`, `extras/regions.jsonl`), so that another rule can
be applied to them.

**Models.** {totals["pre_annotated"]} images started from a model's proposal; `pre_model` and `pre_kept_ppm` say from
which, and how much of it was kept.

**Splits.** By leakage group. A group that was once in the test split stays there in every later release.

**Licences of the photos.** {_inline(summary.overall("license"))}. Attributions are in `extras/sources.csv`.

**Withdrawn.** Whoever holds an earlier release must delete the images listed in `extras/withdrawn.csv`.

## Rules

```json
{rules}
```

## Guidelines for annotators

{manifest.guidelines or "None were written down."}
"""


def _inline(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items() if number)


def changelog(manifest: Manifest, summary: Summary) -> str:
    """CHANGELOG.md: this release's notes above those of the releases before."""
    head, notes = "# Changes\n", manifest.notes or ("First release." if manifest.previous is None else "No notes.")
    before = summary.changelog.removeprefix(head)
    return f"{head}\n## {manifest.version} ({manifest.created[:10]})\n\n{notes}\n{before}"


def statistics(manifest: Manifest, summary: Summary) -> str:
    """statistics.json: split -> table -> name -> number."""
    return canonical_json(summary.statistics) + "\n"


DOCUMENTS: dict[str, Callable[[Manifest, Summary], str]] = {
    "README.md": readme,
    "DATASHEET.md": datasheet,
    "LICENSE.txt": license_text,
    "CITATION.cff": citation,
    "CHANGELOG.md": changelog,
    "statistics.json": statistics,
    "croissant.json": croissant,
}
