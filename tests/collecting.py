"""Whether every process collects the same tests: `python -m tests.collecting [TIMES]` prints JSON, exit 1 if not.

pytest-xdist stops when its processes differ, so an id must not hang on the clock, on the order of a set, on chance or
on where the project lies. Each collection has another hash seed and begins in another second.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def collect(seed: int) -> list[str]:
    """The ids of all tests in their order, as a process with this hash seed finds them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"]
    found = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": str(seed)}, text=True, stdout=subprocess.PIPE, check=True
    )
    return [line for line in found.stdout.splitlines() if "::" in line]


def main(times: int) -> int:
    """Collect so many times and say which ids are not in all of them, or name a place on this machine."""
    collections = []
    for seed in range(times):
        began = int(time.time())
        collections.append(collect(seed))
        while int(time.time()) == began:
            time.sleep(0.05)
    first = collections[0]
    differing = sorted(set().union(*(set(first) ^ set(other) for other in collections)))
    placed = [test for test in first if str(ROOT) in test or " at 0x" in test]
    is_alike = all(other == first for other in collections) and not placed
    print(json.dumps({"collections": times, "tests": len(first), "differ": differing, "name a place": placed}))
    return 0 if is_alike else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2))
