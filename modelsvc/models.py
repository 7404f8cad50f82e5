"""The rows of learning: runs on releases, the versions they make, and what a version thinks of each photo."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models import Desirability, Image, LeasedWork, LeasedWorkQuerySet, Project, Release, User


class TrainingRunQuerySet(LeasedWorkQuerySet):
    """Reads of runs."""

    def visible_to(self, user: User) -> Self:
        """Runs of the user's projects."""
        return self.filter(project__memberships__user=user)

    def unfinished(self) -> Self:
        """Runs that wait or train."""
        return self.filter(state__in=["queued", "running", "cancelling"])


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
    is_stopping = models.BooleanField(default=False, db_default=False, help_text="Ends well after this epoch.")
    first_attempt = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Checkpoints of the attempts before it do not count."
    )
    queued_because = models.CharField(
        max_length=200, blank=True, db_default="", help_text="Why the next attempt begins, where a person said so."
    )
    updated_at = models.DateTimeField(db_default=Now())

    objects = TrainingRunQuerySet.as_manager()

    class Meta(LeasedWork.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Run {self.pk} on {self.release}"

    @property
    def phase(self) -> str:
        """The state as people see it: a run that ends after its epoch is stopping."""
        return "stopping" if self.is_stopping and self.state == self.State.RUNNING else self.state


class RunAttempt(models.Model):
    """One process that trained a run, and why it was begun."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    reason = models.TextField()
    worker = models.CharField(max_length=120)
    from_epoch = models.PositiveIntegerField(help_text="Epochs that were done before.")
    started_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="run_attempt_once")]


class RunPoint(models.Model):
    """A curve's value at one of 1,000 places along the run, so that no curve has more points than a page can show."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="points")
    name = models.CharField(max_length=60)
    place = models.PositiveSmallIntegerField(help_text="Thousandths of the whole training.")
    value = models.FloatField()

    class Meta:
        ordering = ["name", "place"]
        constraints = [models.UniqueConstraint(fields=["run", "name", "place"], name="run_point_once")]


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

    def predicting(self) -> Self:
        """Those in production, and those in shadow, whose predictions nobody sees."""
        return self.filter(stage__in=ModelVersion.PREDICTING)


class ModelVersion(models.Model):
    """A checkpoint that may pre-annotate."""

    class Stage(models.TextChoices):
        CANDIDATE = "candidate", _("Candidate")
        SHADOW = "shadow", _("Shadow")
        PRODUCTION = "production", _("Production")
        ARCHIVED = "archived", _("Archived")

    PREDICTING = (Stage.PRODUCTION, Stage.SHADOW)

    project = models.ForeignKey(Project, models.CASCADE, related_name="model_versions")
    run = models.OneToOneField(TrainingRun, models.PROTECT, null=True, blank=True, related_name="version")
    name = models.CharField(max_length=120)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CANDIDATE)
    architecture = models.CharField(max_length=40)
    checkpoint = models.CharField(max_length=300, help_text="Where it lies below the models folder.")
    weights_sha256 = models.CharField(max_length=64)
    level_count = models.PositiveSmallIntegerField(
        default=4, db_default=4, help_text="How many levels it knows; it says nothing in a project of another number."
    )
    metrics = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    promoted_at = models.DateTimeField(null=True)
    replaced = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", help_text="What was in production before it."
    )
    looked_to = models.BigIntegerField(
        default=0, db_default=0, help_text="The image up to which sweeps have looked for what it has not seen."
    )

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

    def knows_the_scale(self) -> bool:
        """Whether its project has as many levels, now, as it learned."""
        levels = Project.objects.values_list("levels", flat=True).get(pk=self.project_id)
        return len(levels) == self.level_count


class Worker(models.Model):
    """A worker process of some queue, as it last told of itself."""

    name = models.CharField(max_length=120, unique=True, help_text="HOST:PID, as leases name it.")
    queues = models.JSONField(default=list)
    device = models.CharField(max_length=10, blank=True, help_text="cpu or cuda; only of workers that train.")
    torch = models.CharField(max_length=40, blank=True)
    commit = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EvaluationQuerySet(LeasedWorkQuerySet):
    """Reads of evaluations."""

    def visible_to(self, user: User) -> Self:
        """Evaluations in the user's projects."""
        return self.filter(version__project__memberships__user=user)


class Evaluation(LeasedWork):
    """A version measured on the test photos of a release. Two of them on the same photos can be compared."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="evaluations")
    release = models.ForeignKey(Release, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    metrics = models.JSONField(default=dict, help_text="Name -> value, low and high of the 95 % interval.")
    slices = models.JSONField(default=dict)
    photos = models.JSONField(default=list, help_text="What `fusenet.examine` says of each photo.")

    objects = EvaluationQuerySet.as_manager()

    class Meta(LeasedWork.Meta):
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["version", "release"], name="evaluation_once")]

    def __str__(self) -> str:
        return f"{self.version} on {self.release}"


class PreannotationBatch(LeasedWork):
    """A unit of pre-annotation: some images to be predicted by one version."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="batches")
    image_ids = models.JSONField(help_text="Ascending.")
    first_image = models.BigIntegerField(db_default=0, help_text="The least of image_ids.")
    last_image = models.BigIntegerField(db_default=0, help_text="The greatest of image_ids.")

    class Meta(LeasedWork.Meta):
        indexes = [
            *LeasedWork.Meta.indexes,
            models.Index(fields=["version", "last_image", "first_image"], name="batch_by_images"),
        ]


class Prediction(models.Model):
    """What a version thinks of an image; made once."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="predictions", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="predictions")
    document = models.JSONField()
    probabilities_ppm = models.JSONField(help_text="none, good, ok, bad; sum 1,000,000.")
    uncertainty_ppm = models.PositiveIntegerField()
    no_evidence = models.JSONField(
        null=True, help_text="Regions where the photo holds nothing to judge by; null in a row older than they are."
    )
    no_evidence_ppm = models.PositiveIntegerField(null=True, help_text="The share of the photo that they are.")
    subject = models.JSONField(null=True, help_text="Regions of what draws the eye; null in a row older than they are.")
    content = models.BinaryField(null=True, help_text="float16s: what the photo shows, by this version only.")
    elapsed_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "image"], name="prediction_once")]
        indexes = [models.Index(fields=["version", "id"], name="prediction_newest")]


class AtlasDrawing(LeasedWork):
    """The drawing of an atlas by a version's features, gone on with whenever it has seen more photos."""

    version = models.OneToOneField(ModelVersion, models.CASCADE, related_name="drawing")
    last_prediction = models.BigIntegerField(default=0, db_default=0, help_text="The last whose photo has a place.")
    drawn_count = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Photos that the layout was made of; later ones were put beside them."
    )

    def __str__(self) -> str:
        return f"atlas by {self.version}"


class ClickGrids(LeasedWork):
    """What the shipped network's trunk found in a photo, for things outlined by clicks; gone after a day."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="click_grids")
    head = models.CharField(max_length=12, help_text="Whose decoder reads them.")
    grids = models.BinaryField(null=True, help_text="A safetensors file.")

    def __str__(self) -> str:
        return f"clicks on {self.image_id}"


class Trial(LeasedWork):
    """Photos that somebody shows a version to see what it says; gone after a day, and no part of the project."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="trials")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")


class TrialPhoto(models.Model):
    """One photo of a trial, what the version says of it, and whether its owner keeps it."""

    class Decision(models.TextChoices):
        KEEP = "keep", _("Keep")
        REJECT = "reject", _("Reject")

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="photos")
    number = models.PositiveSmallIntegerField()
    file_name = models.CharField(max_length=255)
    file = models.FileField(max_length=200, blank=True)
    error = models.CharField(max_length=400, blank=True, help_text="Why there is nothing to show.")
    desirability = models.CharField(max_length=4, choices=Desirability, blank=True)
    probabilities_ppm = models.JSONField(null=True, help_text="none, good, ok, bad; sum 1,000,000.")
    blurred_ppm = models.PositiveIntegerField(null=True, help_text="Share that is blurred, of what can be judged.")
    subject_ppm = models.PositiveIntegerField(
        null=True, help_text="Share that is blurred, of what draws the eye and can be judged."
    )
    look = models.JSONField(null=True, help_text="Maps and features that compare it with others of its burst.")
    dhash = models.BigIntegerField(default=0, db_default=0)
    camera = models.CharField(max_length=160, blank=True, db_default="")
    captured_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=6, choices=Decision, blank=True, db_default="")
    thumbnail = models.FileField(max_length=200, blank=True)
    figure = models.FileField(max_length=200, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["trial", "number"], name="trial_photo_once")]
