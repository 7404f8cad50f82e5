"""The network made ready to be used and no longer trained: fewer steps for the same answer, and a file for others."""

from __future__ import annotations

import copy
import warnings
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.model import STRIDE, ABCFuseNet, Output, SameConv2d

OPSET = 18
MOST_PHOTOS, LONGEST_SIDE = 64, 64 * STRIDE  # what an ONNX file takes at once


def fold(model: ABCFuseNet) -> ABCFuseNet:
    """A copy in evaluation mode that says the same up to rounding, a fifth faster.

    Batch norm goes into the convolution before it, and the one-sided padding of a strided convolution into its kernel.
    """
    folded = copy.deepcopy(model).eval()
    for module in folded.modules():
        if isinstance(module, nn.Sequential):
            for index, (conv, norm) in enumerate(pairwise(list(module))):
                if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    module[index] = _with_even_kernel(fuse_conv_bn_eval(conv, norm))
                    module[index + 1] = nn.Identity()
    return folded


def _with_even_kernel(conv: nn.Conv2d) -> nn.Conv2d:
    """A `SameConv2d` of stride 2 as a plain one: on even sides "same" lacks one pixel at the left and top.

    A row and a column of zeros in the kernel make up for it, so that the input need not be copied to be padded.
    """
    if not isinstance(conv, SameConv2d):
        return conv
    side = conv.kernel_size[0]
    plain = nn.Conv2d(conv.in_channels, conv.out_channels, side + 1, 2, side // 2, groups=conv.groups)
    plain.weight, plain.bias = nn.Parameter(F.pad(conv.weight, (1, 0, 1, 0))), conv.bias
    return plain.eval()


class _AsTuple(nn.Module):
    def __init__(self, model: ABCFuseNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, long_side: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model(image, long_side))


def write_onnx(model: ABCFuseNet, path: Path) -> None:
    """Write the network as an ONNX file for other programs; any number of photos, sides multiples of 48.

    Inputs and outputs are those of `ABCFuseNet.forward`, by the names of its arguments and of `Output`.

    Raises:
        SmartBlurError: the packages that write ONNX are not installed.
    """
    try:
        import onnxscript  # noqa: F401 - torch needs it
    except ImportError as error:
        raise SmartBlurError(
            "Writing ONNX needs two packages more: pip install onnx onnxscript.", code="onnx_not_installed"
        ) from error
    photos = torch.export.Dim("photos", max=MOST_PHOTOS)
    height, width = (STRIDE * torch.export.Dim(side, max=LONGEST_SIDE // STRIDE) for side in ("rows", "columns"))
    example = torch.zeros(2, 3, 2 * STRIDE, 3 * STRIDE), torch.full((2,), 640.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own use of what it deprecates
        program = torch.export.export(
            _AsTuple(fold(model)).eval(), example, dynamic_shapes=({0: photos, 2: height, 3: width}, {0: photos})
        )
        torch.onnx.export(
            program,
            (),
            path,
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            verbose=False,
            input_names=["image", "long_side"],
            output_names=list(Output._fields),
        )
