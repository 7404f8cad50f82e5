from modelsvc.fusenet.card import write_card
from modelsvc.fusenet.checkpoint import Checkpoint
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
