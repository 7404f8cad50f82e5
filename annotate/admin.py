"""The operator's view. People work on the pages; here one looks, mends accounts and starts failed previews again.

Rows are written by services only, and nothing is deleted: what people did stays.
"""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotate import models, tasks
from annotate.core.errors import SmartBlurError
from annotate.services import derivatives, people, projects, publication

PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")


class NoDelete(admin.ModelAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


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
class UserAdmin(NoDelete, DjangoUserAdmin):
    """Only a superuser gives privileges or touches another superuser."""

    list_display = ("username", "is_active", "is_staff", "is_superuser", "last_login")

    def get_readonly_fields(self, request: HttpRequest, obj: models.User | None = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else PRIVILEGES

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
    list_display = ("user", "project", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "project")
    search_fields = ("user__username", "project__name")


@admin.register(models.Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ("project", "role", "name", "use_count", "max_uses", "invited_by", "expires_at", "revoked_at")
    list_select_related = ("project", "invited_by")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["act"])
    def revoke(self, request: HttpRequest, invitations: QuerySet[models.Invitation]) -> None:
        for invitation in invitations:
            try:
                people.revoke_invitation(invitation, by=request.user)
            except SmartBlurError as refusal:
                messages.error(request, refusal.detail)


@admin.register(models.ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ("name", "user", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "name")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["act"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[models.ApiToken]) -> None:
        for token in tokens:
            people.revoke_token(token, by=request.user)


@admin.register(models.Image)
class ImageAdmin(ReadOnly):
    list_display = ("id", "file_name", "project", "state", "split", "license", "width", "height", "created_at")
    list_filter = ("state", "split", "license")
    list_select_related = ("project",)
    search_fields = ("file_name", "sha256")
    exclude = ("file",)


@admin.register(models.Derivative)
class DerivativeAdmin(ReadOnly):
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


@admin.register(models.QueueRanking)
class QueueRankingAdmin(ReadOnly):
    list_display = ("project", "state", "attempt", "error", "finished_at")
    list_filter = ("state",)
    list_select_related = ("project",)


@admin.register(models.QueuePlace)
class QueuePlaceAdmin(ReadOnly):
    list_display = ("image", "place", "lane", "score_ppm", "entropy_ppm", "uncertainty_ppm", "novelty_ppm")
    list_filter = ("lane",)
    list_select_related = ("image",)


@admin.register(models.Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ("image", "user", "lease_until", "finished_at", "skip_reason")
    list_select_related = ("image", "user")


@admin.register(models.Annotation)
class AnnotationAdmin(ReadOnly):
    list_display = ("id", "image", "author", "layer", "state", "revision", "updated_at")
    list_filter = ("layer", "state")
    list_select_related = ("image", "author")


@admin.register(models.Vote)
class VoteAdmin(ReadOnly):
    list_display = ("image", "author", "desirability", "updated_at")
    list_filter = ("desirability",)
    list_select_related = ("image", "author")


@admin.register(models.Preannotation)
class PreannotationAdmin(ReadOnly):
    list_display = ("image", "model_name", "uncertainty_ppm", "created_at")
    list_select_related = ("image",)


@admin.register(models.Consensus)
class ConsensusAdmin(ReadOnly):
    list_display = ("image", "state", "desirability", "decided_by", "revision", "updated_at")
    list_filter = ("state", "desirability", "decided_by")
    list_select_related = ("image",)
    exclude = ("levels_png",)


@admin.register(models.VotingFit)
class VotingFitAdmin(ReadOnly):
    list_display = ("project", "vote_count", "iteration_count", "fitted_at")
    list_select_related = ("project",)


@admin.register(models.MapComparison)
class MapComparisonAdmin(ReadOnly):
    list_display = ("annotation_id", "own_revision", "merged_revision", "bias_ppm", "overlap_ppm")


@admin.register(models.SkillCard)
class SkillCardAdmin(ReadOnly):
    list_display = ("project", "user", "photo_count", "vote_count", "counted_at")
    list_select_related = ("project", "user")


@admin.register(models.GoldAnswer)
class GoldAnswerAdmin(ReadOnly):
    list_display = ("image", "author", "desirability", "expert_desirability", "is_right", "answered_at")
    list_filter = ("is_right",)
    list_select_related = ("image", "author")


@admin.register(models.Rework)
class ReworkAdmin(ReadOnly):
    list_display = ("image", "asked_by", "asked_of", "state", "reason")
    list_filter = ("state",)
    list_select_related = ("image", "asked_by", "asked_of")


@admin.register(models.Remark)
class RemarkAdmin(ReadOnly):
    list_display = ("image", "author", "kind", "text", "outcome")
    list_filter = ("kind", "outcome")
    list_select_related = ("image", "author")


@admin.register(models.Batch)
class BatchAdmin(ReadOnly):
    list_display = ("name", "project", "due_on", "closed_at")
    list_select_related = ("project",)
    exclude = ("images",)


@admin.register(models.Release)
class ReleaseAdmin(ReadOnly):
    list_display = ("name", "version", "project", "state", "item_count", "content_id", "finished_at")
    list_filter = ("state",)
    list_select_related = ("project",)


@admin.register(models.Export)
class ExportAdmin(ReadOnly):
    list_display = ("release", "format", "state", "bytes", "asked_by", "used_at")
    list_filter = ("state", "format")
    list_select_related = ("release", "asked_by")


@admin.register(models.LabelImport)
class LabelImportAdmin(ReadOnly):
    list_display = ("file_name", "project", "format", "step", "state", "started_by", "queued_at")
    list_filter = ("state", "step", "format")
    list_select_related = ("project", "started_by")


@admin.register(models.ReleaseItem)
class ReleaseItemAdmin(ReadOnly):
    list_display = ("key", "release", "image")
    list_select_related = ("release", "image")
    search_fields = ("key",)
    exclude = ("levels_png",)


@admin.register(models.AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "actor", "action", "subject", "project")
    list_select_related = ("actor", "project")
    search_fields = ("subject", "action")
    ordering = ("-id",)
