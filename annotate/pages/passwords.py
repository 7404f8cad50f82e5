"""Setting a password without the old one: by a link that an owner made, or one that came by mail."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from annotate import tasks
from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.forms.people import EraseForm
from annotate.forms.sign_in import AddressForm, MailForm
from annotate.models import Project
from annotate.pages import skills
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import tell
from annotate.services.accounts import passwords
from annotate.services.teams import people


class NewPassword(PasswordResetConfirmView):
    """The page behind the link; it signs nobody in, so a second factor is asked for as ever."""

    template_name = "registration/new_password.html"
    success_url = reverse_lazy("pages:sign-in")

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it, and say so."""
        form.user.password_set_by = form.user
        response = super().form_valid(form)
        tell(self.request, _("Your new password holds from now on. Sign in with it."))
        return response


@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail; the answer is the same whoever has the address."""
    if not settings.EMAIL_HOST:
        raise Http404
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        passwords.ask_mail(form.cleaned_data["email"])
        tasks.send_password_mails.delay_on_commit()
        tell(request, _("If an account here has this address, a mail with a link is on its way to it."))
        return redirect("pages:sign-in")
    return render(request, "registration/forgotten.html", {"form": form})


@login_required
@never_cache
def change_mail(request: HttpRequest) -> HttpResponse:
    """Say where one's own mail goes."""
    form = MailForm(request.POST or None, initial={"email": request.user.email})
    if request.method == "POST" and form.is_valid():
        try:
            people.change_mail(request.user, **form.cleaned_data)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tell(request, _("Saved."))
            return redirect("pages:account")
    return render(request, "registration/mail.html", {"form": form})


@require_POST
@project_page("people.change")
def make_link(request: HttpRequest, project: Project, person: int) -> HttpResponse:
    """The person's page with a link that is shown this once."""
    row = skills.find_person(project, person)
    with refusals_told(request, at="password-link"):
        path = passwords.make_link(row.user, by=request.user, project=project)
        return skills.show_person(request, project, row, EraseForm(), new_link=request.build_absolute_uri(path))
    return redirect("pages:person", project.pk, person)
