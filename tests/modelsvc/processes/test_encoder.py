"""Photos are looked at for clicks in a process of its own, with a script in the network's place."""

import sys

import pytest

from modelsvc import tasks
from modelsvc.models import ClickGrids
from modelsvc.processes import trainer
from modelsvc.services import clicks
from tests.factories import make_image, make_project

pytestmark = pytest.mark.django_db

ENCODER = """
import json, os, sys
from pathlib import Path
for line in sys.stdin:
    photo = Path(line.strip())
    if int(photo.name) == DEADLY:
        os.kill(os.getpid(), 9)
    if int(photo.name) == BROKEN:
        print(json.dumps({"event": "error", "code": "invalid_image", "detail": "No photo."}), flush=True)
        continue
    photo.with_suffix(".grids").write_bytes(b"%d of %d bytes" % (os.getpid(), len(photo.read_bytes())))
    print(json.dumps({"event": "encoded", "photo": str(photo)}), flush=True)
"""


def test_one_process_looks_at_all_photos_and_another_goes_on_after_one_that_killed_it(monkeypatch):
    project = make_project()
    rows = [clicks.ask_for_grids(make_image(project))[0] for _ in range(4)]
    code = ENCODER.replace("DEADLY", str(rows[1].image_id)).replace("BROKEN", str(rows[2].image_id))
    monkeypatch.setattr(trainer, "FUSENET", (sys.executable, "-c", code))
    tasks.look_for_clicks()
    first, deadly, broken, last = ClickGrids.objects.order_by("pk")
    assert [row.state for row in (first, deadly, broken, last)] == ["done", "failed", "failed", "done"]
    assert (deadly.attempt, "killed" in deadly.error) == (3, True)
    assert (broken.attempt, broken.error) == (1, "No photo.")
    with first.image.file.open() as file:
        size = len(file.read())
    assert bytes(first.grids).endswith(f" of {size} bytes".encode())
    assert bytes(first.grids).split()[0] != bytes(last.grids).split()[0]
