"""Readers of the field, each a function that is run in an environment of its own by `peers`; knows nothing of ours.

Each yields (name, photo as (H, W) or (H, W, C) array as the reader gives it, levels as (H, W) array of ints).
"""

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

NAMES = ["Sharp", "Low", "Medium", "High", "unlabelled"]
MARKED_LEVEL = 2
WHITE = 170
notes: list[str] = []

Read = Iterator[tuple[str, Any, Any]]


def read_pycocotools(folder: Path) -> Read:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    path = folder / "annotations" / "instances_train.json"
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(path))
        keys = ("image_id", "category_id", "segmentation")
        drawn = [a for a in truth.dataset["annotations"] if not a["iscrowd"]]
        found = truth.loadRes([{key: a[key] for key in keys} | {"score": 1.0} for a in drawn])
        score = COCOeval(truth, found, "segm")
        score.evaluate()
        score.accumulate()
        score.summarize()
    notes.append(f"AP against itself {score.stats[0]:.3f}")
    if score.stats[0] != 1:
        raise ValueError(notes[-1])
    for image in truth.dataset["images"]:
        levels = np.zeros((image["height"], image["width"]), int)
        for annotation in truth.loadAnns(truth.getAnnIds(image["id"])):
            levels[truth.annToMask(annotation) == 1] = annotation["category_id"]
        yield image["file_name"], np.asarray(PIL.Image.open(folder / "images" / image["file_name"])), levels


def read_supervision(folder: Path) -> Read:
    import supervision

    path = folder / "annotations" / "instances_train.json"
    photos = supervision.DetectionDataset.from_coco(str(folder / "images"), str(path), force_masks=True)
    yield from _supervised(photos)


def read_datumaro_coco(folder: Path) -> Read:
    yield from _datumaro(folder, "coco_instances")


def read_datumaro_cvat(folder: Path) -> Read:
    yield from _datumaro(folder, "cvat")


def read_datasets_parquet(folder: Path) -> Read:
    from datasets import ClassLabel, load_dataset

    photos = load_dataset(str(folder), split="train", cache_dir=str(folder.with_name("cache")))
    notes.append(f"features {photos.features['level']}")
    if photos.features["desirability"] != ClassLabel(names=["none", "good", "ok", "bad"]):
        raise ValueError(f"desirability is {photos.features['desirability']}")
    for row in photos:
        yield row["key"], np.asarray(row["image"]), np.asarray(row["level"])


def read_webdataset(folder: Path) -> Read:
    import webdataset

    level = webdataset.handle_extension("level.png", lambda png: np.array(PIL.Image.open(io.BytesIO(png))))
    shards = sorted(map(str, (folder / "train").rglob("*.tar")))
    photos = webdataset.WebDataset(shards, shardshuffle=False).decode(level, "pil")
    for photo, levels, facts in photos.to_tuple("jpg;png;webp", "level.png", "json"):
        yield facts["key"], np.asarray(photo), levels


read_webdataset_release = read_webdataset


def read_label_studio_sdk(folder: Path) -> Read:
    from label_studio_sdk.converter.brush import decode_rle
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface((folder / "labeling_config.xml").read_text())
    for task in json.loads((folder / "tasks.json").read_text()):
        for said in (*task["predictions"], *task["annotations"]):
            wrong = interface.validate_prediction({"model_version": "", **said}, return_errors=True)
            if wrong:
                raise ValueError(wrong[0])
        photo = np.asarray(PIL.Image.open(folder / task["data"]["image"].partition("?d=")[2]))
        rest, *brushes, _ = task["predictions"][0]["result"]
        size = rest["original_height"], rest["original_width"]
        levels = np.full(size, NAMES.index(rest["value"]["rectanglelabels"][0]))
        for brush in brushes:
            painted = decode_rle(brush["value"]["rle"]).reshape(*size, 4)[..., 3] > 0
            levels[painted] = NAMES.index(brush["value"]["brushlabels"][0])
        yield task["data"]["key"], photo, levels
    notes.append("its LabelInterface finds every result valid")


def read_supervision_yolo(folder: Path) -> Read:
    import supervision

    places = (str(folder / "images" / "train"), str(folder / "labels" / "train"), str(folder / "data.yaml"))
    photos = supervision.DetectionDataset.from_yolo(*places, force_masks=True)
    yield from _supervised(photos)


def _supervised(photos: Any) -> Read:
    for name, photo, found in photos:
        levels = np.zeros(photo.shape[:2], int)
        for mask, number in zip(found.mask, found.class_id, strict=True):
            levels[np.asarray(mask).astype(bool)] = NAMES.index(photos.classes[number])
        yield Path(name).name, photo, levels


def read_datasets_release(folder: Path) -> Read:
    from datasets import load_dataset

    cache = str(folder.with_name("cache"))
    by_card = load_dataset(str(folder), cache_dir=cache)
    by_folders = load_dataset("imagefolder", data_dir=str(folder), cache_dir=cache)
    notes.append(f"splits {sorted(by_card)}")
    if sorted(by_card) != sorted(by_folders) or by_card["train"].features != by_folders["train"].features:
        raise ValueError("the card and the folders are read differently")
    for row in by_card["train"]:
        yield row["key"], np.asarray(row["image"]), np.asarray(row["level"])


def read_mlcroissant(folder: Path) -> Read:
    import mlcroissant

    dataset = mlcroissant.Dataset(str(folder / "croissant.json"))
    for photo, map_ in zip(dataset.records("images"), dataset.records("levels"), strict=True):
        if photo["images/key"] != map_["levels/key"]:
            raise ValueError("photos and maps come in different orders")
        levels = np.asarray(map_["levels/level"])  # every picture as RGB: a level in each channel
        yield photo["images/key"].decode(), np.asarray(photo["images/image"]), levels[..., 0]


def read_pandas(folder: Path) -> Read:
    import pandas

    table = pandas.read_csv(folder / "images.csv")
    if table.isna().any(axis=None) or not all(type(key) is str for key in table["key"]):
        raise ValueError("a cell of images.csv is read as unknown, or a key as a number")
    for row in table.itertuples():
        photo, levels = (PIL.Image.open(folder / path) for path in (row.file_name, row.level_file_name))
        yield row.key, np.asarray(photo), np.asarray(levels)


def _datumaro(folder: Path, kind: str) -> Read:
    import datumaro

    photos = datumaro.Dataset.import_from(str(folder), kind)
    labels = photos.categories()[datumaro.AnnotationType.label]
    for item in photos:
        photo = item.media.data
        levels = np.zeros(photo.shape[:2], int)
        areas = [each for each in item.annotations if each.type.name in ("mask", "polygon")]
        for each in sorted(areas, key=lambda each: each.z_order):
            levels[_mask(each, photo.shape[:2])] = NAMES.index(labels[each.label].name)
        yield item.id, photo, levels


def _mask(annotation: Any, shape: tuple[int, int]) -> Any:
    if annotation.type.name == "mask":
        return np.asarray(annotation.image).astype(bool)
    from pycocotools import mask

    return mask.decode(mask.merge(mask.frPyObjects([list(annotation.points)], *shape))).astype(bool)


def main() -> None:
    """Print what the reader named on the command line found, as JSON; with a third word, keep it in that folder."""
    read = globals()[f"read_{sys.argv[1].replace('-', '_')}"]
    sizes, shares = [], []
    for name, photo, levels in read(Path(sys.argv[2])):
        photo = np.asarray(photo)
        for kept in map(Path, sys.argv[3:]):
            np.savez(kept / name.partition(".")[0], photo=photo, levels=levels)
        grey = photo if photo.ndim == 2 else photo[..., :3].mean(2)
        sizes.append(grey.shape == levels.shape)
        marked = grey > WHITE
        share = float((levels[marked] == MARKED_LEVEL).mean()) if sizes[-1] and marked.any() else 0.0
        shares.append(share)
        if share < 0.99:
            print(name, photo.shape, levels.shape, share, file=sys.stderr)
            notes.append(f"{name}: {share:.3f}")
    found = {"photos": len(sizes), "sizes_equal": sum(sizes), "least_share": min(shares, default=0.0)}
    print(json.dumps(found | {"note": "; ".join(notes[:3])}))


if __name__ == "__main__":
    main()
