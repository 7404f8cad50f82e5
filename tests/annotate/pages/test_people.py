"""Members and their roles."""

import pytest

from annotate.models import Membership, Role
from tests.factories import make_member, owner_of
from tests.visits import member_of, told

pytestmark = pytest.mark.django_db


def test_an_owner_changes_a_role_and_removes_a_member(project, owner):
    user = make_member(project)
    member = Membership.objects.get(user=user)
    owner.post(f"/projects/{project.pk}/people/{member.pk}/role/", {"role": "curator"})
    member.refresh_from_db()
    assert member.role == "curator"
    owner.post(f"/projects/{project.pk}/people/{member.pk}/remove/")
    assert not Membership.objects.filter(user=user).exists()


def test_the_last_owner_stays_and_is_told_why(project, owner):
    member = Membership.objects.get(user=owner_of(project))
    response = owner.post(f"/projects/{project.pk}/people/{member.pk}/remove/")
    assert told(response) == ["A project needs an owner. Make somebody else owner first."]
    assert Membership.objects.filter(pk=member.pk).exists()


@pytest.mark.parametrize("act", ["invite/", "1/role/", "1/remove/"])
def test_only_owners_change_people(project, act):
    assert member_of(project, Role.CURATOR).post(f"/projects/{project.pk}/people/{act}").status_code == 403
