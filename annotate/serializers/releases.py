"""Shapes of releases."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.models import Release
from annotate.serializers import StrictInput
from annotate.services.waiting import why_it_waits

STATES = {
    Release.State.QUEUED: "queued",
    Release.State.RUNNING: "building",
    Release.State.CANCELLING: "cancelling",
    Release.State.DONE: "ready",
    Release.State.FAILED: "failed",
    Release.State.CANCELLED: "cancelled",
}
SHOWN_STATES = sorted(set(STATES.values()))


class ReleaseInput(StrictInput):
    """What makes a release; what it leaves out is suggested by the project."""

    name = serializers.RegexField(r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, required=False)
    version = serializers.CharField(max_length=20, required=False)
    licenses = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, required=False)
    notes = serializers.CharField(max_length=10_000, allow_blank=True, default="")
    layout = serializers.ChoiceField(Release.Layout.choices, required=False)
    validation_percent = serializers.IntegerField(
        min_value=1, max_value=40, default=10, help_text="Of photos that have no split yet; who has one keeps it."
    )
    test_percent = serializers.IntegerField(min_value=1, max_value=40, default=10, help_text="The same.")
    photos = serializers.CharField(
        max_length=2_000,
        allow_blank=True,
        default="",
        help_text="Which agreed photos: filters as in an address.",
    )


class ReleaseOutput(serializers.ModelSerializer):
    """A release as members see it."""

    state = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Release
        fields = (
            "id",
            "name",
            "version",
            "state",
            "progress",
            "item_count",
            "licenses",
            "layout",
            "content_id",
            "seal",
            "error",
            "attempt",
            "queued_at",
            "finished_at",
        )

    @extend_schema_field(serializers.ChoiceField(SHOWN_STATES))
    def get_state(self, release: Release) -> str:
        """One of queued, building, ready, failed, cancelling, cancelled."""
        return STATES[release.state]

    def get_progress(self, release: Release) -> float:
        """The share that is done, 0 to 1."""
        return release.progress_ppm / 1_000_000


class NearDuplicatesOutput(serializers.Serializer):
    """Photos of a release that look alike in different splits."""

    count = serializers.IntegerField(help_text="Pairs of them.")
    pairs = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="The ids of the photos of each, 200 at most.",
    )


class ReleaseProgress(ReleaseOutput):
    """One of them, with what it waits for and what is told of it before it is ready."""

    near_duplicates = NearDuplicatesOutput()
    waits_for = serializers.SerializerMethodField(help_text="What a queued one waits for, in a sentence.")

    class Meta(ReleaseOutput.Meta):
        fields = (*ReleaseOutput.Meta.fields, "waits_for", "near_duplicates")

    def get_waits_for(self, release: Release) -> str:
        """Empty where it does not wait."""
        return why_it_waits(release)
