"""Neighbours among 200,000 photos: how long a search takes, what it grows the process by, and whether it is exact.

    python -m tests.bar.alike [--photos 200000]

Features are random but clustered, of the network's width. Times are of a file in the page cache, as it is after its
first search; `cpu_ms` is the processor's, where others use the machine. Exact is a search that gives the very rows of
one product over all in double precision, but for rows whose cosines are equal to a millionth.
"""

import argparse
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np

from annotate.core.neighbours import nearest, unit_rows
from tests.bar.common import Times, verdict

WIDTH, CLUSTERS, FOUND, SEARCHES = 128, 300, 60, 40
TARGETS = {"p50_ms": {"max": 100}, "cpu_ms": {"max": 100}, "wrong": {"max": 0}, "grown_mb": {"max": 20}}


def clustered(count: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 128) float32 rows of unit length, none below 0, as the network's features are, and whose each is."""
    random = np.random.default_rng(11)
    centres = random.gamma(0.5, 1, (CLUSTERS, WIDTH)).astype(np.float32)
    rows, clusters = np.empty((count, WIDTH), np.float32), np.empty(count, np.int64)
    for start in range(0, count, 20_000):
        size = min(20_000, count - start)
        noise = random.normal(0, 0.15, (size, WIDTH)).astype(np.float32)
        clusters[start : start + size] = random.integers(0, CLUSTERS, size)
        rows[start : start + size] = unit_rows(np.maximum(centres[clusters[start : start + size]] + noise, 0))
    return rows, clusters


def main() -> None:
    """Search, compare, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=200_000)
    count = parser.parse_args().photos
    rows, _clusters = clustered(count)
    asked = np.random.default_rng(12).integers(0, count, SEARCHES)
    with tempfile.TemporaryDirectory() as temp:
        file = Path(temp, "features")
        rows.tofile(file)
        wanted = rows[asked].astype(np.float64)
        cosines = np.concatenate([wanted @ part.astype(np.float64).T for part in np.array_split(rows, 50)], axis=1)
        times, cpu, wrong = Times(), [], 0
        for place, number in enumerate(asked):
            started = time.process_time()
            with times.one():
                found, _ = nearest(file, rows[number], FOUND)
            cpu.append(time.process_time() - started)
            edge = np.sort(cosines[place])[-FOUND]
            wrong += int((cosines[place][found] < edge - 1e-6).sum())
        tracemalloc.start()
        nearest(file, rows[0], FOUND)
        grown_mb = tracemalloc.get_traced_memory()[1] / 1e6
    figures = {
        "photos": count,
        "p50_ms": times.percentile_ms(0.5),
        "p99_ms": times.percentile_ms(0.99),
        "cpu_ms": round(1000 * float(np.median(cpu)), 1),
        "wrong": wrong,
        "grown_mb": round(grown_mb, 1),
    }
    verdict("alike", figures, TARGETS)


if __name__ == "__main__":
    main()
