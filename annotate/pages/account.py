"""Coming in by invitation, one's own account and the keys of one's programs."""

from tempfile import TemporaryFile
from typing import Any

from django.conf import settings as site
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.core.preferences import LANGUAGES, parse_preferences
from annotate.forms import add_refusal
from annotate.forms.people import JoinForm, PreferencesForm, TokenForm
from annotate.forms.sign_in import PasskeyForm
from annotate.models import Membership
from annotate.pages.door import enter, is_at_home, speak
from annotate.pages.notices import Undo, tell
from annotate.services.accounts import second_factor, sign_ins
from annotate.services.accounts.personal_data import write_archive
from annotate.services.accounts.sessions import open_sessions
from annotate.services.teams import people


@sensitive_post_parameters("password")
@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation, signed in or with a new account."""
    try:
        invitation = people.find_invitation(token)
    except SmartBlurError as refusal:
        return render(request, "annotate/join_closed.html", {"detail": refusal.detail}, status=404)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and (member := accept(request, form, token)):
        tell(request, _("Welcome to %(name)s.") % {"name": member.project.name})
        return redirect("pages:queue", member.project_id)
    return render(request, "annotate/join.html", {"invitation": invitation, "form": form, "oidc": site.OIDC})


def accept(request: HttpRequest, form: JoinForm, token: str) -> Membership | None:
    """The new membership of the visitor; None when the form says what is wrong."""
    try:
        if request.user.is_authenticated:
            return people.accept_invitation(token, user=request.user)
        if not form.is_valid():
            return None
        member = people.register(token, **form.cleaned_data)
    except SmartBlurError as refusal:
        form.add_error(None, refusal.detail) if request.user.is_authenticated else add_refusal(form, refusal)
        return None
    login(request, member.user, backend="django.contrib.auth.backends.ModelBackend")
    return member


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on to the session, or to the second factor."""
        return enter(self.request, form.get_user(), self.get_success_url())

    def get_context_data(self, **page: Any) -> dict[str, Any]:
        """What the page shows, with the name of the identity provider where there is one."""
        ways = {"oidc": site.OIDC, "has_mail": bool(site.EMAIL_HOST), "has_passkeys": is_at_home(self.request)}
        return super().get_context_data(**page) | ways


class SignOut(LogoutView):
    """The way out; what this browser keeps of answers goes, the journal of unsent work stays."""

    def post(self, request: HttpRequest, *args: Any, **rest: Any) -> HttpResponse:
        """Sign out."""
        response = super().post(request, *args, **rest)
        response["Clear-Site-Data"] = '"cache"'
        return response


class ChangePassword(PasswordChangeView):
    """The page where one chooses another password."""

    template_name = "registration/password.html"
    success_url = reverse_lazy("pages:account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it, and say so."""
        form.user.password_set_by = self.request.user
        response = super().form_valid(form)
        said = _(
            "Your new password holds from now on. You stay signed in here and nowhere else; API tokens have ended."
        )
        tell(self.request, said)
        return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Speak another language from the sign-in page on."""
    language = request.POST.get("language", "")
    return speak(redirect("pages:sign-in"), language if language in LANGUAGES else "")


@login_required
@never_cache
@ensure_csrf_cookie
def settings(request: HttpRequest) -> HttpResponse:
    """One's language, pen, warm-up and keys; they hold wherever one signs in."""
    preferences = parse_preferences(request.user.preferences)
    form = PreferencesForm(request.POST or None, initial=preferences.as_json())
    if request.method == "POST" and form.is_valid():
        preferences = people.change_preferences(request.user, **form.cleaned_data)
        if preferences.language:
            translation.activate(preferences.language)
        tell(request, _("Saved."), undo=Undo.of_form(reverse("pages:preferences"), form))
        return speak(redirect("pages:preferences"), preferences.language)
    return render(request, "annotate/preferences.html", {"form": form, "props": {"keys": preferences.keys}})


@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and the keys of one's programs; a new key is shown this once."""
    form = TokenForm(request.POST or None)
    page: dict[str, Any] = {"form": form, "oidc": site.OIDC, "has_mail": bool(site.EMAIL_HOST)}
    page["has_app"], page["passkeys"] = second_factor.has_app(request.user), request.user.passkeys.order_by("pk")
    page |= {
        "is_at_home": is_at_home(request),
        "address": site.SITE_URL,
        "passkey_form": PasskeyForm(auto_id="passkey-%s"),
    }
    page["came_recently"] = sign_ins.is_recent(request)
    if request.method == "POST" and form.is_valid():
        page["token"], page["key"] = people.issue_token(request.user, **form.cleaned_data)
        page["form"] = TokenForm()
    page["tokens"] = request.user.api_tokens.filter(revoked_at=None).order_by("-id")
    page["sessions"], page["here"] = open_sessions(request.user), request.session.session_key
    page["memberships"] = request.user.memberships.select_related("project").order_by("project__name")
    return render(request, "annotate/account.html", page)


@login_required
def take_data(request: HttpRequest) -> FileResponse:
    """What the site holds of oneself, as a zip of JSON."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    write_archive(request.user, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{request.user.username}.zip")


@require_POST
@login_required
def revoke_token(request: HttpRequest, token: int) -> HttpResponse:
    """Make one of one's own keys useless."""
    row = get_object_or_404(request.user.api_tokens, pk=token)
    people.revoke_token(row, by=request.user)
    tell(request, _("The token “%(name)s” no longer works.") % {"name": row.name})
    return redirect("pages:account")
