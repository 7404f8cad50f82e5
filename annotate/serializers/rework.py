"""Shapes of work that is sent back."""

from typing import Any

from rest_framework import serializers

from annotate.models import Rework
from annotate.permissions import allows
from annotate.serializers import StrictInput

MOST = 2**31 - 1


class ReworkInput(StrictInput):
    """Why work is sent back, the place that is meant, and to whom if not to its author."""

    reason = serializers.CharField(max_length=400)
    x = serializers.IntegerField(min_value=0, max_value=MOST, required=False, help_text="1/16 px of the upright photo.")
    y = serializers.IntegerField(min_value=0, max_value=MOST, required=False, help_text="1/16 px of the upright photo.")
    to = serializers.CharField(max_length=150, required=False, help_text="Sign-in name; its author unless given.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`place` in place of x and y.

        Raises:
            ValidationError: one of the two is missing.
        """
        x, y = attrs.pop("x", None), attrs.pop("y", None)
        if (x is None) != (y is None):
            raise serializers.ValidationError({"y" if y is None else "x": "A place has both x and y."})
        return attrs | {"place": None if x is None else (x, y)}


class ReworkFilterInput(StrictInput):
    """Which requests a list holds."""

    state = serializers.ChoiceField(Rework.State.choices, required=False)


class SentBackOutput(serializers.Serializer):
    """What a curator said of work that they sent back."""

    id = serializers.IntegerField()
    reason = serializers.CharField()
    x = serializers.IntegerField(allow_null=True, help_text="The place that is meant, in 1/16 px; null is all of it.")
    y = serializers.IntegerField(allow_null=True)


class ReworkOutput(serializers.ModelSerializer):
    """A request that a photo be labelled again, and what became of it. Names only those see who may know them."""

    asked_of = serializers.SerializerMethodField()
    asked_by = serializers.SerializerMethodField()

    class Meta:
        model = Rework
        fields = (
            "id",
            "image",
            "annotation",
            "asked_by",
            "asked_of",
            "reason",
            "x",
            "y",
            "state",
            "answer",
            "created_at",
            "redone_at",
            "closed_at",
        )

    def get_asked_by(self, rework: Rework) -> str | None:
        """Sign-in name; null for annotators, who do not know of each other."""
        return rework.asked_by.username if allows(rework.my_role, "people.name") else None

    def get_asked_of(self, rework: Rework) -> str | None:
        """Sign-in name; null for peers."""
        return rework.asked_of.username if allows(rework.my_role, "people.view") else None
