"""Shapes of runs and model versions, in and out."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotate.models import LeasedWork, Release
from modelsvc.models import Evaluation, ModelVersion, RunAttempt, RunMetric, TrainingRun, TrialPhoto
from modelsvc.services.waiting import why_it_waits

PHASES = (*LeasedWork.State.values, "stopping")


class RunInput(serializers.Serializer):
    """What starts a run; `parameters` is checked against the trainer's own schema."""

    release = serializers.PrimaryKeyRelatedField(queryset=Release.objects.none())
    preset = serializers.CharField(max_length=20)
    base_version = serializers.PrimaryKeyRelatedField(
        queryset=ModelVersion.objects.none(), required=False, allow_null=True
    )
    parameters = serializers.DictField(required=False)

    def __init__(self, *args, project=None, **kwargs):
        super().__init__(*args, **kwargs)
        if project is not None:  # the schema is drawn without one
            self.fields["release"].queryset = project.releases.all()
            self.fields["base_version"].queryset = project.model_versions.all()


class RunOutput(serializers.ModelSerializer):
    """A run as clients see it."""

    state = serializers.ChoiceField(choices=PHASES, source="phase", read_only=True)
    progress = serializers.SerializerMethodField()

    class Meta:
        model = TrainingRun
        fields = (
            "id",
            "release",
            "preset",
            "state",
            "epoch",
            "epochs",
            "progress",
            "attempt",
            "images_per_s",
            "queued_at",
            "started_at",
            "finished_at",
            "error",
            "log_tail",
        )

    def get_progress(self, run: TrainingRun) -> float:
        """The share that is done, 0 to 1."""
        return run.progress_ppm / 1_000_000


class MetricOutput(serializers.ModelSerializer):
    """One number of one epoch."""

    class Meta:
        model = RunMetric
        fields = ("epoch", "name", "value")


class AttemptOutput(serializers.ModelSerializer):
    """One process that trained a run."""

    class Meta:
        model = RunAttempt
        fields = ("number", "reason", "worker", "from_epoch", "started_at")


class RunVersionOutput(serializers.ModelSerializer):
    """The version that came of a run."""

    class Meta:
        model = ModelVersion
        fields = ("id", "name", "stage")


class CurvesField(serializers.DictField):
    """Name to [epochs, values]."""

    child = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))


class LiveOutput(RunOutput):
    """All that the live page of a run shows."""

    waits_for = serializers.CharField(help_text="What a queued run waits for, in a sentence.")
    attempts = AttemptOutput(many=True)
    version = serializers.SerializerMethodField()
    table = CurvesField(help_text="Every metric of every epoch: name to [epochs, values].")
    curves = CurvesField(help_text="What steps tell, finer than epochs: name to [epochs, values], at most 1,000.")
    samples = serializers.ListField(child=serializers.IntegerField(), help_text="Epochs that left a picture.")

    class Meta(RunOutput.Meta):
        fields = (*RunOutput.Meta.fields, "waits_for", "attempts", "version", "table", "curves", "samples")

    @extend_schema_field(RunVersionOutput(allow_null=True))
    def get_version(self, run: TrainingRun) -> dict | None:
        """What came of it, if anything did yet."""
        version = getattr(run, "version", None)
        return RunVersionOutput(version).data if version else None


class EvaluationInput(serializers.Serializer):
    """What to measure a version on."""

    release = serializers.PrimaryKeyRelatedField(queryset=Release.objects.none())

    def __init__(self, *args, project=None, **kwargs):
        super().__init__(*args, **kwargs)
        if project is not None:
            self.fields["release"].queryset = Release.objects.filter(project=project)


class EvaluationOutput(serializers.ModelSerializer):
    """A version measured on a release's test photos."""

    progress = serializers.SerializerMethodField()
    waits_for = serializers.SerializerMethodField(help_text="What a queued measuring waits for, in a sentence.")

    class Meta:
        model = Evaluation
        fields = ("id", "version", "release", "state", "progress", "waits_for", "attempt", "error", "metrics", "slices")

    def get_waits_for(self, evaluation: Evaluation) -> str:
        """Empty where it does not wait."""
        is_queued = evaluation.state == evaluation.State.QUEUED
        return why_it_waits(evaluation, evaluation.version.project) if is_queued else ""

    def get_progress(self, evaluation: Evaluation) -> float:
        """The share that is done, 0 to 1."""
        return evaluation.progress_ppm / 1_000_000


class StageInput(serializers.Serializer):
    """Where a version that is not in production stands."""

    stage = serializers.ChoiceField(choices=["candidate", "shadow", "archived"])


class ModelVersionOutput(serializers.ModelSerializer):
    """A model version as clients see it."""

    class Meta:
        model = ModelVersion
        fields = (
            "id",
            "name",
            "stage",
            "architecture",
            "run",
            "weights_sha256",
            "metrics",
            "created_at",
            "promoted_at",
        )


class TrialDecisionInput(serializers.Serializer):
    """What becomes of one photo of a trial."""

    number = serializers.IntegerField(min_value=0)
    decision = serializers.ChoiceField(choices=TrialPhoto.Decision.values, allow_blank=True)


class TrialDecisionsInput(serializers.Serializer):
    """What becomes of photos of a trial."""

    photos = TrialDecisionInput(many=True, allow_empty=False, max_length=200)


class ProgressOutput(serializers.Serializer):
    """How far a long piece of work is."""

    state = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    note = serializers.CharField(help_text="How many of how many, and how fast, in words.")
    waits_for = serializers.CharField(allow_blank=True, help_text="What queued work waits for, in a sentence.")
    error = serializers.CharField(allow_blank=True)
