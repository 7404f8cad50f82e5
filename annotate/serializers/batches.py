"""Shapes of batches."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.models import Batch
from annotate.permissions import allows
from annotate.serializers import StrictInput
from annotate.serializers.images import ImageFilterInput, one_of_both

MOST_PEOPLE = 1_000


class BatchChanges(StrictInput):
    """What changes of a batch; its photos stay."""

    name = serializers.CharField(max_length=120, required=False)
    people = serializers.ListField(
        child=serializers.CharField(max_length=150), max_length=MOST_PEOPLE, required=False, help_text="Sign-in names."
    )
    is_for_everybody = serializers.BooleanField(required=False)
    due_on = serializers.DateField(required=False, allow_null=True, help_text="The last day for it.")
    is_closed = serializers.BooleanField(required=False, help_text="Its photos wait among the others again.")


class BatchInput(StrictInput):
    """Photos to be given: named ones, or all that a list of photos holds now; the set is fixed from then on."""

    name = serializers.CharField(max_length=120)
    images = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False)
    matching = ImageFilterInput(required=False)
    people = serializers.ListField(
        child=serializers.CharField(max_length=150), max_length=MOST_PEOPLE, default=list, help_text="Sign-in names."
    )
    is_for_everybody = serializers.BooleanField(default=False)
    due_on = serializers.DateField(required=False, allow_null=True, help_text="The last day for it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The same; raises ValidationError where both kinds of photos are given, or neither."""
        return one_of_both(attrs)


class BatchPersonOutput(serializers.Serializer):
    """How much of a batch somebody has handed in."""

    name = serializers.CharField()
    handed_in = serializers.IntegerField()


class BatchOutput(serializers.ModelSerializer):
    """A batch and how far it is. By whom is told to curators, to others their own part."""

    photo_count = serializers.IntegerField(help_text="Photos that are not withdrawn.")
    done_count = serializers.IntegerField(help_text="Photos that wait for none of its people any more.")
    people = serializers.SerializerMethodField()
    is_overdue = serializers.BooleanField()

    class Meta:
        model = Batch
        fields = (
            "id",
            "name",
            "people",
            "is_for_everybody",
            "due_on",
            "is_overdue",
            "photo_count",
            "done_count",
            "created_at",
            "closed_at",
        )

    @extend_schema_field(BatchPersonOutput(many=True))
    def get_people(self, batch: Batch) -> Any:
        """Those it is given to and those who handed in some of it."""
        sees_all = allows(batch.my_role, "people.view")
        shown = [each for each in batch.shares if sees_all or each["user"] == self.context["user"].pk]
        return BatchPersonOutput(shown, many=True).data
