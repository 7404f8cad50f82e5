"""Which code, which torch and which processor this is, told without loading torch."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path


@cache
def commit_of_code() -> str:
    """The git commit this code was checked out at, or the environment's SMARTBLUR_COMMIT, or ""."""
    if "SMARTBLUR_COMMIT" in os.environ:
        return os.environ["SMARTBLUR_COMMIT"]
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


@cache
def torch_version() -> str:
    """The installed torch's version, or "" where there is none."""
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return ""


@cache
def processor() -> str:
    """The processor's own name where the system tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
