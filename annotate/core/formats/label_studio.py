"""Label Studio's JSON: a task for each photo, an annotation for each person, regions in percent of the photo as shown.

JSON-MIN is read as far as it is plain: nothing in it joins a region's label and its attributes (equal outlines are
taken for one region), and a choice cannot be told from a column of the task, so both are names of the photo.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import ijson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from annotate.core.blurmap import MAX_SIDE
from annotate.core.formats.brush import decode_brush
from annotate.core.formats.files import PHOTO_SUFFIXES, Files, InvalidFile
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.label_studio_writer import AUTHORS, LOSES, READING, write
from annotate.core.formats.labels import (
    InvalidLabels,
    PhotoLabels,
    Ring,
    Shape,
    ring_of,
    ring_of_ellipse,
    rings_of_mask,
)
from annotate.core.regions import MAX_COORDINATE

Json = Any
Results = list[tuple[str, dict[str, Json]]]  # each with its place in the file

MAX_CONFIG_BYTES = 2**20
MAX_NAME = 200  # characters of a text that stands as a name

_UPLOADED = re.compile(r"(?:.*/)?data/upload/(?:\d+/)?(?:[0-9a-f]{8}-)?(.+)")
_BUCKET = re.compile(r"(?:s3|gs|azure-blob)://[^/]+/(.+)")
_GEOMETRY = {"points", "rle", "x", "vertices", "imageDataURL"}
_ATTRIBUTES = {"choices", "taxonomy", "rating", "number", "text", "datetime"}
_NOT_SAID = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}  # in JSON-MIN


def recognises(files: Files) -> bool:
    """Does the first JSON file hold tasks?"""
    head = files.head(next(iter(files.ending(".json")), ""))
    is_task = b'"data"' in head and (b'"annotations"' in head or b'"predictions"' in head)
    return head.lstrip()[:1] in (b"[", b"{") and b'"categories"' not in head and (is_task or b'"annotation_id"' in head)


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The labels of every annotation; cancelled ones are listed, predictions counted, drafts left out."""
    photo_keys = _photo_keys(files)
    for name in files.ending(".json"):
        prediction_count, where = 0, name
        try:
            for where, task in _tasks(files, name):
                try:
                    prediction_count += len(_list(task, "predictions"))
                    yield from _read_task(where, task, photo_keys, sizes)
                except InvalidLabels as refusal:
                    yield InvalidLabels.at(where, refusal)
        except (ijson.JSONError, UnicodeDecodeError):
            yield InvalidLabels("After this the file is no JSON.", where=where)
        except InvalidFile as refusal:
            yield InvalidLabels.at(name, refusal)
        if prediction_count:
            yield InvalidLabels(
                "%(count)s predictions are left out: no person made them.",
                count=prediction_count,
                where=name,
                code="predictions",
            )


def _tasks(files: Files, name: str) -> Iterator[tuple[str, Json]]:
    is_list = files.head(name).lstrip().startswith(b"[")
    with files.open(name) as file:
        for i, task in enumerate(ijson.items(file, "item" if is_list else "", use_float=True)):
            yield f"{name}: [{i}]" if is_list else f"{name}: task", task


def _photo_keys(files: Files) -> dict[str, str]:
    """Name of an image tag -> key of a task's data, from the labeling configurations beside the tasks."""
    keys: dict[str, str] = {}
    for name in files.ending(".xml"):
        try:
            tags = fromstring(files.read(name, MAX_CONFIG_BYTES)).iter("Image")
        except (InvalidFile, ParseError, DefusedXmlException):
            continue
        keys |= {tag.get("name", ""): tag.get("value", "").lstrip("$") for tag in tags}
    return keys


def _read_task(where: str, task: Json, photo_keys: Mapping[str, str], sizes: Sizes) -> Rows:
    if not isinstance(task, dict):
        raise InvalidLabels("A task is an object with data and annotations.")
    data = task.get("data", task)
    for place, annotation in _annotations(where, task):
        try:
            results = _results(place, annotation)
            photo = _photo_name(data, [result.get("to_name") for _, result in results], photo_keys)
            yield from _read_results(place, photo, _author(annotation, data), results, sizes)
        except InvalidLabels as refusal:
            yield InvalidLabels.at(place, refusal)


def _annotations(where: str, task: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """Each annotation with its place. A task of JSON-MIN is one itself."""
    if "annotation_id" in task:
        yield where, task
    for i, annotation in enumerate(_list(task, "annotations") or _list(task, "completions")):
        yield f"{where}.annotations[{i}]", annotation


def _results(where: str, annotation: Json) -> Results:
    match annotation:
        case {"was_cancelled": True} | {"skipped": True}:
            raise InvalidLabels("This annotation was cancelled in Label Studio.", code="cancelled")
        case {"result": list(results)}:
            return [(f"{where}.result[{k}]", _object(result)) for k, result in enumerate(results)]
        case {"annotation_id": _}:
            return list(_results_of_record(where, annotation))
    raise InvalidLabels("An annotation is an object with a result.")


def _results_of_record(where: str, record: dict[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """What JSON-MIN says in one record, as results of the full format."""
    for name, said in record.items():
        if name in _NOT_SAID:
            continue
        for i, one in enumerate(_each(said)):
            if isinstance(one, dict):
                yield f"{where}.{name}[{i}]", {**one, "value": one, "from_name": name, "id": None}
            elif isinstance(one, str) and not _is_photo(one):
                yield f"{where}.{name}", {"value": {"choices": [one]}, "from_name": name}


def _read_results(where: str, photo: str, author: str, results: Results, sizes: Sizes) -> Rows:
    """One annotation: results of one id are one region; those without an outline are said of the photo."""
    regions: dict[str, Results] = {}
    names: list[str] = []
    for place, result in results:
        value = result.get("value")
        if not isinstance(value, dict):
            yield InvalidLabels("Relations, and results without a value, are no areas.", where=place, code="no_area")
        elif outline := {key: value[key] for key in sorted(_GEOMETRY & value.keys())}:
            regions.setdefault(str(result.get("id") or outline), []).append((place, result))
        elif str(result.get("id")) in regions:
            regions[str(result["id"])].append((place, result))
        else:
            names += _names(result)
    size, shapes = None, []
    for region in regions.values():
        place, first = region[0]
        try:
            size = size or _size(first) or sizes(photo)
            said = [name for _, result in region for name in _names(result)] or [str(first.get("type", "region"))]
            shapes.append(Shape(tuple(said), _rings(first, size), place))
        except InvalidLabels as refusal:
            yield InvalidLabels.at(place, refusal)
            shapes.append(Shape((), (), place))
    says_where = bool(shapes) or not names
    yield PhotoLabels(photo, where, tuple(shapes), tuple(names), size, author, says_where=says_where)


def _names(result: dict[str, Json]) -> Iterator[str]:
    """Labels as they are, and what else was said as ``control=value``."""
    for key, said in result["value"].items():
        if key.endswith("labels"):
            yield from (str(one)[:MAX_NAME] for one in _each(said))
        elif key in _ATTRIBUTES:
            for one in _each(said):
                yield f"{result.get('from_name', key)}={'/'.join(map(str, _each(one)))}"[:MAX_NAME]


def _each(said: Json) -> list[Json]:
    return said if isinstance(said, list) else [said]


def _size(result: dict[str, Json]) -> tuple[int, int] | None:
    width, height = result.get("original_width"), result.get("original_height")
    sides = [int(side) for side in (width, height) if isinstance(side, int | float) and 1 <= side <= MAX_SIDE]
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _rings(result: dict[str, Json], size: tuple[int, int] | None) -> tuple[Ring, ...]:
    """The outline in pixels of what Label Studio shows, which is the upright photo."""
    if size is None:
        raise InvalidLabels("Neither the region nor the project says how large the photo is.", code="photo_missing")
    if _size(result) not in (None, size):
        raise InvalidLabels("The regions of one annotation are of photos of several sizes.")
    if result.get("image_rotation"):
        raise InvalidLabels("This was drawn while the photo was turned in Label Studio.", code="turned")
    across, down = size[0] / 100, size[1] / 100
    match result["value"]:
        case {"closed": False}:
            pass
        case {"rle": list(rle)}:
            return rings_of_mask(decode_brush(rle, size))
        case {"points": points}:
            return (ring_of(points, scale=(across, down)),)
        case {"x": x, "y": y, "radiusX": radius_x, "radiusY": radius_y, **more}:
            x, y, radius_x, radius_y, degrees = _numbers(x, y, radius_x, radius_y, more.get("rotation", 0))
            return (ring_of_ellipse((x * across, y * down), (radius_x * across, radius_y * down), degrees),)
        case {"x": x, "y": y, "width": width, "height": height, **more}:
            x, y, width, height, degrees = _numbers(x, y, width, height, more.get("rotation", 0))
            return (_box(x * across, y * down, width * across, height * down, math.radians(degrees)),)
    raise InvalidLabels("Key points, open lines and bitmasks cannot be read as areas.", code="no_area")


def _box(x: float, y: float, width: float, height: float, angle: float) -> Ring:
    """A rectangle turned clockwise about its first corner."""
    cosine, sine = math.cos(angle), math.sin(angle)
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return ring_of([(x + right * cosine - low * sine, y + right * sine + low * cosine) for right, low in corners])


def _numbers(*values: Json) -> list[float]:
    if not all(isinstance(value, int | float) and abs(value) < MAX_COORDINATE for value in values):
        raise InvalidLabels("The place and the size of an area are numbers.")
    return list(values)


def _author(annotation: dict[str, Json], data: Json) -> str:
    """Who annotated: as our own export says it in the data, else the e-mail address or number in Label Studio."""
    ours = _object(_object(data).get(AUTHORS)).get(str(annotation.get("import_id") or annotation.get("id")))
    person = ours or annotation.get("completed_by", annotation.get("annotator"))
    if isinstance(person, dict):
        person = person.get("email") or person.get("id")
    return "" if person is None else str(person)[:MAX_NAME]


def _photo_name(data: Json, to_names: list[Json], photo_keys: Mapping[str, str]) -> str:
    """The photo that a task is about: the configuration says its key, or the results' to_name, or it looks like one."""
    names = [name for name in to_names if isinstance(name, str)]
    texts = {key: text for key, text in _object(data).items() if isinstance(text, str) and not text.startswith("data:")}
    photos = [key for key, text in texts.items() if _is_photo(text)]
    for key in (*(photo_keys.get(name, "") for name in names), *names, "image", *(photos if len(photos) == 1 else ())):
        if key in texts:
            return file_name_of(texts[key])
    raise InvalidLabels("The data of the task do not say which one photo it is about.")


def _is_photo(reference: str) -> bool:
    return file_name_of(reference).lower().endswith(PHOTO_SUFFIXES)


def file_name_of(reference: str) -> str:
    """A photo's name from its address in Label Studio: without host, bucket, and what an upload puts before it."""
    if bucket := _BUCKET.fullmatch(reference):
        return bucket[1]
    try:
        address = urlsplit(reference.replace("\\", "/"))
    except ValueError:  # a host in half a bracket
        return reference
    path = unquote(address.path)
    if path.endswith("/data/local-files/"):
        path = parse_qs(address.query).get("d", [""])[0]
    uploaded = _UPLOADED.fullmatch(path)
    return uploaded[1] if uploaded else path.lstrip("/")


def _list(owner: Json, key: str) -> list[Json]:
    found = owner.get(key) if isinstance(owner, dict) else None
    return found if isinstance(found, list) else []


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


FORMAT = Format(
    name="label-studio",
    title="Label Studio",
    recognises=recognises,
    read=read,
    write=write,
    reading=READING,
    loses=LOSES,
)
