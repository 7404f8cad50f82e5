"""A trained network on disk: a folder with `weights.safetensors` and `checkpoint.json`, and no pickle anywhere."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.existence import Existence
from modelsvc.fusenet.model import ABCFuseNet, ModelConfig, read_model_config
from modelsvc.fusenet.trunk import LITE0, load_imagenet

FORMAT = "smartblur-checkpoint-1"
WEIGHTS, MANIFEST = "weights.safetensors", "checkpoint.json"
IMAGENET_PART = "content.classifier."


class InvalidCheckpoint(SmartBlurError):
    """A folder that is not a checkpoint this version can use."""

    code = "invalid_checkpoint"


class UnwrittenCheckpoint(SmartBlurError):
    """A checkpoint that there is no room for."""

    code = "unwritten_checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """Everything about a trained network but its weights.

    Attributes:
        scale: long side in pixels that photos are scaled to before the network sees them.
        metrics: name to value, as measured when it was saved.
        trained_on: release name and content_id, or the synthetic sources.
        training: the TrainConfig as JSON.
        commit: git commit of the code that trained it, "" if unknown.
        weights_sha256: digest of the weights file.
        existence: what P(blur) of a photo is made of, as real photos have it.
    """

    model: ModelConfig
    scale: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    trained_on: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    epoch: int = 0
    commit: str = ""
    weights_sha256: str = ""
    existence: Existence = field(default_factory=Existence)


def save_checkpoint(
    folder: Path,
    weights: Mapping[str, Tensor],
    checkpoint: Checkpoint,
    *,
    half: bool = False,
    with_imagenet: bool = True,
    extra: Mapping[str, bytes] | None = None,
) -> None:
    """Write a checkpoint so that the folder is at any time the old one or the new one, whole.

    Args:
        weights: the network's state dict.
        half: store floats in 16 bits.
        with_imagenet: False leaves out the content trunk, where training left it as the installed package has it.
        extra: more files, by name, such as the state a resumed training needs.

    Raises:
        UnwrittenCheckpoint: the disk is full or refuses; the former checkpoint is as it was.
    """
    kept = {
        name: _storable(value, half)
        for name, value in weights.items()
        if with_imagenet or not name.startswith(IMAGENET_PART)
    }
    stored = save(kept, metadata={"format": FORMAT})
    told = {"format": FORMAT} | asdict(checkpoint)
    manifest = told | {"weights_sha256": sha256(stored).hexdigest(), "has_content_trunk": with_imagenet}
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for name, content in {WEIGHTS: stored, MANIFEST: _json_bytes(manifest), **(extra or {})}.items():
            (partial / name).write_bytes(content)
            _sync(partial / name)
        replace_folder(partial, folder)
    except OSError as error:
        detail = f"The checkpoint cannot be written: {error.strerror}. The former one is whole; make room, then resume."
        raise UnwrittenCheckpoint(detail, where=str(folder)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # what is half written must not keep the disk full


def export_checkpoint(source: Path, folder: Path) -> Checkpoint:
    """Write a small copy to ship: 16-bit weights, without a content trunk that is still as the package has it."""
    model, checkpoint = load_model(source)
    packaged = ABCFuseNet(checkpoint.model)
    is_packaged = checkpoint.model.stages == LITE0
    if is_packaged:
        load_imagenet(packaged.content.classifier)
        ours, theirs = model.content.classifier.state_dict(), packaged.content.classifier.state_dict()
        is_packaged = all(torch.equal(ours[n], theirs[n]) for n in ours if not n.endswith("num_batches_tracked"))
    save_checkpoint(folder, model.state_dict(), checkpoint, half=True, with_imagenet=not is_packaged)
    return checkpoint


def describe_anew(folder: Path, checkpoint: Checkpoint) -> None:
    """Change what the checkpoint in a folder says of itself; its weights stay."""
    told = json.loads((folder / MANIFEST).read_text()) | asdict(checkpoint)
    partial = folder / f"{MANIFEST}.partial"
    partial.write_bytes(_json_bytes(told))
    partial.replace(folder / MANIFEST)


def replace_folder(new: Path, folder: Path) -> None:
    """Put folder `new` in the place of `folder`; a crash in between leaves FOLDER.old, which `present` finds."""
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def present(folder: Path) -> Path:
    """`folder`, or the whole former one where a crash came between two renames."""
    old = folder.with_name(f"{folder.name}.old")
    return old if not folder.exists() and old.exists() else folder


def read_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint's description.

    Raises:
        InvalidCheckpoint: nothing there, not JSON, another format, or a network this version does not know.
    """
    return _read_manifest(folder)[0]


def load_model(folder: Path) -> tuple[ABCFuseNet, Checkpoint]:
    """The network in evaluation mode, and its description.

    Raises:
        InvalidCheckpoint: as `read_checkpoint`, or weights that are damaged or belong to another network.
    """
    checkpoint, has_content_trunk = _read_manifest(folder)
    path = folder / WEIGHTS
    if not path.is_file():
        raise InvalidCheckpoint(f"The checkpoint has no {WEIGHTS}; copy the whole folder.", where=str(path))
    if sha256(path.read_bytes()).hexdigest() != checkpoint.weights_sha256:
        raise InvalidCheckpoint("The weights are not those the checkpoint was saved with.", where=str(path))
    try:
        model = ABCFuseNet(checkpoint.model)
    except (IndexError, RuntimeError, TypeError, ValueError, ZeroDivisionError) as error:
        detail = "The checkpoint's description makes no network: it is damaged, or was changed by hand."
        raise InvalidCheckpoint(detail, where=str(folder / MANIFEST)) from error
    if not has_content_trunk:
        load_imagenet(model.content.classifier)
    load_weights(model, read_tensors(path), path, is_partial=not has_content_trunk)
    return model.eval(), checkpoint


def load_weights(model: ABCFuseNet, tensors: Mapping[str, Tensor], path: Path, *, is_partial: bool = False) -> None:
    """Fill `model`; refuse tensors of another network instead of half-loading them."""
    expected = {n: v for n, v in model.state_dict().items() if not (is_partial and n.startswith(IMAGENET_PART))}
    differing = sorted(expected.keys() ^ tensors.keys())
    differing += [name for name in expected if name in tensors and expected[name].shape != tensors[name].shape]
    if differing:
        raise InvalidCheckpoint(
            f"These weights belong to another network than {model.config.name}: {len(differing)} tensors differ, "
            f"the first is {differing[0]}.",
            where=str(path),
        )
    model.load_state_dict(dict(tensors), strict=False)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file; 16-bit floats come back as 32-bit."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError) as error:
        raise InvalidCheckpoint(f"The weights cannot be read: {error}", where=str(path)) from error
    return {n: v.float() if v.dtype == torch.float16 else v for n, v in tensors.items()}


def _read_manifest(folder: Path) -> tuple[Checkpoint, bool]:
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text())
    except OSError as error:
        raise InvalidCheckpoint(f"There is no checkpoint here: {error.strerror}.", where=str(path)) from error
    except ValueError as error:
        raise InvalidCheckpoint(f"The checkpoint's description is not JSON: {error}.", where=str(path)) from error
    try:
        if raw.pop("format") != FORMAT:
            raise InvalidCheckpoint(f"The checkpoint is not of the format {FORMAT}.", where=str(path))
        has_content_trunk = bool(raw.pop("has_content_trunk"))
        read = {"model": read_model_config(raw["model"]), "existence": Existence(**raw.get("existence", {}))}
        return Checkpoint(**(raw | read)), has_content_trunk
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidCheckpoint(
            f"The checkpoint is of another version of the network: {error}.", where=str(path)
        ) from error


def _storable(value: Tensor, half: bool) -> Tensor:
    value = value.detach().cpu()
    return (value.half() if half and value.is_floating_point() else value).clone(memory_format=torch.contiguous_format)


def _json_bytes(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
