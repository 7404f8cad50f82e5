"""Shapes of runs and model versions, in and out."""

from rest_framework import serializers

from annotate.models import Release
from modelsvc.models import ModelVersion, RunMetric, TrainingRun


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
