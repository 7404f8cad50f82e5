"""Hand-crafted blur measures that the network is compared with: a grey photo in, a blur score a pixel out.

Scores only order pixels; `Calibration` learns from labelled photos what level and amount a score stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.data.kernels import gaussian_kernel
from modelsvc.fusenet.data.releases import Sample

Floats = NDArray[np.float32]
Measure = Callable[[Floats], Floats]

WINDOW = 21  # px, of every local statistic
STEP = 4  # px between the patches of the measures that are slow; those larger than 16 px lie a quarter apart
TEXTURE = 6.0  # grey levels of 255
LBP_THRESHOLD = 4.0  # grey levels of 255, the paper's 0.016 of 1
BINS = 64


def constant(grey: Floats) -> Floats:
    """No idea: the same everywhere."""
    return np.zeros_like(grey)


def laplacian(grey: Floats) -> Floats:
    """Minus the log of the local energy of the Laplacian (Pech-Pacheco et al. 2000)."""
    kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
    return _array(-torch.log(_local_mean(_filtered(_tensor(grey), kernel) ** 2) + 1))


def reblur(grey: Floats) -> Floats:
    """How little the local gradient falls when the photo is blurred again (Zhuo and Sim 2011; Crete et al. 2007)."""
    image = _tensor(grey)
    again = _filtered(image, torch.from_numpy(gaussian_kernel(1.5)))
    return _array(_local_mean(_gradient(again)) / (_local_mean(_gradient(image)) + 1))


def lbp(grey: Floats) -> Floats:
    """Minus the local share of the uniform patterns 6 to 9, which blur removes (Yi and Eramian 2016)."""
    image = F.pad(_tensor(grey), (1, 1, 1, 1), mode="replicate")
    height, width = grey.shape
    ring = [(0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]
    centre = image[..., 1:-1, 1:-1]
    above = [image[..., y : y + height, x : x + width] - centre >= LBP_THRESHOLD for y, x in ring]
    bits = torch.stack(above)  # (8, 1, 1, H, W)
    changes = (bits ^ bits.roll(1, 0)).sum(0)
    pattern = torch.where(changes <= 2, bits.sum(0), 9)
    return _array(-_local_mean((pattern >= 6).float()))


def svd(grey: Floats) -> Floats:
    """Share of the largest singular values of a patch: blur leaves the coarse ones (Su et al. 2011)."""
    patches = _patches(grey, 15)  # (n, 15, 15)
    values = torch.linalg.svdvals(patches - patches.mean((1, 2), keepdim=True))
    return _spread(values[:, :4].sum(1) / (values.sum(1) + 15), grey.shape)


def hifst(grey: Floats) -> Floats:
    """Minus the log of high-frequency DCT coefficients of the gradient's magnitude, over three patch sizes.

    After Golestaneh and Karam (2017), without their sorting across the photo and their smoothing along edges, hence
    "HiFST-like": on half-blurred photos it orders places as the published code does (rank correlation .82 to .88).
    """
    gradient = _array(_gradient(_tensor(grey)))
    total = np.zeros_like(grey)
    for side in (7, 15, 31):
        basis = _dct_basis(side)
        step = max(STEP, side // 4)
        coefficients = basis @ _patches(gradient, side, step) @ basis.T  # (n, side, side)
        y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        high = coefficients[:, y + x >= side - 1].abs()  # (n, side (side + 1) / 2)
        strongest = high.topk(high.shape[1] // 2, sorted=False).values
        total = total + _spread(torch.log(strongest.mean(1) + 0.5), grey.shape, step)
    return -total


MEASURES: Mapping[str, Measure] = {
    "constant": constant,
    "laplacian": laplacian,
    "reblur": reblur,
    "lbp": lbp,
    "svd": svd,
    "hifst-like": hifst,
}


@dataclass(frozen=True)
class Calibration:
    """What a score stands for: in each of some bins, the share of pixels above each level."""

    edges: Floats
    above: Floats  # (K-1, bins)

    @classmethod
    def fit(cls, scores: Sequence[Floats], truths: Sequence[NDArray[np.uint8]], level_count: int) -> Calibration:
        """Learn from photos with known levels; 255 is left out."""
        known = [truth != IGNORE for truth in truths]
        score = np.concatenate([s[k] for s, k in zip(scores, known, strict=True)])
        level = np.concatenate([t[k] for t, k in zip(truths, known, strict=True)])
        edges = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1]))
        bins = np.digitize(score, edges)
        counts = np.zeros((len(edges) + 1, level_count))
        np.add.at(counts, (bins, level), 1)
        counts[counts.sum(1) == 0] = counts.sum(0)
        share = counts / counts.sum(1, keepdims=True)
        return cls(edges.astype(np.float32), 1 - share.cumsum(1)[:, :-1].T.astype(np.float32))

    def read(self, score: Floats) -> Floats:
        """(K-1, H, W) P(level > k) of a map of scores."""
        above: Floats = self.above[:, np.digitize(score, self.edges)]
        return above


def is_textured(grey: Floats) -> NDArray[np.bool_]:
    """(H, W) where the photo as seen has texture: the standard deviation in 21 x 21 px is 6 of 255 or more.

    Elsewhere (sky, walls, skin) nobody can say how blurred a pixel is by looking at it alone.
    """
    image = _tensor(grey)
    return _array(_local_mean(image**2) - _local_mean(image) ** 2) >= TEXTURE**2


def grey_of(sample: Sample) -> Floats:
    """(H, W) luma in 0..255."""
    luma: Floats = sample.pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return luma


def _tensor(grey: Floats) -> Tensor:
    return torch.from_numpy(grey)[None, None]


def _array(map_: Tensor) -> Floats:
    array: Floats = map_[0, 0].numpy()
    return array


def _mirrored(image: Tensor, reach: int) -> Tensor:
    """The photo reflected outwards by `reach` px, to and fro where it is smaller than that."""
    if min(image.shape[2:]) > reach:
        return F.pad(image, (reach,) * 4, mode="reflect")
    around = [(0, 0), (0, 0), (reach, reach), (reach, reach)]
    return torch.from_numpy(np.pad(image.numpy(), around, mode="reflect"))


def _filtered(image: Tensor, kernel: Tensor) -> Tensor:
    reach = kernel.shape[0] // 2
    return F.conv2d(_mirrored(image, reach), kernel[None, None])


def _local_mean(map_: Tensor) -> Tensor:
    reach = WINDOW // 2
    rows = F.avg_pool2d(_mirrored(map_, reach), (1, WINDOW), 1)
    return F.avg_pool2d(rows, (WINDOW, 1), 1)


def _gradient(image: Tensor) -> Tensor:
    padded = F.pad(image, (0, 1, 0, 1), mode="replicate")
    return torch.hypot(padded.diff(dim=3)[..., :-1, :], padded.diff(dim=2)[..., :-1])


def _patches(grey: Floats, side: int, step: int = STEP) -> Tensor:
    """(n, side, side) around every so many pixels."""
    padded = _mirrored(_tensor(grey), side // 2)
    columns: Tensor = F.unfold(padded, side, stride=step)  # (1, side side, n)
    patches: Tensor = columns[0].T.reshape(-1, side, side)
    return patches


def _spread(values: Tensor, shape: tuple[int, ...], step: int = STEP) -> Floats:
    """A value a patch as a map of the photo's size."""
    rows, columns = -(-shape[0] // step), -(-shape[1] // step)
    return _array(F.interpolate(values.reshape(1, 1, rows, columns), (shape[0], shape[1]), mode="bilinear"))


def _dct_basis(side: int) -> Tensor:
    """(side, side) orthonormal DCT-II."""
    frequency, place = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    basis: Tensor = torch.cos(torch.pi * (2 * place + 1) * frequency / (2 * side)) * (2 / side) ** 0.5
    basis[0] /= 2**0.5
    return basis
