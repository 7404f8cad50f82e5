"""The rows: who labels what, what they said, and what was agreed and released. Read here, write in `services`."""

from __future__ import annotations

import secrets
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

DEFAULT_LEVELS = [
    {"level": 0, "name": "Sharp", "sigma_from": 0.0, "sigma_to": 0.8, "sample_sigma": 0.0, "amount_ppm": 0},
    {"level": 1, "name": "Low", "sigma_from": 0.8, "sigma_to": 2.4, "sample_sigma": 1.8, "amount_ppm": 333_333},
    {"level": 2, "name": "Medium", "sigma_from": 2.4, "sigma_to": 4.8, "sample_sigma": 3.4, "amount_ppm": 666_667},
    {"level": 3, "name": "High", "sigma_from": 4.8, "sigma_to": None, "sample_sigma": 7.0, "amount_ppm": 1_000_000},
]


def default_levels() -> list[dict[str, Any]]:
    """The four levels of a new project; sigma in pixels at a long side of 1024 px."""
    return [dict(level) for level in DEFAULT_LEVELS]


def new_salt() -> str:
    """A project's secret for pseudonyms and splits; 32 hex digits."""
    return secrets.token_hex(16)


class Desirability(models.TextChoices):
    """What the blur does to the photo."""

    NONE = "none", "No blur"
    GOOD = "good", "Good"
    OK = "ok", "OK"
    BAD = "bad", "Bad"


# People ---------------------------------------------------------------------------------------------------------------


class User(AbstractUser):
    """A person who signs in."""


class ProjectQuerySet(models.QuerySet["Project"]):
    """Reads of projects."""

    def visible_to(self, user: User) -> Self:
        """The projects the user is a member of."""
        return self.filter(memberships__user=user)


class Project(models.Model):
    """A set of photos labelled under one guideline and one scale of levels."""

    name = models.CharField(max_length=120)
    guidelines = models.TextField(blank=True)
    levels = models.JSONField(default=default_levels)
    votes_wanted = models.PositiveSmallIntegerField(default=2, help_text="How many people label each photo.")
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    created_at = models.DateTimeField(db_default=Now())

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(votes_wanted__range=(1, 50)), name="project_votes_wanted_range")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def level_count(self) -> int:
        """How many levels there are; a level is 0 to this less one."""
        return len(self.levels)


class Role(models.TextChoices):
    """What a member may do; each role may do all that the ones before it may."""

    ANNOTATOR = "annotator"
    RESEARCHER = "researcher"
    CURATOR = "curator"
    OWNER = "owner"


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reads of memberships."""

    def visible_to(self, user: User) -> Self:
        """Everybody's in the user's projects."""
        return self.filter(project__memberships__user=user)


class Membership(models.Model):
    """A person's role in a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(db_default=Now())

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.project}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def visible_to(self, user: User) -> Self:
        """Those into the user's projects."""
        return self.filter(project__memberships__user=user)

    def open(self) -> Self:
        """Those that somebody may still accept."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=Now())


class Invitation(models.Model):
    """A link that makes the person who opens it a member, once. Only a digest of its token is kept."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=12, choices=Role)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads of tokens."""

    def usable(self) -> Self:
        """Those that open the door now."""
        return self.filter(revoked_at=None, expires_at__gt=Now(), user__is_active=True)


class ApiToken(models.Model):
    """A key for programs, shown once; only its SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()


# Long work ------------------------------------------------------------------------------------------------------------


class LeasedWorkQuerySet(models.QuerySet):
    """Reads of long work."""

    def stranded(self) -> Self:
        """Queued work, and running work whose lease has run out by the database's clock."""
        state = self.model.State
        return self.filter(
            Q(state=state.QUEUED) | Q(state__in=[state.RUNNING, state.CANCELLING], lease_until__lt=Now())
        )


class LeasedWork(models.Model):
    """Work longer than a request. The row's lease says who may do it; `services.leases` is the only writer.

    `attempt` counts the claims and fences late writers: a result is written only where it still matches.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        CANCELLING = "cancelling"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    progress_ppm = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = LeasedWorkQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["queued", "running", "cancelling"]),
                name="%(class)s_waiting",
            )
        ]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)


# Photos ---------------------------------------------------------------------------------------------------------------


class ImageQuerySet(models.QuerySet["Image"]):
    """Reads of images."""

    def visible_to(self, user: User) -> Self:
        """Images of the user's projects."""
        return self.filter(project__memberships__user=user)

    def for_lists(self) -> Self:
        """With what a list shows of the consensus, and without the heavy columns."""
        return self.select_related("consensus").defer("icc", "consensus__levels_png", "consensus__posterior_ppm")

    def open_to(self, user: User) -> Self:
        """Images that want another annotator and that the user was never given, in the order of the queue."""
        given = Assignment.objects.filter(image=models.OuterRef("pk"), user=user)
        return self.filter(~models.Exists(given), open_slots__gt=0).order_by("queue_rank", "id")

    def untouched(self) -> Self:
        """Images that no human has begun to label."""
        return self.filter(state__in=[Image.State.NEW, Image.State.PREANNOTATED]).exclude(annotations__revision__gt=0)


class Image(models.Model):
    """A photo as uploaded, but for its metadata."""

    class State(models.TextChoices):
        NEW = "new", "New"
        PREANNOTATED = "preannotated", "Pre-annotated"
        LABELLED = "labelled", "Labelled"
        DISPUTED = "disputed", "Disputed"
        AGREED = "agreed", "Agreed"

    class Split(models.TextChoices):
        TRAIN = "train"
        VAL = "val"
        TEST = "test"

    project = models.ForeignKey(Project, models.CASCADE, related_name="images")
    file = models.FileField(max_length=200)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    source_sha256 = models.CharField(max_length=64)
    dhash = models.BigIntegerField()
    format = models.CharField(max_length=4)
    width = models.PositiveIntegerField(help_text="Pixels of the upright photo.")
    height = models.PositiveIntegerField(help_text="Pixels of the upright photo.")
    orientation = models.PositiveSmallIntegerField(default=1, help_text="EXIF orientation, 1 to 8.")
    byte_count = models.PositiveBigIntegerField()
    colour = models.CharField(max_length=80, default="sRGB")
    icc = models.BinaryField(null=True)
    license = models.CharField(max_length=60, help_text="SPDX identifier.")
    attribution = models.TextField(blank=True)
    photographer = models.CharField(max_length=160, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    album = models.CharField(max_length=160, blank=True)
    camera = models.CharField(max_length=160, blank=True)
    captured_at = models.DateTimeField(null=True)
    split = models.CharField(max_length=5, choices=Split, blank=True, help_text="Set by the first release; sticks.")
    group = models.CharField(max_length=64, blank=True, help_text="Leakage group; set with the split, and sticks.")
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    open_slots = models.SmallIntegerField(help_text="How many more people are wanted for it.")
    queue_rank = models.FloatField(default=0.0, help_text="Smaller comes first.")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="image_once_per_project"),
            models.CheckConstraint(condition=Q(open_slots__gte=0), name="image_open_slots_not_negative"),
            models.CheckConstraint(condition=Q(orientation__range=(1, 8)), name="image_orientation_known"),
        ]
        indexes = [
            models.Index(fields=["project", "queue_rank", "id"], condition=Q(open_slots__gt=0), name="image_queue"),
            models.Index(fields=["project", "state", "id"], name="image_by_state"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright photo in pixels."""
        return self.width, self.height


class Derivative(LeasedWork):
    """The preview that a worker makes of an image."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="derivative")
    preview = models.FileField(max_length=200, blank=True)


class Preannotation(models.Model):
    """What the production model thinks of an image: the layer below the person's."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="preannotation")
    model_name = models.CharField(max_length=120)
    model_version = models.BigIntegerField(help_text="Id of modelsvc's ModelVersion; annotate never follows it.")
    weights_sha256 = models.CharField(max_length=64)
    document = models.JSONField()
    probabilities_ppm = models.JSONField(help_text="none, good, ok, bad; sum 1,000,000.")
    uncertainty_ppm = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())


# Human work -----------------------------------------------------------------------------------------------------------


class Assignment(models.Model):
    """The lease of an image to a person."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, help_text="When the work was submitted or skipped.")
    skip_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "user"], name="assignment_once")]
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(finished_at=None), name="assignment_running"),
            models.Index(fields=["user"], condition=Q(finished_at=None), name="assignment_of_user"),
        ]


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    """Reads of annotations."""

    def visible_to(self, user: User) -> Self:
        """The user's own, and everybody's in the projects where the user is curator or owner."""
        curated = Membership.objects.filter(user=user, role__in=[Role.CURATOR, Role.OWNER]).values("project")
        mine = Q(author=user, image__project__memberships__user=user)
        return self.filter(mine | Q(image__project__in=curated)).distinct()


class Annotation(models.Model):
    """One author's region document for one image."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"

    class Layer(models.TextChoices):
        PERSON = "person"
        ADJUDICATOR = "adjudicator"

    image = models.ForeignKey(Image, models.CASCADE, related_name="annotations")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="annotations")
    layer = models.CharField(max_length=11, choices=Layer, default=Layer.PERSON)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    document = models.JSONField()
    revision = models.PositiveIntegerField(default=0)
    active_ms = models.PositiveBigIntegerField(default=0)
    based_on = models.ForeignKey(
        Preannotation, models.SET_NULL, null=True, related_name="+", help_text="The layer that was accepted whole."
    )
    based_on_model = models.CharField(max_length=120, blank=True)
    based_on_weights_sha256 = models.CharField(max_length=64, blank=True)
    kept_ppm = models.PositiveIntegerField(null=True, help_text="Share of pixels kept from the pre-annotation.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "author", "layer"], name="annotation_once")]


class Vote(models.Model):
    """One person's word on an image's desirability."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="votes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="votes")
    desirability = models.CharField(max_length=4, choices=Desirability)
    elapsed_ms = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "author"], name="vote_once")]


class Consensus(models.Model):
    """What the submitted work on an image comes to. Values are integers so that releases repeat byte for byte."""

    class State(models.TextChoices):
        OPEN = "open", "More votes wanted"
        AGREED = "agreed", "Agreed"
        DISPUTED = "disputed", "Disputed"

    class DecidedBy(models.TextChoices):
        SINGLE = "single"
        POSTERIOR = "posterior"
        ADJUDICATED = "adjudicated"

    image = models.OneToOneField(Image, models.CASCADE, related_name="consensus")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    desirability = models.CharField(max_length=4, choices=Desirability, blank=True)
    posterior_ppm = models.JSONField(help_text="none, good, ok, bad; sum 1,000,000.")
    vote_counts = models.JSONField(help_text="none, good, ok, bad.")
    levels_png = models.BinaryField(null=True, help_text="The merged blur map.")
    level_px = models.JSONField(default=list, help_text="Pixels of the merged map at each level, from 0 up.")
    level_annotators = models.PositiveSmallIntegerField(default=0)
    agreement_ppm = models.PositiveIntegerField(null=True, help_text="Pixels on which pairs of annotators agree.")
    decided_by = models.CharField(max_length=11, choices=DecidedBy)
    adjudication = models.ForeignKey(Annotation, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=400, blank=True)
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=Now())


class VotingFit(models.Model):
    """How people vote, as last found over a whole project; a new vote is weighed by it until the next fit."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="voting_fit")
    shares = models.JSONField(help_text="How common none, good, ok and bad are.")
    crowd = models.JSONField(help_text="Of somebody new: the probability of each vote (column) under each truth (row).")
    confusions = models.JSONField(help_text="The same for each annotator, by user id.")
    vote_count = models.PositiveIntegerField()
    iteration_count = models.PositiveIntegerField()
    fitted_at = models.DateTimeField(db_default=Now())


# Releases -------------------------------------------------------------------------------------------------------------


class ReleaseQuerySet(LeasedWorkQuerySet):
    """Reads of releases."""

    def visible_to(self, user: User) -> Self:
        """Releases of the user's projects."""
        return self.filter(project__memberships__user=user)

    def ready(self) -> Self:
        """Releases that are built and verified."""
        return self.filter(state=Release.State.DONE)


class Release(LeasedWork):
    """A frozen, numbered snapshot of a project's agreed photos; READY when state is done."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="releases")
    name = models.SlugField(max_length=60)
    version = models.CharField(max_length=20, help_text="major.minor.patch")
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    licenses = models.JSONField(help_text="SPDX identifiers that may be in it.")
    manifest = models.JSONField(help_text="What release.json is made from, frozen with the items.")
    cut_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    item_count = models.PositiveIntegerField()
    content_id = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, blank=True)
    folder = models.CharField(max_length=300, blank=True, help_text="Where it lies below the releases folder.")

    objects = ReleaseQuerySet.as_manager()

    class Meta(LeasedWork.Meta):
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="release_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ReleaseItem(models.Model):
    """One image as it was when the release was cut; never changed afterwards."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, models.PROTECT, related_name="release_items")
    key = models.CharField(max_length=24)
    record = models.JSONField(help_text="Its row of metadata.jsonl, with regions, votes and lineage.")
    levels_png = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "key"], name="release_item_once")]


# Memory ---------------------------------------------------------------------------------------------------------------


class AuditEntry(models.Model):
    """What was done, by whom, when. The database refuses to change or delete a row."""

    project = models.ForeignKey(Project, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, help_text="Such as annotation:17.")
    request_id = models.UUIDField(null=True, help_text="The client's save_id: the same request is done once.")
    details = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject", "id"], name="audit_by_subject")]
        constraints = [models.UniqueConstraint(fields=["subject", "request_id"], name="audit_request_once")]
