"""ABC-FuseNet: attention map (A), blur map (B) and content features (C), fused into a desirability.

Read beside Zhang et al., "Learning to Understand Image Blur" (CVPR 2018): a dilated fully convolutional trunk, global
pyramid pooling and boundary refinement give B; A comes from the same features; C from a second trunk; all three are
fused. The trunk (trunk.py), widths and kernel sizes are our own choice. Every size is in ModelConfig. Shapes: N photos,
K levels; the widths in them are those of abc-lite0.
"""
# ruff: noqa: D102 - a forward says what comes back on its lines

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_type_hints

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modelsvc.fusenet.trunk import LITE0, LITE2, TINY, Classifier, EfficientNetLite, Stage, load_imagenet

NOMINAL_LONG_SIDE = 640  # px; the network is told how far a photo is from it
STRIDE = 48  # inputs are multiples of this: 8 for the trunk times 6 for the finest pyramid bin
OCTAVE = 12  # what the network is told of a photo twice the nominal size: about as large as activations are
FUSION_SIZE = 24  # A and B are fused on a grid of this many cells a side
_LEAST_WEIGHT = 1e-4  # of attention, summed: what none of it weighs is divided by this, not by 0


@dataclass(frozen=True)
class ModelConfig:
    """Every size and every ablation switch of the network. A part switched off becomes a constant; shapes stay."""

    name: str = "abc-lite0"
    levels: int = 4
    stem: int = 32
    stages: tuple[Stage, ...] = LITE0
    output_stride: int = 8  # px of the photo to a cell of the last features; 16: with light heads
    head: int = 1280
    pyramid_bins: tuple[int, ...] = (1, 2, 3, 6)
    pyramid_width: int = 28
    neck: int = 128
    middle: int = 96  # between the pyramid at H/16 and what follows at H/8
    lateral4: int = 32
    refine4: int = 48
    lateral2: int = 16
    refine2: int = 24
    attention_width: int = 64
    content_size: int = 256
    content_width: int = 128
    fusion_widths: tuple[int, int] = (32, 64)
    fusion_hidden: int = 128
    dropout: float = 0.2
    use_attention: bool = True  # A in the fusion; off: A = 1 everywhere
    use_blur_map: bool = True  # B in the fusion; off: B = 0 everywhere
    use_content: bool = True  # C in the fusion; off: C = 0
    use_pyramid: bool = True  # global pyramid pooling
    use_refinement: bool = True  # boundary refinement; off: the coarse map, enlarged
    dilation: bool = True  # dilation 2 where the trunk lost a stride
    ordinal: bool = True  # K-1 cumulative logits; off: one amount by regression
    joint: bool = True  # the desirability loss reaches A and B; off: it stops at the fusion

    @property
    def is_light(self) -> bool:
        """Whether the last features stand at H/16 and the heads are of separable convolutions."""
        return self.output_stride == 16

    @property
    def features(self) -> int:
        """Channels of what A and the coarse map are read from, at H/8."""
        return self.middle if self.is_light else self.neck


MODELS: Mapping[str, ModelConfig] = {
    "abc-lite0": ModelConfig(),
    "abc-lite0-fast": ModelConfig(name="abc-lite0-fast", output_stride=16, refine4=32, refine2=16),
    "abc-lite2": ModelConfig(name="abc-lite2", stages=LITE2),
    "abc-tiny": ModelConfig(
        name="abc-tiny",
        stem=8,
        stages=TINY,
        head=64,
        pyramid_width=8,
        neck=32,
        lateral4=8,
        refine4=16,
        lateral2=8,
        refine2=12,
        attention_width=16,
        content_size=128,
        content_width=32,
        fusion_widths=(8, 16),
        fusion_hidden=32,
    ),
}
SWITCHES = tuple(name for name, kind in get_type_hints(ModelConfig).items() if kind is bool)


def model_config(name: str, levels: int = 4, **switches: Any) -> ModelConfig:
    """The registered configuration `name` with the project's number of levels and some switches changed."""
    return replace(MODELS[name], levels=levels, **switches)


def read_model_config(raw: Mapping[str, Any]) -> ModelConfig:
    """The configuration that `dataclasses.asdict` wrote and JSON carried; TypeError where the fields differ."""
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    fields["stages"] = tuple(Stage(*stage) for stage in raw["stages"])
    return ModelConfig(**fields)


# ---------------------------------------------------------------------------------------------------- B: blur map


class PyramidPooling(nn.Module):
    """Global cues for smooth areas: averages over 1, 2, 3 and 6 bins a side join the features (Zhao et al. 2017).

    So does the photo's scale: how many pixels wide a level is depends on it.
    """

    def __init__(self, inputs: int, config: ModelConfig) -> None:
        super().__init__()
        self.bins, self.width = config.pyramid_bins, config.pyramid_width
        self.is_on = config.use_pyramid
        self.reduce = nn.ModuleList(nn.Conv2d(inputs, self.width, 1) for _ in self.bins)
        joined = inputs + self.width * len(self.bins) + 1
        side = 1 if config.is_light else 3
        self.fuse = nn.Sequential(
            nn.Conv2d(joined, config.neck, side, padding=side // 2, padding_mode="replicate", bias=False),
            nn.BatchNorm2d(config.neck),
            nn.ReLU6(inplace=True),
        )

    def forward(self, features: Tensor, scale: Tensor) -> Tensor:  # (N, 112, H/8, W/8), (N,)
        n, _, h, w = features.shape
        context = [features]
        for bins, reduce in zip(self.bins, self.reduce, strict=True):
            if self.is_on:
                pooled = F.relu(reduce(average_on_grid(features, bins)))  # (N, 28, bins, bins)
                context.append(F.interpolate(pooled, (h, w), mode="bilinear"))  # (N, 28, H/8, W/8)
            else:
                context.append(features.new_zeros(n, self.width, h, w))
        context.append(plane(scale, features))
        return self.fuse(torch.cat(context, 1))  # type: ignore[no-any-return]  # (N, 128, H/8, W/8)


def plane(value: Tensor, like: Tensor) -> Tensor:
    """(N, 1, H, W) of one value a photo, as large as `like`."""
    return value.to(like.dtype)[:, None, None, None].expand(-1, 1, *like.shape[2:])


class BoundaryRefinement(nn.Module):
    """x + conv(relu(conv(x))), both 3x3 (Peng et al. 2017)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="replicate")
        self.second = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="replicate")

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W)
        change: Tensor = self.second(F.relu(self.first(x)))
        return x + change  # (N, C, H, W)


class Refine(nn.Module):
    """From coarse features to logits at half the input's size, with finer features and the scale on the way."""

    def __init__(self, config: ModelConfig, logits: int) -> None:
        super().__init__()
        self.is_on = config.use_refinement
        f2, f4 = config.stages[0].channels, config.stages[1].channels
        self.lateral4 = nn.Conv2d(f4, config.lateral4, 1)
        self.join4 = nn.Conv2d(config.neck + config.lateral4, config.refine4, 3, padding=1, padding_mode="replicate")
        self.refine4 = BoundaryRefinement(config.refine4)
        self.lateral2 = nn.Conv2d(f2, config.lateral2, 1)
        joined = config.refine4 + config.lateral2 + 1
        self.join2 = nn.Conv2d(joined, config.refine2, 3, padding=1, padding_mode="replicate")
        self.refine2 = BoundaryRefinement(config.refine2)
        self.logits = nn.Conv2d(config.refine2, logits, 1)

    def forward(self, p: Tensor, f4: Tensor, f2: Tensor, scale: Tensor, coarse: Tensor) -> Tensor:
        # (N, 128, H/8, W/8), (N, 24, H/4, W/4), (N, 16, H/2, W/2), (N,), (N, K-1, H/8, W/8)
        if not self.is_on:
            return F.interpolate(coarse, scale_factor=4.0, mode="bilinear")  # (N, K-1, H/2, W/2)
        x = torch.cat([F.interpolate(p, scale_factor=2.0, mode="bilinear"), self.lateral4(f4)], 1)
        x = self.refine4(F.relu(self.join4(x)))  # (N, 48, H/4, W/4)
        fine = self.lateral2(f2)
        x = torch.cat([F.interpolate(x, scale_factor=2.0, mode="bilinear"), fine, plane(scale, fine)], 1)
        x = self.refine2(F.relu(self.join2(x)))  # (N, 24, H/2, W/2)
        return self.logits(x)  # type: ignore[no-any-return]  # (N, K-1, H/2, W/2)


def separable(channels: int, side: int = 3) -> nn.Sequential:
    """A convolution of side x side in two cheap steps: each channel alone, then all channels at each pixel."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, side, padding=side // 2, padding_mode="replicate", groups=channels, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 1),
    )


class Step(nn.Module):
    """Features of twice the size: coarse ones enlarged plus finer ones of the trunk, then refined."""

    def __init__(self, coarse: int, fine: int, width: int, sides: tuple[int, ...]) -> None:
        super().__init__()
        self.reduce, self.lateral = nn.Conv2d(coarse, width, 1), nn.Conv2d(fine, width, 1)
        self.refine = nn.ModuleList(separable(width, side) for side in sides)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:  # (N, C, H, W), (N, F, 2H, 2W)
        x = F.relu(F.interpolate(self.reduce(coarse), scale_factor=2.0, mode="bilinear") + self.lateral(fine))
        for refine in self.refine:
            x = x + refine(x)
        return x  # (N, width, 2H, 2W)


class LightRefine(nn.Module):
    """What `Refine` does, by separable convolutions; the pyramid has told the scale."""

    def __init__(self, config: ModelConfig, logits: int) -> None:
        super().__init__()
        self.is_on = config.use_refinement
        f2, f4 = config.stages[0].channels, config.stages[1].channels
        self.to4 = Step(config.middle, f4, config.refine4, (3, 3))
        self.to2 = Step(config.refine4, f2, config.refine2, (3,))
        self.logits = nn.Conv2d(config.refine2, logits, 1)

    def forward(self, p: Tensor, f4: Tensor, f2: Tensor, scale: Tensor, coarse: Tensor) -> Tensor:
        # (N, 96, H/8, W/8), (N, 24, H/4, W/4), (N, 16, H/2, W/2), (N,), (N, K-1, H/8, W/8)
        if not self.is_on:
            return F.interpolate(coarse, scale_factor=4.0, mode="bilinear")  # (N, K-1, H/2, W/2)
        return self.logits(self.to2(self.to4(p, f4), f2))  # type: ignore[no-any-return]  # (N, K-1, H/2, W/2)


# ---------------------------------------------------------------------------------------------------- A: attention


class Attention(nn.Sequential):
    """What matters in the photo, from the features that B has, too: (N, 128, H/8, W/8) to (N, 1, H/8, W/8) logits."""

    def __init__(self, config: ModelConfig) -> None:
        width = config.attention_width
        widen: tuple[nn.Module, ...] = (nn.Conv2d(config.neck, width, 3, padding=1, padding_mode="replicate"),)
        if config.is_light:
            widen = separable(config.middle), nn.ReLU(), nn.Conv2d(config.middle, width, 1)
        super().__init__(*widen, nn.ReLU(), nn.Conv2d(width, 1, 1))


# ---------------------------------------------------------------------------------------------------- C: content


class Content(nn.Module):
    """What the photo shows: classifier features, pooled once by attention and once evenly."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.size = config.content_size
        self.classifier = Classifier(config.stem, config.stages, config.head)
        self.reduce = nn.Linear(2 * config.head, config.content_width)

    def features(self, image: Tensor) -> Tensor:  # (N, 3, H, W)
        small = F.interpolate(image, (self.size, self.size), mode="bilinear", antialias=True)
        return self.classifier(small)  # type: ignore[no-any-return]  # (N, head, 8, 8)

    def forward(self, features: Tensor, attention: Tensor) -> Tensor:  # (N, head, 8, 8), (N, 1, 24, 24) in [0, 1]
        weight = average_on_grid(attention, features.shape[2])  # (N, 1, 8, 8)
        attended = (features * weight).sum((2, 3)) / weight.sum((2, 3)).clamp_min(_LEAST_WEIGHT)  # (N, head)
        return F.relu(self.reduce(torch.cat([attended, features.mean((2, 3))], 1)))  # (N, 128)


# ---------------------------------------------------------------------------------------------------- fusion


class Fusion(nn.Module):
    """A, B and C to one existence logit and three logits of good, ok, bad."""

    SUMMARIES = 8

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        first, second = config.fusion_widths
        self.maps = nn.Sequential(
            nn.Conv2d(5, first, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(first, second, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.hidden = nn.Linear(second + config.content_width + self.SUMMARIES, config.fusion_hidden)
        self.dropout = nn.Dropout(config.dropout)
        self.exists = nn.Linear(config.fusion_hidden, 1)
        self.desirability = nn.Linear(config.fusion_hidden, 3)

    def forward(self, a: Tensor, b: Tensor, blurred: Tensor, content: Tensor) -> tuple[Tensor, Tensor]:
        # a, b, blurred: (N, 1, 24, 24) in [0, 1]; content: (N, 128)
        maps = self.maps(torch.cat([a, b, a * b, (1 - a) * b, a * (1 - b)], 1)).mean((2, 3))  # (N, 64)
        subject, rest = a.sum((2, 3)).clamp_min(_LEAST_WEIGHT), (1 - a).sum((2, 3)).clamp_min(_LEAST_WEIGHT)
        summaries = torch.cat(
            [
                (a * b).sum((2, 3)) / subject,
                ((1 - a) * b).sum((2, 3)) / rest,
                b.mean((2, 3)),
                b.amax((2, 3)),
                a.mean((2, 3)),
                (a * b).amax((2, 3)),
                blurred.mean((2, 3)),
                (a * blurred).sum((2, 3)) / subject,
            ],
            1,
        )  # (N, 8)
        hidden = self.dropout(F.relu(self.hidden(torch.cat([maps, content, summaries], 1))))  # (N, 128)
        return self.exists(hidden).squeeze(1), self.desirability(hidden)  # (N,), (N, 3)


# ---------------------------------------------------------------------------------------------------- joint network


class Encoding(NamedTuple):
    """What the trunks see in N photos: all that the heads need of them."""

    f2: Tensor  # (N, 16, H/2, W/2)
    f4: Tensor  # (N, 24, H/4, W/4)
    f8: Tensor  # (N, 40, H/8, W/8)
    last: Tensor  # (N, 112, H/8, W/8), or at H/16
    content: Tensor | None  # (N, head, 8, 8); None: C is switched off


class Output(NamedTuple):
    """What the network says of N photos with K levels."""

    levels: Tensor  # (N, K-1, H/2, W/2) logits of level > k
    coarse: Tensor  # (N, K-1, H/8, W/8) the same before refinement
    blur: Tensor  # (N, 1, H/2, W/2) amount in [0, 1]                      B
    attention: Tensor  # (N, 1, H/8, W/8) logits                           A
    exists: Tensor  # (N,) logit: is there any blur
    desirability: Tensor  # (N, 3) logits of good, ok, bad given blur
    content: Tensor  # (N, 128) what the photo shows, not below 0         C


class ABCFuseNet(nn.Module):
    """Where a photo is blurred and by how much, what matters in it, and whether the blur is wanted."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        logits = config.levels - 1 if config.ordinal else 1
        f8, last = config.stages[2].channels, config.stages[4].channels
        self.backbone = EfficientNetLite(
            config.stem, config.stages[:5], output_stride=config.output_stride, is_dilated=config.dilation
        )
        self.pyramid = PyramidPooling(last, config)
        self.middle = Step(config.neck, f8, config.middle, (5, 5, 5)) if config.is_light else None
        self.coarse = nn.Conv2d(config.features, logits, 1)
        self.refine = LightRefine(config, logits) if config.is_light else Refine(config, logits)
        self.attend = Attention(config)
        self.content = Content(config)
        self.fuse = Fusion(config)

    def forward(self, image: Tensor, long_side: Tensor) -> Output:
        # (N, 3, H, W), (rgb - 127) / 128, sides multiples of 48; (N,) px of the whole photo as shown here
        return self.decode(self.encode(image), long_side)

    def encode(self, image: Tensor) -> Encoding:  # (N, 3, H, W)
        """What both trunks see."""
        f2, f4, f8, _, last = self.backbone(image)
        return Encoding(f2, f4, f8, last, self.content.features(image) if self.config.use_content else None)

    def decode(self, seen: Encoding, long_side: Tensor) -> Output:
        """What the heads say of it; `long_side` (N,) as in `forward`."""
        octaves = torch.log2(long_side / NOMINAL_LONG_SIDE)
        scale = OCTAVE * octaves.clamp(-1, 1)  # (N,) farther is unlearned
        p = self.pyramid(seen.last, scale)  # (N, 128, H/8, W/8), or at H/16
        if self.middle is not None:
            p = self.middle(p, seen.f8)  # (N, 96, H/8, W/8)
        coarse = self.coarse(p)  # (N, K-1, H/8, W/8)
        fine = self.refine(p, seen.f4, seen.f2, scale, coarse)  # (N, K-1, H/2, W/2)
        levels, blur = self.read_amount(fine)  # the same, (N, 1, H/2, W/2)  B
        attention = self.attend(p)  # (N, 1, H/8, W/8)  A
        a, b, blurred = self.fusion_maps(attention, levels, blur)  # (N, 1, 24, 24) each
        content = self.content_vector(seen.content, a)  # (N, 128)  C
        exists, desirability = self.fuse(a, b, blurred, content)
        return Output(levels, self.read_amount(coarse)[0], blur, attention, exists, desirability, content)

    def read_amount(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Cumulative logits (N, K-1, H, W) and the amount in [0, 1] (N, 1, H, W) they stand for.

        Ordinal: the amount is the mean of P(level > k). Regression: the logits are the amount's distance to the
        midpoints between levels, so that both read out alike.
        """
        if self.config.ordinal:
            return logits, cumulative(logits).mean(1, keepdim=True)
        amount, steps = logits.sigmoid(), self.config.levels - 1
        midpoints = (torch.arange(steps, device=logits.device) + 0.5) / steps
        return 4 * steps * (amount - midpoints[:, None, None]), amount

    def fusion_maps(self, attention: Tensor, levels: Tensor, blur: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 1, 24, 24) each: A, B and the blurred share on the fusion's grid, constant where switched off."""
        a = average_on_grid(attention.sigmoid(), FUSION_SIZE)
        b = average_on_grid(blur, FUSION_SIZE)
        blurred = average_on_grid(levels[:, :1].sigmoid(), FUSION_SIZE)
        if not self.config.joint:
            a, b, blurred = a.detach(), b.detach(), blurred.detach()
        if not self.config.use_attention:
            a = torch.ones_like(a)
        if not self.config.use_blur_map:
            b, blurred = torch.zeros_like(b), torch.zeros_like(blurred)
        return a, b, blurred

    def content_vector(self, features: Tensor | None, a: Tensor) -> Tensor:
        """(N, 128) C of the photos, 0 where switched off; `a` is A on the fusion's grid."""
        if features is None:
            return a.new_zeros(len(a), self.config.content_width)
        return self.content(features, a)  # type: ignore[no-any-return]


def cumulative(logits: Tensor) -> Tensor:
    """(N, K-1, H, W) P(level > k), made monotone in k by a running minimum."""
    q = list(logits.sigmoid().unbind(1))
    for k in range(1, len(q)):
        q[k] = torch.minimum(q[k], q[k - 1])
    return torch.stack(q, 1)


def desirability_probabilities(exists: Tensor, desirability: Tensor) -> Tensor:
    """(N, 4) probabilities of none, good, ok, bad: first whether there is blur, then what it is worth."""
    p = exists.sigmoid().unsqueeze(1)
    return torch.cat([1 - p, p * desirability.softmax(1)], 1)


def average_on_grid(maps: Tensor, side: int) -> Tensor:
    """(N, C, side, side) means over cells, as adaptive_avg_pool2d; written as products so that ONNX takes any size."""
    rows, columns = (_cell_weights(length, side, maps) for length in maps.shape[2:])
    return rows @ maps @ columns.T


def _cell_weights(length: int, cells: int, like: Tensor) -> Tensor:
    """(cells, length) what each of `length` pixels adds to the mean of each cell; cells may share a pixel."""
    cell = torch.arange(cells, device=like.device)[:, None]
    pixel = torch.arange(length, device=like.device)
    is_inside = (pixel >= cell * length // cells) & (pixel < -(-(cell + 1) * length // cells))
    weight = is_inside.to(like.dtype)
    return weight / weight.sum(1, keepdim=True)


def build(config: ModelConfig, *, pretrained: bool = False) -> ABCFuseNet:
    """A new network; `pretrained` fills both trunks from the packaged ImageNet weights (abc-lite0 only)."""
    model = ABCFuseNet(config)
    if pretrained:
        load_imagenet(model.backbone)
        load_imagenet(model.content.classifier)
    return model


def normalise(image: Tensor) -> Tensor:
    """uint8 RGB to the network's input range, about [-1, 1], as EfficientNet-Lite was trained."""
    return (image.float() - 127) / 128
