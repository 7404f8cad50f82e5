import json
from pathlib import Path

import pytest

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.checkpoint import Checkpoint
from modelsvc.fusenet.evaluation.card import read_evaluation, write_card
from modelsvc.fusenet.model import MODELS


def test_a_card_says_what_it_was_trained_on_and_what_it_cannot() -> None:
    trained_on = {"synthetic": {"ecssd": 700}, "held_out": {"ecssd": 100}}
    card = write_card(
        Checkpoint(MODELS["abc-lite0"], 640, {"blur_ap": 0.95}, trained_on, {"seed": 1, "pretrained": True}, 5, "abc")
    )
    for phrase in (
        "trained on synthetic blur",
        "700 of ecssd",
        "100 of ecssd",
        "| blur_ap | 0.9500 |",
        "640 px",
        "`abc`",
        "Limits",
    ):
        assert phrase in card


def test_a_card_tells_of_real_pairs_beside_synthetic_blur() -> None:
    trained_on = {"synthetic": {"ecssd": 700}, "held_out": {"ecssd": 100}, "pairs": {"mff": 24}}
    card = write_card(Checkpoint(MODELS["abc-tiny"], 640, {}, trained_on))
    assert "real photos with masks of what is blurred, of half the scenes of each set: 24 of mff." in card


def test_a_card_tells_what_an_evaluation_found(tmp_path: Path) -> None:
    evaluation = {
        "material": {"Data": "200 crops", "Scale": "640 px"},
        "photos": 200,
        "compared_with": "net",
        "checkpoints": {"net": {"weights_sha256": "ab" * 32}},
        "methods": {"net": {"metrics": {"blur_ap": 0.97}, "intervals": {"blur_ap": [0.96, 0.98]}}},
    }
    (tmp_path / "report.json").write_text(json.dumps(evaluation))
    found = read_evaluation(tmp_path, {"ab" * 32})
    card = write_card(Checkpoint(MODELS["abc-tiny"], 640, {}, {"synthetic": {}, "held_out": {}}), "", [found])
    assert "Data: 200 crops. Scale: 640 px. Photos: 200." in card
    assert "| AP | 0.970 | 0.960 to 0.980 |" in card


def test_what_is_no_report_of_these_weights_is_refused(tmp_path: Path) -> None:
    other = '{"compared_with": "net", "checkpoints": {"net": {"weights_sha256": "cd"}}}'
    for content, code in (("{}", "invalid_report"), ("[]", "invalid_report"), (other, "other_weights")):
        (tmp_path / "report.json").write_text(content)
        with pytest.raises(SmartBlurError) as refusal:
            read_evaluation(tmp_path, {"ab" * 32})
        assert refusal.value.code == code


def test_a_card_of_masks_says_that_amounts_were_not_taught() -> None:
    trained_on = {"masks": "cuhk", "pairs": 600, "held_out": 150}
    card = write_card(Checkpoint(MODELS["abc-tiny"], 640, {"blur_ap": 0.95}, trained_on))
    assert "600 photos of cuhk with binary masks" in card
    assert "Amounts were not taught" in card


def test_a_card_of_a_release_names_it() -> None:
    card = write_card(
        Checkpoint(MODELS["abc-tiny"], 192, trained_on={"release": "smartblur-street-1.0.0", "content_id": "c1"})
    )
    assert "smartblur-street-1.0.0, content_id `c1`" in card
    assert "synthetic" not in card
