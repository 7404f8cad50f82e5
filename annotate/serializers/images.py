"""Shapes of photos and uploads."""

from typing import Any

from rest_framework import serializers

from annotate.models import Desirability, Image
from annotate.serializers import StrictInput
from annotate.services.curation import ACTS, MAX_IMAGES


class ImageFilterInput(StrictInput):
    """How a list of photos may be narrowed."""

    state = serializers.ChoiceField(Image.State.choices, required=False)
    split = serializers.ChoiceField(Image.Split.choices, required=False)
    license = serializers.CharField(max_length=60, required=False)
    album = serializers.CharField(max_length=160, required=False)
    sha256 = serializers.RegexField("^[0-9a-f]{64}$", required=False)
    q = serializers.CharField(max_length=255, required=False, help_text="Words in the file name.")
    desirability = serializers.ChoiceField(Desirability.choices, required=False, help_text="What people agreed on.")
    uploader = serializers.CharField(max_length=150, required=False, help_text="Sign-in name; for researchers and up.")
    batch = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, help_text="Given in it.")
    differing = serializers.BooleanField(default=False, help_text="Votes or maps differ; for researchers and up.")
    withdrawn = serializers.BooleanField(default=False, help_text="The withdrawn photos instead of the others.")
    skipped = serializers.BooleanField(default=False, help_text="Skips that wait for a curator; for curators.")
    noted = serializers.BooleanField(default=False, help_text="Notes that wait for a curator; for curators.")
    newest = serializers.BooleanField(default=False, help_text="Newest first.")


class CurationInput(StrictInput):
    """What to do with which photos; all of them or none."""

    act = serializers.ChoiceField(sorted(ACTS))
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), allow_empty=False, max_length=MAX_IMAGES
    )
    act_id = serializers.UUIDField(help_text="Made by the client; the same one again is the same act.")
    album = serializers.CharField(max_length=160, allow_blank=True, default="", help_text="For the act `album`.")


class UndoInput(StrictInput):
    """An undo of an act."""

    undo_id = serializers.UUIDField(help_text="Made by the client.")


class CurationOutput(serializers.Serializer):
    """How many photos an act changed."""

    changed = serializers.IntegerField()


class ImageIdsOutput(serializers.Serializer):
    """The ids of a list's photos, in its order, a page at a time."""

    ids = serializers.ListField(child=serializers.IntegerField())
    next = serializers.URLField(allow_null=True)


class ImageOutput(serializers.ModelSerializer):
    """A photo in a list. Desirability is told once people have agreed, so that nobody's vote leans on it."""

    desirability = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = (
            "id",
            "project",
            "file_name",
            "width",
            "height",
            "sha256",
            "state",
            "split",
            "desirability",
            "is_withdrawn",
            "created_at",
        )

    def to_representation(self, image: Image) -> Any:
        """The photo as whoever asks may know it: see `services.gold.as_seen_by`."""
        if getattr(image, "is_test", False):
            image.disguise()
        return super().to_representation(image)

    def get_desirability(self, image: Image) -> Desirability | None:
        """The agreed desirability."""
        consensus = getattr(image, "consensus", None) if image.state == Image.State.AGREED else None
        return consensus.desirability if consensus else None


class ImageDetailOutput(ImageOutput):
    """All that is known of one photo."""

    class Meta(ImageOutput.Meta):
        fields = (
            *ImageOutput.Meta.fields,
            "format",
            "byte_count",
            "colour",
            "license",
            "attribution",
            "photographer",
            "source_url",
            "album",
            "camera",
            "captured_at",
        )


class UploadInput(StrictInput):
    """Photos and where they come from; what is said here holds for every file of the request."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=None), allow_empty=False
    )
    license = serializers.CharField(max_length=60)
    attribution = serializers.CharField(max_length=2000, allow_blank=True, default="")
    photographer = serializers.CharField(max_length=160, allow_blank=True, default="")
    source_url = serializers.URLField(max_length=500, allow_blank=True, default="")
    album = serializers.CharField(max_length=160, allow_blank=True, default="")


class RefusalOutput(serializers.Serializer):
    """Why a file was refused."""

    code = serializers.CharField()
    detail = serializers.CharField()
    where = serializers.CharField(required=False)


class UploadedOutput(serializers.Serializer):
    """What became of one file: an image, or an error."""

    file_name = serializers.CharField()
    image = ImageOutput(required=False)
    duplicate = serializers.BooleanField(required=False, help_text="The project had this very photo already.")
    note = serializers.CharField(
        required=False, help_text='What had to be done to the file to store it, in words; mostly "".'
    )
    looks_like = ImageOutput(required=False, help_text="An earlier photo; the new one is kept unless it is withdrawn.")
    error = RefusalOutput(required=False)


class UploadOutput(serializers.Serializer):
    """One result for each file, in the order of the request; code and detail when none was accepted."""

    results = UploadedOutput(many=True)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
