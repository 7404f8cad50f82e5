"""Shapes of labelling: what to label next, drafts, votes and what they come to."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.core.regions import DESIRABILITIES, KINDS
from annotate.models import Annotation, Consensus, Desirability, Preannotation, Vote
from annotate.serializers import StrictInput
from annotate.serializers.images import ImageOutput
from annotate.serializers.rework import SentBackOutput

INTEGER = {"type": "integer"}
REGION = {
    "type": "object",
    "required": ["id", "level", "kind", "rings", "z"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "maxLength": 64},
        "level": {"type": "integer", "minimum": 0, "maximum": 7},
        "kind": {"type": "string", "enum": list(KINDS)},
        "rings": {"type": "array", "items": {"type": "array", "items": INTEGER, "minItems": 6}, "minItems": 1},
        "z": INTEGER,
    },
}
DOCUMENT = {
    "type": "object",
    "description": "A painter's stack; rings are x0, y0, x1, y1, ... in 1/16 px of the upright photo.",
    "required": ["base", "regions"],
    "additionalProperties": False,
    "properties": {
        "base": {"type": "integer", "nullable": True, "minimum": 0, "maximum": 7},
        "regions": {"type": "array", "items": REGION},
    },
}
SHOWN_LAYERS = [each.value for each in Annotation.Layer if each != Annotation.Layer.GOLD]
BY_DESIRABILITY = {"type": "object", "properties": dict.fromkeys(DESIRABILITIES, INTEGER), "required": DESIRABILITIES}


@extend_schema_field(DOCUMENT)
class DocumentField(serializers.Field):
    """A region document as decoded JSON; `parse_document` checks it, once."""

    def to_internal_value(self, data: Any) -> Any:
        """The document as it came."""
        return data

    def to_representation(self, value: Any) -> Any:
        """The document as it is stored."""
        return value


@extend_schema_field(BY_DESIRABILITY)
class ByDesirabilityField(serializers.Field):
    """Four numbers, named: none, good, ok, bad."""

    def to_representation(self, value: list[int]) -> dict[str, int]:
        """The numbers with their names."""
        return dict(zip(DESIRABILITIES, value, strict=True))


class NextInput(StrictInput):
    """What to label: a photo of one's choice, or whatever comes next."""

    image = serializers.IntegerField(min_value=1, required=False)
    after = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="Look ahead: the photo that comes after this one, which the caller is at now.",
    )


class DraftInput(StrictInput):
    """A whole document to be saved."""

    save_id = serializers.UUIDField(help_text="Made by the client; the same one again is the same save.")
    base_revision = serializers.IntegerField(min_value=0, max_value=2**31 - 2)
    document = DocumentField()
    active_ms = serializers.IntegerField(min_value=0, max_value=2**53, default=0, help_text="Time spent on it so far.")
    saw_model = serializers.BooleanField(default=False, help_text="The model's map was laid over the photo.")


class NoteField(serializers.Serializer):
    """A note that its author pinned on the photo."""

    id = serializers.RegexField(r"^[A-Za-z0-9_.:-]{1,64}$")
    x = serializers.IntegerField(help_text="1/16 px of the upright photo.")
    y = serializers.IntegerField(help_text="1/16 px of the upright photo.")
    text = serializers.CharField(max_length=500)


class NotesInput(StrictInput):
    """All notes of an annotation."""

    notes = NoteField(many=True, max_length=50)


class DraftOutput(serializers.Serializer):
    """What a save made."""

    revision = serializers.IntegerField()


class SkipInput(StrictInput):
    """Why a photo is left to others."""

    reason = serializers.CharField(max_length=200)


class VoteInput(StrictInput):
    """A person's word on a photo."""

    desirability = serializers.ChoiceField(Desirability.choices)
    elapsed_ms = serializers.IntegerField(min_value=0, max_value=2**53, default=0)
    alone = serializers.BooleanField(
        default=False, help_text="It counts beside others' maps, until you submit a map of your own."
    )


class VoteOutput(serializers.ModelSerializer):
    """A vote as its author sees it."""

    class Meta:
        model = Vote
        fields = ("image", "desirability", "elapsed_ms")


class UnvotedOutput(serializers.Serializer):
    """Photos that wait for a vote without a map: the next ones, and how many there are."""

    count = serializers.IntegerField()
    results = ImageOutput(many=True)


class AnnotationOutput(serializers.ModelSerializer):
    """One author's document for one photo, and the notes they pinned on it."""

    layer = serializers.ChoiceField(SHOWN_LAYERS, source="shown_layer")
    document = DocumentField()
    notes = NoteField(many=True, read_only=True)

    class Meta:
        model = Annotation
        fields = ("id", "image", "author", "layer", "revision", "state", "document", "active_ms", "notes")


class FeedbackOutput(serializers.Serializer):
    """What an expert said of a test photo that one has answered, for the person's eyes only."""

    desirability = serializers.ChoiceField(Desirability.choices)
    reason = serializers.CharField()
    document = DocumentField()
    is_right = serializers.BooleanField()
    overlap_ppm = serializers.IntegerField(allow_null=True, help_text="How much blur the two maps paint alike.")


class SubmittedOutput(AnnotationOutput):
    """Work that was handed in; of a test photo, with what the expert said."""

    feedback = FeedbackOutput(allow_null=True)

    class Meta(AnnotationOutput.Meta):
        fields = (*AnnotationOutput.Meta.fields, "feedback")


class StaleOutput(serializers.Serializer):
    """The refusal of a save that was based on an older revision, with the newer one."""

    code = serializers.CharField()
    detail = serializers.CharField()
    where = serializers.CharField()
    annotation = AnnotationOutput()


class PredictionOutput(serializers.ModelSerializer):
    """What the production model thinks of a photo."""

    document = DocumentField()
    probabilities = ByDesirabilityField(source="probabilities_ppm")
    model = serializers.CharField(source="model_name")
    no_evidence = DocumentField(allow_null=True, help_text="Regions where the photo holds nothing to judge by.")
    subject = DocumentField(allow_null=True, help_text="Regions of what draws the eye, of level 0.")

    class Meta:
        model = Preannotation
        fields = ("document", "probabilities", "model", "uncertainty_ppm", "no_evidence", "no_evidence_ppm", "subject")


class TaskOutput(serializers.Serializer):
    """A photo to label: with the draft to go on with, one's vote so far, and the model's layer below."""

    image = ImageOutput()
    annotation = AnnotationOutput(source="*")
    prediction = PredictionOutput(source="image.shown_preannotation", default=None, allow_null=True)
    vote = serializers.ChoiceField(Desirability.choices, allow_null=True)
    sent_back = SentBackOutput(allow_null=True, help_text="What a curator said who sent the work back; else null.")
    is_copy = serializers.SerializerMethodField(help_text="The map began as a copy of another person's, by a curator.")
    lease_until = serializers.DateTimeField()

    def get_is_copy(self, annotation: Annotation) -> bool:
        """Whether it did."""
        return annotation.copied_from_id is not None


class SettlingOutput(serializers.Serializer):
    """A curator's own map of a photo, to go on with, and what holds for the photo meanwhile."""

    image = ImageOutput()
    annotation = AnnotationOutput(source="*")
    prediction = PredictionOutput(source="image.shown_preannotation", default=None, allow_null=True)
    seen = serializers.IntegerField(
        source="image.consensus.revision", default=0, help_text="The revision of the consensus, for settling."
    )


class SeenField(serializers.IntegerField):
    """The revision of the consensus that a curator knows of."""

    def __init__(self, **how: Any) -> None:
        said = "The revision of the consensus that the curator knows of: 409 if another has settled it since."
        super().__init__(min_value=0, max_value=2**31 - 1, help_text=said, **how)


class SettleInput(StrictInput):
    """A curator's decision on a photo whose map they have drawn and saved."""

    annotation = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Their map.")
    act_id = serializers.UUIDField(required=False, help_text="Made by the client: by it the decision is taken back.")
    desirability = serializers.ChoiceField(Desirability.choices)
    reason = serializers.CharField(max_length=400)
    seen = SeenField(required=False)


class DifferenceOutput(serializers.Serializer):
    """A place where people's maps part."""

    box = serializers.ListField(child=serializers.IntegerField(), help_text="Left, top, right, bottom in pixels.")
    area_px = serializers.IntegerField()
    levels = serializers.ListField(
        child=serializers.IntegerField(), help_text="The commonest level of each map there; 255 unlabelled."
    )


class DifferencesOutput(serializers.Serializer):
    """Where people who labelled a photo say different things, the largest place first."""

    annotations = serializers.ListField(child=serializers.IntegerField(), help_text="In the order of `levels`.")
    differences = DifferenceOutput(many=True)


class ConsensusInput(StrictInput):
    """A curator's decision on a photo."""

    document = DocumentField()
    desirability = serializers.ChoiceField(Desirability.choices)
    reason = serializers.CharField(max_length=400)
    seen = SeenField(required=False)


class ConsensusOutput(serializers.ModelSerializer):
    """What people's work on a photo comes to."""

    posterior = ByDesirabilityField(source="posterior_ppm")
    votes = ByDesirabilityField(source="vote_counts")
    agreement = serializers.IntegerField(
        source="agreement_ppm",
        allow_null=True,
        help_text="How far the amounts of blur overlap that two people painted, in parts per million; null if unknown.",
    )
    level_kappas = serializers.ListField(
        source="level_kappas_ppm",
        child=serializers.IntegerField(allow_null=True),
        help_text="The same for each level, beyond what chance would give, in parts per million; null if undefined.",
    )
    unsettled = serializers.IntegerField(
        source="unsettled_ppm",
        help_text="Labelled pixels on which people differ too far for the map to say, in parts per million.",
    )
    dispute = serializers.ChoiceField(
        Consensus.Dispute.choices, source="why_disputed", allow_blank=True, help_text="Why it is disputed, if it is."
    )

    class Meta:
        model = Consensus
        fields = (
            "image",
            "state",
            "desirability",
            "posterior",
            "votes",
            "agreement",
            "level_kappas",
            "unsettled",
            "dispute",
            "level_annotators",
            "merge_rule",
            "decided_by",
            "reason",
            "revision",
            "updated_at",
        )
