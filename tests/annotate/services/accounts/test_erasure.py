"""Erasing a person: the name goes, the labels stay."""

import pytest

from annotate.core.errors import Conflict
from annotate.models import Annotation, ApiToken, AuditEntry, Consensus, Membership, Role, User, Vote
from annotate.services.accounts.erasure import erase_person, releases_holding
from annotate.services.agreement import refits
from annotate.services.releasing.releases import cut_release
from annotate.services.teams import people
from tests.factories import PASSWORD, make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, freeze, label_image
from tests.visits import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def member(project, name="rosa"):
    """Somebody with all that may be known of a person."""
    user = make_user(name, first_name="Rosa", last_name="Lux", email="rosa@lab.org", preferences={"language": "de"})
    return make_member(project, user=user)


def erase(user, project, by=None):
    return erase_person(user, by=by or owner_of(project), project=project)


def test_nothing_tells_who_it_was(project):
    rosa = member(project)
    erased = erase(rosa, project)
    row = User.objects.filter(pk=rosa.pk).values().get()
    assert row["username"] == erased.username
    assert erased.username.startswith("erased-")
    told = (row["first_name"], row["last_name"], row["email"], row["preferences"], row["last_login"])
    assert told == ("", "", "", {}, None)


def test_sign_in_tokens_and_memberships_end(project):
    rosa = member(project)
    her = browser(rosa)
    people.issue_token(rosa, name="laptop")
    rosa.passkeys.create(name="phone", credential_id=b"id", credential=b"key", sign_count=0)
    erased = erase(rosa, project)
    assert her.get(f"/projects/{project.pk}/queue/").status_code == 302
    assert (erased.is_active, erased.check_password(PASSWORD)) == (False, False)
    left = (ApiToken.objects.count(), Membership.objects.filter(user=rosa).count(), rosa.passkeys.count())
    assert left == (0, 0, 0)


def test_labels_stay_and_the_consensus_is_unchanged(project):
    rosa, _ = label_image(make_image(project), LEFT_HALF, "good", "bad")
    refits.refit_consensus(project)
    before = (list(Annotation.objects.values()), list(Vote.objects.values()), list(Consensus.objects.values()))
    erase(rosa, project)
    refits.refit_consensus(project)
    after = (list(Annotation.objects.values()), list(Vote.objects.values()), list(Consensus.objects.values()))
    assert after == before
    assert Vote.objects.filter(author=rosa).count() == 1


def test_the_audit_says_that_and_by_whom_but_not_who(project):
    rosa = member(project)
    erase(rosa, project)
    entry = AuditEntry.objects.get(action="person.erased")
    assert (entry.actor, entry.subject, entry.details) == (owner_of(project), f"user:{rosa.pk}", {"releases": []})


def test_an_invitation_forgets_for_whom_it_was(project):
    invitation, token = people.create_invitation(project, role="annotator", by=owner_of(project), name="Rosa Lux")
    rosa = people.register(token, username="rosa", password=PASSWORD).user
    erase(rosa, project)
    invitation.refresh_from_db()
    assert (invitation.name, invitation.accepted_by) == ("", rosa)


@pytest.mark.django_db(transaction=True)
def test_releases_with_the_persons_labels_are_named(project):
    rosa, _ = label_image(make_image(project), LEFT_HALF, "good", "good")
    release = freeze(cut_release(project, by=owner_of(project)))
    assert releases_holding(project, rosa) == [release]
    assert releases_holding(project, make_member(project)) == []
    erase(rosa, project)
    assert AuditEntry.objects.get(action="person.erased").details == {"releases": [release.version]}
    assert releases_holding(project, rosa) == [release]


@pytest.mark.parametrize("code", ["oneself", "is_staff", "works_elsewhere"])
def test_some_people_are_not_an_owners_to_erase(project, code):
    owner, rosa = owner_of(project), member(project)
    if code == "oneself":
        rosa = owner
    elif code == "is_staff":
        User.objects.filter(pk=rosa.pk).update(is_staff=True)
    else:
        make_member(make_project(), user=rosa)
    with pytest.raises(Conflict) as refusal:
        erase(rosa, project, by=owner)
    assert (refusal.value.code, User.objects.get(pk=rosa.pk).is_active) == (code, True)


def test_who_left_labels_in_anothers_project_is_not_ones_own_to_erase(project):
    rosa, _ = label_image(make_image(make_project()), LEFT_HALF, "good", "good")
    Membership.objects.filter(user=rosa).delete()
    make_member(project, user=rosa)
    with pytest.raises(Conflict) as refusal:
        erase(rosa, project)
    assert refusal.value.code == "works_elsewhere"


def test_staff_erases_whoever_works_in_several_projects(project):
    rosa = member(project)
    make_member(make_project(), user=rosa)
    erase(rosa, project, by=make_user(is_staff=True))
    assert Membership.objects.filter(user=rosa).count() == 0


def test_the_last_owner_of_a_project_is_not_erased(project):
    with pytest.raises(Conflict) as refusal:
        erase(owner_of(project), project, by=make_user(is_staff=True))
    assert refusal.value.code == "last_owner"
    assert owner_of(project).is_active


def test_the_page_wants_the_name_typed(project):
    rosa, owner = member(project), browser(owner_of(project))
    path = f"/projects/{project.pk}/people/{rosa.pk}/erase/"
    assert "Type the name as it stands above." in owner.post(path, {"typed_name": "Rosa"}).content.decode()
    assert User.objects.get(pk=rosa.pk).username == "rosa"
    owner.post(path, {"typed_name": "rosa"})
    assert User.objects.get(pk=rosa.pk).username.startswith("erased-")


def test_only_an_owner_erases(project):
    rosa = member(project)
    curator = browser(make_member(project, Role.CURATOR))
    assert "Erase this person" not in curator.get(f"/projects/{project.pk}/people/{rosa.pk}/").content.decode()
    assert curator.post(f"/projects/{project.pk}/people/{rosa.pk}/erase/", {"typed_name": "rosa"}).status_code == 403
