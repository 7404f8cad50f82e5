"""What a command says on its way: lines of JSON for machines, lines and a progress bar for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from tqdm import tqdm

from annotate.core.regions import DESIRABILITIES

Report = Callable[[Mapping[str, Any]], None]


def report_json(event: Mapping[str, Any]) -> None:
    """An event as one line of JSON, written at once: the lines of several processes must not run into each other."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def report_peer(report: Report, rank: int, event: Mapping[str, Any]) -> None:
    """What a process says that is not the first of its training: refusals only, as it may be the first to refuse."""
    if event["event"] == "error":
        report(dict(event) | {"detail": f"process {rank}: {event['detail']}"})


class PeopleReport:
    """Events as lines for people, with a progress bar on a terminal; refusals go to standard error."""

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Tell of one event."""
        if event["event"] == "step" and sys.stderr.isatty():
            self._move_bar(event)
            return
        if self.bar is not None and event["event"] not in ("epoch", "log"):
            self.bar.close()
            self.bar = None
        stream = sys.stderr if event["event"] == "error" else sys.stdout
        if self.bar is None:
            print(in_words(event), file=stream, flush=True)
        else:
            self.bar.write(in_words(event), file=stream)

    def _move_bar(self, event: Mapping[str, Any]) -> None:
        epoch, steps = event["epoch"], event["steps"]
        if self.bar is None:
            first = (epoch - 1) * steps + event["step"]
            self.bar = tqdm(total=event["epochs"] * steps, initial=first, unit=" steps", dynamic_ncols=True)
        self.bar.set_description(f"epoch {epoch}/{event['epochs']}", refresh=False)
        self.bar.set_postfix_str(f"loss {event['loss']:.4f}, {event['images_per_s']:.1f} images/s", refresh=False)
        self.bar.update((epoch - 1) * steps + event["step"] - self.bar.n)


def in_words(event: Mapping[str, Any]) -> str:
    """An event as one line."""
    where = f" ({event['where']})" if "where" in event else ""
    match event["event"]:
        case "error":
            return f"error: {event['detail']}{where}"
        case "start":
            return f"{event['images']} photos, {event['epochs']} epochs, on {event['device']}"
        case "step":
            place = f"epoch {event['epoch']}/{event['epochs']} step {event['step']}/{event['steps']}"
            left = timedelta(seconds=event["left_s"])
            return f"{place}  loss {event['loss']:.4f}  {event['images_per_s']:.2f} images/s  {left} left"
        case "epoch":
            speed = f"{event['images_per_s']:.2f} images/s, {event['loader_wait_share']:.0%} of it waiting for photos"
            return f"epoch {event['epoch']}/{event['epochs']}  {in_columns(event['metrics'])}  {speed}"
        case "photo":
            chances = dict(zip(DESIRABILITIES, event["probabilities_ppm"], strict=True))
            said = "  ".join(f"{name} {ppm / 1e4:.0f}%" for name, ppm in chances.items())
            return f"{event['photo']}  {said}  blurred {event['blurred_share_ppm'] / 1e4:.0f}% of the photo"
        case "seen":
            return f"{event['photo']}  {event['reason']}"
        case "burst":
            photos = [f"{'*' * each['stars']:5} {each['file']}  {each['reason']}" for each in event["photos"]]
            return "\n".join([f"burst {event['photos'][0]['burst']}", *(f"  {line}" for line in photos)])
        case "examined":
            pixels = sum(map(sum, event["confusion"]))
            said = DESIRABILITIES[max(range(4), key=event["probabilities"].__getitem__)]
            return f"{event['key']}  amount off by {event['error'] / max(pixels, 1):.4f}  {said}"
        case "method":
            return f"{event['method']:12}  {in_columns(event['metrics'])}"
        case "done":
            skipped = f"  {event['skipped']} photos skipped" if event.get("skipped") else ""
            return f"done  {in_columns(event['metrics'])}{skipped}"
        case _:
            return str(event["message"])


def in_columns(metrics: Mapping[str, float]) -> str:
    """Names and values on one line."""
    return "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
