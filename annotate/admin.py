"""The operator's view. People work on the pages; here one looks, mends accounts and starts failed previews again.

Rows are written by services only, and nothing is deleted: what people did stays. What pages show (labels, votes,
consensus, gold, remarks) is not here again.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from annotate import models, tasks
from annotate.adminwords import call_by_words
from annotate.core.errors import SmartBlurError
from annotate.services.photos import derivatives
from annotate.services.releasing import publication
from annotate.services.teams import people, projects

TIMES = ("last_login", "date_joined")
PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")


admin.site.enable_nav_sidebar = False  # a page is about what it shows


class NoDelete(admin.ModelAdmin):
    """What stays, called by words of its own."""

    def __init__(self, model: type[Model], site: admin.AdminSite) -> None:
        super().__init__(model, site)
        call_by_words(model)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form without the models' help texts, which are written for programmers."""
        nothing = {field.name: "" for field in self.model._meta.fields}
        return super().get_form(request, obj, change, **{"help_texts": nothing} | kwargs)


class ReadOnly(NoDelete):
    """Rows to be looked at; the few actions are the superuser's."""

    show_full_result_count = False
    list_per_page = 50

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(models.User)
class UserAdmin(DjangoUserAdmin):
    """Only a superuser gives privileges or touches another superuser."""

    list_display = ("username", "is_active", "is_staff", "is_superuser", "last_login")
    filter_horizontal = ()  # its widget has unnamed controls

    def has_delete_permission(self, request: HttpRequest, obj: models.User | None = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, *args: Any, **rest: Any) -> models.User | None:
        """The account, which knows who sets it another password."""
        user = super().get_object(request, *args, **rest)
        if user is not None:
            user.password_set_by = request.user
        return user

    def get_readonly_fields(self, request: HttpRequest, obj: models.User | None = None) -> tuple[str, ...]:
        return TIMES if request.user.is_superuser else (*TIMES, *PRIVILEGES)

    def has_change_permission(self, request: HttpRequest, obj: models.User | None = None) -> bool:
        is_above = obj is not None and (obj.is_superuser or obj.is_staff) and not request.user.is_superuser
        return not is_above and super().has_change_permission(request, obj)


class MembershipInline(admin.TabularInline):
    model = models.Membership
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "role", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(models.Project)
class ProjectAdmin(NoDelete):
    list_display = ("name", "votes_wanted", "created_at")
    search_fields = ("name",)
    fields = ("name", "guidelines", "votes_wanted", *publication.FIELDS)
    inlines = (MembershipInline,)

    def save_model(self, request: HttpRequest, obj: models.Project, form: ModelForm, change: bool) -> None:
        """Through the services, which keep slots and the audit trail right."""
        fields = dict(form.cleaned_data)
        if change:
            projects.change_project(obj, by=request.user, **fields)
        else:
            obj.pk = projects.create_project(by=request.user, **fields).pk


@admin.register(models.Membership)
class MembershipAdmin(ReadOnly):
    fields = ("user", "project", "role", "created_at", "paused_at")
    list_display = ("user", "project", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "project")
    search_fields = ("user__username", "project__name")


@admin.register(models.Invitation)
class InvitationAdmin(ReadOnly):
    fields = (
        "project",
        "role",
        "name",
        "use_count",
        "max_uses",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_by",
        "accepted_at",
        "revoked_at",
    )
    list_display = ("project", "role", "name", "use_count", "max_uses", "invited_by", "expires_at", "revoked_at")
    list_select_related = ("project", "invited_by")
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["act"])
    def revoke(self, request: HttpRequest, invitations: QuerySet[models.Invitation]) -> None:
        for invitation in invitations:
            try:
                people.revoke_invitation(invitation, by=request.user)
            except SmartBlurError as refusal:
                messages.error(request, refusal.detail)


admin.site.unregister((TOTPDevice, StaticDevice))  # their pages show the secrets


@admin.register(models.ApiToken)
class ApiTokenAdmin(ReadOnly):
    fields = ("name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "name")
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["act"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[models.ApiToken]) -> None:
        for token in tokens:
            people.revoke_token(token, by=request.user)


@admin.register(models.Image)
class ImageAdmin(ReadOnly):
    fields = (
        "file_name",
        "format",
        "width",
        "height",
        "byte_count",
        "project",
        "state",
        "split",
        "is_withdrawn",
        "people_wanted",
        "license",
        "attribution",
        "photographer",
        "source_url",
        "album",
        "camera",
        "captured_at",
        "uploaded_by",
        "created_at",
        "sha256",
    )
    list_display = ("file_name", "project", "state", "split", "license", "created_at")
    list_filter = ("state", "split", "license")
    list_select_related = ("project",)
    search_fields = ("file_name", "sha256")


@admin.register(models.Derivative)
class DerivativeAdmin(ReadOnly):
    fields = ("image", "state", "attempt", "worker", "error", "queued_at", "started_at", "finished_at")
    list_display = ("image", "state", "attempt", "error", "finished_at")
    list_filter = ("state",)
    list_select_related = ("image",)
    actions = ("make_again",)

    @admin.action(description=_("Make the preview again"), permissions=["act"])
    def make_again(self, request: HttpRequest, rows: QuerySet[models.Derivative]) -> None:
        count = derivatives.requeue(rows)
        tasks.render_derivatives.delay_on_commit()
        said = ngettext(
            "%(count)s failed preview waits to be made again.",
            "%(count)s failed previews wait to be made again.",
            count,
        )
        messages.info(request, said % {"count": count})


@admin.register(models.Release)
class ReleaseAdmin(ReadOnly):
    fields = (
        "name",
        "version",
        "project",
        "state",
        "attempt",
        "worker",
        "error",
        "item_count",
        "content_id",
        "cut_by",
        "queued_at",
        "finished_at",
        "notes",
    )
    list_display = ("name", "version", "project", "state", "item_count", "finished_at")
    list_filter = ("state",)
    list_select_related = ("project",)


@admin.register(models.Export)
class ExportAdmin(ReadOnly):
    fields = ("release", "format", "state", "error", "bytes", "asked_by", "queued_at", "finished_at", "used_at")
    list_display = ("release", "format", "state", "bytes", "asked_by", "used_at")
    list_filter = ("state", "format")
    list_select_related = ("release", "asked_by")


@admin.register(models.LabelImport)
class LabelImportAdmin(ReadOnly):
    fields = (
        "file_name",
        "format",
        "byte_count",
        "project",
        "started_by",
        "state",
        "attempt",
        "worker",
        "error",
        "queued_at",
        "finished_at",
    )
    list_display = ("file_name", "project", "format", "stage_word", "started_by", "queued_at")
    list_filter = ("state", "format")
    list_select_related = ("project", "started_by")

    @admin.display(description=_("state"), ordering="state")
    def stage_word(self, labels: models.LabelImport) -> str:
        """Where it is, step and state in one."""
        return labels.stage.label


@admin.register(models.AuditEntry)
class AuditEntryAdmin(ReadOnly):
    fields = ("at", "actor", "action", "subject", "project", "details")
    list_display = ("at", "actor", "action", "subject", "project")
    list_select_related = ("actor", "project")
    search_fields = ("subject", "action")
    ordering = ("-id",)
