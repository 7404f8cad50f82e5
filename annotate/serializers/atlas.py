"""Shapes of atlases."""

from rest_framework import serializers

from annotate.serializers.images import ImageFilterInput
from annotate.services.finding.atlas import COLOURS, LEFT_OUT, MOST, NO_VALUE


class AtlasInput(ImageFilterInput):
    """Which photos stand out, and what colours them."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """A field for each filter, and the colours."""
        by = serializers.ChoiceField(COLOURS, default=COLOURS[0], help_text="The filter whose values are colours.")
        return super().get_fields() | {"by": by}


class AtlasOutput(serializers.Serializer):
    """The points of a project's atlas."""

    atlas = serializers.IntegerField(
        allow_null=True, help_text="As areas name it, lasso=ATLAS_x-y_x-y_x-y; null while none is drawn."
    )
    values = serializers.ListField(child=serializers.CharField(), help_text="Values of the filter that colours points.")
    found_count = serializers.IntegerField(help_text="Photos that answer, also those without a place in the atlas.")
    placed_count = serializers.IntegerField(help_text="Photos that answer and have a place.")
    point_count = serializers.IntegerField(help_text="Photos with a place, also those that the filters leave out.")
    points = serializers.CharField(
        help_text="Base64 of 14 bytes a point, in network order: photo (int64), x and y in ten-thousandths (int16), "
        f"code (int16): a place in `values`, {NO_VALUE} for another value or none, {LEFT_OUT} for what the filters "
        f"leave out. An even sample where there are more than {MOST:,}."
    )
