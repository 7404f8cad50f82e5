"""The thing under a click: a head on the features of the shipped network's trunk, in two parts.

The encoder looks at a photo once and leaves three small grids of bytes. The decoder makes of these and of what was
clicked where the thing is; it is small enough for a browser, which runs it in frontend/src/model/clickdecoder.ts: no
norms, no padding but zeros, 1x1 and depthwise convolutions only. Shapes: N photos of H x W px as the trunk sees them.
"""
# ruff: noqa: D102 - a forward says what comes back on its lines

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from modelsvc.fusenet.checkpoint import InvalidCheckpoint
from modelsvc.fusenet.config import CLICK_DECODER, CLICK_ENCODER
from modelsvc.fusenet.model import NOMINAL_LONG_SIDE, OCTAVE, ABCFuseNet

WIDTHS = {16: 48, 8: 24, 4: 8}  # channels of the grids, by px of the photo to a cell
BLOCKS = {16: 6, 8: 2, 4: 1}
BODY = {16: 48, 8: 32, 4: 16}  # channels within the decoder
SIDE = {16: 5, 8: 5, 4: 3}  # of the depthwise kernels
REACHES = (8.0, 48.0)  # px in which the two marks of a click fade
MOST = 6.0  # of a feature, as ReLU6 leaves it: 255 as a byte
CLICK_CHANNELS = 2 * len(REACHES) + 1  # marks of the clicks inside and outside, and the box
SIMILAR_CHANNELS = 2  # how like each place is to those clicked inside, and outside


class Click(NamedTuple):
    """A place in px of the photo as the trunk sees it: inside the thing, or outside."""

    x: float
    y: float
    is_inside: bool


@dataclass(frozen=True)
class Prompt:
    """What somebody said of a thing: clicks, and maybe a box around it (left, top, right, bottom)."""

    clicks: tuple[Click, ...] = ()
    box: tuple[float, float, float, float] | None = None


class Encoder(nn.Module):
    """Features of the trunk to the grids that the decoder wants."""

    def __init__(self, f4: int, f8: int, last: int) -> None:
        super().__init__()
        self.grids = nn.ModuleDict(
            {str(stride): nn.Conv2d(inputs, WIDTHS[stride], 1) for stride, inputs in ((16, last), (8, f8), (4, f4))}
        )

    def forward(self, features: dict[int, Tensor]) -> dict[int, Tensor]:  # by stride: (N, C, H/stride, W/stride)
        return {stride: F.relu6(self.grids[str(stride)](each)) for stride, each in features.items()}


class Block(nn.Module):
    """x + pointwise(relu(depthwise(x))): what is near each place is told to it."""

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, side, padding=side // 2, groups=width)
        self.pointwise = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.pointwise.weight)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, h, w)
        change: Tensor = self.pointwise(F.relu(self.depthwise(x)))
        return x + change  # (N, C, h, w)


class Stage(nn.Module):
    """The grid of one stride joined with what was clicked, and with what the coarser grid found."""

    def __init__(self, stride: int, coarser: int) -> None:
        super().__init__()
        said = CLICK_CHANNELS + (SIMILAR_CHANNELS if stride > 4 else 0)
        self.join = nn.Conv2d(WIDTHS[stride] + said, BODY[stride], 1)
        self.reduce = nn.Conv2d(coarser, BODY[stride], 1) if coarser else None
        self.blocks = nn.Sequential(*(Block(BODY[stride], SIDE[stride]) for _ in range(BLOCKS[stride])))

    def forward(self, grid: Tensor, said: Tensor, coarse: Tensor | None) -> Tensor:
        # (N, C, h, w), (N, S, h, w), (N, D, h/2, w/2)
        x = self.join(torch.cat([grid, said], 1))
        if self.reduce is not None and coarse is not None:
            x = x + F.interpolate(self.reduce(coarse), scale_factor=2.0, mode="bilinear")
        return self.blocks(F.relu(x))  # type: ignore[no-any-return]  # (N, body, h, w)


class Decoder(nn.Module):
    """Grids and prompts to where the thing is."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleDict(
            {str(stride): Stage(stride, coarser) for stride, coarser in ((16, 0), (8, BODY[16]), (4, BODY[8]))}
        )
        self.logits = nn.Conv2d(BODY[4], 1, 1)

    def forward(self, grids: dict[int, Tensor], prompts: Sequence[Prompt]) -> Tensor:
        x = None
        for stride in (16, 8, 4):
            grid = grids[stride]
            said = torch.stack([marks(prompt, stride, grid.shape[2], grid.shape[3]) for prompt in prompts])
            if stride > 4:
                alike = [similarities(each, prompt, stride) for each, prompt in zip(grid, prompts, strict=True)]
                said = torch.cat([said, torch.stack(alike)], 1)
            x = self.stages[str(stride)](grid, said, x)
        return self.logits(x)[:, 0]  # type: ignore[no-any-return]  # (N, H/4, W/4)


def marks(prompt: Prompt, stride: int, rows: int, columns: int) -> Tensor:
    """(5, rows, columns): near and far marks of the clicks inside, the same of those outside, and the box."""
    y = (torch.arange(rows)[:, None] + 0.5) * stride
    x = (torch.arange(columns)[None, :] + 0.5) * stride
    planes = []
    for is_inside in (True, False):
        distance = torch.full((rows, columns), torch.inf)
        for click in prompt.clicks:
            if click.is_inside is is_inside:
                distance = torch.minimum(distance, torch.hypot(x - click.x, y - click.y))
        planes += [torch.exp(-distance / reach) for reach in REACHES]
    box = torch.zeros(rows, columns)
    if prompt.box:
        left, top, right, bottom = prompt.box
        box = ((x > left) & (x < right) & (y > top) & (y < bottom)).float()
    return torch.stack([*planes, box])


def similarities(grid: Tensor, prompt: Prompt, stride: int) -> Tensor:
    """(2, h, w): the largest cosine between each cell of (C, h, w) and those clicked, inside and outside; 0 of none."""
    unit = grid / grid.norm(dim=0).clamp_min(1e-3)
    rows, columns = grid.shape[1:]
    planes = []
    for is_inside in (True, False):
        alike = grid.new_zeros(rows, columns)
        for click in prompt.clicks:
            if click.is_inside is is_inside:
                row = min(max(int(click.y // stride), 0), rows - 1)
                column = min(max(int(click.x // stride), 0), columns - 1)
                alike = torch.maximum(alike, torch.einsum("chw,c->hw", unit, unit[:, row, column]))
        planes.append(alike)
    return torch.stack(planes)


def trunk_features(model: ABCFuseNet, image: Tensor, long_side: Tensor) -> dict[int, Tensor]:
    """What the encoder reads of photos, by stride: (N, C, H/stride, W/stride).

    Raises:
        InvalidCheckpoint: the network's last features do not stand at H/16.
    """
    if model.middle is None:
        raise InvalidCheckpoint(f"Clicks read a network with light heads; {model.config.name} has none.")
    _, f4, f8, _, last = model.backbone(image)
    scale = OCTAVE * torch.log2(long_side / NOMINAL_LONG_SIDE).clamp(-1, 1)
    p = model.pyramid(last, scale)
    middle = model.middle(p, f8)
    attention = MOST * model.attend(middle).sigmoid()
    return {16: torch.cat([last, p], 1), 8: torch.cat([f8, middle, attention], 1), 4: f4}


def build_encoder(model: ABCFuseNet) -> Encoder:
    """An untrained encoder that fits the network."""
    stages, config = model.config.stages, model.config
    f4, f8, last = (stages[k].channels for k in (1, 2, 4))
    return Encoder(f4, f8 + config.middle + 1, last + config.neck)


def write_head(folder: Path, encoder: Encoder, decoder: Decoder, network_sha256: str, told: dict[str, object]) -> None:
    """Write both parts, 16 bits a weight; each says whose features it reads, and how and as what head it was made."""
    parts = {
        name: {key: value.detach().half().contiguous() for key, value in module.state_dict().items()}
        for name, module in ((CLICK_ENCODER, encoder), (CLICK_DECODER, decoder))
    }
    head = sha256(b"".join(save(tensors) for tensors in parts.values())).hexdigest()[:12]
    metadata = {"network": network_sha256, "head": head, "told": json.dumps(told, sort_keys=True)}
    for name, tensors in parts.items():
        (folder / name).write_bytes(save(tensors, metadata=metadata))


def read_head(folder: Path, model: ABCFuseNet, network_sha256: str) -> tuple[Encoder, Decoder, str]:
    """Both parts, in evaluation mode, and what tells this head from others.

    Raises:
        InvalidCheckpoint: there are none, they are damaged, or they read another network's features.
    """
    encoder, decoder = build_encoder(model), Decoder()
    told: dict[str, str] = {}
    for name, module in ((CLICK_ENCODER, encoder), (CLICK_DECODER, decoder)):
        try:
            with safe_open(folder / name, framework="pt") as file:
                told = file.metadata() or {}
                tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 - not a dict
            module.load_state_dict(tensors)
        except (OSError, SafetensorError, RuntimeError) as error:
            detail = f"The head for clicks cannot be read: {error}"
            raise InvalidCheckpoint(detail, where=str(folder / name)) from error
        if told.get("network") != network_sha256:
            detail = "The head for clicks was trained on another network's features; train it again."
            raise InvalidCheckpoint(detail, where=str(folder / name))
    return encoder.eval(), decoder.eval(), told["head"]
