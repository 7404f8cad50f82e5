"""Things outlined by clicks: what the head says of prompts, and that it belongs to the shipped network."""

import json
from pathlib import Path

import pytest
import torch

from modelsvc.fusenet.checkpoint import InvalidCheckpoint, read_checkpoint
from modelsvc.fusenet.clicks import (
    WIDTHS,
    Click,
    Decoder,
    Prompt,
    build_encoder,
    marks,
    read_head,
    similarities,
    trunk_features,
    write_head,
)
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.model import build, model_config

CASE = json.loads((Path(__file__).parents[2] / "data" / "click_case.json").read_text())


def numbers(shape, start, divisor):
    """Numbers that are easy to make in any language."""
    count = torch.Size(shape).numel()
    return ((torch.arange(count) * 37 + start * 101) % 211 / divisor).reshape(shape)


def decoded(case):
    """What a decoder of made-up weights says of made-up grids."""
    decoder = Decoder()
    weights = {name: numbers(shape, k, 400) - 0.2625 for k, (name, shape) in enumerate(case["weights"].items())}
    decoder.load_state_dict(weights)
    grids = {int(stride): numbers([1, *shape], int(stride), 50).float() for stride, shape in case["grids"].items()}
    clicks = tuple(Click(*click) for click in case["clicks"])
    with torch.inference_mode():
        return decoder(grids, [Prompt(clicks, tuple(case["box"]))])[0]


def test_the_decoder_says_what_the_browsers_must_say():
    said = decoded(CASE)
    assert said.shape == (len(CASE["logits"]), len(CASE["logits"][0]))
    assert said.numpy() == pytest.approx(torch.tensor(CASE["logits"]).numpy(), rel=1e-3, abs=1e-3)


def test_marks_fade_with_the_distance_to_the_nearest_click_of_their_side():
    said = marks(Prompt((Click(6, 2, True), Click(2, 2, False)), box=(4, 0, 8, 4)), 4, 1, 2)
    assert said[:, 0].tolist() == [
        pytest.approx([0.607, 1], abs=1e-3),
        pytest.approx([0.920, 1], abs=1e-3),
        pytest.approx([1, 0.607], abs=1e-3),
        pytest.approx([1, 0.920], abs=1e-3),
        [0, 1],
    ]


def test_likeness_is_the_cosine_to_the_cell_that_was_clicked():
    grid = torch.tensor([[[1.0, 0.0, 3.0]], [[0.0, 2.0, 4.0]]])
    said = similarities(grid, Prompt((Click(1, 1, True), Click(99, 1, True))), 4)
    assert said[:, 0].tolist() == [pytest.approx([1, 0.8, 1]), [0, 0, 0]]


def test_grids_stand_at_a_16th_an_8th_and_a_4th():
    model = build(model_config("abc-lite0-fast")).eval()
    with torch.inference_mode():
        grids = build_encoder(model)(trunk_features(model, torch.zeros(1, 3, 48, 96), torch.tensor([96.0])))
        logits = Decoder()(grids, [Prompt((Click(50, 20, True),))])
    assert {stride: tuple(grid.shape) for stride, grid in grids.items()} == {
        stride: (1, width, 48 // stride, 96 // stride) for stride, width in WIDTHS.items()
    }
    assert logits.shape == (1, 12, 24)


def test_a_head_is_read_back_for_its_network_only(tmp_path):
    model, decoder = build(model_config("abc-lite0-fast")), Decoder()
    write_head(tmp_path, build_encoder(model), decoder, "a" * 64, {"photos": 3})
    _, read, head = read_head(tmp_path, model, "a" * 64)
    assert torch.equal(read.logits.weight, decoder.logits.weight.half().float())
    assert len(head) == 12
    with pytest.raises(InvalidCheckpoint, match="another network's features"):
        read_head(tmp_path, model, "b" * 64)
    with pytest.raises(InvalidCheckpoint, match="cannot be read"):
        read_head(tmp_path / "nowhere", model, "a" * 64)


def test_the_shipped_head_reads_the_shipped_network():
    model = build(read_checkpoint(SHIPPED).model)
    read_head(SHIPPED, model, read_checkpoint(SHIPPED).weights_sha256)


def test_a_network_without_light_heads_is_refused():
    with pytest.raises(InvalidCheckpoint, match="abc-tiny has none"):
        trunk_features(build(model_config("abc-tiny")), torch.zeros(1, 3, 48, 48), torch.tensor([48.0]))
