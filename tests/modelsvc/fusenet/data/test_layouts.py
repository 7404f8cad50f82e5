"""Training reads a release in shards as it reads one in files, from several processes too."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from annotate.core.release import read_release, write_release
from modelsvc.fusenet.data.releases import ReleasePhotos, SmartBlurDataset
from tests.modelsvc.fusenet.conftest import MakeRelease


def in_shards(folder: Path) -> Path:
    release = read_release(folder)
    target = folder.with_name("shards") / folder.name
    target.parent.mkdir()
    write_release(target, release.manifest, release.items(), layout="shards")
    return target


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_loader_with_processes_gives_the_same_photos_from_both_layouts(make_release: MakeRelease, start: str) -> None:
    files = make_release(train=5)
    dataset = SmartBlurDataset(in_shards(files), "train")
    loader = DataLoader(dataset, batch_size=None, num_workers=2, multiprocessing_context=start)
    for item, expected in zip(loader, SmartBlurDataset(files, "train"), strict=True):
        assert item["key"] == expected["key"]
        assert torch.equal(item["image"], expected["image"])
        assert torch.equal(item["level"], expected["level"])


def test_dataset_that_was_sent_to_another_process_knows_the_index(make_release: MakeRelease) -> None:
    folder = in_shards(make_release())
    dataset = pickle.loads(pickle.dumps(SmartBlurDataset(folder, "train")))  # noqa: S301 - our own
    (folder / "train/shards/index.jsonl").unlink()
    assert dataset[0]["image"].shape == (3, 80, 96)


def test_trainer_sees_the_same_samples(make_release: MakeRelease) -> None:
    files = make_release(people=(1, 2))
    first, second = (
        ReleasePhotos(read_release(folder), "train", scale=64, crop=48) for folder in (files, in_shards(files))
    )
    for number in range(len(first)):
        ours, theirs = first.whole(number), second.whole(number)
        assert ours is not None
        assert theirs is not None
        assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))
    assert (first.faults, second.faults) == ({}, {})


def test_damaged_photo_in_a_shard_is_left_out_and_named(make_release: MakeRelease) -> None:
    folder = in_shards(make_release())
    photos = ReleasePhotos(read_release(folder), "train", scale=64, crop=48)
    place = photos.release.image_place(photos.records[1])
    content = bytearray(place.path.read_bytes())
    content[place.offset + 60] ^= 255
    place.path.write_bytes(content)
    assert [photos.whole(n) is None for n in range(4)] == [False, True, False, False]
    assert "not the photo that was released" in photos.faults[photos.records[1].key]
