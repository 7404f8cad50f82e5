"""The network made ready to be used and no longer trained: the same answer in fewer steps, or in ONNX Runtime."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.checkpoint import InvalidCheckpoint, load_model, read_checkpoint
from modelsvc.fusenet.model import STRIDE, ABCFuseNet, Output
from modelsvc.fusenet.trunk import SameConv2d

Network = Callable[[Tensor, Tensor], Output]  # photos and their long sides, as ABCFuseNet.forward takes them
ONNX_FILE, WEIGHTS = "model.onnx", "weights_sha256"
OPSET = 18
MOST_PHOTOS, LONGEST_SIDE = 64, 64 * STRIDE  # what an ONNX file takes at once


def network(checkpoint: Path, device: torch.device, *, onnx: bool = True) -> Network:
    """The checkpoint's network, ready for photos.

    On a CPU it runs in ONNX Runtime if that is installed and the folder has a file of `write_onnx`, unless not `onnx`.

    Raises:
        InvalidCheckpoint: the folder is not a checkpoint of this version, or its ONNX file is of other weights.
    """
    if onnx and device.type == "cpu" and (checkpoint / ONNX_FILE).is_file() and has_onnx_runtime():
        return OnnxNetwork(checkpoint / ONNX_FILE, read_checkpoint(checkpoint).weights_sha256)
    folded = fold(load_model(checkpoint)[0])
    return folded.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


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


class OnnxNetwork:
    """The network in ONNX Runtime, on as many threads as PyTorch has; called as ABCFuseNet is."""

    def __init__(self, path: Path, weights_sha256: str) -> None:
        """Load a file of `write_onnx`.

        Raises:
            InvalidCheckpoint: it was made of other weights.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
        self._session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
        if self._session.get_modelmeta().custom_metadata_map.get(WEIGHTS) != weights_sha256:
            raise InvalidCheckpoint("model.onnx is of other weights: export it again.", where=str(path))

    def __call__(self, image: Tensor, long_side: Tensor) -> Output:
        """What ABCFuseNet says, on the CPU."""
        feed = {"image": image.contiguous().numpy(), "long_side": long_side.numpy()}
        return Output(*map(torch.from_numpy, self._session.run(None, feed)))


def has_onnx_runtime() -> bool:
    """Whether ONNX Runtime is installed."""
    return find_spec("onnxruntime") is not None


def write_onnx(checkpoint: Path) -> Path:
    """Write a checkpoint's network as an ONNX file beside its weights; any number of photos, sides multiples of 48.

    Inputs and outputs are those of `ABCFuseNet.forward`, by the names of its arguments and of `Output`.

    Raises:
        InvalidCheckpoint: the folder is not a checkpoint of this version.
        SmartBlurError: the packages that write ONNX are not installed.
    """
    try:
        import onnxscript  # noqa: F401 - torch needs it
    except ImportError as error:
        raise SmartBlurError(
            "Writing ONNX needs two packages more: pip install onnx onnxscript.", code="onnx_not_installed"
        ) from error
    model, read = load_model(checkpoint)
    photos = torch.export.Dim("photos", max=MOST_PHOTOS)
    height, width = (STRIDE * torch.export.Dim(side, max=LONGEST_SIDE // STRIDE) for side in ("rows", "columns"))
    example = torch.zeros(2, 3, 2 * STRIDE, 3 * STRIDE), torch.full((2,), 640.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own use of what it deprecates
        program = torch.export.export(
            _AsTuple(fold(model)).eval(), example, dynamic_shapes=({0: photos, 2: height, 3: width}, {0: photos})
        )
        written: Any = torch.onnx.export(
            program,
            (),
            dynamo=True,
            opset_version=OPSET,
            verbose=False,
            input_names=["image", "long_side"],
            output_names=list(Output._fields),
        )
    written.model.metadata_props[WEIGHTS] = read.weights_sha256
    written.save(checkpoint / ONNX_FILE, external_data=False)
    return checkpoint / ONNX_FILE
