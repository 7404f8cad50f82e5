"""How many kilobytes of scripts each page loads, gzipped as the site serves them. `python -m tests.bar.scripts`

By the bundle and the templates, so it needs no browser and no site: what a page loads at once is main.js, the islands
that its template names, and what these import; page.js, which pages without islands load too, has a limit of its own.
What comes only when somebody asks for it is left out, and workers,
which have a limit of their own, are apart.
"""

import argparse
import functools
import gzip
import json
import re
from pathlib import Path
from typing import Any

from tests.bar.common import verdict
from tests.running_site import ROOT

DIST = ROOT / "frontend/dist"
EVERYWHERE, MAIN = "src/page.ts", "src/main.ts"
ISLAND = re.compile(r'"?([\w-]+)"?: \(\) => import\("\./(.+?)"\)')
MOUNTED = re.compile(r'data-island="([\w-]+)"')
INCLUDED = re.compile(r'{% include "(.+?)"')
CURVES = {"run", "runs"}  # islands that draw them
EVERYWHERE_KB, PAGE_KB, STREAM_KB, WORKBENCH_KB, CURVES_KB, WORKERS_KB = 4, 40, 41, 90, 25, 60
GALLERY_KB = 42


def limit(islands: frozenset[str]) -> int:
    """Kilobytes that a page with these islands may load."""
    if "workbench" in islands:
        return WORKBENCH_KB
    if "gallery" in islands:
        return GALLERY_KB
    if "stream" in islands:
        return STREAM_KB
    return PAGE_KB + (CURVES_KB if islands & CURVES else 0)


@functools.cache
def manifest() -> dict[str, dict[str, Any]]:
    """What Vite says of each file of the bundle."""
    return json.loads((DIST / "manifest.json").read_text())


@functools.cache
def gz_bytes(path: Path) -> int:
    """What a file takes on its way."""
    return len(gzip.compress(path.read_bytes(), 9))


def sources() -> dict[str, str]:
    """Island -> the file that is loaded for it."""
    return {name: f"src/{file}" for name, file in ISLAND.findall((ROOT / "frontend" / MAIN).read_text())}


def loaded(source: str) -> set[str]:
    """The file and all that it imports at once."""
    found, new = set(), {source}
    while new:
        found |= new
        new = {each for key in new for each in manifest()[key].get("imports", [])} - found
    return found


def templates() -> dict[str, Path]:
    """Every template of the site by the name that others include it by."""
    return {path.as_posix().partition("/templates/")[2]: path for path in ROOT.glob("*/templates/**/*.html")}


def islands(template: str, known: dict[str, Path]) -> frozenset[str]:
    """Those of a page, of what it includes too."""
    text = known[template].read_text()
    inner = [islands(name, known) for name in INCLUDED.findall(text) if name in known]
    return frozenset(MOUNTED.findall(text)).union(*inner)


def script_kb(mounted: frozenset[str]) -> float:
    """Kilobytes of a page's scripts."""
    keys = loaded(MAIN).union(*(loaded(sources()[island]) for island in mounted))
    return round(sum(gz_bytes(DIST / manifest()[key]["file"]) for key in keys) / 1000, 1)


def everywhere_kb() -> float:
    """Kilobytes of the script that every page loads."""
    return round(sum(gz_bytes(DIST / manifest()[key]["file"]) for key in loaded(EVERYWHERE)) / 1000, 1)


def workers_kb() -> float:
    """Kilobytes of all workers together."""
    return round(sum(gz_bytes(path) for path in DIST.glob("assets/*.worker-*.js")) / 1000, 1)


def measure() -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Page -> kilobytes, and page -> its limit."""
    known = templates()
    pages = {name: mounted for name in sorted(known) if (mounted := islands(name, known))}
    figures = {name: script_kb(mounted) for name, mounted in pages.items()} | {
        "workers": workers_kb(),
        "every page": everywhere_kb(),
    }
    limits = {name: {"max": limit(mounted)} for name, mounted in pages.items()} | {
        "workers": {"max": WORKERS_KB},
        "every page": {"max": EVERYWHERE_KB},
    }
    return figures, limits


def main() -> None:
    """Measure and judge."""
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    verdict("scripts", *measure())


if __name__ == "__main__":
    main()
