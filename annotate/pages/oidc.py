"""Signing in by an identity provider (OpenID Connect), which the environment names."""

from __future__ import annotations

import logging
from functools import cache, wraps

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from joserfc.errors import JoseError
from requests import RequestException

from annotate.core.errors import SmartBlurError
from annotate.pages.access import Page, refusals_told
from annotate.pages.door import enter, wanted_url
from annotate.pages.notices import tell
from annotate.services.accounts import identities
from annotate.services.teams import people

NEXT = "oidc_next"
ANSWERS_WITHIN_S = 5

logger = logging.getLogger(__name__)


@cache
def provider(issuer: str, client_id: str, client_secret: str) -> DjangoOAuth2App:
    """The client of the provider at `issuer`, which is asked for its addresses and keys when they are needed."""
    return OAuth().register(
        "oidc",
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=client_id,
        client_secret=client_secret,
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": "S256",
            "default_timeout": ANSWERS_WITHIN_S,
        },
    )


def with_provider(page: Page) -> Page:
    """A page that is there where a provider is set, called with its client."""

    @never_cache
    @wraps(page)
    def view(request: HttpRequest) -> HttpResponse:
        if not settings.OIDC:
            raise Http404
        client = provider(settings.OIDC["issuer"], settings.OIDC["client_id"], settings.OIDC["client_secret"])
        try:
            return page(request, client)
        except (AuthlibBaseError, JoseError, RequestException) as error:
            logger.warning("Sign-in by the identity provider failed: %s", error)
            messages.error(request, _("%(name)s did not confirm who you are. Try again.") % settings.OIDC)
            return redirect("pages:sign-in")

    return view


@with_provider
def start(request: HttpRequest, client: DjangoOAuth2App) -> HttpResponse:
    """Go to the provider; `?next=` is where to go on afterwards."""
    request.session[NEXT] = wanted_url(request, request.GET.get("next", ""))
    return client.authorize_redirect(request, request.build_absolute_uri(reverse("pages:oidc-callback")))


@with_provider
def callback(request: HttpRequest, client: DjangoOAuth2App) -> HttpResponse:
    """Come back from the provider: who is signed in connects the identity, who is not signs in by it."""
    claims = client.authorize_access_token(request)["userinfo"]
    next_url = request.session.pop(NEXT, settings.LOGIN_REDIRECT_URL)
    if request.user.is_authenticated:
        with refusals_told(request):
            identities.connect(request.user, claims)
            tell(request, _("From now on you can sign in with %(name)s.") % settings.OIDC)
        return redirect("pages:account")
    try:
        may_register = settings.OIDC["sign_up"] or is_invited(next_url)
        user = identities.find_or_register(claims, may_register=may_register)
    except SmartBlurError as refusal:
        messages.error(request, refusal.detail)
        return redirect("pages:sign-in")
    return enter(request, user, next_url)


def is_invited(next_url: str) -> bool:
    """Whether the visitor came by the link of an open invitation."""
    try:
        found = resolve(next_url)
        people.find_invitation(found.kwargs["token"])
    except (Resolver404, KeyError, SmartBlurError):
        return False
    return found.view_name == "pages:join"


@require_POST
@login_required
def disconnect(request: HttpRequest) -> HttpResponse:
    """Sign in by password only from now on."""
    with refusals_told(request):
        identities.disconnect(request.user)
        tell(request, _("%(name)s no longer signs you in here.") % settings.OIDC)
    return redirect("pages:account")
