"""croissant.json: the description of the dataset that dataset search engines and mlcroissant read."""

from __future__ import annotations

import json

from annotate.core.release.manifest import Manifest
from annotate.core.release.plain import Json
from annotate.core.release.summary import Summary
from annotate.core.release.tables import image_columns
from annotate.core.release.verify_standalone import COLUMNS

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(manifest: Manifest, summary: Summary) -> str:
    """The description as Croissant 1.0: one record set over images.csv."""
    columns = image_columns(len(manifest.levels))
    description: Json = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest.folder_name,
        "description": manifest.description or manifest.title,
        "version": manifest.version,
        "license": f"https://spdx.org/licenses/{manifest.license}.html",
        "url": "README.md",
        "citeAs": f"{manifest.title} {manifest.version}, content_id {summary.content_id}",
        "datePublished": manifest.created[:10],
        "creator": [{"@type": "sc:Person", "name": author} for author in manifest.authors],
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "images-csv",
                "name": "images.csv",
                "contentUrl": "images.csv",
                "encodingFormat": "text/csv",
                "sha256": summary.checksums["images.csv"],
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "images",
                "name": "images",
                "key": {"@id": "images/key"},
                "field": [_field(column) for column in columns],
            }
        ],
    }
    return json.dumps(description, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _field(column: str) -> Json:
    is_number = COLUMNS.get(column, int) in (int, (0, 1), (0, 1, 2, 3))
    return {
        "@type": "cr:Field",
        "@id": f"images/{column}",
        "name": column,
        "dataType": "sc:Integer" if is_number else "sc:Text",
        "source": {"fileObject": {"@id": "images-csv"}, "extract": {"column": column}},
    }
