"""The way in, whichever door somebody took: the second factor where they have one, then the session."""

import time
from urllib.parse import urlencode

from django.conf import settings as site
from django.contrib.auth import login, logout
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from annotate.core.preferences import parse_preferences
from annotate.forms.sign_in import CodeForm
from annotate.models import User
from annotate.services.accounts import second_factor

WAITING = "waits_for_code"
WAITS_S = 600


def wanted_url(request: HttpRequest, wanted: str) -> str:
    """Where to go on after signing in: to a page of ours that was asked for, or home."""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else site.LOGIN_REDIRECT_URL


def is_at_home(request: HttpRequest) -> bool:
    """Whether the visitor came by the address for which passkeys are made."""
    return f"{request.scheme}://{request.get_host()}" == site.SITE_URL


def enter(request: HttpRequest, user: User, next_url: str) -> HttpResponse:
    """Sign in whoever proved who they are, or ask for their code first."""
    if not second_factor.is_on(user):
        return let_in(request, user, next_url)
    request.session[WAITING] = {"user": user.pk, "next": next_url, "since": time.time()}
    return redirect("pages:sign-in-code")


def let_in(request: HttpRequest, user: User, next_url: str) -> HttpResponse:
    """Begin the session; the pages then speak the language that the person chose, wherever they sign in."""
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    language = parse_preferences(user.preferences).language
    response = redirect(next_url)
    return speak(response, language) if language else response


@require_POST
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Prove once more who sits there, to change the ways in."""
    logout(request)
    return redirect(f"{reverse('pages:sign-in')}?{urlencode({'next': reverse('pages:account')})}")


@never_cache
def ask_code(request: HttpRequest) -> HttpResponse:
    """The page between password and session."""
    waiting = request.session.get(WAITING, {"since": 0})
    if time.time() - waiting["since"] > WAITS_S:
        return redirect("pages:sign-in")
    user = User.objects.filter(pk=waiting["user"], is_active=True).first()
    if user is None:
        return redirect("pages:sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if second_factor.check(user, form.cleaned_data["code"]):
            del request.session[WAITING]
            return let_in(request, user, waiting["next"])
        user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
        form.add_error("code", _("This code is wrong, or used already. Type the one that the app shows now."))
    page = {"form": form, "next": waiting["next"], "has_passkeys": is_at_home(request) and user.passkeys.exists()}
    return render(request, "registration/code.html", page)


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
