"""What is kept of a photo so that things in it can be outlined by clicks without the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from annotate.core.imagefile import Shrunk
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.clicks import MOST, Prompt, read_head, trunk_features
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.model import normalise
from modelsvc.fusenet.serving.folded import fold
from modelsvc.fusenet.serving.predictor import pad_to_stride

LONG_SIDE = 512  # px that photos are seen at: cells of 4 px then are a 128th of it


class ClickEncoder:
    """The shipped network's trunk, and what makes small grids of its features."""

    def __init__(self, checkpoint: Path = SHIPPED) -> None:
        """Load both.

        Raises:
            InvalidCheckpoint: the folder is no checkpoint, or holds no head for clicks that reads its features.
        """
        model, read = load_model(checkpoint)
        self._encoder, self.decoder, self.head = read_head(checkpoint, model, read.weights_sha256)
        self._network = fold(model)

    @torch.inference_mode()
    def look(self, photo: Shrunk) -> dict[int, Tensor]:
        """(1, C, h, w) uint8 by px to a cell; the last cells of a row or column may lie on padding."""
        pixels = torch.from_numpy(pad_to_stride(np.asarray(photo.image)))
        image = normalise(pixels.permute(2, 0, 1).unsqueeze(0))
        features = trunk_features(self._network, image, torch.tensor([float(max(photo.image.size))]))
        return {stride: (grid * (255 / MOST)).round().byte() for stride, grid in self._encoder(features).items()}

    @torch.inference_mode()
    def find(self, grids: dict[int, Tensor], prompt: Prompt, size: tuple[int, int]) -> NDArray[np.bool_]:
        """(H, W) where the thing is, at the size (width, height) at which the photo was seen."""
        logits = self.decoder({stride: grid * (MOST / 255) for stride, grid in grids.items()}, [prompt])
        found = F.interpolate(logits[None], scale_factor=4.0, mode="bilinear")[0, 0]
        inside: NDArray[np.bool_] = found[: size[1], : size[0]].numpy() > 0
        return inside

    def encode(self, photo: Shrunk) -> bytes:
        """The grids as a safetensors file, 200 kB or less; it tells the head, and how large the photo was seen."""
        grids = {str(stride): grid[0].contiguous() for stride, grid in self.look(photo).items()}
        width, height = photo.image.size
        return save(grids, metadata={"head": self.head, "width": str(width), "height": str(height)})
