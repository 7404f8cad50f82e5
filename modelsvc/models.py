"""The rows of learning: runs on releases, the versions they make, and what a version thinks of each photo."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models import Image, LeasedWork, LeasedWorkQuerySet, Project, Release, User


class TrainingRunQuerySet(LeasedWorkQuerySet):
    """Reads of runs."""

    def visible_to(self, user: User) -> Self:
        """Runs of the user's projects."""
        return self.filter(project__memberships__user=user)


class TrainingRun(LeasedWork):
    """One training of the net on one frozen release. Its process is `python -m modelsvc.fusenet train`."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    release = models.ForeignKey(Release, models.PROTECT, related_name="runs")
    base_version = models.ForeignKey("ModelVersion", models.PROTECT, null=True, blank=True, related_name="+")
    preset = models.CharField(max_length=20)
    config = models.JSONField(help_text="Every parameter, as `fusenet.train.TrainConfig` reads it.")
    run_hash = models.CharField(max_length=64, help_text="SHA-256 of release, code, parameters, seed and device kind.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    epoch = models.PositiveIntegerField(default=0)
    epochs = models.PositiveIntegerField()
    images_per_s = models.FloatField(null=True)
    log_tail = models.TextField(blank=True)
    updated_at = models.DateTimeField(db_default=Now())

    objects = TrainingRunQuerySet.as_manager()

    class Meta(LeasedWork.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Run {self.pk} on {self.release}"


class RunMetric(models.Model):
    """One number of one epoch."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="metrics")
    epoch = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    value = models.FloatField()

    class Meta:
        ordering = ["epoch", "name"]
        constraints = [models.UniqueConstraint(fields=["run", "name", "epoch"], name="run_metric_once")]


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    """Reads of model versions."""

    def visible_to(self, user: User) -> Self:
        """Versions of the user's projects."""
        return self.filter(project__memberships__user=user)

    def in_production(self) -> Self:
        """The versions that pre-annotate, one a project."""
        return self.filter(stage=ModelVersion.Stage.PRODUCTION)


class ModelVersion(models.Model):
    """A checkpoint that may pre-annotate."""

    class Stage(models.TextChoices):
        CANDIDATE = "candidate"
        SHADOW = "shadow"
        PRODUCTION = "production"
        ARCHIVED = "archived"

    project = models.ForeignKey(Project, models.CASCADE, related_name="model_versions")
    run = models.OneToOneField(TrainingRun, models.PROTECT, null=True, blank=True, related_name="version")
    name = models.CharField(max_length=120)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CANDIDATE)
    architecture = models.CharField(max_length=40)
    checkpoint = models.CharField(max_length=300, help_text="Where it lies below the models folder.")
    weights_sha256 = models.CharField(max_length=64)
    metrics = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    promoted_at = models.DateTimeField(null=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="model_version_name_once"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(stage="production"), name="model_version_one_in_production"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PreannotationBatch(LeasedWork):
    """A unit of pre-annotation: some images to be predicted by one version."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="batches")
    image_ids = models.JSONField()


class Prediction(models.Model):
    """What a version thinks of an image; made once."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="predictions")
    image = models.ForeignKey(Image, models.CASCADE, related_name="predictions")
    document = models.JSONField()
    probabilities_ppm = models.JSONField(help_text="none, good, ok, bad; sum 1,000,000.")
    uncertainty_ppm = models.PositiveIntegerField()
    content = models.BinaryField(null=True, help_text="float16s: what the photo shows, by this version only.")
    elapsed_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "image"], name="prediction_once")]
