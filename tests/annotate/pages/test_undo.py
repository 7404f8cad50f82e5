"""What a page tells of an act can be taken back there: Undo leaves all as it was, and the audit trail tells of both."""

import io

import pytest

from annotate.models import Annotation, AuditEntry, Batch, Consensus, Image, Invitation, Membership, Rework, Role
from annotate.services.agreement import decisions
from annotate.services.agreement.settling import find_map
from annotate.services.labelling import rework
from annotate.services.queueing import batches, gold, queue
from annotate.services.teams import people
from tests.factories import make_image, make_member, make_user, owner_of, photo_bytes
from tests.labels import LEFT_HALF, RIGHT_HALF, label, label_image
from tests.visits import told, undo, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(project):
    return f"/projects/{project.pk}/"


@pytest.fixture
def rosa(project):
    return make_member(project, user=make_user("rosa"))


@pytest.fixture
def disputed(project):
    image = make_image(project)
    label_image(image, LEFT_HALF, "bad")
    label_image(image, RIGHT_HALF, "good")
    return image


def drawn_on(image):
    return image.annotations.order_by("pk").first()


def photo_file():
    file = io.BytesIO(photo_bytes(256, 256, seed=1))
    file.name = "a.jpg"
    return file


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_project_that_was_put_away_is_taken_out_again_and_put_away_once_more(project, owner, root):
    put_away = owner.post(f"{root}archive/")
    taken_out = undo(owner, put_away)
    assert told(taken_out)[-1] == "Portraits is no longer archived."
    assert told(undo(owner, taken_out))[-1] == "Portraits is archived: it can be looked at, and nothing in it changes."


def test_settings_are_again_what_they_were(project, owner, root):
    form = owner.get(f"{root}settings/").context["form"].initial
    fields = {name: "" if value is None else value for name, value in form.items()} | {"name": "Faces"}
    saved = owner.post(f"{root}settings/", fields)
    before = {name: getattr(project, name) for name in form}
    project.refresh_from_db()
    assert project.name == "Faces"
    undo(owner, saved)
    project.refresh_from_db()
    assert {name: getattr(project, name) for name in form} == before


def test_levels_are_again_what_they_were(project, owner, root):
    levels = project.levels
    page = owner.get(f"{root}levels/").context["forms"]
    fields = {f"form-{n}-{name}": value for n, form in enumerate(page.forms) for name, value in form.initial.items()}
    fields = {name: value for name, value in fields.items() if value is not None}
    sizes = {"form-TOTAL_FORMS": len(levels), "form-INITIAL_FORMS": len(levels), "labels_known": 0}
    saved = owner.post(f"{root}levels/", fields | sizes | {"form-0-name": "Crisp"})
    project.refresh_from_db()
    assert project.levels[0]["name"] == "Crisp"
    undo(owner, saved)
    project.refresh_from_db()
    assert project.levels == levels


def test_a_batch_is_closed_and_opened_again(project, owner, root):
    image = make_image(project)
    batch = batches.give_batch(project, by=owner_of(project), name="Late", images=[image.pk], is_for_everybody=True)
    closed = owner.post(f"{root}batches/{batch.pk}/close/")
    assert Batch.objects.get().closed_at is not None
    page = owner.get(f"{root}batches/")
    assert "Late is closed. Its photos wait among the others. See it Undo" in words(page)
    undo(owner, closed)
    assert Batch.objects.get().closed_at is None


def test_a_link_that_was_revoked_works_again(project, owner, root):
    invitation, _token = people.create_invitation(project, role=Role.ANNOTATOR, by=owner_of(project))
    revoked = owner.post(f"{root}invitations/{invitation.pk}/revoke/")
    assert not Invitation.objects.open().exists()
    undo(owner, revoked)
    assert Invitation.objects.open().get() == invitation
    assert actions()[-2:] == ["invitation.revoked", "invitation.restored"]


def test_a_person_is_again_what_they_were(project, owner, root, rosa):
    member = project.memberships.get(user=rosa)
    changed = owner.post(f"{root}people/{member.pk}/role/", {"role": "curator"})
    assert told(changed) == ["rosa is curator now."]
    undo(owner, changed)
    assert project.memberships.get(user=rosa).role == Role.ANNOTATOR


def test_who_was_removed_is_back_as_they_were(project, owner, root, rosa):
    before = Membership.objects.filter(user=rosa).values("role", "created_at", "paused_at").get()
    removed = owner.post(f"{root}people/{project.memberships.get(user=rosa).pk}/remove/")
    assert not project.memberships.filter(user=rosa).exists()
    back = undo(owner, removed)
    assert told(back)[-1] == "rosa is in the project again, as before."
    assert Membership.objects.filter(user=rosa).values("role", "created_at", "paused_at").get() == before
    assert actions()[-2:] == ["member.removed", "member.restored"]


def test_nobody_comes_in_by_an_undo_who_was_never_there(project, owner, root):
    stranger = make_user("stranger")
    refused = owner.post(f"{root}people/{stranger.pk}/restore/")
    assert told(refused) == ["This person was not in the project."]
    assert not project.memberships.filter(user=stranger).exists()


def test_a_settled_photo_is_the_dispute_again_that_it_was(project, owner, root, disputed):
    form = {"annotation": drawn_on(disputed).pk, "desirability": "bad", "usual": ["slip"]}
    settled = owner.post(f"{root}photos/{disputed.pk}/settle/?state=disputed", form)
    assert Consensus.objects.get(image=disputed).decided_by == "adjudicated"
    undone = undo(owner, settled)
    assert undone["Location"] == f"{root}photos/{disputed.pk}/?state=disputed#settle"
    held = Consensus.objects.get(image=disputed)
    assert (held.decided_by, held.image.state) == ("posterior", "disputed")
    assert actions()[-1] == decisions.REOPENED


def test_an_undo_of_settling_names_an_act(owner, root, disputed):
    address = f"{root}photos/{disputed.pk}/reopen/"
    assert owner.post(address, {"act": "x"}).status_code == 404
    unknown = owner.post(address, {"act": "0190a1b2-0000-7000-8000-000000000000"})
    assert told(unknown) == ["There is no decision of yours to undo here."]


def test_a_map_that_was_thrown_away_is_back(project, owner, root, disputed):
    owner.post(f"{root}photos/{disputed.pk}/edit/", {"annotation": "merged"})
    document = find_map(disputed, by=owner_of(project)).document
    thrown = owner.post(f"{root}photos/{disputed.pk}/edit/discard/")
    assert find_map(disputed, by=owner_of(project)) is None
    undo(owner, thrown)
    assert find_map(disputed, by=owner_of(project)).document == document


def test_test_photos_that_were_chosen_are_none_again(project, owner, root, disputed):
    form = {"annotation": drawn_on(disputed).pk, "desirability": "bad", "reason": "So."}
    owner.post(f"{root}photos/{disputed.pk}/settle/", form)
    chosen = owner.post(f"{root}tests/choose/")
    assert list(Image.objects.filter(is_gold=True)) == [disputed]
    assert told(undo(owner, chosen))[-1] == "1 photo is no test photo any more."
    marked = owner.post(f"{root}tests/{disputed.pk}/")
    assert Image.objects.get().is_gold
    undo(owner, marked)
    assert not Image.objects.get().is_gold


def test_who_may_go_on_is_paused_again_with_the_same_answers(project, owner, root, rosa):
    member = project.memberships.get(user=rosa)
    Membership.objects.filter(pk=member.pk).update(paused_at=member.created_at)
    resumed = owner.post(f"{root}tests/people/{member.pk}/")
    assert Membership.objects.get(pk=member.pk).paused_at is None
    undo(owner, resumed)
    again = Membership.objects.get(pk=member.pk)
    assert (again.paused_at, again.answers_count_from) == (member.created_at, None)


def test_a_pause_that_nobody_ended_is_not_taken_back(project, owner, root, rosa):
    refused = owner.post(f"{root}tests/people/{project.memberships.get(user=rosa).pk}/", {"pause": "1"})
    assert told(refused) == ["There is nothing here that could be taken back."]
    assert gold.paused_people(project) == {}


def test_work_that_was_sent_back_counts_again_and_is_sent_back_once_more(project, owner, root, rosa):
    work = label(queue.claim_image(make_image(project), by=rosa), LEFT_HALF, "good")
    form = {"annotation": work.pk, "reason": "The ear.", "x": 160, "y": 320}
    sent = owner.post(f"{root}photos/{work.image_id}/send-back/", form)
    withdrawn = undo(owner, sent)
    assert Annotation.objects.get(pk=work.pk).state == "submitted"
    undo(owner, withdrawn)
    asked = Rework.objects.latest("pk")
    assert (asked.state, asked.reason, asked.x, asked.y) == ("open", "The ear.", 160, 320)


def test_work_that_was_accepted_waits_for_an_answer_again(project, owner, root, rosa):
    work = label(queue.claim_image(make_image(project), by=rosa), LEFT_HALF, "good")
    asked = rework.return_work(work, by=owner_of(project), reason="The ear.")
    label(queue.claim_image(work.image, by=rosa), LEFT_HALF, "good")
    accepted = owner.post(f"{root}photos/{work.image_id}/rework/{asked.pk}/", {"accept": "1"})
    undo(owner, accepted)
    assert Rework.objects.get().state == "redone"


def test_photos_that_came_in_are_withdrawn_and_back(project, owner, root):
    came = owner.post(f"{root}upload/", {"files": [photo_file()], "license": "CC0-1.0"})
    withdrawn = undo(owner, came)
    assert told(withdrawn)[-1] == "1 photo is withdrawn."
    assert project.images.get().is_withdrawn
    undo(owner, withdrawn)
    assert not project.images.get().is_withdrawn


def test_a_known_photo_that_is_withdrawn_leads_to_where_it_is_brought_back(project, owner, root):
    for _ in range(2):
        answer = owner.post(f"{root}upload/", {"files": [photo_file()], "license": "CC0-1.0"})
        project.images.update(is_withdrawn=True)
    assert told(answer)[-1] == "Some of these are withdrawn, so nobody gets them."
