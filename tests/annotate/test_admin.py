import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from annotate.models import AuditEntry, Derivative, Membership, Project
from annotate.services.teams.people import issue_token
from tests.factories import make_image, make_project, make_user, owner_of

pytestmark = pytest.mark.django_db
MODELS = [model for model in admin.site._registry if model._meta.app_label == "annotate"]


@pytest.fixture
def superuser():
    return make_user("root", is_superuser=True, is_staff=True)


@pytest.fixture
def desk(client, superuser):
    client.force_login(superuser, backend="django.contrib.auth.backends.ModelBackend")
    return client


def path_of(model, page, *args):
    return reverse(f"admin:annotate_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_a_list_in_few_queries(desk, model, django_assert_max_num_queries):
    make_image(make_project())
    issue_token(make_user(), name="laptop")
    with django_assert_max_num_queries(12):
        assert desk.get(path_of(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_nothing_is_deleted_in_the_admin(rf, superuser, model):
    request = rf.get("/")
    request.user = superuser
    assert admin.site.get_model_admin(model).has_delete_permission(request) is False


def test_a_project_is_made_and_changed_through_the_services(desk, superuser):
    fields = {
        "name": "Cats",
        "guidelines": "",
        "votes_wanted": 2,
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    desk.post(path_of(Project, "add"), fields)
    project = Project.objects.get()
    assert Membership.objects.get(project=project).user == superuser
    desk.post(path_of(Project, "change", project.pk), fields | {"name": "Dogs"})
    assert [entry.action for entry in AuditEntry.objects.filter(project=project).order_by("pk")] == [
        "project.created",
        "project.changed",
    ]
    project.refresh_from_db()
    assert project.name == "Dogs"


def test_staff_cannot_make_themselves_superuser_or_touch_one(client, superuser):
    staff = make_user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="annotate"))
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(path_of(type(staff), "change", make_user("rosa").pk))
    assert b'name="username"' in page.content
    assert b'name="is_superuser"' not in page.content
    assert b'name="is_staff"' not in page.content
    for target in (staff, superuser):
        client.post(path_of(type(staff), "change", target.pk), {"username": target.username, "is_superuser": "on"})
        assert client.post(f"/admin/annotate/user/{superuser.pk}/password/", {"password1": "x"}).status_code == 403
    staff.refresh_from_db()
    assert staff.is_superuser is False


def test_a_failed_preview_is_made_again_from_the_admin(desk):
    image = make_image(make_project())
    Derivative.objects.update(state="failed", error="The disk was away.")
    desk.post(path_of(Derivative, "changelist"), {"action": "make_again", "_selected_action": [image.derivative.pk]})
    assert Derivative.objects.get().state == "queued"


def test_a_token_is_revoked_from_the_admin(desk):
    token, _ = issue_token(make_user(), name="laptop")
    desk.post(path_of(type(token), "changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.parametrize("secret", ["digest", "salt"])
def test_secrets_are_not_shown(desk, secret):
    project = make_project()
    token, _ = issue_token(owner_of(project), name="laptop")
    shown = (
        desk.get(path_of(type(token), "change", token.pk)).content
        + desk.get(path_of(Project, "change", project.pk)).content
    )
    assert token.digest.encode() not in shown
    assert project.salt.encode() not in shown
