"""What a command says on its way: lines of JSON for machines, lines and a progress bar for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from annotate.core.regions import DESIRABILITIES


def report_json(event: Mapping[str, Any]) -> None:
    """An event as one line of JSON."""
    print(json.dumps(event, sort_keys=False), flush=True)


def report_peer(rank: int, event: Mapping[str, Any]) -> None:
    """What a process says that is not the first of its training: refusals only."""
    if event["event"] == "error":
        report_text(dict(event) | {"detail": f"process {rank}: {event['detail']}"})


def report_text(event: Mapping[str, Any]) -> None:
    """An event as one line for people; refusals go to standard error."""
    where = f" ({event['where']})" if "where" in event else ""
    match event["event"]:
        case "error":
            print(f"error: {event['detail']}{where}", file=sys.stderr, flush=True)
        case "start":
            print(f"{event['images']} photos, {event['epochs']} epochs, on {event['device']}", flush=True)
        case "step":
            place = f"epoch {event['epoch']}/{event['epochs']} step {event['step']}/{event['steps']}"
            print(f"{place}  loss {event['loss']:.4f}", flush=True)
        case "epoch":
            speed = f"{event['images_per_s']:.2f} images/s"
            print(f"epoch {event['epoch']}/{event['epochs']}  {in_columns(event['metrics'])}  {speed}", flush=True)
        case "photo":
            chances = dict(zip(DESIRABILITIES, event["probabilities_ppm"], strict=True))
            said = "  ".join(f"{name} {ppm / 1e4:.0f}%" for name, ppm in chances.items())
            print(f"{event['photo']}  {said}  blurred {event['blurred_share_ppm'] / 1e4:.0f}% of the photo", flush=True)
        case "examined":
            pixels = sum(map(sum, event["confusion"]))
            said = DESIRABILITIES[max(range(4), key=event["probabilities"].__getitem__)]
            print(f"{event['key']}  amount off by {event['error'] / max(pixels, 1):.4f}  {said}", flush=True)
        case "method":
            print(f"{event['method']:12}  {in_columns(event['metrics'])}", flush=True)
        case "done":
            print(f"done  {in_columns(event['metrics'])}", flush=True)
        case _:
            print(event["message"], flush=True)


def in_columns(metrics: Mapping[str, float]) -> str:
    """Names and values on one line."""
    return "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
