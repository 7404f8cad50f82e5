"""A release as tasks of Label Studio: everybody's own regions and vote, and what the release says as a prediction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from annotate.core.blurmap import IGNORE, LevelMap, decode_levels, rasterize
from annotate.core.errors import Phrase
from annotate.core.formats.brush import encode_brush
from annotate.core.formats.format import Options
from annotate.core.formats.labels import Mask, Ring
from annotate.core.formats.photos import lay_photo, photo_name
from annotate.core.formats.words import UNLABELLED, level_names
from annotate.core.regions import DESIRABILITIES, KINDS, SUBPIXEL, Document, Region, parse_document
from annotate.core.release import Item, ReleaseFolder

Json = Any

AUTHORS = "annotators"  # the key of a task's data that says who made which annotation, by the annotation's id
DIGITS = 4  # of percents: within 16,000 px half of 0.0001 % is an eighth of 1/16 px
REST = "~rest"  # the id of the rectangle over the whole photo; no region of ours is called so

READING = """
Make a project with `labeling_config.xml`, then import `tasks.json`. Addresses begin with `/data/local-files/?d=images/`
unless another prefix was chosen: start Label Studio with `LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true` and with this
folder as `LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT`, and connect its `images` as local storage.

An annotation is one person's work. Label Studio takes the annotations of people who are no members of it only without
`completed_by`: `data.annotators` says who made which, by the annotation's `id`, which is `import_id` when they are
exported again. The prediction is what the release itself says: its level map as brushes, and the vote.

Results are painted in their order, later ones over earlier ones. A rectangle over all of the photo is the level of
everything that nothing else covers; without one it is level 0. Areas with holes, and what
reaches beyond the photo, are brushes.
"""
LOSES = (
    Phrase("The outlines of regions with holes or beyond the photo's border: they are brushes of the same pixels."),
    Phrase("Where an outline crosses itself, Label Studio fills what is a hole here."),
    Phrase("When people worked, how long it took, and what they began with."),
    Phrase("How far people agree, and how sure a vote is."),
)


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``tasks.json``, ``labeling_config.xml``, and the photos in ``images/``."""
    names = level_names(release.manifest.levels)
    (out / "labeling_config.xml").write_text(_config(names), "utf-8")
    first_id = 1
    with (out / "tasks.json").open("w", encoding="utf-8") as file:
        for i, (record, item) in enumerate(zip(release.records(), release.items(), strict=True)):
            if options.with_photos:
                lay_photo(release, record, out / "images")
            image = f"{options.photo_prefix}images/{photo_name(record)}"
            task = _Photo(item, names).task(
                i + 1, first_id, image, f"{release.manifest.name} {release.manifest.version}"
            )
            first_id += len(task["annotations"])
            file.write((",\n" if i else "[\n") + json.dumps(task, ensure_ascii=False, separators=(",", ":")))
        file.write("\n]\n")


class _Photo:
    """An image of the release, and how its labels are said in Label Studio."""

    def __init__(self, item: Item, names: Sequence[str]) -> None:
        self.item, self.names = item, names
        self.size = item.facts.width, item.facts.height

    def task(self, number: int, first_id: int, image: str, version: str) -> dict[str, Json]:
        facts = self.item.facts
        work = list(self._work_of_people())
        annotations = [
            {"id": first_id + i, "was_cancelled": False, "ground_truth": False, "result": result}
            for i, (_, result) in enumerate(work)
        ]
        authors = {str(first_id + i): author for i, (author, _) in enumerate(work)}
        levels = decode_levels(self.item.load_levels())
        predictions = [{"model_version": version, "result": [*self._map(levels), _choice(facts.desirability)]}]
        predictions += [
            {"model_version": line.based_on or line.role, "result": self._document(line.document)}
            for line in self.item.annotations
            if line.role in ("consensus", "model")
        ]
        return {
            "id": number,
            "data": {"image": image, "key": facts.key, "split": facts.split, AUTHORS: authors},
            "annotations": annotations,
            "predictions": predictions,
        }

    def _work_of_people(self) -> Iterator[tuple[str, list[Json]]]:
        """(pseudonym, results) of every person's regions with their vote, then of those who only voted."""
        votes = {line.annotator: line.vote for line in self.item.votes}
        for line in sorted(self.item.annotations, key=lambda line: (line.annotator, line.annotation)):
            if line.role in ("annotator", "adjudicator"):
                vote = votes.pop(line.annotator, None)
                yield line.annotator, self._document(line.document) + ([_choice(vote)] if vote else [])
        for author, vote in sorted(votes.items()):
            yield author, [_choice(vote)]

    def _document(self, raw: dict[str, Json]) -> list[Json]:
        document = parse_document(raw, level_count=len(self.names))
        results = []
        if document.base or document.base is None or not document.regions:
            results.append(self._rest(UNLABELLED if document.base is None else self.names[document.base]))
        for region in document.painting_order():
            tool, outline = self._outline(region)
            results.append(self._result(region.id, tool, outline, self.names[region.level]))
            if region.kind != "unknown":
                results.append(self._result(region.id, "kind", outline, region.kind))
        return results

    def _outline(self, region: Region) -> tuple[str, dict[str, Json]]:
        if len(region.rings) == 1 and self._holds(region.rings[0]):
            return "polygon", {"points": self._percents(region.rings[0]), "closed": True}
        painted = rasterize(Document(None, (region,)), self.size)
        return "brush", _brush(painted != IGNORE)

    def _holds(self, ring: Ring) -> bool:
        """Does the ring lie on the photo? Label Studio takes no other points."""
        width, height = self.size
        return min(ring) >= 0 and max(ring[::2]) <= SUBPIXEL * width and max(ring[1::2]) <= SUBPIXEL * height

    def _percents(self, ring: Ring) -> list[list[float]]:
        share = 100 / SUBPIXEL / np.array(self.size)
        points: list[list[float]] = np.round(np.array(ring).reshape(-1, 2) * share, DIGITS).tolist()
        return points

    def _map(self, levels: LevelMap) -> Iterator[Json]:
        """A level map as one rectangle and a brush for each further level."""
        counts = np.bincount(levels.reshape(-1), minlength=IGNORE + 1)
        rest = IGNORE if counts[IGNORE] else int(counts.argmax())
        yield self._rest(UNLABELLED if rest == IGNORE else self.names[rest])
        for level, name in enumerate(self.names):
            if counts[level] and level != rest:
                yield self._result(f"~{level}", "brush", _brush(levels == level), name)

    def _rest(self, label: str) -> Json:
        return self._result(REST, "rectangle", {"x": 0, "y": 0, "width": 100, "height": 100, "rotation": 0}, label)

    def _result(self, region: str, tool: str, outline: dict[str, Json], label: str) -> Json:
        kind = "choices" if tool == "kind" else f"{tool}labels"
        return {
            "id": region,
            "type": kind,
            "from_name": tool,
            "to_name": "image",
            "original_width": self.size[0],
            "original_height": self.size[1],
            "image_rotation": 0,
            "value": {**outline, kind: [label]},
        }


def _brush(mask: Mask) -> dict[str, Json]:
    return {"format": "rle", "rle": encode_brush(mask)}


def _choice(vote: str) -> Json:
    return {
        "id": "~vote",
        "type": "choices",
        "from_name": "desirability",
        "to_name": "image",
        "value": {"choices": [vote]},
    }


def _config(names: Sequence[str]) -> str:
    """The tags of a project that shows these tasks: brighter labels are more blur."""
    labels = []
    for level, name in enumerate(names):
        grey = f"{round(64 + 191 * level / (len(names) - 1)):02x}"
        labels.append(f'    <Label value={quoteattr(name)} background="#{3 * grey}"/>')
    labels.append(f'    <Label value="{UNLABELLED}" background="#ff00ff"/>')
    tools = [
        f'  <{tag} name="{name}" toName="image">\n' + "\n".join(labels) + f"\n  </{tag}>"
        for tag, name in (("PolygonLabels", "polygon"), ("BrushLabels", "brush"), ("RectangleLabels", "rectangle"))
    ]
    choices = [
        f'  <Choices name="{name}" toName="image" choice="single"{more}>\n'
        + "\n".join(f'    <Choice value="{word}"/>' for word in words)
        + "\n  </Choices>"
        for name, words, more in (("kind", KINDS, ' perRegion="true"'), ("desirability", DESIRABILITIES, ""))
    ]
    return "\n".join(["<View>", '  <Image name="image" value="$image"/>', *tools, *choices, "</View>", ""])
