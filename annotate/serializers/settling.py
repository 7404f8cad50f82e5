"""Shapes of disputes and of what a curator decides."""

from typing import Any

from rest_framework import serializers

from annotate.models import Annotation, Desirability
from annotate.serializers import StrictInput
from annotate.serializers.images import ImageOutput
from annotate.serializers.labelling import DifferenceOutput, DocumentField, SeenField
from annotate.services.agreement.consensus import blurred_px
from annotate.services.agreement.disputes import ORDERS

ID = {"min_value": 1, "max_value": 2**63 - 1}


class DisputesInput(StrictInput):
    """In which order, and whose."""

    order = serializers.ChoiceField(list(ORDERS), default="disagreement")
    person = serializers.IntegerField(**ID, required=False, help_text="Only photos that this user labelled.")


class DisputesOutput(serializers.Serializer):
    """The photos that wait for a curator."""

    ids = serializers.ListField(child=serializers.IntegerField(), help_text="At most 1,000, in the order asked for.")


class SidePersonOutput(serializers.ModelSerializer):
    """One person's side of a dispute."""

    annotation = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="author.username")
    vote = serializers.ChoiceField(Desirability.choices, allow_blank=True)
    is_blurred = serializers.BooleanField(help_text="Whether any pixel of the map is.")
    document = DocumentField()

    class Meta:
        model = Annotation
        fields = ("annotation", "name", "vote", "is_blurred", "document")


class DisputeOutput(serializers.Serializer):
    """All that a curator settles one photo by."""

    image = ImageOutput()
    why = serializers.CharField(help_text="One sentence.")
    desirability = serializers.ChoiceField(
        Desirability.choices,
        allow_blank=True,
        source="image.consensus.desirability",
        help_text="The likeliest by the votes.",
    )
    seen = serializers.IntegerField(source="image.consensus.revision", help_text="For deciding.")
    people = SidePersonOutput(many=True)
    merged = DocumentField(help_text="The map that holds until it is settled.")
    is_merged_blurred = serializers.SerializerMethodField()
    differences = DifferenceOutput(many=True, help_text="Levels in the order of `people`.")

    def get_is_merged_blurred(self, dispute: Any) -> bool:
        """Whether any pixel of the merged map is blurred."""
        return blurred_px(dispute.image.consensus.level_px) > 0


class TakeField(serializers.Serializer):
    """Whose map is right at a place."""

    place = serializers.IntegerField(min_value=0, max_value=999)
    annotation = serializers.IntegerField(**ID)


class DecisionInput(StrictInput):
    """What is to hold for a photo, and why."""

    act_id = serializers.UUIDField(help_text="Made by the client; the same one again is the same decision.")
    annotation = serializers.IntegerField(**ID, allow_null=True, help_text="Whose map; null is the merged one.")
    takes = TakeField(many=True, default=list, help_text="Places where another's map is right.")
    desirability = serializers.ChoiceField(Desirability.choices)
    reason = serializers.CharField(max_length=400)
    seen = SeenField(required=False)

    def validate_takes(self, takes: list[dict[str, int]]) -> dict[int, int]:
        """Place -> annotation."""
        return {take["place"]: take["annotation"] for take in takes}
