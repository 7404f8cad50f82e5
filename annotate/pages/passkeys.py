"""Signing in by a passkey, and one's own ones: the page's script asks for what a device is to answer, and sends it."""

import functools
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.forms.sign_in import PasskeyForm
from annotate.models import Passkey
from annotate.pages.access import Page, refusals_told
from annotate.pages.door import let_in, wanted_url
from annotate.pages.notices import tell
from annotate.services.accounts import passkeys, sign_ins

ASKED = "passkey_asked"  # in the session, until the answer comes; each is for one answer


@require_POST
def ask_for_known(request: HttpRequest) -> JsonResponse:
    """What the visitor's device is to sign."""
    options, request.session[ASKED] = passkeys.ask_for_known()
    return JsonResponse(options)


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let in whoever's device answers: it made sure of them, so neither password nor code is asked for."""
    answer, asked = request.POST.get("answer", ""), request.session.pop(ASKED, {})
    next_url = wanted_url(request, request.POST.get("next", ""))
    passkey: Passkey | None = None
    try:
        passkey = passkeys.find(answer)
        passkeys.check(passkey, answer=answer, asked=asked)
    except SmartBlurError as refusal:
        name = passkey.user.username if passkey else ""
        user_login_failed.send(sender=__name__, credentials={"username": name}, request=request)
        messages.error(request, refusal.detail)
        return redirect(f"{reverse('pages:sign-in')}?{urlencode({'next': next_url})}")
    return let_in(request, passkey.user, next_url)


def for_recent_visitors(page: Page) -> Page:
    """A page that changes the ways in: whoever found a browser open signs in again before."""

    @require_POST
    @login_required
    @functools.wraps(page)
    def view(request: HttpRequest, **rest: Any) -> HttpResponse:
        if sign_ins.is_recent(request):
            return page(request, **rest)
        detail = _("You came in more than a quarter of an hour ago. Sign in again, then change your passkeys.")
        return JsonResponse(SmartBlurError(detail, code="sign_in_again").as_problem(), status=403)

    return view


@for_recent_visitors
def ask_for_new(request: HttpRequest) -> JsonResponse:
    """What the person's device is to make a passkey from."""
    options, request.session[ASKED] = passkeys.ask_for_new(request.user)
    return JsonResponse(options)


@for_recent_visitors
def add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the device made; after the first, recovery codes are shown this once."""
    form, asked = PasskeyForm(request.POST), request.session.pop(ASKED, {})
    if not form.is_valid():
        tell(request, _("Give the passkey a name."), level=messages.ERROR)
        return redirect("pages:account")
    with refusals_told(request):
        answer = request.POST.get("answer", "")
        codes = passkeys.add(request.user, name=form.cleaned_data["name"], answer=answer, asked=asked)
        if codes:
            return render(request, "annotate/second_factor.html", {"recovery_codes": codes})
        tell(request, _("“%(name)s” signs you in from now on.") % form.cleaned_data)
    return redirect("pages:account")


@for_recent_visitors
def remove(request: HttpRequest, passkey: int) -> HttpResponse:
    """Let one of one's own open nothing any more."""
    row = get_object_or_404(request.user.passkeys, pk=passkey)
    passkeys.remove(row, by=request.user)
    tell(request, _("“%(name)s” no longer signs you in.") % {"name": row.name})
    return redirect("pages:account")
