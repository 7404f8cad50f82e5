"""HTTP of members, invitations and tokens."""

from django.contrib.auth import authenticate
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.core.preferences import parse_preferences
from annotate.models import ApiToken, Invitation, Membership, Scope, User
from annotate.permissions import get_for, get_project
from annotate.serializers import people as shapes
from annotate.services.accounts import second_factor
from annotate.services.teams import people


class MemberList(generics.GenericAPIView):
    """The members of a project."""

    token_scope = Scope.CURATE
    serializer_class = shapes.MemberOutput
    queryset = Membership.objects.none()

    @extend_schema(responses=shapes.MemberOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """Who belongs to the project, in which role."""
        row = get_project(request.user, project, "people.view")
        page = self.paginate_queryset(row.memberships.select_related("user"))
        return self.get_paginated_response(shapes.MemberOutput(page, many=True).data)

    @extend_schema(request=shapes.MemberInput, responses={201: shapes.MemberOutput})
    def post(self, request: Request, project: int) -> Response:
        """Add somebody who has an account; others come by invitation."""
        row = get_project(request.user, project, "people.change")
        body = shapes.MemberInput(data=request.data)
        body.is_valid(raise_exception=True)
        member = people.add_member(row, by=request.user, **body.validated_data)
        return Response(shapes.MemberOutput(member).data, status=201)


class MemberDetail(APIView):
    """One member."""

    token_scope = Scope.CURATE

    @extend_schema(request=shapes.RoleInput, responses=shapes.MemberOutput)
    def patch(self, request: Request, member: int) -> Response:
        """Change the role; a project keeps at least one owner."""
        row = get_for(request.user, Membership.objects.select_related("user"), member, "people.change")
        body = shapes.RoleInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(shapes.MemberOutput(people.change_role(row, by=request.user, **body.validated_data)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, member: int) -> Response:
        """Take the person out of the project; their work stays. Everybody may leave by themselves."""
        row = get_for(request.user, Membership.objects.all(), member, "project.view")
        if row.user_id != request.user.pk:
            row = get_for(request.user, Membership.objects.all(), member, "people.change")
        people.remove_member(row, by=request.user)
        return Response(status=204)


class InvitationList(generics.GenericAPIView):
    """The invitations into a project."""

    token_scope = Scope.CURATE
    serializer_class = shapes.InvitationOutput
    queryset = Invitation.objects.none()

    @extend_schema(responses=shapes.InvitationOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The invitations that somebody may still accept."""
        row = get_project(request.user, project, "people.change")
        page = self.paginate_queryset(row.invitations.open())
        return self.get_paginated_response(shapes.InvitationOutput(page, many=True).data)

    @extend_schema(request=shapes.InvitationInput, responses={201: shapes.NewInvitationOutput})
    def post(self, request: Request, project: int) -> Response:
        """Make a link for one person, or for `max_uses`; it is shown now and never again."""
        row = get_project(request.user, project, "people.change")
        body = shapes.InvitationInput(data=request.data)
        body.is_valid(raise_exception=True)
        invitation, token = people.create_invitation(row, by=request.user, **body.validated_data)
        invitation.url = request.build_absolute_uri(reverse("pages:join", args=[token]))
        return Response(shapes.NewInvitationOutput(invitation).data, status=201)


class InvitationDetail(APIView):
    """One invitation."""

    token_scope = Scope.CURATE

    @extend_schema(responses={204: None})
    def delete(self, request: Request, invitation: int) -> Response:
        """Revoke it: its link is dead from now on."""
        row = get_for(request.user, Invitation.objects.all(), invitation, "people.change")
        people.revoke_invitation(row, by=request.user)
        return Response(status=204)


class TokenList(generics.GenericAPIView):
    """The API tokens of the person who asks."""

    serializer_class = shapes.TokenOutput
    queryset = ApiToken.objects.none()

    def get_permissions(self) -> list:
        """A program without a token may ask for one, with name and password."""
        return [AllowAny()] if self.request.method == "POST" else super().get_permissions()

    @extend_schema(responses=shapes.TokenOutput(many=True))
    def get(self, request: Request) -> Response:
        """Your tokens that work, without their keys."""
        page = self.paginate_queryset(request.user.api_tokens.usable())
        return self.get_paginated_response(shapes.TokenOutput(page, many=True).data)

    @extend_schema(request=shapes.TokenInput, responses={201: shapes.NewTokenOutput})
    def post(self, request: Request) -> Response:
        """Make a token; its key is shown now and never again."""
        body = shapes.TokenInput(data=request.data)
        body.is_valid(raise_exception=True)
        wishes = {name: body.validated_data[name] for name in ("name", "days", "scopes")}
        token, key = people.issue_token(holder_of(request, body.validated_data), **wishes)
        token.key = key
        return Response(shapes.NewTokenOutput(token).data, status=201)


def holder_of(request: Request, body: dict[str, str]) -> User:
    """Who the new token is for: the person signed in by cookie, or by the name and password in the body.

    Too many wrong passwords are answered by axes' middleware.

    Raises:
        AuthenticationFailed: name, password or the second factor's code is wrong.
        NotAuthenticated: nobody is signed in.
        PermissionDenied: a token asks, whose makings would outlive it.
    """
    if "username" in body and "password" in body:
        user = authenticate(request._request, username=body["username"], password=body["password"])
        if user is None:
            raise AuthenticationFailed("Name or password is wrong.", code="wrong_password")
        if second_factor.is_on(user) and not second_factor.check(user, body.get("code", "")):
            raise AuthenticationFailed("Send the code of your second factor, too, as `code`.", code="wrong_code")
        return user
    if isinstance(request.auth, ApiToken):
        raise PermissionDenied("A token cannot make tokens. Sign in, or send username and password.")
    if not request.user.is_authenticated:
        raise NotAuthenticated("Sign in, or send username and password.")
    return request.user


class Preferences(APIView):
    """What you set for yourself."""

    token_scope = Scope.LABEL

    @extend_schema(responses=shapes.PreferencesOutput)
    def get(self, request: Request) -> Response:
        """Your language, pen and keys."""
        return Response(shapes.PreferencesOutput(parse_preferences(request.user.preferences)).data)

    @extend_schema(request=shapes.PreferencesInput, responses=shapes.PreferencesOutput)
    def patch(self, request: Request) -> Response:
        """Change what you send and nothing else."""
        body = shapes.PreferencesInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(shapes.PreferencesOutput(people.change_preferences(request.user, **body.validated_data)).data)


class TokenDetail(APIView):
    """One token."""

    token_scope = Scope.READ

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token: int) -> Response:
        """Revoke it: its key is useless from now on. A token ends itself and no other."""
        rows = ApiToken.objects.filter(user=request.user)
        if isinstance(request.auth, ApiToken):
            rows = rows.filter(pk=request.auth.pk)
        row = generics.get_object_or_404(rows, pk=token)
        people.revoke_token(row, by=request.user)
        return Response(status=204)
