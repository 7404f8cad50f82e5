import contextlib
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import ApiToken, AuditEntry, Invitation, Membership, Role, User
from annotate.services.teams import people
from tests.factories import PASSWORD, make_member, make_project, make_user, owner_of

pytestmark = pytest.mark.django_db


def invite(role=Role.ANNOTATOR, **fields):
    project = make_project()
    return people.create_invitation(project, role=role, by=owner_of(project), **fields)


def test_an_invitation_makes_a_new_user_a_member():
    invitation, token = invite(Role.RESEARCHER)
    member = people.register(token, username="rosa", password=PASSWORD)
    assert (member.user.username, member.role, member.project) == ("rosa", "researcher", invitation.project)
    assert member.user.check_password(PASSWORD)


def test_an_invitation_makes_a_signed_in_user_a_member():
    _, token = invite(Role.CURATOR)
    assert people.accept_invitation(token, user=make_user()).role == "curator"


def test_only_a_digest_of_the_token_is_kept():
    invitation, token = invite()
    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values())


def test_an_invitation_works_once():
    _, token = invite()
    people.accept_invitation(token, user=make_user())
    with pytest.raises(SmartBlurError) as refusal:
        people.accept_invitation(token, user=make_user())
    assert refusal.value.code == "invitation_invalid"


@pytest.mark.django_db(transaction=True)
def test_an_invitation_works_once_for_two_at_the_same_moment():
    _, token = invite()
    users, start, came_in = [make_user() for _ in range(4)], threading.Barrier(4), []

    def accept(user):
        start.wait()
        with contextlib.suppress(SmartBlurError):
            came_in.append(people.accept_invitation(token, user=user).user)
        connection.close()

    threads = [threading.Thread(target=accept, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(came_in) == 1
    assert list(User.objects.filter(memberships__role="annotator").order_by("pk")) == came_in


def test_an_expired_invitation_is_refused():
    _invitation, token = invite()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(SmartBlurError) as refusal:
        people.find_invitation(token)
    assert refusal.value.code == "invitation_invalid"


def test_a_revoked_invitation_is_refused_and_cannot_be_revoked_again():
    invitation, token = invite()
    people.revoke_invitation(invitation, by=invitation.invited_by)
    with pytest.raises(SmartBlurError):
        people.find_invitation(token)
    with pytest.raises(Conflict):
        people.revoke_invitation(invitation, by=invitation.invited_by)


def test_a_member_who_accepts_a_lower_invitation_keeps_the_role():
    project = make_project()
    _, token = people.create_invitation(project, role=Role.ANNOTATOR, by=owner_of(project))
    assert people.accept_invitation(token, user=owner_of(project)).role == "owner"


def test_a_member_who_accepts_a_higher_invitation_rises():
    project = make_project()
    _, token = people.create_invitation(project, role=Role.CURATOR, by=owner_of(project))
    assert people.accept_invitation(token, user=make_member(project)).role == "curator"


@pytest.mark.parametrize(
    ("username", "password", "code", "where"),
    [
        ("rosa", "short", "invalid_password", "password"),
        ("rosamunde", "rosamunde12", "invalid_password", "password"),
        ("ro sa", PASSWORD, "invalid_username", "username"),
        ("", PASSWORD, "invalid_username", "username"),
        ("r" * 151, PASSWORD, "invalid_username", "username"),
        ("taken", PASSWORD, "username_taken", "username"),
    ],
)
def test_a_bad_name_or_password_leaves_the_invitation_open(username, password, code, where):
    make_user("taken")
    count = User.objects.count()
    _, token = invite()
    with pytest.raises(SmartBlurError) as refusal:
        people.register(token, username=username, password=password)
    assert (refusal.value.code, refusal.value.where) == (code, where)
    assert people.find_invitation(token)
    assert User.objects.count() == count + 1  # the inviting owner


def test_nobody_registers_without_an_invitation():
    with pytest.raises(SmartBlurError):
        people.register("made-up", username="rosa", password=PASSWORD)
    assert not User.objects.filter(username="rosa").exists()


def test_the_last_owner_can_neither_leave_nor_step_down():
    project = make_project()
    member = Membership.objects.get(project=project)
    for change in (
        lambda: people.remove_member(member, by=member.user),
        lambda: people.change_role(member, Role.CURATOR, by=member.user),
    ):
        with pytest.raises(Conflict) as refusal:
            change()
        assert refusal.value.code == "last_owner"
    assert Membership.objects.get(project=project).role == "owner"


def test_one_of_two_owners_can_leave():
    project = make_project()
    make_member(project, Role.OWNER)
    people.remove_member(Membership.objects.filter(project=project)[0], by=owner_of(project))
    assert Membership.objects.filter(project=project).count() == 1


def test_what_happens_to_members_is_written_down():
    project = make_project()
    owner = owner_of(project)
    rosa = make_user("rosa")
    member = people.add_member(project, username="rosa", role=Role.ANNOTATOR, by=owner)
    people.change_role(member, Role.CURATOR, by=owner)
    people.remove_member(member, by=owner)
    was = {"created_at": member.created_at.isoformat(), "paused_at": None, "answers_count_from": None}
    trail = AuditEntry.objects.filter(project=project, action__startswith="member.").order_by("id")
    assert [(entry.action, entry.actor_id, entry.details) for entry in trail] == [
        ("member.added", owner.pk, {"user": rosa.pk, "role": "annotator"}),
        ("member.changed", owner.pk, {"user": rosa.pk, "from": "annotator", "to": "curator"}),
        ("member.removed", owner.pk, {"user": rosa.pk, "role": "curator", "was": was}),
    ]


def test_only_a_digest_of_an_api_token_is_kept_and_it_can_be_revoked():
    user = make_user()
    token, key = people.issue_token(user, name="laptop")
    assert key not in str(ApiToken.objects.values())
    assert list(ApiToken.objects.usable()) == [token]
    people.revoke_token(token, by=user)
    assert list(ApiToken.objects.usable()) == []


def test_an_invitation_for_three_makes_three_members_and_no_fourth():
    invitation, token = invite(max_uses=3, name="summer course")
    came = [people.accept_invitation(token, user=make_user()) for _ in range(3)]
    with pytest.raises(SmartBlurError):
        people.accept_invitation(token, user=make_user())
    invitation.refresh_from_db()
    assert ({member.role for member in came}, invitation.use_count) == ({"annotator"}, 3)


def test_who_is_a_member_already_uses_nothing_up():
    project = make_project()
    invitation, token = people.create_invitation(project, role=Role.ANNOTATOR, by=owner_of(project))
    people.accept_invitation(token, user=owner_of(project))
    invitation.refresh_from_db()
    assert (invitation.use_count, people.find_invitation(token)) == (0, invitation)


def test_an_invitation_for_many_can_be_revoked_after_its_first_use():
    invitation, token = invite(max_uses=5)
    people.accept_invitation(token, user=make_user())
    people.revoke_invitation(invitation, by=invitation.invited_by)
    with pytest.raises(SmartBlurError):
        people.accept_invitation(token, user=make_user())


def test_everybody_who_is_named_gets_a_link_of_their_own():
    project = make_project()
    made = people.create_invitations(project, ["Rosa", "karl@lab.org"], role=Role.CURATOR, by=owner_of(project))
    assert [(row.name, row.role, row.max_uses) for row, _ in made] == [
        ("Rosa", "curator", 1),
        ("karl@lab.org", "curator", 1),
    ]
    assert len({token for _, token in made}) == 2
