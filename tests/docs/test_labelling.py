"""What people read of keys is what the workbench does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHORTCUTS = (ROOT / "frontend/src/editor/shortcuts.ts").read_text()
KEYS = set(re.findall(r'keys: \["([^"]+)"', SHORTCUTS))


@pytest.mark.parametrize("key", sorted(key.upper() for key in KEYS if re.fullmatch("[a-z]", key)))
def test_every_letter_key_of_the_workbench_is_explained(key):
    assert re.search(rf"^\|.*`{key}`", (ROOT / "docs/labelling.md").read_text(), re.MULTILINE)


def test_the_guide_page_names_no_letter_key_that_the_workbench_has_not():
    guide = (ROOT / "annotate/templates/annotate/guide.html").read_text()
    named = {key.lower() for key in re.findall(r"<kbd>([A-Z])</kbd>", guide)}
    assert named <= KEYS
    assert len(named) >= 4
