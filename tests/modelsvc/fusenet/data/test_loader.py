import multiprocessing
from pathlib import Path

import pytest
import torch

from annotate.core.errors import SmartBlurError
from annotate.core.release import read_release
from modelsvc.fusenet.config import parse_config
from modelsvc.fusenet.data.loader import Draw, Loader
from modelsvc.fusenet.data.releases import Batch, ReleasePhotos
from modelsvc.fusenet.model import build, model_config
from modelsvc.fusenet.training.distributed import Crew
from modelsvc.fusenet.training.trainer import Trainer
from tests.modelsvc.fusenet.conftest import MakeRelease

CPU = torch.device("cpu")


def photos_of(release: Path) -> ReleasePhotos:
    return ReleasePhotos(read_release(release), "train", scale=96, crop=48, shrink=0.7)


def plan(photo: int, *, epoch: int = 0) -> dict[int, list[Draw]]:
    """A step of two parts, of two photos and of one."""
    return {number: [Draw(1, epoch, index, False) for index in part] for number, part in enumerate([[photo, 1], [0]])}


def drawn(release: Path, workers: int) -> list[dict[int, Batch]]:
    with Loader(photos_of(release), workers) as loader:
        return list(loader.batches(plan(photo, epoch=photo) for photo in range(4)))


def test_batches_are_the_same_whoever_draws_them(make_release: MakeRelease) -> None:
    release = make_release()
    in_thread, in_processes = drawn(release, 0), drawn(release, 2)
    assert [sorted(parts) for parts in in_thread] == [[0, 1]] * 4
    for ours, theirs in zip(in_thread, in_processes, strict=True):
        assert all(torch.equal(ours[number].image, theirs[number].image) for number in ours)
        assert all(torch.equal(ours[number].targets.above, theirs[number].targets.above) for number in ours)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_photo_that_cannot_be_read_is_left_out_and_named(make_release: MakeRelease, workers: int) -> None:
    release = make_release()
    photos = photos_of(release)
    photos.release.image_place(photos.records[0]).path.write_bytes(b"")
    with Loader(photos, workers) as loader:
        parts = next(iter(loader.batches([plan(2)])))
    assert {number: len(batch.image) for number, batch in parts.items()} == {0: 2}
    assert photos.faults.keys() == {photos.records[0].key}


def test_a_worker_that_dies_is_a_refusal(make_release: MakeRelease) -> None:
    with Loader(photos_of(make_release()), 1) as loader:
        batches = loader.batches(plan(photo) for photo in range(40))
        next(batches)
        for process in multiprocessing.active_children():
            process.kill()
        with pytest.raises(SmartBlurError) as refusal:
            list(batches)
    assert refusal.value.code == "worker_died"


@pytest.mark.parametrize("size", [1, 2, 3])
def test_processes_share_every_part_of_a_step_in_order(make_release: MakeRelease, size: int) -> None:
    photos = photos_of(make_release(train=5))
    config = parse_config({"preset": "smoke", "batch": 4, "part": 1, "crop": 48})

    def plans(crew: Crew) -> list[dict[int, list[int]]]:
        trainer = Trainer(build(model_config("abc-tiny")), config, len(photos), CPU, crew)
        return [{number: [d.photo for d in draws] for number, draws in p.items()} for p in trainer.plans(photos)]

    alone, shares = plans(Crew()), [plans(Crew(rank, size)) for rank in range(size)]
    assert [len(parts) for parts in alone] == [4, 1]
    for step, parts in enumerate(alone):
        together = [item for share in shares for item in share[step].items()]
        assert together == list(parts.items())


def test_a_resumed_epoch_has_the_steps_that_are_left(make_release: MakeRelease) -> None:
    photos = photos_of(make_release(train=5))
    trainer = Trainer(build(model_config("abc-tiny")), parse_config({"batch": 2}), len(photos), CPU)
    whole = list(trainer.plans(photos))
    trainer.at.step = 2
    assert list(trainer.plans(photos)) == whole[2:]
