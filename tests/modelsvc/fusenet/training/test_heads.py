"""Heads learn from what frozen trunks have seen, and read it as the whole network would."""

from dataclasses import replace

import torch

from modelsvc.fusenet.config import TrainConfig
from modelsvc.fusenet.data.sources import SyntheticPhotos, packaged_sources
from modelsvc.fusenet.model import MODELS, build
from modelsvc.fusenet.training.fusing import SHOWN, compare_parts
from modelsvc.fusenet.training.fusing import see as see_parts
from modelsvc.fusenet.training.heads import fit_heads, say, see
from modelsvc.fusenet.training.losses import total_loss
from modelsvc.fusenet.training.simulation import ORDERS, next_photos, replay


def test_heads_on_frozen_features_learn_alone_and_a_queue_is_replayed_with_them() -> None:
    torch.manual_seed(0)
    network = build(MODELS["abc-tiny"]).eval()
    samples = [
        s for i in range(8) if (s := SyntheticPhotos(packaged_sources(), scale=640, crop=96, seed=1).whole(i % 3))
    ]
    seen = see(network, samples)
    apart = seen.only([5, 2])
    assert len(apart) == 2
    assert torch.equal(apart.targets.above[1], seen.targets.above[2])
    assert torch.allclose(say(network, seen).levels[2], say(network, apart).levels[1], atol=1e-5)

    config = replace(TrainConfig(), lr_heads=1e-2)
    fitted = fit_heads(network, seen, config, 15)
    before, after = (float(total_loss(say(each, seen), seen.targets, config)["loss"]) for each in (network, fitted))
    assert after < 0.9 * before
    trunks = [name for name, _ in network.named_parameters() if name.startswith(("backbone.", "content.classifier."))]
    assert all(torch.equal(network.get_parameter(name), fitted.get_parameter(name)) for name in trunks)

    labelled = [0, 1, 2]
    for order in ORDERS:
        assert sorted(next_photos(order, seen, labelled, fitted, 0)) == [3, 4, 5, 6, 7]
    curve = replay("diverse", seen, seen, lambda _: fitted, first=3, step=2, most=7, seed=1)
    assert [labels for labels, _ in curve] == [3, 5, 7]
    assert len({iou for _, iou in curve}) == 1


def test_parts_that_are_switched_off_say_the_same_of_every_photo() -> None:
    torch.manual_seed(0)
    network = build(MODELS["abc-tiny"]).eval()
    photos = SyntheticPhotos(packaged_sources(), scale=640, crop=96, seed=1)
    crops = see_parts(network, [sample for index in range(34) if (sample := photos.whole(index % len(photos)))])
    rows = compare_parts(network, crops, crops, seeds=1)
    assert set(rows["full"]) == set(SHOWN)
    assert rows["full"]["existence_auc"]["interval"] == (0.0, 0.0)
