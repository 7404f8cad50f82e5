"""Everybody does everything at once: nothing breaks, waits for ever, or is counted wrongly."""

import random
import uuid

import pytest
from django.db import transaction

from annotate.core.errors import SmartBlurError
from annotate.models import Annotation, AuditEntry, Consensus, Image
from annotate.services.agreement import refits
from annotate.services.agreement.consensus import adjudicate, update_consensus
from annotate.services.labelling.annotations import NewerExists, save_draft, submit_annotation
from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing import queue
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, expire_leases
from tests.parallel import at_once

STEPS = 40


def live(project, person, seed):
    """Do random things, as a person with many tabs would; the saves that were acknowledged."""
    dice = random.Random(seed)
    acknowledged = []

    def save(draft):
        revision = Annotation.objects.values_list("revision", flat=True).get(pk=draft.pk)
        document, save_id = dice.choice([LEFT_HALF, RIGHT_HALF]), uuid.uuid4()
        made = save_draft(draft.pk, by=person, save_id=save_id, base_revision=revision, document=document, active_ms=1)
        acknowledged.append((draft.pk, str(save_id), made))

    def vote(draft):
        cast_vote(draft.image, by=person, desirability=dice.choice(["good", "ok", "bad"]), elapsed_ms=1)

    def submit(draft):
        submit_annotation(draft.pk, by=person)

    def skip(draft):
        queue.skip_image(draft.image, by=person, reason="dark")

    def revisit(draft):
        queue.claim_image(dice.choice(list(project.images.all())), by=person)

    for _ in range(STEPS):
        deed = dice.choice([save, save, vote, vote, submit, submit, skip, revisit])
        try:
            draft = queue.claim_next_image(project, by=person) or Annotation.objects.filter(author=person).first()
            if draft:
                deed(draft)
        except (SmartBlurError, NewerExists):
            continue
    return acknowledged


def keep_house(project):
    """What the sweeps and a curator do meanwhile."""
    owner = owner_of(project)
    for number in range(12):
        if number % 4 == 0:
            expire_leases()
        queue.release_expired()
        refits.refit_consensus(project)
    image = project.images.first()
    adjudicate(image, by=owner, document=LEFT_HALF, desirability="ok", reason="settled")
    return []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_miscounted_when_everybody_works_at_once():
    project = make_project(votes_wanted=2)
    for _ in range(5):
        make_image(project)
    people = [make_member(project) for _ in range(3)]
    tabs = [lambda person=person, seed=seed: live(project, person, seed) for seed, person in enumerate(people * 2)]
    results = at_once([*tabs, lambda: keep_house(project)])
    assert [result for result in results if isinstance(result, Exception)] == []

    for annotation, save_id, revision in (save for saves in results for save in saves):
        entry = AuditEntry.objects.get(subject=f"annotation:{annotation}", request_id=save_id)
        assert entry.details == {"revision": revision}
    for annotation in Annotation.objects.filter(layer="person"):
        saves = AuditEntry.objects.filter(subject=f"annotation:{annotation.pk}", action="annotation.saved")
        assert sorted(entry.details["revision"] for entry in saves) == list(range(1, annotation.revision + 1))

    slots = dict(Image.objects.values_list("pk", "open_slots"))
    queue.recount_slots(slots)
    assert dict(Image.objects.values_list("pk", "open_slots")) == slots

    before = labels()
    for image in slots:
        with transaction.atomic():
            update_consensus(image)
    assert labels() == before


def labels():
    """What every image's work comes to."""
    return [
        (each.image_id, each.desirability, bytes(each.levels_png), each.vote_counts, each.agreement_ppm)
        for each in Consensus.objects.order_by("image")
    ]
