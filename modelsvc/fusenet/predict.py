"""From one photo to its blur map and its desirability, as numpy arrays at the photo's size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.model import STRIDE, cumulative, desirability_probabilities, normalise

SHIPPED = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True)
class BlurPrediction:
    """What the network says of one photo of H x W pixels.

    Attributes:
        levels: (H, W) uint8, 0 = sharp.
        amount: (H, W) float32 in [0, 1], 1 = strongest blur.
        attention: (H, W) float32 in [0, 1], 1 = subject.
        uncertainty: (H, W) float32 in [0, 1], 1 = as likely above a level as not.
        blurred: (H, W) float32, probability of any blur.
        probabilities: (4,) float32 of none, good, ok, bad; sums to 1.
        content: (128,) float16, what the photo shows: near for photos alike, by this checkpoint only.
    """

    levels: NDArray[np.uint8]
    amount: NDArray[np.float32]
    attention: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    blurred: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    content: NDArray[np.float16]

    @property
    def subject_blurred(self) -> float:
        """The share of what draws the eye that is blurred: attention on pixels above level 0, of all attention."""
        return float(self.attention[self.levels > 0].sum() / max(self.attention.sum(), 1e-6))


class Predictor:
    """A checkpoint ready to look at photos; loading takes about a second, so keep one."""

    def __init__(self, checkpoint: Path = SHIPPED, *, device: str = "cpu") -> None:
        """Load the network.

        Raises:
            InvalidCheckpoint: the folder is not a checkpoint of this version.
        """
        self.model, self.checkpoint = load_model(checkpoint)
        self.device = torch.device(device)
        self.model.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def level_count(self) -> int:
        """How many levels the network was trained for, sharp included."""
        return self.checkpoint.model.levels

    @torch.inference_mode()
    def predict(self, image: PIL.Image.Image) -> BlurPrediction:
        """Blur map, attention and probabilities of one upright RGB photo (annotate.core.imagefile.open_upright)."""
        small = fit_to_scale(image, self.checkpoint.scale)
        height, width = small.height, small.width
        padded = pad_to_stride(np.asarray(small.convert("RGB")))  # (H', W', 3)
        tensor = torch.from_numpy(padded).permute(2, 0, 1).unsqueeze(0).to(self.device)  # (1, 3, H', W')
        long_side = torch.tensor([float(max(small.size))], device=self.device)
        output = self.model(normalise(tensor).contiguous(memory_format=torch.channels_last), long_side)

        def at_photo_size(map_: Tensor) -> NDArray[np.float32]:  # (1, 1, h, w) covers the padded photo
            exact = F.interpolate(map_.float(), padded.shape[:2], mode="bilinear")[:, :, :height, :width]
            return F.interpolate(exact, (image.height, image.width), mode="bilinear")[0, 0].cpu().numpy()

        above = cumulative(output.levels)  # (1, K-1, H'/2, W'/2)
        levels = np.zeros((image.height, image.width), np.uint8)
        amount: NDArray[np.float32] = np.zeros((image.height, image.width), np.float32)
        uncertainty = np.zeros_like(amount)
        blurred = at_photo_size(above[:, :1])
        for k in range(above.shape[1]):  # one level at a time: a large photo's maps are large
            q = at_photo_size(above[:, k : k + 1])
            levels += q > 0.5
            uncertainty += 4 * q * (1 - q)
            amount += q
        steps = above.shape[1]
        amount /= steps
        uncertainty /= steps
        if not self.model.config.ordinal:
            amount = at_photo_size(output.blur)
        return BlurPrediction(
            levels=levels,
            amount=amount,
            attention=at_photo_size(output.attention.sigmoid()),
            uncertainty=uncertainty,
            blurred=blurred,
            probabilities=desirability_probabilities(output.exists, output.desirability)[0].cpu().numpy(),
            content=output.content[0].cpu().numpy().astype(np.float16),
        )


def fit_to_scale(image: PIL.Image.Image, long_side: int) -> PIL.Image.Image:
    """`image` with its long side at most `long_side`; a smaller photo stays as it is."""
    ratio = long_side / max(image.size)
    if ratio >= 1:
        return image
    size = max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
    return image.resize(size, PIL.Image.Resampling.LANCZOS)


def pad_to_stride(pixels: NDArray[np.uint8], mode: str = "reflect") -> NDArray[np.uint8]:
    """`pixels` (H, W, ...) extended at right and bottom to multiples of the network's stride."""
    height, width = pixels.shape[:2]
    pads = [(0, -height % STRIDE), (0, -width % STRIDE)] + [(0, 0)] * (pixels.ndim - 2)
    return np.pad(pixels, pads, mode=mode)  # type: ignore[call-overload, no-any-return]
