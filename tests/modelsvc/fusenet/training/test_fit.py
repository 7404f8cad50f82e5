import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from annotate.core.errors import Conflict, InvalidRelease, SmartBlurError
from annotate.core.release import read_release
from modelsvc.fusenet.checkpoint import Checkpoint, InvalidCheckpoint, read_checkpoint, read_tensors, save_checkpoint
from modelsvc.fusenet.config import TrainConfig, parse_config
from modelsvc.fusenet.data.releases import ReleasePhotos, collate
from modelsvc.fusenet.model import build, model_config
from modelsvc.fusenet.training.fit import Session, Stopped, initial_model, train_release
from modelsvc.fusenet.training.losses import total_loss
from modelsvc.fusenet.training.trainer import Trainer
from tests.modelsvc.fusenet.conftest import MakeRelease

TINY: dict[str, Any] = {"preset": "smoke", "epochs": 3, "batch": 2, "scale": 96, "crop": 48, "map_epochs": 1}


class Killed(Exception):
    """Stands for kill -9: nothing is saved on the way out."""


def ignore(event: Mapping[str, Any]) -> None:
    pass


def train(release: Path, out: Path, *, resume: bool = False, **parameters: Any) -> dict[str, float]:
    return train_release(release, out, parse_config(TINY | parameters), Session(ignore, resume=resume))


def test_it_overfits_two_photos(make_release: MakeRelease) -> None:
    torch.manual_seed(0)
    config = TrainConfig(
        lr_trunk=5e-3, lr_heads=5e-3, warmup=0.0, label_smoothing=0.0, pretrained=False, batch=2, epochs=400
    )
    photos = ReleasePhotos(read_release(make_release(size=(96, 96))), "train", scale=96, crop=96)
    batch = collate([sample for n in range(4) if (sample := photos.whole(n)) and sample.levels.max() >= 2], 4)
    trainer = Trainer(build(model_config("abc-tiny")), config, 2, torch.device("cpu"))
    for _ in range(90):
        trainer.train_on({0: batch})
    trainer.model.eval()
    output = trainer.model(batch.image, batch.long_side)
    assert total_loss(output, batch.targets, config)["levels"] < 0.1
    truth = torch.nn.functional.avg_pool2d(batch.targets.above, 2)
    assert ((output.levels > 0) == (truth > 0.5)).float().mean() > 0.97
    assert output.desirability.argmax(1).tolist() == (batch.targets.posterior[:, 1:].argmax(1)).tolist()


def test_a_step_in_parts_is_the_same_step(make_release: MakeRelease) -> None:
    photos = ReleasePhotos(read_release(make_release()), "train", scale=96, crop=96)
    alike = [sample for n in (0, 0, 0) if (sample := photos.whole(n))]  # as batch norms see each part
    steps = []
    for parts in ({0: collate(alike, 4)}, {number: collate([sample], 4) for number, sample in enumerate(alike)}):
        torch.manual_seed(0)
        trainer = Trainer(build(model_config("abc-tiny")), parse_config(TINY | {"clip": 1e6}), 3, torch.device("cpu"))
        trainer.model.fuse.dropout.p = 0.0
        assert trainer.train_on(parts) == 3
        gradient = torch.cat([p.grad.flatten() for p in trainer.model.parameters() if p.grad is not None])
        steps.append((gradient, trainer.at.loss_sum))
    (whole, whole_loss), (parts, loss) = steps
    assert (whole - parts).norm() < 1e-2 * whole.norm()
    assert loss == pytest.approx(whole_loss, rel=1e-5)


def test_a_run_leaves_last_and_best_with_what_they_were_trained_on(make_release: MakeRelease, tmp_path: Path) -> None:
    events: list[Mapping[str, Any]] = []
    release = make_release()
    metrics = train_release(release, tmp_path / "run", parse_config(TINY), Session(events.append))
    best, last = read_checkpoint(tmp_path / "run" / "best"), read_checkpoint(tmp_path / "run" / "last")
    assert last.epoch == 3
    assert best.metrics == metrics
    assert best.trained_on == {"release": "smartblur-sample-1.0.0", "content_id": read_release(release).content_id}
    assert parse_config(dict(best.training)) == parse_config(TINY)
    assert [e["event"] for e in events if e["event"] != "step"] == ["start", "epoch", "epoch", "epoch", "done"]
    assert events[0] == {"event": "start", "epochs": 3, "images": 4, "device": "cpu"}
    assert {"loss", "val_loss", "level_accuracy", "amount_mae", "desirability_accuracy"} <= events[-1]["metrics"].keys()


def test_the_same_seed_gives_the_same_net(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    first = train(release, tmp_path / "a", seed=1)
    assert train(release, tmp_path / "b", seed=1) == first
    assert train(release, tmp_path / "c", seed=2) != first


def test_a_run_is_not_overwritten_by_another(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    train(release, tmp_path / "run", epochs=1)
    with pytest.raises(Conflict) as refusal:
        train(release, tmp_path / "run", epochs=1)
    assert refusal.value.code == "run_exists"


@pytest.mark.parametrize("killed_after", [1, 3, 5, 8])
def test_a_killed_run_ends_as_if_it_had_not_been(make_release: MakeRelease, tmp_path: Path, killed_after: int) -> None:
    release = make_release(train=5)  # 3 steps an epoch
    expected = train(release, tmp_path / "whole", checkpoint_minutes=1e-9)
    config, steps = parse_config(TINY | {"checkpoint_minutes": 1e-9}), iter(range(1, 100))

    def kill() -> bool:
        if next(steps) == killed_after:
            raise Killed
        return False

    with pytest.raises(Killed):
        train_release(release, tmp_path / "killed", config, Session(ignore, should_stop=kill))
    assert train(release, tmp_path / "killed", resume=True, checkpoint_minutes=1e-9) == expected
    whole, killed = (read_tensors(tmp_path / name / "last" / "weights.safetensors") for name in ("whole", "killed"))
    assert all(torch.equal(whole[name], killed[name]) for name in whole)


def test_a_run_stopped_while_it_measures_goes_on_there(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()  # 2 steps an epoch, then 2 photos to measure on
    expected = train(release, tmp_path / "whole")
    asked = iter(range(1, 100))
    config = parse_config(TINY)
    with pytest.raises(Stopped):
        train_release(release, tmp_path / "run", config, Session(ignore, should_stop=lambda: next(asked) == 4))
    assert json.loads((tmp_path / "run" / "last" / "resume.json").read_text())["step"] == 2
    assert train(release, tmp_path / "run", resume=True) == expected


def test_a_loss_that_is_no_number_ends_the_run(make_release: MakeRelease) -> None:
    photos = ReleasePhotos(read_release(make_release()), "train", scale=96, crop=96)
    batch = collate([sample for n in range(2) if (sample := photos.whole(n))], 4)
    trainer = Trainer(build(model_config("abc-tiny")), parse_config(TINY), 4, torch.device("cpu"))
    torch.nn.init.constant_(trainer.model.refine.logits.weight, torch.nan)
    with pytest.raises(SmartBlurError) as refusal:
        trainer.train_on({0: batch})
    assert refusal.value.code == "diverged"


def test_a_stopped_run_saves_and_goes_on(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    expected = train(release, tmp_path / "whole")
    with pytest.raises(Stopped):
        train_release(release, tmp_path / "run", parse_config(TINY), Session(ignore, should_stop=lambda: True))
    assert json.loads((tmp_path / "run" / "last" / "resume.json").read_text())["step"] == 1
    assert train(release, tmp_path / "run", resume=True) == expected


def test_resuming_a_finished_run_changes_nothing(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    assert train(release, tmp_path / "run") == train(release, tmp_path / "run", resume=True)


def test_resuming_with_other_parameters_is_refused(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    train(release, tmp_path / "run")
    with pytest.raises(InvalidCheckpoint, match="other parameters"):
        train(release, tmp_path / "run", resume=True, seed=2)


def test_without_val_photos_it_measures_on_train_and_says_so(make_release: MakeRelease, tmp_path: Path) -> None:
    events: list[Mapping[str, Any]] = []
    train_release(make_release(val=0), tmp_path / "run", parse_config(TINY | {"epochs": 1}), Session(events.append))
    assert events[0] == {
        "event": "log",
        "message": "The validation split is empty: metrics are measured on the training photos.",
    }
    assert "level_accuracy" in events[-1]["metrics"]


def test_without_training_photos_it_refuses(make_release: MakeRelease, tmp_path: Path) -> None:
    with pytest.raises(InvalidRelease, match="train split is empty"):
        train(make_release(train=0), tmp_path / "run")


def test_an_unreadable_photo_is_skipped_and_logged(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    folder = read_release(release)
    record = next(folder.records("train"))
    folder.image_place(record).path.write_bytes(b"")
    events: list[Mapping[str, Any]] = []
    train_release(release, tmp_path / "run", parse_config(TINY | {"epochs": 1}), Session(events.append))
    assert any(e["event"] == "log" and e["message"].startswith(f"Skipped {record.key}") for e in events)
    assert events[-1]["skipped"] == 1


@pytest.mark.parametrize("damaged", ["train/metadata.jsonl", "SEAL", "checksums.sha256"])
def test_a_release_that_fails_verification_is_refused(make_release: MakeRelease, tmp_path: Path, damaged: str) -> None:
    release = make_release()
    content = (release / damaged).read_bytes()
    (release / damaged).write_bytes(content.replace(b"0", b"1", 40))
    with pytest.raises(InvalidRelease, match="verification"):
        train(release, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_file_that_the_system_left_in_a_release_does_not_matter(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    (release / ".DS_Store").write_bytes(b"")
    assert "level_accuracy" in train(release, tmp_path / "run", epochs=1)


def test_a_validation_photo_that_is_gone_is_left_out(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    next((release / "validation" / "images").iterdir()).unlink()
    assert "level_accuracy" in train(release, tmp_path / "run", epochs=1)


def test_with_no_readable_photo_it_refuses(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    shutil.rmtree(release / "train" / "images")
    with pytest.raises(InvalidRelease, match="can be read"):
        train(release, tmp_path / "run")


def test_a_base_version_is_where_it_starts(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    train(release, tmp_path / "base", epochs=2)
    config = parse_config(TINY | {"epochs": 1, "lr_trunk": 0.0, "lr_heads": 0.0, "map_epochs": 0})
    train_release(release, tmp_path / "run", config, Session(ignore, base=tmp_path / "base" / "last"))
    before, after = (read_tensors(tmp_path / name / "last" / "weights.safetensors") for name in ("base", "run"))
    assert np.array_equal(before["refine.logits.weight"], after["refine.logits.weight"])


def test_a_training_keeps_the_network_of_its_base(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    train(release, tmp_path / "base", epochs=1)
    config = parse_config({"scale": 96, "crop": 48, "epochs": 1, "map_epochs": 1})
    train_release(release, tmp_path / "run", config, Session(ignore, base=tmp_path / "base" / "last"))
    assert read_checkpoint(tmp_path / "run" / "last").model.name == "abc-tiny"


def test_a_base_gives_another_network_its_trunk(tmp_path: Path) -> None:
    base = build(model_config("abc-lite0"))
    save_checkpoint(tmp_path / "base", base.state_dict(), Checkpoint(base.config, 96))
    told: list[Mapping[str, Any]] = []
    net = initial_model(parse_config({"model": "abc-lite0-fast"}), 4, tmp_path / "base", told.append)
    ours, theirs = net.state_dict(), base.state_dict()
    assert all(torch.equal(ours[n], theirs[n]) for n in ours if n.startswith(("backbone.", "content.", "fuse.")))
    assert "tensors start anew" in told[0]["message"]


def test_a_base_of_another_network_is_refused(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    train(release, tmp_path / "base", epochs=1)
    config = parse_config({"model": "abc-lite0", "epochs": 1, "map_epochs": 0})
    with pytest.raises(InvalidCheckpoint, match="abc-tiny has another trunk than abc-lite0"):
        train_release(release, tmp_path / "run", config, Session(ignore, base=tmp_path / "base" / "last"))


def test_it_stops_early_when_nothing_improves(make_release: MakeRelease, tmp_path: Path) -> None:
    train(make_release(), tmp_path / "run", epochs=30, early_stop=1, lr_trunk=0.0, lr_heads=0.0, ema=0.0)
    assert read_checkpoint(tmp_path / "run" / "last").epoch < 30


def test_it_can_compute_in_bf16(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release()
    fp32, bf16 = (train(release, tmp_path / name, precision=name, epochs=1)["loss"] for name in ("fp32", "bf16"))
    assert fp32 != bf16
    assert bf16 == pytest.approx(fp32, rel=0.02)


def test_the_average_follows_slowly_and_a_young_one_faster(make_release: MakeRelease) -> None:
    photos = ReleasePhotos(read_release(make_release()), "train", scale=96, crop=96)
    batch = collate([sample for n in range(2) if (sample := photos.whole(n))], 4)
    trainer = Trainer(build(model_config("abc-tiny")), parse_config(TINY | {"ema": 0.5}), 4, torch.device("cpu"))
    weight, mean = trainer.model.coarse.weight, trainer.averaged.coarse.weight
    before = mean.clone()
    trainer.train_on({0: batch})
    assert torch.allclose(mean, before + 0.9 * (weight - before), atol=1e-6)  # (1 + 0) / (10 + 0)
    trainer.at.steps_done, before = 1000, mean.clone()
    trainer.train_on({0: batch})
    assert torch.allclose(mean, before + 0.5 * (weight - before), atol=1e-6)


def test_maps_come_first_and_judgements_with_whole_photos(make_release: MakeRelease) -> None:
    photos = ReleasePhotos(read_release(make_release()), "train", scale=96, crop=48)
    trainer = Trainer(build(model_config("abc-tiny")), parse_config(TINY), len(photos), torch.device("cpu"))
    stages = []
    for trainer.at.epoch in (0, 1):
        draws = [draw for plan in trainer.plans(photos) for draws in plan.values() for draw in draws]
        samples = [photos.draw(d.photo, np.random.default_rng(0), is_whole=d.is_whole) for d in draws]
        stages.append({(sample.pixels.shape, sample.is_judged) for sample in samples if sample})
    assert stages == [{((48, 48, 3), False)}, {((80, 96, 3), True)}]


@pytest.mark.parametrize("model", ["abc-lite0-fast", "abc-lite2"])
def test_larger_networks_train_from_random_weights(make_release: MakeRelease, tmp_path: Path, model: str) -> None:
    small = {"model": model, "epochs": 1, "map_epochs": 1, "early_stop": 0}
    assert "val_loss" in train(make_release(train=2, val=1), tmp_path / "run", **small)
    assert read_checkpoint(tmp_path / "run" / "best").model.name == model


def test_a_resumed_training_tells_again_what_its_last_epoch_came_to(make_release: MakeRelease, tmp_path: Path) -> None:
    """Who listened may have been killed between the checkpoint and the report."""
    release = make_release()
    told: list[Mapping[str, Any]] = []
    train(release, tmp_path / "run")
    train_release(release, tmp_path / "run", parse_config(TINY), Session(told.append, resume=True))
    last = read_checkpoint(tmp_path / "run" / "last")
    assert [(event["epoch"], event["metrics"]) for event in told if event["event"] == "epoch"] == [
        (last.epoch, dict(last.metrics))
    ]
