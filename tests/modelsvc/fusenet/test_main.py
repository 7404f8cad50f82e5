import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

from annotate.core.blurmap import decode_levels
from modelsvc.fusenet.__main__ import main
from modelsvc.fusenet.checkpoint import Checkpoint, read_checkpoint, save_checkpoint
from modelsvc.fusenet.data.sources import SyntheticPhotos, hold_out, packaged_sources
from modelsvc.fusenet.data.synthesis import MODE_SHARES
from modelsvc.fusenet.evaluation.reading import panel
from modelsvc.fusenet.model import build, model_config
from modelsvc.fusenet.serving.predictor import Predictor
from tests.annotate.core.release.sample import write_sample
from tests.modelsvc.fusenet.conftest import MakeRelease

QUICK = ["--preset", "smoke", "--set", "epochs=2", "--set", "scale=96", "--set", "crop=48"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    status = main([*map(str, arguments), "--json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_train_evaluate_and_predict(
    make_release: MakeRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release, checkpoint = make_release(), tmp_path / "run" / "best"
    status, said = run(capsys, "train", release, "--out", tmp_path / "run", *QUICK)
    assert status == 0
    metrics = read_checkpoint(checkpoint).metrics
    assert said[-1] == {"event": "done", "checkpoint": "best", "metrics": metrics, "skipped": 0}

    status, said = run(capsys, "evaluate", release, "--split", "validation", "--checkpoint", checkpoint)
    assert (status, said[-1]["photos"]) == (0, 2)
    learned = read_checkpoint(checkpoint).metrics
    assert {n: v for n, v in said[-1]["metrics"].items() if n in learned} == pytest.approx(
        {name: value for name, value in learned.items() if name != "loss" and not name.startswith("val_loss")}, abs=1e-3
    )

    photo = tmp_path / "street.jpg"
    PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (70, 110, 3), dtype=np.uint8)).save(photo)
    status, said = run(capsys, "predict", photo, "--checkpoint", checkpoint, "--out", tmp_path / "maps", "--figure")
    assert (status, [event["event"] for event in said]) == (0, ["photo"])
    assert decode_levels((tmp_path / "maps" / "street.levels.png").read_bytes()).shape == (70, 110)
    assert (tmp_path / "maps" / "street.figure.png").exists()
    for name in ("amount", "blurred"):
        with PIL.Image.open(tmp_path / "maps" / f"street.{name}.png") as map_:
            assert map_.size == (110, 70)
    answer = json.loads((tmp_path / "maps" / "street.json").read_text())
    assert sum(answer["probabilities_ppm"]) == 1_000_000
    assert {"uncertainty_ppm", "seconds", "desirability", "version"} <= answer.keys()


@pytest.mark.parametrize("size", [(10, 8), (2, 90)])
def test_photos_of_a_few_pixels_are_trained_and_measured_on(
    make_release: MakeRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str], size: tuple[int, int]
) -> None:
    release, checkpoint = make_release(size=size), tmp_path / "run" / "best"
    assert run(capsys, "train", release, "--out", tmp_path / "run", *QUICK)[0] == 0
    report = tmp_path / "report"
    status, said = run(
        capsys, "evaluate", release, "--split", "validation", "--checkpoint", checkpoint, "--peers", "--out", report
    )
    assert (status, said[-1]["photos"]) == (0, 2)


def test_people_read_lines(make_release: MakeRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(make_release()), "--out", str(tmp_path / "run"), *QUICK]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "4 photos, 2 epochs, on cpu"
    assert lines[-1].startswith("done  loss ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["train"], "invalid_arguments"),
        (["train", "--out", "RUN", "--preset", "smoke", "--set", "crop=1"], "invalid_config"),
        (["dance"], "invalid_arguments"),
        (["train", "NOWHERE", "--out", "RUN"], "invalid_release"),
        (["train", "NOWHERE", "--out", "RUN", "--set", "epochs=0"], "invalid_config"),
        (["train", "NOWHERE", "--out", "RUN", "--set", "epochs"], "invalid_config"),
        (["train", "NOWHERE", "--out", "RUN", "--config", "NOWHERE"], "invalid_config"),
        (["evaluate", "NOWHERE", "--checkpoint", "NOWHERE"], "invalid_checkpoint"),
        (["evaluate"], "invalid_arguments"),
        (["evaluate", "--real", "--scale", "0"], "invalid_arguments"),
        (["evaluate", "--real", "--quokka", "NOWHERE"], "no_sources"),
        (["train", "NOWHERE", "--masks", "NOWHERE", "--out", "RUN"], "invalid_arguments"),
        (["train", "--masks", "NOWHERE", "--blurred", "white", "--out", "RUN"], "no_sources"),
        (["export", "NOWHERE", "--out", "OUT"], "invalid_checkpoint"),
        (["contact-sheet", "NOWHERE", "--out", "OUT"], "no_sources"),
        (["pretrain", "NOWHERE", "--out", "RUN"], "no_sources"),
        (["pretrain", "--pairs", "NOWHERE", "--out", "RUN"], "invalid_arguments"),
        (["pretrain", "--pairs", "NOWHERE=no", "--blurred", "white", "--out", "RUN"], "invalid_arguments"),
        (["evaluate", "--panel", "movers", "--street", "NOWHERE"], "no_sources"),
        (["predict", "a.jpg", "--checkpoint", "NOWHERE", "--out", "OUT"], "invalid_checkpoint"),
        (["contact-sheet", "--out", "NOWHERE/OUT/sheet.png"], "file_error"),
    ],
)
def test_a_refusal_is_one_event_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    status, said = run(
        capsys, *(str(tmp_path / a) if a.startswith(("NOWHERE", "RUN", "OUT")) else a for a in arguments)
    )
    assert status == 2
    assert [(event["event"], event["code"]) for event in said] == [("error", code)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["contact-sheet", "SET", "--out", "OUT.png"],
        ["simulate", "SET", "--out", "OUT"],
        ["evaluate", "--synthetic", "SET"],
        ["pretrain", "SET", "--out", "OUT"],
    ],
)
def test_sources_none_of_which_can_be_read_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (tmp_path / "SET" / "images").mkdir(parents=True)
    (tmp_path / "SET" / "images" / "1.jpg").write_bytes(b"no picture")
    status, said = run(capsys, *(str(tmp_path / a) if a.startswith(("SET", "OUT")) else a for a in arguments))
    assert (status, said[-1]["code"]) == (2, "no_sources")


def test_sources_all_of_which_are_held_out_leave_nothing_for_peers_to_learn_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    config = model_config("abc-tiny")
    save_checkpoint(tmp_path / "net", build(config).state_dict(), Checkpoint(config, 48))
    (tmp_path / "set" / "images").mkdir(parents=True)
    for n in range(2):
        photo = np.random.default_rng(n).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        PIL.Image.fromarray(photo).save(tmp_path / "set" / "images" / f"{n}.png")
    panel = ["--synthetic", tmp_path / "set", "--hold-out", "9", "--crops", "1", "--checkpoint", tmp_path / "net"]
    assert run(capsys, "evaluate", *panel)[0] == 0
    status, said = run(capsys, "evaluate", *panel, "--peers")
    assert (status, said[-1]["code"]) == (2, "invalid_release")


def test_a_refusal_is_one_line_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_pretraining_is_measured_against_peers_and_shipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelsvc.fusenet.training.fit.FEWEST_DRAWS", 2)
    monkeypatch.setattr("modelsvc.fusenet.training.fit.FEWEST_MEASURED", 2)
    sources, out = tmp_path / "sources", tmp_path / "run"
    (sources / "images").mkdir(parents=True)
    for n in range(4):
        photo = np.random.default_rng(n).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        PIL.Image.fromarray(photo).save(sources / "images" / f"{n}.png")
    status, said = run(capsys, "pretrain", sources, "--out", out, "--hold-out", "2", *QUICK)
    assert (status, said[-1]["event"]) == (0, "done")
    assert read_checkpoint(out / "best").trained_on == {"synthetic": {"sources": 2}, "held_out": {"sources": 2}}

    panel = ["--synthetic", sources, "--hold-out", "2", "--checkpoint", out / "best", "--peers"]
    status, said = run(capsys, "evaluate", *panel, "--crops", "9", "--out", tmp_path / "report")
    assert (status, said[-1]["photos"]) == (0, 9)
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert {"abc-tiny", "constant", "laplacian", "boosted trees"} <= report["methods"].keys()
    assert report["methods"]["laplacian"]["intervals"]["level_accuracy"] is None  # nine are too few
    assert report["methods"]["abc-tiny"]["slices"]["kind"].keys() == set(MODE_SHARES)
    assert (tmp_path / "report" / "worst.png").exists()

    for name in ("images", "masks"):
        (tmp_path / "set" / name).mkdir(parents=True)
        half = PIL.Image.new("L", (60, 60))
        half.paste(255, (0, 0, 30, 60))
        half.save(tmp_path / "set" / name / "1.png")
    assert run(capsys, "evaluate", "--masks", tmp_path / "set", "--checkpoint", out / "best")[0] == 2
    status, said = run(
        capsys, "evaluate", "--masks", tmp_path / "set", "--blurred", "white", "--checkpoint", out / "best"
    )
    assert status == 0
    assert {"blur_ap", "blur_max_f", "boundary_f"} <= said[-1]["metrics"].keys()
    assert "level_accuracy" not in said[-1]["metrics"]

    masked = ["train", "--masks", tmp_path / "set", "--base", out / "best", "--out", tmp_path / "tuned", *QUICK]
    assert run(capsys, *masked)[0] == 2
    status, said = run(capsys, *masked, "--blurred", "black")
    assert (status, said[-1]["event"]) == (0, "done")
    assert "level_accuracy" not in said[-1]["metrics"]
    assert read_checkpoint(tmp_path / "tuned" / "best").trained_on == {"masks": "set", "pairs": 1, "held_out": 1}

    export = ["export", out / "best", "--out", tmp_path / "weights", "--evaluation"]
    assert run(capsys, *export, tmp_path / "report")[0] == 0
    card = (tmp_path / "weights" / "README.md").read_text()
    assert "2 of sources" in card
    assert "Photos: 9." in card
    assert run(capsys, "evaluate", *panel[:-3], "--crops", "2", "--out", tmp_path / "other")[0] == 0
    status, said = run(capsys, *export, tmp_path / "other")
    assert (status, said[-1]["code"]) == (2, "other_weights")
    assert Predictor(tmp_path / "weights").level_count == 4


def test_real_pairs_are_trained_on_beside_synthetic_blur_and_a_panel_is_measured(
    photo_sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelsvc.fusenet.training.fit.FEWEST_DRAWS", 2)
    monkeypatch.setattr("modelsvc.fusenet.training.fit.FEWEST_MEASURED", 2)
    out = tmp_path / "run"
    (tmp_path / "left.txt").write_text("0\n1\n")
    given = ["--pairs", f"{photo_sets / 'a'}=2", "--blurred", "white", "--leave-out", tmp_path / "left.txt"]
    status, _ = run(capsys, "pretrain", photo_sets / "b", "--out", out, "--hold-out", "1", *given, *QUICK)
    assert status == 0
    trained_on = read_checkpoint(out / "best").trained_on
    assert trained_on["pairs"] == {"a": 2}
    assert trained_on["synthetic"]["b"] in (1, 2)
    panel = ["--panel", "sharp", "--street", photo_sets / "a", "--photos", "3", "--scale", "96"]
    status, said = run(capsys, "evaluate", *panel, "--checkpoint", out / "best")
    assert (status, said[-1]["photos"]) == (0, 3)


def test_two_checkpoints_are_compared_on_a_release_beside_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        model = build(model_config("abc-tiny"))
        checkpoints.append(tmp_path / str(seed))
        save_checkpoint(checkpoints[-1], model.state_dict(), Checkpoint(model.config, 48))
    release, out = write_sample(tmp_path / "release", 8), tmp_path / "report"
    status, said = run(capsys, "evaluate", release, "--checkpoint", *checkpoints, "--out", out)
    assert status == 0
    names = [f"abc-tiny {read_checkpoint(folder).weights_sha256[:8]}" for folder in checkpoints]
    assert [event["method"] for event in said if event["event"] == "method"] == [*names, "a person"]
    found = json.loads((out / "report.json").read_text())
    assert (found["compared_with"], list(found["differences"])) == (names[0], names[1:])
    assert found["methods"].keys() == {*names, *(f"{name}, calibrated" for name in names)}
    assert found["a_person"]["level_accuracy"] == 1
    assert found["material"]["Split"] == "test"
    assert run(capsys, "evaluate", release, "--checkpoint", checkpoints[0], checkpoints[0])[0] == 2


def test_the_smoke_preset_learns_without_a_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = run(capsys, "train", "--preset", "smoke", "--out", tmp_path / "run")
    assert status == 0
    held = hold_out(packaged_sources(), 2).choosing
    photos = SyntheticPhotos(held * 14, scale=640, crop=96, seed=1)
    blurred = np.concatenate([sample.levels[sample.levels != 255] > 0 for sample in panel(photos)])
    assert said[-1]["metrics"]["blur_ap"] >= 1.2 * blurred.mean()  # the AP of any order by chance is the mean


def test_fewer_epochs_than_the_preset_has_for_releases_are_fine_for_synthetic_blur(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = run(capsys, "pretrain", tmp_path, "--set", "epochs=2", "--out", tmp_path / "run")
    assert (status, said[-1]["code"]) == (2, "no_sources")


def test_a_contact_sheet_is_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "contact-sheet", "--out", tmp_path / "sheet.png")[0] == 0
    with PIL.Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > sheet.height / 2


def test_sigterm_saves_and_exits_3_and_resume_ends_the_run(make_release: MakeRelease, tmp_path: Path) -> None:
    release, out = make_release(), tmp_path / "run"
    command = [sys.executable, "-m", "modelsvc.fusenet", "train", release, "--out", out, "--json", *QUICK]
    command += ["--set", "epochs=300"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "step":
                process.send_signal(signal.SIGTERM)
                break
        process.stdout.read()
    assert process.returncode == 3
    assert read_checkpoint(out / "last").training["epochs"] == 300


def test_the_run_imports_no_web_framework() -> None:
    script = "import sys, modelsvc.fusenet.__main__; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_a_process_whose_parent_holds_its_heap_small_faults_no_memory_in_anew(tmp_path: Path) -> None:
    photos = [tmp_path / f"{n}.png" for n in range(4)]
    for path in photos:
        PIL.Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    command = [sys.executable, "-m", "modelsvc.fusenet", "predict", *photos, "--out", tmp_path / "maps", "--json"]
    small = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}
    subprocess.run(command, check=True, capture_output=True, env=os.environ | small)
    faults = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before
    assert faults < 250_000  # torch's start takes some 70,000, and each photo used to take 140,000 more
