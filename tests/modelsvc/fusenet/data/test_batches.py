import shutil

import pytest
import torch
from torch.utils.data import DataLoader

from modelsvc.fusenet.data import SmartBlurDataset, collate


@pytest.mark.parametrize(("target", "added"), [("index", 255), ("amount", 0)])
def test_photos_of_several_sizes_make_a_batch(make_release, target: str, added: int) -> None:
    upright = SmartBlurDataset(make_release(train=1, val=0, size=(60, 80)), "train", target)
    first = upright[0]
    shutil.rmtree(upright.release.root)
    lying = SmartBlurDataset(make_release(train=1, val=0, size=(96, 50)), "train", target)
    (batch,) = DataLoader([first, lying[0]], batch_size=2, collate_fn=collate)
    assert batch["image"].shape == (2, 3, 80, 96)
    assert batch["level"].shape == batch["valid"].shape == (2, 80, 96)
    assert batch["valid"].sum(dim=(1, 2)).tolist() == [60 * 80, 96 * 50]
    assert torch.equal(batch["image"][0, :, :80, :60], first["image"])
    assert torch.equal(batch["level"][1, :50], lying[0]["level"])
    assert set(batch["level"][~batch["valid"]].tolist()) == {added}
    assert batch["key"] == [first["key"], lying[0]["key"]]
    assert (batch["desirability"].shape, batch["posterior"].shape) == ((2,), (2, 4))
