"""The researcher's desk: start a training, watch it, stop it, promote what it made."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import conditional_page, require_POST

from annotate.admin import NoDelete, ReadOnly
from annotate.core.errors import SmartBlurError
from annotate.permissions import allowed_actions, allows
from modelsvc import tasks
from modelsvc.forms import PARAMETERS, RunForm
from modelsvc.models import ModelVersion, PreannotationBatch, TrainingRun
from modelsvc.pages.runs import changed_parameters, version_urls
from modelsvc.pages.starting import answer_plan, asked_of
from modelsvc.serializers import LiveOutput, RunOutput
from modelsvc.services import runs
from modelsvc.services.live import look_at, sample_of

ACTS = {
    "cancel": runs.cancel_run,
    "stop": runs.stop_run,
    "resume": runs.resume_run,
    "retry": partial(runs.resume_run, from_start=True),
}


def chip(state: str, word: str) -> str:
    """A state in a word, coloured as what it means."""
    return format_html('<span class="chip" data-state="{}">{}</span>', state, word)


@admin.register(TrainingRun)
class TrainingRunAdmin(NoDelete):
    """Start form and live page of a training."""

    form = RunForm
    readonly_fields = ("parameters",)
    list_display = ("number", "project", "preset", "state_chip", "epochs_done", "started_by", "queued_at")
    list_filter = ("state", "preset", "project")
    list_select_related = ("project", "release", "started_by")
    fieldsets = (
        (None, {"fields": ("release", "preset", "base_version")}),
        (
            _("Parameters that differ from the preset"),
            {"classes": ("collapse",), "fields": [each.name for each in PARAMETERS]},
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A run is what it was started with."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: TrainingRun | None = None) -> Any:
        """The start form's fields, or what the run was started with."""
        facts = (
            "project",
            "release",
            "preset",
            "base_version",
            "parameters",
            "started_by",
            "queued_at",
            "run_hash",
            "attempt",
            "worker",
        )
        return (
            super().get_fieldsets(request, obj) if obj is None else [(_("What it was started with"), {"fields": facts})]
        )

    def get_form(self, request: HttpRequest, obj: TrainingRun | None = None, **kwargs: Any) -> Any:
        """The start form with its own hints, without links that lead away from it."""
        hints = {} if obj else {"help_texts": RunForm.Meta.help_texts}
        form = super().get_form(request, obj, **hints | kwargs)
        for name in {"release", "base_version"} & form.base_fields.keys():
            form.base_fields[name].widget.can_view_related = False
        return form

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """The start form under its own name."""
        plan = {
            "plan_url": reverse("admin:modelsvc_trainingrun_plan"),
            "run_url": reverse("admin:modelsvc_trainingrun_change", args=[0]),
        }
        return super().add_view(request, form_url, {"title": _("Start training"), "plan": plan} | (extra_context or {}))

    def get_urls(self) -> list[Any]:
        """The admin's own addresses, and those of the live page."""
        view = self.admin_site.admin_view
        return [
            path("plan/", view(self.plan), name="modelsvc_trainingrun_plan"),
            path("<int:run>/live/", view(conditional_page(self.live)), name="modelsvc_trainingrun_live"),
            path("<int:run>/samples/<int:epoch>/", view(self.sample), name="modelsvc_trainingrun_sample"),
            path("<int:run>/<str:act>/now/", view(require_POST(self.act)), name="modelsvc_trainingrun_act"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: TrainingRun, form: Any, change: bool) -> None:
        """Queue the run and wake a gpu worker."""
        try:
            run = runs.start_run(**asked_of(form), by=request.user)
        except SmartBlurError as refusal:  # such as too many runs: the form was right, the moment was not
            self.message_user(request, refusal.detail, messages.ERROR)
            return
        obj.pk = run.pk
        tasks.train.delay_on_commit()

    def log_addition(self, request: HttpRequest, obj: TrainingRun, message: Any) -> Any:
        """Nothing was added where the run was refused."""
        return super().log_addition(request, obj, message) if obj.pk else None

    def response_add(self, request: HttpRequest, obj: TrainingRun, post_url_continue: Any = None) -> HttpResponse:
        """On to the live page, or back to the form where the run was refused."""
        if obj.pk is None:
            return HttpResponseRedirect(reverse("admin:modelsvc_trainingrun_add"))
        return HttpResponseRedirect(reverse("admin:modelsvc_trainingrun_change", args=[obj.pk]))

    def render_change_form(
        self, request: HttpRequest, context: dict, *args: Any, obj: Any = None, **kwargs: Any
    ) -> Any:
        """The page, with what the live part of it needs."""
        if obj:
            context |= {"title": self.number(obj), "subtitle": None}
            context["live"] = {
                "live_url": reverse("admin:modelsvc_trainingrun_live", args=[obj.pk]),
                "sample_url": reverse("admin:modelsvc_trainingrun_sample", args=[obj.pk, 0]),
                "act_urls": {act: reverse("admin:modelsvc_trainingrun_act", args=[obj.pk, act]) for act in ACTS}
                if self.has_add_permission(request)
                else {},
                "version_urls": self.version_urls(request, obj),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def version_urls(self, request: HttpRequest, run: TrainingRun) -> dict[str, str]:
        """Where a member of the project goes on with the version that came of the run."""
        member = run.project.memberships.filter(user=request.user).first()
        return version_urls(run.project, allowed_actions(member and member.role))

    def plan(self, request: HttpRequest) -> HttpResponse:
        """What the run that the form describes would be: its photos, its time, the run that is the same."""
        if not self.has_add_permission(request):
            raise Http404
        return answer_plan(RunForm(request.GET))

    def live(self, request: HttpRequest, run: int) -> HttpResponse:
        """How the run stands, with all its numbers."""
        row = TrainingRun.objects.select_related("version").prefetch_related("attempts").filter(pk=run).first()
        if row is None or not self.has_view_permission(request, row):
            return JsonResponse({"code": "not_found", "detail": gettext("There is no such run.")}, status=404)
        return JsonResponse(LiveOutput(look_at(row)).data)

    def sample(self, request: HttpRequest, run: int, epoch: int) -> HttpResponse:
        """The picture that the run left of an epoch."""
        row = self.get_object(request, str(run))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return sample_of(row, epoch)

    def act(self, request: HttpRequest, run: int, act: str) -> HttpResponse:
        """Cancel, stop, resume or retry the run; the run as it is then, or why not."""
        row = self.get_object(request, str(run))
        if row is None or act not in ACTS or not self.has_add_permission(request):
            return JsonResponse({"code": "not_found", "detail": gettext("There is no such run for you.")}, status=404)
        try:
            ACTS[act](row, by=request.user)
        except SmartBlurError as refusal:
            return JsonResponse(refusal.as_problem(), status=409)
        tasks.train.delay_on_commit()
        row.refresh_from_db()
        return JsonResponse(RunOutput(row).data, status=202)

    @admin.display(description=_("training"), ordering="pk")
    def number(self, run: TrainingRun) -> str:
        """What it is called."""
        return gettext("Run %(number)s") % {"number": run.pk}

    @admin.display(description=_("Parameters that differ from the preset"))
    def parameters(self, run: TrainingRun) -> str:
        """Name and value of each."""
        changed = changed_parameters(run)
        return format_html_join(mark_safe("<br>"), "{}: {}", changed) or gettext("All as the preset says")

    @admin.display(description=_("state"), ordering="state")
    def state_chip(self, run: TrainingRun) -> str:
        """The state as a chip."""
        return chip(run.phase, gettext("Ends after this epoch") if run.phase == "stopping" else run.get_state_display())

    @admin.display(description=_("Epochs"))
    def epochs_done(self, run: TrainingRun) -> str:
        """Epochs done of all."""
        return gettext("%(done)s of %(all)s") % {"done": run.epoch, "all": run.epochs}


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly):
    """The registry: what may pre-annotate, and what does."""

    fields = (
        "name",
        "project",
        "stage",
        "architecture",
        "level_count",
        "run",
        "replaced",
        "created_at",
        "promoted_at",
        "weights_sha256",
    )
    list_display = ("name", "project", "stage_chip", "architecture", "created_at", "promoted_at")
    list_filter = ("stage", "project")
    list_select_related = ("project",)
    actions = ("promote",)

    @admin.display(description=_("stage"), ordering="stage")
    def stage_chip(self, version: ModelVersion) -> str:
        """The stage as a chip."""
        return chip(version.stage, version.get_stage_display())

    @admin.action(description=_("Promote: let it pre-annotate its project"), permissions=["act"])
    def promote(self, request: HttpRequest, versions: Any) -> HttpResponse | None:
        """Open the page that shows what would change, and asks."""
        if len(versions) != 1:
            self.message_user(request, gettext("Choose one version to promote."), messages.WARNING)
            return None
        version = versions[0]
        member = version.project.memberships.filter(user=request.user).first()
        if not allows(member and member.role, "model.promote"):
            said = gettext("Only a researcher, curator or owner of %(project)s promotes its versions.")
            self.message_user(request, said % {"project": version.project}, messages.WARNING)
            return None
        return redirect("model-pages:promote", version.project_id, version.pk)


@admin.register(PreannotationBatch)
class PreannotationBatchAdmin(ReadOnly):
    """The units of pre-annotation."""

    fields = ("version", "photo_count", "state", "attempt", "worker", "error", "queued_at", "finished_at")
    readonly_fields = ("photo_count",)
    list_display = ("version", "photo_count", "state", "attempt", "worker", "error", "queued_at")
    list_filter = ("state",)
    list_select_related = ("version",)

    @admin.display(description=_("photos"))
    def photo_count(self, batch: PreannotationBatch) -> int:
        """How many photos are in it."""
        return len(batch.image_ids)
