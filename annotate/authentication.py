"""Programs sign in with `Authorization: Token KEY`."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from annotate.models import ApiToken, Scope, User
from annotate.models.statements import PreparedRows
from annotate.services.teams.people import digest_of

USABLE = PreparedRows(
    "usable_token",
    lambda digest: ApiToken.objects.usable().filter(digest=digest).select_related("user"),
    digest="varchar",
)
LAST_USED_STEP = timedelta(minutes=10)


class TokenAuthentication(BaseAuthentication):
    """The user of an API token that is neither revoked nor expired; no cookie, so no CSRF check."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """(user, token), or None when the request carries no token.

        Raises:
            AuthenticationFailed: the token is malformed, unknown, revoked or expired; the answer does not say which.
        """
        kind, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "token":
            return None
        token = USABLE.first(digest=digest_of(key.strip()))
        if token is None:
            raise AuthenticationFailed(
                "This token is unknown, revoked or expired. Make a new one.", code="invalid_token"
            )
        note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 tells the client to send."""
        return "Token"


class TokenReaches(BasePermission):
    """Whether the token that asks was made for this: reading takes `read`, a write what its view's `token_scope` says.

    A view that says nothing is closed to writes by token; who signed in by cookie is not held by scopes.
    """

    def has_permission(self, request: Request, view: object) -> bool:
        """True, where it was.

        Raises:
            PermissionDenied: code scope_missing; the sentence names the scope.
        """
        if not isinstance(request.auth, ApiToken):
            return True
        scope = Scope.READ if request.method in SAFE_METHODS else getattr(view, "token_scope", None)
        if scope in request.auth.scopes:
            return True
        lacking = f"This token lacks the scope “{scope}”. Make one that has it." if scope else "No token may do this."
        raise PermissionDenied(lacking, code="scope_missing")


def note_use(token: ApiToken) -> None:
    """Write down that the token is in use, at most once in LAST_USED_STEP so that reads stay reads."""
    if token.last_used_at is None or timezone.now() - token.last_used_at > LAST_USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=Now())


class TokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI schema describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """An API key in the Authorization header."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token KEY`"}
