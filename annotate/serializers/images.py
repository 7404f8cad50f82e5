"""Shapes of photos and uploads."""

from typing import Any

from django.utils import translation
from rest_framework import serializers

from annotate.models import Desirability, Image, Project, Role
from annotate.permissions import MINIMUM_ROLE
from annotate.serializers import StrictInput
from annotate.services.finding.filters import FILTERS, NUMBERED, SORTS, Filter, Kind
from annotate.services.finding.search import NEWEST, OLDEST, Search, read
from annotate.services.photos.curation import ACTS, MAX_IMAGES


class ImageFilterInput(StrictInput):
    """How a list of photos may be narrowed and ordered: by what `services.finding.filters` tells."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """A field for each filter, the order, and the name of a saved set."""
        fields = {name: _field_of(each) for name, each in FILTERS.items()}
        orders = [order for name in SORTS for order in (name, f"-{name}")]
        return fields | {
            "set": serializers.CharField(max_length=80, required=False, help_text="The name of a saved set."),
            "sort": serializers.ChoiceField(orders, required=False, help_text='"-" before it: the highest first.'),
            "newest": serializers.BooleanField(default=False, help_text="Newest first."),
        }


def search_of(project: Project, valid: dict[str, Any]) -> Search:
    """What the validated fields of `ImageFilterInput` ask for, the oldest photos first unless asked otherwise."""
    given = {name: value for name, value in valid.items() if value is not False}
    is_newest_first = given.pop("newest", False)
    asked = {name: "1" if value is True else str(value) for name, value in given.items()}
    return read(project, asked.items(), usual=NEWEST if is_newest_first else OLDEST)


def _field_of(filter: Filter) -> serializers.Field:
    """What the API takes for a filter."""
    told = {"required": False, "help_text": _help_of(filter)}
    if filter.kind == Kind.FLAG:
        return serializers.BooleanField(default=False, help_text=told["help_text"])
    if filter.name in NUMBERED:
        return serializers.IntegerField(min_value=1, max_value=2**63 - 1, **told)
    if filter.choices and filter.name != "scene":
        return serializers.ChoiceField(list(filter.choices), **told)
    return serializers.CharField(max_length=filter.longest, **told)


def _help_of(filter: Filter) -> str:
    """What it means and for whom it is, in the words of the schema."""
    with translation.override("en"):
        unit = f", in {filter.unit}" if filter.unit else ""
        bounds = {
            Kind.RANGE: f": low..high, either may be left out{unit}",
            Kind.DAYS: ": first..last day",
            Kind.AREA: ": number of the atlas and corners of a polygon, N_x-y_x-y_x-y",
        }
        role = MINIMUM_ROLE[filter.needs]
        whom = "" if role == Role.ANNOTATOR else f"; for {role}s and up"
        return f"{filter.label}{bounds.get(filter.kind, '')}{whom}."


class CurationInput(StrictInput):
    """What to do with which photos; all of them or none."""

    act = serializers.ChoiceField(sorted(ACTS))
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        allow_empty=False,
        max_length=MAX_IMAGES,
        required=False,
    )
    matching = ImageFilterInput(required=False, help_text="All that such a list holds now, in place of `images`.")
    act_id = serializers.UUIDField(help_text="Made by the client; the same one again is the same act.")
    album = serializers.CharField(max_length=160, allow_blank=True, default="", help_text="For the act `album`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The same; raises ValidationError where both kinds of photos are given, or neither."""
        return one_of_both(attrs)


def one_of_both(attrs: dict[str, Any]) -> dict[str, Any]:
    """The fields, if either `images` or `matching` says which photos are meant; else raises ValidationError."""
    if ("images" in attrs) == ("matching" in attrs):
        raise serializers.ValidationError({"images": "Give either images or matching."})
    return attrs


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
    bursts = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="If asked for: image -> its burst, by the id of its first photo, for those that are of one.",
    )


class BurstOutput(serializers.Serializer):
    """The photo of a burst that is proposed to be kept, and why, in a sentence."""

    images = serializers.ListField(child=serializers.IntegerField())
    proposed = serializers.IntegerField()
    file_name = serializers.CharField(help_text="Of the one that is proposed.")
    why = serializers.CharField()


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
        """The photo as whoever asks may know it: see `services.queueing.gold.as_seen_by`."""
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
