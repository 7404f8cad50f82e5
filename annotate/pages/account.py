"""Coming in by invitation, one's own account and the keys of one's programs."""

from typing import Any

from django.conf import settings as site
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
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
from annotate.models import Membership
from annotate.pages.notices import Undo, tell
from annotate.services import people


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
    return render(request, "annotate/join.html", {"invitation": invitation, "form": form})


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
    """The sign-in page; the pages then speak the language that the person chose, wherever they sign in."""

    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and remember the language in this browser."""
        response = super().form_valid(form)
        language = parse_preferences(self.request.user.preferences).language
        return speak(response, language) if language else response


def speak(response: HttpResponse, language: str) -> HttpResponse:
    """The response, after which this browser's pages are in `language`; empty leaves it to the browser."""
    if language:
        response.set_cookie(
            site.LANGUAGE_COOKIE_NAME,
            language,
            max_age=site.LANGUAGE_COOKIE_AGE,
            secure=site.LANGUAGE_COOKIE_SECURE,
            samesite=site.LANGUAGE_COOKIE_SAMESITE,
        )
    else:
        response.delete_cookie(site.LANGUAGE_COOKIE_NAME, samesite=site.LANGUAGE_COOKIE_SAMESITE)
    return response


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
    page = {"form": form}
    if request.method == "POST" and form.is_valid():
        page["token"], page["key"] = people.issue_token(request.user, **form.cleaned_data)
        page["form"] = TokenForm()
    page["tokens"] = request.user.api_tokens.filter(revoked_at=None).order_by("-id")
    page["memberships"] = request.user.memberships.select_related("project").order_by("project__name")
    return render(request, "annotate/account.html", page)


@require_POST
@login_required
def revoke_token(request: HttpRequest, token: int) -> HttpResponse:
    """Make one of one's own keys useless."""
    row = get_object_or_404(request.user.api_tokens, pk=token)
    people.revoke_token(row, by=request.user)
    tell(request, _("The token “%(name)s” no longer works.") % {"name": row.name})
    return redirect("pages:account")
