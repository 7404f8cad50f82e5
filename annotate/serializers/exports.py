"""Shapes of exports."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.core.levels import MOST
from annotate.models import Export
from annotate.serializers import StrictInput
from annotate.serializers.releases import SHOWN_STATES, STATES
from annotate.services.releasing.exports import written_formats
from annotate.services.waiting import why_it_waits


class ExportInput(StrictInput):
    """A format, and how a release is written in it."""

    format = serializers.ChoiceField([(format.name, format.title) for format in written_formats()])
    with_photos = serializers.BooleanField(default=True, help_text="The photos beside the labels.")
    is_blur_white = serializers.BooleanField(default=True, help_text="Masks: what is blurred is white, not black.")
    from_level = serializers.IntegerField(
        min_value=1, max_value=MOST - 1, default=1, help_text="Masks: levels from this one on are blurred."
    )
    photos = serializers.CharField(
        max_length=2_000,
        allow_blank=True,
        default="",
        help_text="Which photos of the release: filters as in an address, such as `set=NAME`.",
    )


class ExportOutput(serializers.ModelSerializer):
    """An export as members see it."""

    state = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    options = serializers.DictField(help_text="Those that are not the usual ones.")

    class Meta:
        model = Export
        fields = (
            "id",
            "release",
            "format",
            "options",
            "state",
            "progress",
            "bytes",
            "error",
            "attempt",
            "queued_at",
            "finished_at",
        )

    @extend_schema_field(serializers.ChoiceField(SHOWN_STATES))
    def get_state(self, export: Export) -> str:
        """One of queued, building, ready, failed, cancelling, cancelled."""
        return STATES[export.state]

    def get_progress(self, export: Export) -> float:
        """The share that is done, 0 to 1."""
        return export.progress_ppm / 1_000_000


class ExportProgress(ExportOutput):
    """One of them, with what it waits for."""

    waits_for = serializers.SerializerMethodField(help_text="What a queued one waits for, in a sentence.")

    class Meta(ExportOutput.Meta):
        fields = (*ExportOutput.Meta.fields, "waits_for")

    def get_waits_for(self, export: Export) -> str:
        """Empty where it does not wait."""
        return why_it_waits(export)
