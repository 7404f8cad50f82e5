"""What computes the network: ONNX Runtime where it is installed and has a file of it, else PyTorch, its measure.

A file is written once for a set of weights, by a process of its own that takes half a minute and 700 MB, and is kept in
`$XDG_CACHE_HOME/smartblur` (`~/.cache/smartblur`). SMARTBLUR_RUNTIME=torch keeps to PyTorch.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet import model, trunk
from modelsvc.fusenet.checkpoint import InvalidCheckpoint, load_model, read_checkpoint
from modelsvc.fusenet.model import STRIDE, ABCFuseNet, Output, cumulative, desirability_probabilities
from modelsvc.fusenet.serving.folded import fold

Network = Callable[[Tensor, Tensor], Output]  # photos and their long sides, as ABCFuseNet.forward takes them
ONNX_FILE, WEIGHTS = "model.onnx", "weights_sha256"
OPSET = 18
MOST_PHOTOS, LONGEST_SIDE = 64, 64 * STRIDE  # what an ONNX file takes at once
CACHED_FILES = 8  # 20 MB each
FAILED = ".failed"  # marks weights whose file could not be made: it is not tried with every batch
FARTHEST = 1e-4  # that a probability may be from PyTorch's
_ROOT = Path(__file__).resolve().parents[3]


def network(checkpoint: Path, device: torch.device, *, onnx: bool = True) -> Network:
    """The checkpoint's network, ready for photos: on a CPU in ONNX Runtime if it has a file, unless not `onnx`.

    Raises:
        InvalidCheckpoint: the folder is not a checkpoint of this version, or its ONNX file is of other weights.
    """
    if onnx and device.type == "cpu" and (file := find_onnx(checkpoint)):
        return OnnxNetwork(file, read_checkpoint(checkpoint).weights_sha256)
    folded = fold(load_model(checkpoint)[0])
    return folded.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


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
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the processors, too
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


def find_onnx(checkpoint: Path) -> Path | None:
    """The network's ONNX file, beside the weights or in the cache; None if there is none, or PyTorch is to compute."""
    if os.environ.get("SMARTBLUR_RUNTIME") == "torch" or not has_onnx_runtime():
        return None
    if (checkpoint / ONNX_FILE).is_file():
        return checkpoint / ONNX_FILE
    cached = cached_file(checkpoint)
    with suppress(OSError):
        os.utime(cached)  # those least used go first
        return cached
    return None


def cached_file(checkpoint: Path) -> Path:
    """Where the cache has the ONNX file of these weights and of this code, if it has one."""
    read = read_checkpoint(checkpoint)
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in (model, trunk))
    digest = sha256(f"{read.weights_sha256} {read.model!r} {OPSET} {torch.__version__}".encode() + code).hexdigest()
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder, "smartblur", f"{digest[:32]}.onnx")


def have_onnx(checkpoint: Path) -> None:
    """Have an ONNX file of the checkpoint where one can be used and written; it says on stderr why it was not."""
    can_write = has_onnx_runtime() and find_spec("onnxscript") is not None and not torch.cuda.is_available()
    if not can_write or os.environ.get("SMARTBLUR_RUNTIME") == "torch" or find_onnx(checkpoint):
        return
    if cached_file(checkpoint).with_suffix(FAILED).exists():
        return
    command = [sys.executable, "-W", "ignore", "-m", "modelsvc.fusenet.serving.runtime", str(checkpoint.resolve())]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, cwd=_ROOT, check=False)


def write_to_cache(checkpoint: Path) -> Path:
    """Write the checkpoint's ONNX file to the cache: all of it or nothing, whoever else does the same meanwhile.

    Raises:
        InvalidCheckpoint: the folder is not a checkpoint of this version.
        SmartBlurError: what the file says is not what PyTorch says.
    """
    file = cached_file(checkpoint)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    part.touch()  # half a minute is not to be spent where nothing can be written
    try:
        write_onnx(checkpoint, part)
        if (difference := difference_of(checkpoint, part)) > FARTHEST:
            raise SmartBlurError(f"The ONNX file is off by {difference:.2g}: PyTorch goes on.", code="onnx_differs")
        part.replace(file)
    except Exception:
        file.with_suffix(FAILED).touch()
        raise
    finally:
        part.unlink(missing_ok=True)
    for old in sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-CACHED_FILES]:
        old.unlink(missing_ok=True)  # among them parts of files whose writer was killed
    return file


@torch.inference_mode()
def difference_of(checkpoint: Path, file: Path) -> float:
    """How far probabilities of a photo of noise are from PyTorch's at most, in ONNX Runtime."""
    image = torch.rand(1, 3, 7 * STRIDE, 10 * STRIDE, generator=torch.Generator().manual_seed(1)) * 2 - 1
    inputs = image, torch.tensor([480.0])
    said = [
        (cumulative(said.levels), said.attention.sigmoid(), desirability_probabilities(said.exists, said.desirability))
        for said in (
            network(checkpoint, torch.device("cpu"), onnx=False)(*inputs),
            OnnxNetwork(file, read_checkpoint(checkpoint).weights_sha256)(*inputs),
        )
    ]
    return max(float((ours - theirs).abs().max()) for ours, theirs in zip(*said, strict=True))


class _AsTuple(nn.Module):
    def __init__(self, model: ABCFuseNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, long_side: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model(image, long_side))


def write_onnx(checkpoint: Path, file: Path | None = None) -> Path:
    """Write a checkpoint's network as an ONNX file, by default beside its weights.

    It takes any number of photos, sides multiples of 48. Inputs and outputs are those of `ABCFuseNet.forward`, by the
    names of its arguments and of `Output`.

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
    file = file or checkpoint / ONNX_FILE
    trained, read = load_model(checkpoint)
    photos = torch.export.Dim("photos", max=MOST_PHOTOS)
    height, width = (STRIDE * torch.export.Dim(side, max=LONGEST_SIDE // STRIDE) for side in ("rows", "columns"))
    example = torch.zeros(2, 3, 2 * STRIDE, 3 * STRIDE), torch.full((2,), 640.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own use of what it deprecates
        program = torch.export.export(
            _AsTuple(fold(trained)).eval(), example, dynamic_shapes=({0: photos, 2: height, 3: width}, {0: photos})
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
    written.save(file, external_data=False)
    return file


if __name__ == "__main__":
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of packages that nobody asks for
    write_to_cache(Path(sys.argv[1]))
