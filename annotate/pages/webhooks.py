"""The programs that a project tells of what happens: their addresses, and a log of what each was sent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from annotate import tasks
from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.forms.webhooks import NewWebhookForm, WebhookForm
from annotate.models import Project, WebhookEvent
from annotate.pages.access import project_page
from annotate.pages.notices import Undo, tell
from annotate.services import webhooks as services

SHOWN = 50  # messages of the log


@never_cache
@project_page("webhook.change")
def webhooks(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's webhooks, and a form for another; its secret is shown here only."""
    initial = {"secret": services.new_secret(), "events": WebhookEvent.values}
    form = NewWebhookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_webhook(project, by=request.user, **form.cleaned_data)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tasks.send_webhooks.delay_on_commit()
            tell(request, _("A first message is on its way; below you see whether it was taken."))
            return redirect("pages:webhook", project.pk, made.pk)
    page = {"project": project, "form": form, "webhooks": project.webhooks.order_by("pk"), "words": _words()}
    return render(request, "annotate/webhooks.html", page)


@project_page("webhook.change")
def webhook(request: HttpRequest, project: Project, webhook: int) -> HttpResponse:
    """One of them: its form, and the last messages with how each ended."""
    row = get_object_or_404(project.webhooks, pk=webhook)
    form = WebhookForm(request.POST or None, initial=WebhookForm.of(row))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_webhook(row, by=request.user, **form.cleaned_data)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tasks.send_webhooks.delay_on_commit()
            tell(request, _("Saved."), undo=Undo.of_form(request.path, form))
            return redirect("pages:webhook", project.pk, row.pk)
    sent = row.deliveries.order_by("-created_at", "-pk")[:SHOWN]
    page = {"project": project, "webhook": row, "form": form, "deliveries": sent, "words": _words()}
    return render(request, "annotate/webhook.html", page)


@require_POST
@project_page("webhook.change")
def resend(request: HttpRequest, project: Project, webhook: int, delivery: str) -> HttpResponse:
    """Send a message once more."""
    row = get_object_or_404(project.webhooks, pk=webhook)
    services.resend(get_object_or_404(row.deliveries.select_related("webhook"), pk=delivery), by=request.user)
    tasks.send_webhooks.delay_on_commit()
    tell(request, _("It is sent once more."))
    return redirect("pages:webhook", project.pk, row.pk)


@require_POST
@project_page("webhook.change")
def remove(request: HttpRequest, project: Project, webhook: int) -> HttpResponse:
    """Forget one, with its log."""
    row = get_object_or_404(project.webhooks, pk=webhook)
    services.remove_webhook(row, by=request.user)
    tell(request, _("%(address)s is told nothing any more.") % {"address": row.url})
    return redirect("pages:webhooks", project.pk)


def _words() -> dict[str, str]:
    return dict(WebhookEvent.choices) | {"ping": _("A first message, to try the address")}
