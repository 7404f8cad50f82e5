"""The picture that a training leaves of each epoch."""

from pathlib import Path

import PIL.Image
import torch

from modelsvc.fusenet.data.sources import SyntheticPhotos, packaged_sources
from modelsvc.fusenet.model import MODELS, ABCFuseNet
from modelsvc.fusenet.training.samples import PANEL_PHOTOS, panel_of, save_samples


def test_each_epoch_leaves_a_picture_of_the_same_photos(tmp_path: Path) -> None:
    torch.manual_seed(0)
    photos = SyntheticPhotos(packaged_sources()[:2], scale=96, crop=48, seed=1)
    net = ABCFuseNet(MODELS["abc-tiny"]).eval()
    for epoch in (1, 2):
        save_samples(net, photos, tmp_path, epoch)
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["1.jpg", "2.jpg"]
    with PIL.Image.open(tmp_path / "samples" / "1.jpg") as sheet:
        assert (sheet.format, sheet.width > 5 * 48) == ("JPEG", True)
    assert len(panel_of(photos)) == min(PANEL_PHOTOS, len(photos))
