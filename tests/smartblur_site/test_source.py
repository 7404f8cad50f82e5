"""What our code may not do at all, wherever it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEVER = {
    "unpickles": r"\b(?:pickle|marshal|joblib|dill)\.loads?\(|allow_pickle=True",
    "loads torch's pickles": r"\btorch\.load\(",
    "loads any YAML": r"\byaml\.(?:unsafe_|full_)?load\(",
    "runs text": r"(?<![\w.])(?:eval|exec)\(",
    "takes text for markup": r"\bmark_safe\([^\"]|\|\s*safe\b|\{% autoescape off",
    "takes text for SQL": r"\.raw\(|\.extra\(|\bRawSQL\b",
    "asks a shell": r"shell=True|os\.system\(|os\.popen\(",
}
ALLOWED = {
    ("annotate/core/formats/coco.py", "unpickles"),  # its own spool, nobody else's
    ("annotate/models/statements.py", "takes text for SQL"),  # $1, $2: places, never values
    ("modelsvc/fusenet/data/loader.py", "unpickles"),  # what the parent process sent
    ("modelsvc/fusenet/trunk.py", "loads torch's pickles"),  # of an installed package, weights only
}


@pytest.mark.promise("S10")
def test_nothing_of_others_is_run():
    sources = [
        path
        for folder in ("annotate", "modelsvc", "smartblur", "smartblur_site")
        for kind in ("*.py", "*.html")
        for path in (ROOT / folder).rglob(kind)
    ]
    found = {
        (path.relative_to(ROOT).as_posix(), what)
        for path in sources
        for what, pattern in NEVER.items()
        if re.search(pattern, path.read_text())
    }
    assert len(sources) > 300
    assert found == ALLOWED
