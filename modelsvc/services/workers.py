"""Services of workers: what each tells of itself, and how the queues stand."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from annotate.models import Derivative, LeasedWork, MapMerge, Project, QueueRanking, Release
from annotate.services.leases import name_of_worker
from modelsvc.fusenet.provenance import commit_of_code, torch_version
from modelsvc.models import AtlasDrawing, Evaluation, PreannotationBatch, TrainingRun, Worker

BEAT_S = 10.0
ALIVE = timedelta(seconds=45)
FORGOTTEN = timedelta(days=1)
LEASED = (LeasedWork.State.RUNNING, LeasedWork.State.CANCELLING)
KINDS = {  # name, translated where it is shown -> rows, the way to their project
    _("Previews"): (Derivative, "image__project"),
    _("Merged maps"): (MapMerge, "image__project"),
    _("Rankings"): (QueueRanking, "project"),
    _("Releases"): (Release, "project"),
    _("Trainings"): (TrainingRun, "project"),
    _("Evaluations"): (Evaluation, "version__project"),
    _("Pre-annotation"): (PreannotationBatch, "version__project"),
    _("Atlases"): (AtlasDrawing, "version__project"),
}


def beat(queues: Sequence[str], device: str) -> None:
    """Tell that this worker is there; forget those that have been gone for a day."""
    about = {"queues": list(queues), "device": device, "torch": torch_version(), "commit": commit_of_code()}
    Worker.objects.update_or_create(name=name_of_worker(), defaults=about | {"seen_at": Now()})
    Worker.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()


def beat_for_ever(queues: Sequence[str]) -> None:
    """Tell it every few seconds, in a thread of its own."""

    def go_on() -> None:
        device, wait = find_device() if "gpu" in queues else "", threading.Event()
        while True:
            try:
                beat(queues, device)
            except Exception:  # the database is away: the next beat tells
                connection.close()
            wait.wait(BEAT_S)

    threading.Thread(target=go_on, daemon=True, name="worker beat").start()


def find_device() -> str:
    """cuda or cpu, as torch sees it; asked of another process, since this one must not load torch."""
    code = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return answer.stdout.strip() or "cpu"


def device_kind() -> str:
    """What a training would run on: as the gpu worker says that was seen last; cpu while none has said anything."""
    last = Worker.objects.exclude(device="").order_by("-seen_at").values_list("device", flat=True).first()
    return last or "cpu"


def queues_of(project: Project | None) -> list[dict[str, Any]]:
    """How many rows of each kind wait, run, and failed within the last day; of one project or of all."""
    state = LeasedWork.State
    is_recent = Q(state=state.FAILED, finished_at__gt=Now() - FORGOTTEN)
    counts = {
        "waiting": Count("pk", filter=Q(state=state.QUEUED)),
        "running": Count("pk", filter=Q(state__in=LEASED)),
        "failed": Count("pk", filter=is_recent),
        "oldest": Min("queued_at", filter=Q(state=state.QUEUED)),
    }
    found = []
    for name, (rows, path) in KINDS.items():
        counted = rows.objects.filter(Q(state__in=[state.QUEUED, *LEASED]) | is_recent)
        here = counted.filter(**{path: project} if project else {})
        found.append({"name": name} | here.aggregate(**counts))
    return found


def leases_of(project: Project | None) -> list[dict[str, Any]]:
    """What is being done now, by whom, since when, and until when the lease holds."""
    found = []
    for name, (rows, path) in KINDS.items():
        here = rows.objects.filter(state__in=LEASED, **{path: project} if project else {})
        columns = ("pk", "worker", "attempt", "started_at", "lease_until", "progress_ppm")
        found += [{"kind": name} | row for row in here.values(*columns)[:20]]
    return found


def failures_of(project: Project | None) -> list[dict[str, Any]]:
    """What failed within the last day, newest first, with the reason."""
    found = []
    for name, (rows, path) in KINDS.items():
        failed = rows.objects.filter(state=LeasedWork.State.FAILED, finished_at__gt=Now() - FORGOTTEN)
        here = failed.filter(**{path: project} if project else {}).order_by("-finished_at")
        columns = here.values("pk", "error", "attempt", "finished_at")[:20]
        found += [{"kind": name, "rows": rows._meta.model_name} | row for row in columns]
    return sorted(found, key=lambda row: row["finished_at"], reverse=True)
