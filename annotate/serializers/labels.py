"""Shapes of files of labels: in, what is in them, what they mean, what came of them."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.models import LabelImport
from annotate.serializers import StrictInput
from annotate.services.importing.label_problems import told
from annotate.services.waiting import why_it_waits


class ReadingInput(StrictInput):
    """How a file is read: its format, and what the format's reader cannot know."""

    format = serializers.CharField(
        max_length=20, required=False, help_text="Such as coco, cvat or masks; left out, the one that it looks like."
    )
    threshold = serializers.IntegerField(min_value=1, max_value=255, required=False, help_text="White from here on.")
    band = serializers.IntegerField(min_value=0, max_value=127, required=False, help_text="So near to it is neither.")
    photo_column = serializers.CharField(max_length=200, required=False, allow_blank=True)
    author_column = serializers.CharField(max_length=200, required=False, allow_blank=True)
    vote_column = serializers.CharField(max_length=200, required=False, allow_blank=True)

    @property
    def reading(self) -> dict[str, Any]:
        """The format and the options, as the services take them."""
        given = dict(self.validated_data)
        given.pop("file", None)
        return {"format": given.pop("format", ""), "options": given}


class LabelFileInput(ReadingInput):
    """A file of labels, or a zip file of several."""

    file = serializers.FileField(allow_empty_file=True)


class MappingField(serializers.Serializer):
    """What the file's names mean in the project; what is in none of the fields means nothing."""

    levels = serializers.DictField(child=serializers.IntegerField(), required=False, help_text="Name -> level.")
    kinds = serializers.DictField(child=serializers.CharField(), required=False, help_text="Name -> kind of blur.")
    votes = serializers.DictField(child=serializers.CharField(), required=False, help_text="Name -> none, good ...")
    unlabelled = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Names of areas that nobody has labelled."
    )
    authors = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Author of the file -> sign-in name of a member."
    )
    rest = serializers.IntegerField(required=False, allow_null=True, help_text="The level where no shape is.")
    takes_higher = serializers.BooleanField(required=False, help_text="Of several levels a shape gets the highest.")
    empty_is_labelled = serializers.BooleanField(required=False, help_text="A photo without shapes is all rest.")
    vote_of_maps = serializers.CharField(
        required=False, allow_blank=True, help_text="The vote of maps that show blur and have none."
    )


class MappingInput(StrictInput, MappingField):
    """What the file's names mean; left out altogether, what was chosen before, else what the report proposes."""


class LabelImportOutput(serializers.ModelSerializer):
    """A file of labels on its way."""

    stage = serializers.ChoiceField(LabelImport.Stage.choices)
    is_waiting = serializers.SerializerMethodField(help_text="No worker has begun its step.")
    progress = serializers.SerializerMethodField(help_text="The share of the step that is done, 0 to 1.")
    rows_read = serializers.IntegerField(allow_null=True)
    error = serializers.SerializerMethodField()
    counts = serializers.DictField(child=serializers.IntegerField(), source="result.counts", default=dict)
    undone = serializers.DictField(child=serializers.IntegerField(), source="undone.counts", default=dict)

    class Meta:
        model = LabelImport
        fields = (
            "id",
            "file_name",
            "byte_count",
            "format",
            "options",
            "step",
            "stage",
            "is_waiting",
            "progress",
            "rows_read",
            "error",
            "counts",
            "undone",
            "queued_at",
            "finished_at",
        )

    def get_is_waiting(self, work: LabelImport) -> bool:
        """Whether its step waits for a worker."""
        return work.state == work.State.QUEUED

    def get_progress(self, work: LabelImport) -> float:
        """The share that is done, 0 to 1."""
        return work.progress_ppm / 1_000_000

    def get_error(self, work: LabelImport) -> str:
        """Why it failed, in the reader's language as far as it is a sentence of ours."""
        return _(work.error) if work.error else ""


class LabelImportProgress(LabelImportOutput):
    """One of them, with what it waits for."""

    waits_for = serializers.SerializerMethodField(help_text="What a queued one waits for, in a sentence.")

    class Meta(LabelImportOutput.Meta):
        fields = (*LabelImportOutput.Meta.fields, "waits_for")

    def get_waits_for(self, work: LabelImport) -> str:
        """Empty where it does not wait."""
        return why_it_waits(work)


class ProblemField(serializers.Serializer):
    """Something that is not taken: what, where in the file, and why."""

    code = serializers.CharField()
    where = serializers.CharField()
    detail = serializers.CharField()


class NameField(serializers.Serializer):
    """A word of the file and how often it is said."""

    name = serializers.CharField()
    count = serializers.IntegerField()


class AuthorField(serializers.Serializer):
    """Somebody of the file; "" where it names nobody."""

    name = serializers.CharField(allow_blank=True)
    maps = serializers.IntegerField()
    votes = serializers.IntegerField()
    rows = serializers.IntegerField()


class PatternField(serializers.Serializer):
    """How many rows say these names together."""

    shapes = serializers.ListField(child=serializers.CharField())
    photo = serializers.ListField(child=serializers.CharField())
    drawing = serializers.ChoiceField(["shapes", "empty", "nothing"])
    rows = serializers.IntegerField()


class DrawnField(serializers.Serializer):
    """An area of a sample."""

    names = serializers.ListField(child=serializers.CharField())
    rings = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="x, y ... in pixels; even-odd."
    )


class SampleField(serializers.Serializer):
    """A photo of the project with what the file draws on it."""

    image = serializers.IntegerField()
    file_name = serializers.CharField()
    author = serializers.CharField(allow_blank=True)
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    names = serializers.ListField(child=serializers.CharField())
    shapes = DrawnField(many=True)
    is_cut_off = serializers.BooleanField(help_text="It has more outlines than are shown.")


class AreaExampleField(serializers.Serializer):
    """A shape whose stated area is another than what is inside its outline."""

    where = serializers.CharField()
    stated = serializers.IntegerField()
    counted = serializers.IntegerField()


class AreasField(serializers.Serializer):
    """How the areas that the file states compare with the pixels inside its outlines."""

    shapes = serializers.IntegerField()
    differing = serializers.IntegerField()
    excess_ppm = serializers.IntegerField()
    like_cv2 = serializers.BooleanField(help_text="As tools paint that also fill the outline's own pixels.")
    example = AreaExampleField(allow_null=True)


class ReportOutput(serializers.Serializer):
    """What the dry run found, what was chosen, and what was left out when it was brought in."""

    rows = serializers.IntegerField()
    photos = serializers.IntegerField(help_text="Photos of the project that the file is about.")
    photos_here = serializers.IntegerField(help_text="All photos of the project that are not withdrawn.")
    new_photos = serializers.IntegerField(help_text="Photos that come in with a release.")
    withdrawn = serializers.IntegerField()
    missing = serializers.IntegerField()
    ambiguous = serializers.IntegerField()
    broken = serializers.IntegerField()
    shape_names = NameField(many=True)
    photo_names = NameField(many=True)
    names_left_out = serializers.IntegerField(help_text="Rarer names that are not listed.")
    authors = AuthorField(many=True)
    patterns = PatternField(many=True)
    areas = AreasField(allow_null=True)
    samples = SampleField(many=True)
    problems = serializers.SerializerMethodField()
    proposed = MappingField()
    mapping = MappingField(allow_null=True, help_text="As last chosen.")
    unmapped = serializers.DictField(child=serializers.IntegerField())
    left_out = serializers.SerializerMethodField(help_text="The first rows that did not come in, and why.")
    left_out_count = serializers.SerializerMethodField()
    stays = serializers.SerializerMethodField(help_text="What was not taken back, since somebody built on it.")

    @classmethod
    def of(cls, work: LabelImport) -> Any:
        """The report of an import that was read."""
        result = {"unmapped": work.result.get("unmapped", {}), "mapping": work.mapping or None}
        context = {"result": work.result, "undone": work.undone}
        return cls(work.report | result, context=context).data

    @extend_schema_field(ProblemField(many=True))
    def get_problems(self, report: dict[str, Any]) -> Any:
        """The rows that cannot be taken, the first of them."""
        return told(report["problems"])

    @extend_schema_field(ProblemField(many=True))
    def get_left_out(self, report: dict[str, Any]) -> Any:
        """The same when it was brought in."""
        return told(self.context["result"].get("problems"))

    def get_left_out_count(self, report: dict[str, Any]) -> int:
        """How many there were in all."""
        return sum(self.context["result"].get("problems", {}).get("counts", {}).values())

    @extend_schema_field(ProblemField(many=True))
    def get_stays(self, report: dict[str, Any]) -> Any:
        """The first of what stayed."""
        return told(self.context["undone"].get("stays"))
