"""Shapes of members, invitations and tokens."""

from rest_framework import serializers

from annotate.models import ApiToken, Invitation, Membership, Role, Scope, all_scopes
from annotate.serializers import StrictInput
from annotate.services.teams.people import INVITATION_DAYS, MOST_DAYS, MOST_USES, TOKEN_DAYS


class MemberInput(StrictInput):
    """Somebody who has an account, and their role."""

    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(Role.choices)


class RoleInput(StrictInput):
    """A member's new role."""

    role = serializers.ChoiceField(Role.choices)


class MemberOutput(serializers.ModelSerializer):
    """A member."""

    username = serializers.CharField(source="user.username")

    class Meta:
        model = Membership
        fields = ("id", "user", "username", "role", "created_at")


class InvitationInput(StrictInput):
    """What makes an invitation."""

    role = serializers.ChoiceField(Role.choices, default=Role.ANNOTATOR)
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=INVITATION_DAYS)
    name = serializers.CharField(max_length=150, allow_blank=True, default="", help_text="For whom it is.")
    max_uses = serializers.IntegerField(min_value=1, max_value=MOST_USES, default=1)


class InvitationOutput(serializers.ModelSerializer):
    """An open invitation; its link is known to nobody any more."""

    class Meta:
        model = Invitation
        fields = ("id", "role", "name", "max_uses", "use_count", "created_at", "expires_at")


class NewInvitationOutput(InvitationOutput):
    """An invitation just made, with its link: it is shown this once."""

    url = serializers.URLField()

    class Meta(InvitationOutput.Meta):
        fields = (*InvitationOutput.Meta.fields, "url")


class PreferencesInput(StrictInput):
    """What you set for yourself; what is left out stays as it is. `core.preferences` checks the values."""

    language = serializers.CharField(max_length=8, allow_blank=True, required=False, help_text="Empty: the browser's.")
    pen = serializers.CharField(max_length=8, required=False, help_text="auto, always or never")
    warm_up = serializers.CharField(max_length=8, required=False, help_text="on or off")
    keys = serializers.DictField(child=serializers.CharField(max_length=40), required=False)


class PreferencesOutput(serializers.Serializer):
    """Language, pen, warm-up, and the keys that you moved, by command."""

    language = serializers.CharField()
    pen = serializers.CharField()
    warm_up = serializers.CharField()
    keys = serializers.DictField(child=serializers.CharField())


class TokenInput(StrictInput):
    """What makes a token: who is not signed in gives name and password."""

    name = serializers.CharField(max_length=80, default="API token")
    days = serializers.IntegerField(min_value=1, max_value=365, default=TOKEN_DAYS)
    scopes = serializers.MultipleChoiceField(
        choices=Scope.choices, allow_empty=False, default=all_scopes, help_text="Left out: all that its owner may do."
    )
    username = serializers.CharField(max_length=150, required=False)
    password = serializers.CharField(max_length=1000, required=False, trim_whitespace=False)
    code = serializers.CharField(max_length=20, required=False, help_text="Of the second factor, where there is one.")


class TokenOutput(serializers.ModelSerializer):
    """A token; its key is known to nobody any more."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))

    class Meta:
        model = ApiToken
        fields = ("id", "name", "scopes", "created_at", "expires_at", "last_used_at")


class NewTokenOutput(TokenOutput):
    """A token just made, with its key: it is shown this once."""

    key = serializers.CharField()

    class Meta(TokenOutput.Meta):
        fields = (*TokenOutput.Meta.fields, "key")
