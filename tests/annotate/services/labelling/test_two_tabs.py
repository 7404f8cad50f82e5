"""Two windows of one person on one photo, in any order: what was acknowledged is there, whatever comes after it."""

import os
import uuid
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.models import Annotation, AuditEntry
from annotate.services.labelling.annotations import NewerExists, save_draft
from annotate.services.queueing import queue
from tests.factories import make_image, make_member, make_project
from tests.labels import rectangle

STEPS_EACH, STEPS = 40, int(os.environ.get("SMARTBLUR_STEPS", 400))  # 10,000 are promised; a suite has less time
ACTS = st.tuples(st.integers(0, 1), st.sampled_from(["draw", "draw", "erase", "save", "save", "repeat", "reload"]))


@dataclass
class Tab:
    """A window: what it shows, what that is based on, and what it sends again if no answer came."""

    revision: int = 0
    regions: dict[str, dict] = field(default_factory=dict)
    drawn: dict[str, dict] = field(default_factory=dict)  # since the last save
    erased: set[str] = field(default_factory=set)
    sent: tuple | None = None

    def show(self, annotation):
        """What is stored, and on it what was done here since."""
        stored = {region["id"]: region for region in annotation.document["regions"]}
        self.revision = annotation.revision
        self.regions = {id: each for id, each in (stored | self.drawn).items() if id not in self.erased}


class Photo:
    """The truth of the test: what must be stored, by what was acknowledged."""

    def __init__(self, project):
        self.person = make_member(project)
        self.draft = queue.claim_image(make_image(project), by=self.person)
        self.tabs, self.must, self.saves = [Tab(), Tab()], set(), {}

    def do(self, tab, act):
        """One step of one window."""
        if act == "draw":
            id = uuid.uuid4().hex
            tab.drawn[id] = tab.regions[id] = rectangle(id, 1, 0, 0, 8, 8)
        elif act == "erase" and tab.regions:
            id, _ = tab.regions.popitem()
            tab.drawn.pop(id, None)
            tab.erased.add(id)
        elif act == "reload":
            tab.show(Annotation.objects.get(pk=self.draft.pk))
        elif act == "save":
            tab.sent = uuid.uuid4(), tab.revision, {"base": 0, "regions": list(tab.regions.values())}, set(tab.erased)
            self.send(tab)
        elif act == "repeat" and tab.sent:
            self.send(tab)

    def send(self, tab):
        """Save; where the other window was first, show its work and save on top of it."""
        save_id, base, document, erased = tab.sent
        about = {"save_id": save_id, "base_revision": base, "document": document, "active_ms": 1}
        try:
            revision = save_draft(self.draft.pk, by=self.person, **about)
        except NewerExists as newer:
            tab.show(newer.newer)
            self.do(tab, "save")
            return
        assert self.saves.setdefault(save_id, revision) == revision
        if revision > tab.revision:
            self.must = (self.must - erased) | {region["id"] for region in document["regions"]}
            tab.revision, tab.drawn, tab.erased = revision, {}, set()


@pytest.mark.promise("R9")
@pytest.mark.django_db
def test_whatever_two_windows_do_no_acknowledged_stroke_is_overwritten():
    project = make_project(votes_wanted=1)
    seen = []

    @settings(max_examples=STEPS // STEPS_EACH, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ACTS, min_size=STEPS_EACH, max_size=STEPS_EACH))
    def live(steps):
        photo = Photo(project)
        for number, act in steps:
            photo.do(photo.tabs[number], act)
            stored = Annotation.objects.get(pk=photo.draft.pk)
            assert {region["id"] for region in stored.document.get("regions", [])} == photo.must
            assert stored.revision == len(photo.saves)
        entries = AuditEntry.objects.filter(subject=f"annotation:{photo.draft.pk}", action="annotation.saved")
        noted = {entry.request_id: entry.details["revision"] for entry in entries}
        assert noted == photo.saves
        seen.append(len(photo.saves))

    live()
    assert sum(seen) > STEPS // 5
