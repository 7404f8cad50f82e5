"""From one photo to its blur map and its desirability, as numpy arrays at the photo's size and as polygons."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from annotate.core import evidence
from annotate.core.blurmap import outline_area, vectorize_along_edges
from annotate.core.errors import InvalidImage
from annotate.core.guided import follow_edges
from annotate.core.imagefile import OVERSAMPLING, Shrunk, fit_to_scale, lanczos, open_shrunk
from annotate.core.regions import Document
from annotate.core.sharpness import nothing_to_judge, shows_anything
from modelsvc.fusenet.checkpoint import read_checkpoint
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.model import STRIDE, cumulative, desirability_probabilities, normalise
from modelsvc.fusenet.serving.runtime import network

AHEAD = 2  # photos that are decoded, or looked at, before they are asked for
LEAST_PART = 0.1  # of the subject's largest, for another to be a part of it
TWICE_FROM = 1.25  # times the long side of training: photos that show so much more are seen at both scales
_BAND = 512  # rows that are enlarged at once, which bounds memory

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BlurPrediction:
    """What the network says of one photo.

    It is kept on the network's own grids, which are small. The maps of the photo's H x W pixels are made each time
    they are asked for, from enlarged probabilities: (H, W) float32 in [0, 1], but for `levels`.

    Attributes:
        size: (width, height) of the photo in pixels.
        span: how many columns and rows of the grid lie on the photo; the last of each may lie there in part.
        above: (K-1, h, w) float32 P(level > k), not rising with k.
        strength: (h, w) float32 blur amount on the grid.
        gaze: (h/4, w/4) float32 attention on a grid a quarter as fine.
        probabilities: (4,) float32 of none, good, ok, bad; sums to 1.
        content: (128,) float16, what the photo shows: near for photos alike, by this checkpoint only.
        photo: (h, w, 3) uint8 the photo on the grid.
        evidence: (h/4, w/4) bool where the photo shows anything to judge by. The rest counts in no share.
    """

    size: tuple[int, int]
    span: tuple[float, float]
    above: NDArray[np.float32]
    strength: NDArray[np.float32]
    gaze: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    content: NDArray[np.float16]
    photo: NDArray[np.uint8]
    evidence: NDArray[np.bool_]

    @property
    def levels(self) -> NDArray[np.uint8]:
        """(H, W) uint8, 0 = sharp."""
        levels = np.zeros(self.size[::-1], np.uint8)
        for q in self.above:
            levels += enlarge(q, self.span, self.size) > 0.5
        return levels

    @property
    def amount(self) -> NDArray[np.float32]:
        """1 = strongest blur."""
        return enlarge(self.strength, self.span, self.size)

    @property
    def blurred(self) -> NDArray[np.float32]:
        """Probability of any blur."""
        return enlarge(self.above[0], self.span, self.size)

    @property
    def attention(self) -> NDArray[np.float32]:
        """1 = subject."""
        columns, rows = self.span
        return enlarge(self.gaze, (columns / 4, rows / 4), self.size)

    @property
    def uncertainty(self) -> NDArray[np.float32]:
        """1 = as likely above a level as not."""
        return enlarge(self._doubt(), self.span, self.size)

    @property
    def mean_uncertainty(self) -> float:
        """The mean of `uncertainty`."""
        return float(self._doubt().mean())

    @property
    def blurred_share(self) -> float:
        """The share above level 0, of what can be judged."""
        return self._blurred_of(np.ones(self.above[0].shape, np.float32))

    @property
    def subject_blurred(self) -> float:
        """The share of what draws the eye and can be judged that is blurred: attention above level 0, of all."""
        return self._blurred_of(self._attention_on_the_grid())

    @property
    def background_blurred(self) -> float:
        """The share of what does not draw the eye and can be judged that is blurred."""
        return self._blurred_of(1 - self._attention_on_the_grid())

    @property
    def no_evidence_share(self) -> float:
        """The share of the photo that holds nothing to judge by."""
        return 1 - float(evidence.on_pixels(self.evidence, self.above[0].shape).mean())

    def no_evidence(self) -> Document:
        """Where the photo holds nothing to judge by, as regions of level 0."""
        columns, rows = self.span
        inside = np.where(self.evidence, np.float32(-0.5), np.float32(0.5))
        return outline_area(inside, self.size, span=(columns / evidence.CELL, rows / evidence.CELL), name="no-evidence")

    def subject(self) -> Document:
        """The outline of what draws the eye, along the photo's edges: attention above half its most; level 0."""
        gaze = self._attention_on_the_grid()
        [inside] = follow_edges(gaze[None] / max(float(gaze.max()), 1e-6), self.photo)
        return outline_area(inside - np.float32(0.5), self.size, span=self.span, name="subject", least_part=LEAST_PART)

    def document(self) -> Document:
        """The levels as polygons in 1/16 px of the photo, made for people to edit: few corners, along its edges."""
        return vectorize_along_edges(self.above, self.size, self.photo, span=self.span)

    def _attention_on_the_grid(self) -> NDArray[np.float32]:
        height, width = self.above[0].shape
        return enlarge(self.gaze, (width / 4, height / 4), (width, height))

    def _blurred_of(self, weights: NDArray[np.float32]) -> float:
        weights = weights * evidence.on_pixels(self.evidence, weights.shape)
        return float(weights[self.above[0] > 0.5].sum() / max(weights.sum(), 1e-6))

    def _doubt(self) -> NDArray[np.float32]:
        doubt: NDArray[np.float32] = (4 * self.above * (1 - self.above)).mean(0)
        return doubt


def enlarge(values: NDArray[np.float32], span: tuple[float, float], size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) the map at `size` (width, height), linear between pixels, of its first `span` columns and rows."""
    (columns, rows), (width, height) = span, size
    small = PIL.Image.fromarray(np.ascontiguousarray(values))
    large = np.empty((height, width), np.float32)
    for top in range(0, height, _BAND):
        bottom = min(top + _BAND, height)
        box = (0, rows * top / height, columns, rows * bottom / height)
        large[top:bottom] = np.asarray(small.resize((width, bottom - top), PIL.Image.Resampling.BILINEAR, box))
    return large


class Predictor:
    """A checkpoint ready to look at photos; loading takes about a second, so keep one."""

    def __init__(
        self, checkpoint: str | Path = SHIPPED, *, scale: int | None = None, device: str | None = None
    ) -> None:
        """Load the network.

        Args:
            checkpoint: a folder.
            scale: long side in pixels at which photos are seen; by default the checkpoint's own. Photos that have
                more pixels than that at a finer one are seen at both, in 3.6 times the time at 640 and 1024 px.
            device: where to compute; by default on a GPU, if there is one.

        Raises:
            InvalidCheckpoint: the folder is not a checkpoint of this version.
        """
        self.checkpoint = read_checkpoint(Path(checkpoint))
        self.scale = scale or self.checkpoint.scale
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.network = network(Path(checkpoint), self.device)

    @property
    def level_count(self) -> int:
        """How many levels the network was trained for, sharp included."""
        return self.checkpoint.model.levels

    def predict(self, photo: PIL.Image.Image | Shrunk) -> BlurPrediction:
        """What the network says of one upright RGB photo, from annotate.core.imagefile's open_upright or open_shrunk.

        open_shrunk is the faster: the network sees photos no larger than `scale`.
        """
        shown, size = photo if isinstance(photo, Shrunk) else (photo, photo.size)
        shown = shown if shown.mode == "RGB" else shown.convert("RGB")
        fine = fit_to_scale(shown, self.scale, resize=fast_lanczos)
        said = self._look(fine, size)
        if max(fine.size) <= TWICE_FROM * self.checkpoint.scale:
            return said
        return fused(said, self._look(fit_to_scale(fine, self.checkpoint.scale, resize=fast_lanczos), size))

    def predict_files(self, files: Iterable[Path]) -> Iterator[BlurPrediction | InvalidImage]:
        """What the network says of each file in turn, or why it cannot be read.

        The next files are decoded, and looked at, in two threads while the caller works on this one.
        """
        photos = ahead(map(self._open, files))
        return ahead(photo if isinstance(photo, InvalidImage) else self.predict(photo) for photo in photos)

    def _open(self, file: Path) -> Shrunk | InvalidImage:
        try:
            shrunk = open_shrunk(file.read_bytes(), self.scale, resize=fast_lanczos)
            return shrunk if shows_anything(shrunk.image) else nothing_to_judge()
        except InvalidImage as error:
            return error
        except OSError as error:
            return InvalidImage(f"The file cannot be read: {error.strerror}.", code="file_error")

    @torch.inference_mode()
    def _look(self, photo: PIL.Image.Image, size: tuple[int, int]) -> BlurPrediction:
        pixels = torch.from_numpy(pad_to_stride(np.asarray(photo))).to(self.device)  # (H', W', 3)
        image = normalise(pixels.permute(2, 0, 1).unsqueeze(0))  # (1, 3, H', W'), channels last
        shown = photo.size
        long_side = torch.tensor([float(max(shown))], device=self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            output = self.network(image, long_side)
        columns, rows = -(-shown[0] // 2), -(-shown[1] // 2)  # what lies beyond is padding

        probabilities = desirability_probabilities(output.exists, output.desirability)[0].float().cpu().numpy()

        def on_grid(maps: Tensor, finer: int) -> NDArray[np.float32]:  # (1, C, h, w) covers the padded photo
            seen = maps[0, :, : -(-rows // finer), : -(-columns // finer)]
            return seen.float().cpu().contiguous().numpy()

        on_the_grid = np.asarray(photo.reduce(2))
        return BlurPrediction(
            size=size,
            span=(shown[0] / 2, shown[1] / 2),
            above=on_grid(cumulative(output.levels), 1),
            strength=on_grid(output.blur, 1)[0],
            gaze=on_grid(output.attention.sigmoid(), 4)[0],
            probabilities=self.checkpoint.existence.of_verdict(probabilities),
            content=output.content[0].float().cpu().numpy().astype(np.float16),
            photo=on_the_grid,
            evidence=evidence.find_evidence(on_the_grid),
        )


def fused(fine: BlurPrediction, coarse: BlurPrediction) -> BlurPrediction:
    """What two scales say of a photo, on the finer grid: means in logits, and the coarse one's verdict and attention.

    The finer one ranks better, the one of the training knows amounts better, and their errors differ.
    """
    height, width = fine.above[0].shape
    coarse_above = np.stack([enlarge(each, coarse.span, (width, height)) for each in coarse.above])
    above = mean_in_logits(fine.above, coarse_above)
    strength = np.float32(0.5) * (fine.strength + enlarge(coarse.strength, coarse.span, (width, height)))
    gaze = enlarge(coarse.gaze, (coarse.span[0] / 4, coarse.span[1] / 4), fine.gaze.shape[::-1])
    return replace(
        fine, above=above, strength=strength, gaze=gaze, probabilities=coarse.probabilities, content=coarse.content
    )


def mean_in_logits(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities between two maps of them: their geometric mean, beside that of their complements."""
    yes, no = np.sqrt(one * other), np.sqrt((1 - one) * (1 - other))
    mean: NDArray[np.float32] = yes / np.maximum(yes + no, np.float32(1e-12))
    return mean


def fast_lanczos(image: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    """What annotate.core.imagefile's `lanczos` makes of an RGB image, within one grey level, in a fifth of the time."""
    if image.size == size or min(image.width // size[0], image.height // size[1]) >= 2 * OVERSAMPLING:
        return lanczos(image, size)  # there is nothing to do, or it can be averaged first
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).unsqueeze(0)  # (1, 3, H, W) uint8, channels last
    small = F.interpolate(pixels, size[::-1], mode="lanczos", antialias=True)
    return PIL.Image.fromarray(small[0].permute(1, 2, 0).numpy())


def ahead(items: Iterable[T]) -> Iterator[T]:
    """`items`, made in a thread of their own, at most `AHEAD` of them before they are asked for."""
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(1) as thread:
        waiting: deque[Future[Any]] = deque(thread.submit(next, iterator, end) for _ in range(AHEAD))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, iterator, end))
            yield item


def pad_to_stride(pixels: NDArray[np.uint8], mode: str = "reflect") -> NDArray[np.uint8]:
    """`pixels` (H, W, ...) extended at right and bottom to multiples of the network's stride."""
    height, width = pixels.shape[:2]
    pads = [(0, -height % STRIDE), (0, -width % STRIDE)] + [(0, 0)] * (pixels.ndim - 2)
    return np.pad(pixels, pads, mode=mode)  # type: ignore[call-overload, no-any-return]
