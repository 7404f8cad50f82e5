"""The training of the head for clicks: the trunk stands still, so its features of each view are made once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from modelsvc.fusenet.clicks import Decoder, Encoder, Prompt, build_encoder, trunk_features
from modelsvc.fusenet.data.clickviews import SIDE, View, draw_prompt, draw_view, next_click
from modelsvc.fusenet.data.sources import Photo, Source, read_source
from modelsvc.fusenet.model import ABCFuseNet, normalise
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.serving.folded import fold

BATCH, CLIPPED = 8, 1.0
RATE, WEIGHT_DECAY = 3e-3, 1e-4
FRESH = 0.35  # share of steps on other views; in the rest each thing gets one click more
AVERAGED = 0.99  # weight of the past in the weights that are kept
PATIENCE = 20  # draws for a view that shows enough of its thing


@dataclass(frozen=True)
class ViewSet:
    """Features of views, 16 bits, by stride: (n, C, h, w) each, with what is inside and what is shown, (n, h, w)."""

    features: dict[int, Tensor]
    inside: Tensor
    shown: Tensor

    def truth(self, batch: Tensor) -> NDArray[np.bool_]:
        """(n, h, w) of some views: the cells of the thing."""
        cells: NDArray[np.bool_] = ((self.inside[batch] > 0.5) & (self.shown[batch] > 0)).numpy()
        return cells

    def __len__(self) -> int:
        return len(self.inside)


def look_at_views(model: ABCFuseNet, sources: Sequence[Source], views: int, seed: int, report: Report) -> ViewSet:
    """The trunk's features of `views` views of each source."""
    photos = [read_source(source) for source in sources]
    folded = fold(model)
    drawn: list[View] = []
    parts: list[dict[int, Tensor]] = []
    for number in range(views):
        for index in range(len(photos)):
            view = _draw(photos, index, np.random.default_rng([seed, number, index]))
            if view is not None:
                drawn.append(view)
                parts.append(_features(folded, view))
        report({"event": "log", "message": f"Looked at {len(drawn)} views of {len(photos)} photos."})
    features = {stride: torch.cat([part.pop(stride) for part in parts]) for stride in (16, 8, 4)}
    inside, shown = np.stack([view.inside for view in drawn]), list(map(_shown, drawn))
    return ViewSet(features, torch.from_numpy(inside), torch.stack(shown))


def fit_head(
    model: ABCFuseNet, views: ViewSet, *, minutes: float, seed: int, report: Report
) -> tuple[Encoder, Decoder]:
    """Encoder and decoder trained for so many minutes of a processor.

    Each thing is prompted, then clicked where the head was wrong about it in the step before.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    encoder, decoder = build_encoder(model), Decoder()
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.AdamW(parameters, RATE, weight_decay=WEIGHT_DECAY)
    averaged = [parameter.detach().clone() for parameter in parameters]
    began, step, losses = time.process_time(), 0, [0.0]
    batch, prompts, found = torch.empty(0), [Prompt()], None
    while (share := (time.process_time() - began) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 50) * (0.5 + 0.5 * np.cos(np.pi * share))
        if found is None or rng.random() < FRESH:
            batch = torch.from_numpy(rng.choice(len(views), min(BATCH, len(views)), replace=False))
            prompts = [draw_prompt(truth, rng) for truth in views.truth(batch)]
        else:
            prompts = [_with_click(*each) for each in zip(prompts, found, views.truth(batch), strict=True)]
        logits = decoder(encoder({stride: each[batch].float() for stride, each in views.features.items()}), prompts)
        loss = _loss(logits, views.inside[batch], views.shown[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, CLIPPED)
        optimizer.step()
        found = ((logits > 0) & (views.shown[batch] > 0)).numpy()
        step += 1
        keep = min(AVERAGED, 1 - 1 / (step + 1))
        for mean, parameter in zip(averaged, parameters, strict=True):
            mean.mul_(keep).add_(parameter.detach(), alpha=1 - keep)
        losses = [*losses[-99:], loss.item()]
        if step % 100 == 0:
            report({"event": "log", "message": f"step {step}, {share:.0%}, loss {np.mean(losses):.4f}"})
    for mean, parameter in zip(averaged, parameters, strict=True):
        parameter.data.copy_(mean)
    return encoder.eval(), decoder.eval()


def _draw(photos: Sequence[Photo], index: int, rng: np.random.Generator) -> View | None:
    return next((view for _ in range(PATIENCE) if (view := draw_view(photos[index], photos, rng))), None)


@torch.inference_mode()
def _features(folded: ABCFuseNet, view: View) -> dict[int, Tensor]:
    image = normalise(torch.from_numpy(view.pixels).permute(2, 0, 1).unsqueeze(0))
    found = trunk_features(folded, image, torch.tensor([float(view.long_side)]))
    return {stride: each.half() for stride, each in found.items()}


def _shown(view: View) -> Tensor:
    shown = torch.zeros(SIDE // 4, SIDE // 4)
    shown[: -(-view.shown[0] // 4), : -(-view.shown[1] // 4)] = 1
    return shown


def _loss(logits: Tensor, inside: Tensor, shown: Tensor) -> Tensor:
    """Cross-entropy and soft overlap, both of what is no padding."""
    each = F.binary_cross_entropy_with_logits(logits, inside, reduction="none") * shown
    said = logits.sigmoid() * shown
    both, either = (said * inside).sum((1, 2)), (said + inside * shown - said * inside).sum((1, 2))
    return each.sum() / shown.sum() + (1 - both / either.clamp_min(1)).mean()


def _with_click(prompt: Prompt, found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Prompt:
    click = next_click(found, truth, 4)
    return Prompt((*prompt.clicks, click), prompt.box) if click else prompt
