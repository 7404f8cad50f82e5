"""croissant.json: the description of the dataset that dataset search engines and mlcroissant read, as Croissant 1.1.

Its record sets: `splits`; `images` with their photos; `levels`, their maps, in the same order and by the same keys;
`votes`, each with who cast it. Where all that comes from is told in terms of PROV-O; extras/lineage.jsonl has it image
by image.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from annotate.core.release.manifest import Manifest
from annotate.core.release.plain import Json
from annotate.core.release.rights import authors, description, license_url
from annotate.core.release.summary import Summary
from annotate.core.release.tables import VOTE_COLUMNS, image_columns
from annotate.core.release.verify_standalone import COLUMNS, FOLDER

_TERMS = (
    "citeAs column conformsTo:dct:conformsTo containedIn equivalentProperty extract field fileObject fileProperty "
    "fileSet format includes isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated "
    "replace samplingRate separator source subField transform annotation arrayShape isArray excludes readLines "
    "sdVersion unArchive value"
)
_CONTEXT: dict[str, Json] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{term.partition(":")[0]: term.partition(":")[2] or f"cr:{term}" for term in _TERMS.split()},
}
_FILES = {
    "images.csv": ("text/csv", "A row for each image; no cell is empty."),
    "extras/votes.csv": ("text/csv", "Raw votes, by pseudonym."),
    "extras/lineage.jsonl": (
        "application/jsonlines",
        "The steps that made each image's labels: upload, a model's proposal, people's work, review, consensus.",
    ),
}
_NUMBERS = {"is_gold", "elapsed_ms"}
_SPLIT_URLS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}


def croissant(manifest: Manifest, summary: Summary) -> str:
    """The description; paths in it are relative to it."""
    has_photos = summary.layout == FOLDER  # pictures inside of shards are out of its reach
    pictures = ("images", "levels") if has_photos else ()
    licenses = dict.fromkeys([manifest.license, *summary.overall("license")])
    described: Json = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": manifest.folder_name,
        "description": description(manifest, summary),
        "version": manifest.version,
        "license": list(dict.fromkeys(map(license_url, licenses))),
        "url": "README.md",
        "citeAs": f"{manifest.title} {manifest.version}, content_id {summary.content_id}",
        "datePublished": manifest.created[:10],
        "keywords": ["blur", "image quality", "SmartBlur"],
        "creator": [_creator(name, given) for name, given in authors(manifest)],
        "distribution": [*(_file(path, summary) for path in _FILES), *map(_file_set, pictures)],
        "recordSet": [_splits(), _images(manifest, has_photos), *([_levels()] if has_photos else []), _votes()],
        **_origin(manifest, summary),
    }
    return json.dumps(described, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _creator(name: str, given: str) -> Json:
    if not given:
        return {"@type": "sc:Organization", "name": name}
    return {"@type": "sc:Person", "name": f"{given} {name}", "givenName": given, "familyName": name}


def _file(path: str, summary: Summary) -> Json:
    kind, what = _FILES[path]
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "encodingFormat": kind,
        "description": what,
        "sha256": summary.checksums[path],
    }


def _file_set(folder: str) -> Json:
    kinds = ["image/png"] if folder == "levels" else ["image/jpeg", "image/png", "image/webp"]
    return {
        "@type": "cr:FileSet",
        "@id": f"files-{folder}",
        "name": f"files-{folder}",
        "encodingFormat": kinds,
        "includes": [f"*/{folder}/*"],
    }


def _record_set(name: str, fields: Iterable[Json], **more: Json) -> Json:
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": list(fields), **more}


def _splits() -> Json:
    fields = [
        {"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"},
        {"@type": "cr:Field", "@id": "splits/url", "name": "url", "dataType": "sc:URL"},
    ]
    rows = [{"splits/name": name, "splits/url": url} for name, url in _SPLIT_URLS.items()]
    return _record_set("splits", fields, data=rows, dataType="cr:Split", key={"@id": "splits/name"})


def _images(manifest: Manifest, has_photos: bool) -> Json:
    """A record for each image: its photo, and its row of images.csv."""
    fields = [_column("images", "images.csv", column) for column in image_columns(len(manifest.levels))]
    by_name = {field["name"]: field for field in fields}
    by_name["split"]["references"] = {"field": {"@id": "splits/name"}}
    by_name["desirability"] |= _made("The consensus of people's votes, by the rules in release.json.")
    if has_photos:
        _join(by_name["file_name"], "images")
        fields.append(_content("images", "image"))
    return _record_set("images", fields, key={"@id": "images/key"})


def _levels() -> Json:
    """A record for each image, in the order of `images`: its level map. mlcroissant joins no more than two sources."""
    path = _column("levels", "images.csv", "level_file_name")
    _join(path, "levels")
    level = _content("levels", "level") | _made(
        "The consensus of the regions that people painted, by the rules in release.json."
    )
    return _record_set("levels", [_column("levels", "images.csv", "key"), path, level], key={"@id": "levels/key"})


def _join(field: Json, folder: str) -> None:
    """Say that the path in a column ends in a file's name: full paths of files are not text in mlcroissant 1.1.1."""
    field["source"]["transform"] = {"regex": ".*/(.+)"}
    field["references"] = {"fileSet": {"@id": f"files-{folder}"}, "extract": {"fileProperty": "filename"}}


def _content(table: str, name: str) -> Json:
    """A field that holds pictures: the photo, or its level map."""
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{name}",
        "name": name,
        "dataType": "sc:ImageObject" if table == "images" else ["sc:ImageObject", "cr:SegmentationMask"],
        "source": {"fileSet": {"@id": f"files-{table}"}, "extract": {"fileProperty": "content"}},
    }


def _votes() -> Json:
    fields = [_column("votes", "extras/votes.csv", column) for column in VOTE_COLUMNS]
    by = next(field for field in fields if field["name"] == "annotator")
    by["equivalentProperty"] = "prov:wasAttributedTo"
    return _record_set("votes", fields)


def _column(table: str, file: str, column: str, **more: Json) -> Json:
    rule = COLUMNS.get(column, int if table == "images" else str)  # lists are spread out there
    is_number = column in _NUMBERS or rule in (int, (0, 1), (0, 1, 2, 3))
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{column}",
        "name": column,
        "dataType": "sc:Integer" if is_number else "sc:Text",
        "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
        **more,
    }


def _made(how: str) -> dict[str, Json]:
    return {"prov:wasGeneratedBy": {"@type": "prov:Activity", "prov:label": how}}


def _origin(manifest: Manifest, summary: Summary) -> dict[str, Json]:
    """Where the dataset comes from: the release before, who labelled, which models helped, which program wrote it."""
    totals = summary.overall("totals")
    steps = [f"People painted blur maps and cast {totals['votes']} votes (extras/regions.jsonl, extras/votes.csv)."]
    if totals["pre_annotated"]:
        steps.append(f"{totals['pre_annotated']} maps began as a model's proposal (pre_model in metadata.jsonl).")
    steps.append(f"Votes and maps were merged: {json.dumps(manifest.rules, sort_keys=True, ensure_ascii=False)}")
    activities = [{"@type": "prov:Activity", "prov:label": step} for step in steps]
    activities[-1]["prov:endedAtTime"] = manifest.created
    program = f"SmartBlur Studio {manifest.tool_version}".strip()
    before = manifest.previous
    return {
        "prov:wasAttributedTo": {"@type": "prov:SoftwareAgent", "prov:label": program},
        "prov:wasGeneratedBy": activities,
        **({"prov:wasDerivedFrom": {"@id": f"urn:sha256:{before.content_id}"}} if before else {}),
    }
