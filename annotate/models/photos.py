"""Photos, their previews, and the layer below the person's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from annotate.models.label_imports import LabelImport
from annotate.models.people import Project, User
from annotate.models.work import LeasedWork

UNRANKED = 1e9  # behind all that is ranked, until the next sweep; where nothing is, the oldest comes first
PARTED_PPM = 800_000  # maps whose blur overlaps by less than this differ enough to be looked at
UNDRAWN = ("new", "preannotated")
UNSETTLED = (*UNDRAWN, "labelled")
HASH_BANDS = [F("dhash").bitrightshift(shift).bitand(0xFFFF) for shift in range(0, 64, 16)]


class ImageQuerySet(models.QuerySet["Image"]):
    """Reads of images."""

    def visible_to(self, user: User) -> Self:
        """Images of the user's projects."""
        return self.filter(project__memberships__user=user)

    def for_lists(self) -> Self:
        """With what a list shows of the consensus, and without the heavy columns."""
        return self.select_related("consensus").defer("consensus__levels_png", "consensus__posterior_ppm")

    def open_to(self, user: User) -> Self:
        """Images that want another annotator and that the user was never given, in the order of the queue."""
        return self.filter(open_slots__gt=0).exclude(assignments__user=user).order_by("queue_rank", "id")

    def held_by(self, user: User) -> Self:
        """Images that the user was given and has not finished: leased now, or sent back to them by a curator."""
        own = self.model.objects.order_by().values("pk")
        leased = own.filter(assignments__user=user, assignments__finished_at=None, assignments__lease_until__gt=Now())
        asked = own.filter(reworks__asked_of=user, reworks__state="open", is_withdrawn=False)
        return self.filter(pk__in=leased.union(asked))

    def wanting_vote_of(self, user: User) -> Self:
        """Images that want a vote and that the user neither voted on nor was given, in the order of the queue.

        What is settled or waits for a curator wants none, nor does an image without a map that has its most already.
        """
        unsettled = self.filter(is_withdrawn=False, state__in=UNSETTLED).exclude(pk__in=self.full_of_votes())
        return unsettled.exclude(votes__author=user).exclude(assignments__user=user).order_by("queue_rank", "id")

    def full_of_votes(self) -> models.QuerySet:
        """Ids of the images that have no map and as many votes that stand alone as their project wants at most."""
        undrawn = self.model.objects.filter(state__in=UNDRAWN).order_by()
        voted = undrawn.filter(votes__stands_alone=True).alias(votes_cast=Count("votes"))
        return voted.filter(votes_cast__gte=F("project__votes_most")).values("pk")

    def disputed(self) -> Self:
        """Images that wait for a curator."""
        return self.filter(state=Image.State.DISPUTED, is_withdrawn=False)

    def near(self, hashes: Collection[int]) -> Self:
        """Images with a band of 16 bits in common with one of the hashes, as all have that differ in three bits."""
        is_near = Q()
        for n, shift in enumerate(range(0, 64, 16)):
            is_near |= Q(**{f"band_{n}__in": {each >> shift & 0xFFFF for each in hashes}})
        return self.alias(**{f"band_{n}": band for n, band in enumerate(HASH_BANDS)}).filter(is_near)

    def untouched(self) -> Self:
        """Images that no human has begun to label, and that are not withdrawn."""
        fresh = self.filter(state__in=[Image.State.NEW, Image.State.PREANNOTATED], is_withdrawn=False)
        return fresh.exclude(annotations__revision__gt=0)


class Image(models.Model):
    """A photo in normal form: see annotate.core.imagefile."""

    class State(models.TextChoices):
        NEW = "new", _("New")
        PREANNOTATED = "preannotated", _("Pre-annotated")
        LABELLED = "labelled", _("Labelled")
        DISPUTED = "disputed", _("Disputed")
        AGREED = "agreed", _("Agreed")

    class Split(models.TextChoices):
        TRAIN = "train", _("Train")
        VALIDATION = "validation", _("Validation")
        TEST = "test", _("Test")

    project = models.ForeignKey(Project, models.CASCADE, related_name="images", db_index=False)
    file = models.FileField(max_length=200)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    source_sha256 = models.CharField(max_length=64)
    dhash = models.BigIntegerField()
    format = models.CharField(max_length=4)
    width = models.PositiveIntegerField(help_text="In pixels.")
    height = models.PositiveIntegerField(help_text="In pixels.")
    byte_count = models.PositiveBigIntegerField()
    colour = models.CharField(max_length=80, default="sRGB")
    license = models.CharField(max_length=60, help_text="SPDX identifier.")
    attribution = models.TextField(blank=True)
    photographer = models.CharField(max_length=160, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    album = models.CharField(max_length=160, blank=True)
    camera = models.CharField(max_length=160, blank=True)
    captured_at = models.DateTimeField(null=True)
    split = models.CharField(
        max_length=10,
        choices=Split,
        blank=True,
        help_text="Test by the draw before ranking, else by a release; sticks.",
    )
    group = models.CharField(max_length=64, blank=True, help_text="Leakage group; set by either, and sticks.")
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    people_wanted = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="How many people should label it, as far as their votes say by now."
    )
    open_slots = models.SmallIntegerField(help_text="How many more people are wanted for it.")
    queue_rank = models.FloatField(default=UNRANKED, help_text="Smaller comes first; services.ranking sets it.")
    is_withdrawn = models.BooleanField(
        default=False, db_default=False, help_text="Taken out: nobody gets it, no release from now on holds it."
    )
    is_questioned = models.BooleanField(
        default=False, db_default=False, help_text="A curator doubts it: disputed until somebody settles it."
    )
    is_gold = models.BooleanField(
        default=False, db_default=False, help_text="Settled, and mixed into people's work as a test."
    )
    is_kept = models.BooleanField(
        default=False, db_default=False, help_text="A curator has seen what looks like it, and keeps it."
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    label_import = models.ForeignKey(
        LabelImport, models.SET_NULL, null=True, related_name="images", help_text="The release that it came in with."
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="image_once_per_project"),
            models.CheckConstraint(condition=Q(open_slots__gte=0), name="image_open_slots_not_negative"),
        ]
        indexes = [
            models.Index(fields=["project", "queue_rank", "id"], condition=Q(open_slots__gt=0), name="image_queue"),
            models.Index(fields=["project", "state", "id"], name="image_by_state"),
            models.Index(
                fields=["project", "queue_rank", "id"],
                condition=Q(is_withdrawn=False, state__in=UNSETTLED),
                name="image_unsettled",
            ),
            models.Index(  # of what somebody was given, what counts in `count_waiting`
                fields=["project", "id"],
                condition=Q(open_slots__gt=0) | Q(is_withdrawn=False, state__in=UNSETTLED),
                name="image_waiting",
            ),
            models.Index(
                fields=["project", "id"], condition=Q(is_withdrawn=False, state="disputed"), name="image_disputed"
            ),
            models.Index(fields=["project"], condition=Q(is_gold=True), name="image_gold"),
            models.Index(
                fields=["project", "id"], condition=Q(is_withdrawn=False, state__in=UNDRAWN), name="image_undrawn"
            ),
            models.Index(fields=["project"], condition=Q(open_slots__gt=0, split="test"), name="image_test_waiting"),
            models.Index(fields=["project", "created_at"], name="image_by_time"),
            models.Index(fields=["project", "id"], condition=Q(is_withdrawn=True), name="image_withdrawn"),
            models.Index(fields=["project", "split", "id"], condition=~Q(split=""), name="image_by_split"),
            models.Index(fields=["project", "album", "id"], condition=~Q(album=""), name="image_by_album"),
            models.Index(fields=["project", "license", "id"], name="image_by_license"),
            models.Index(
                fields=["project", "group"], condition=Q(is_withdrawn=False) & ~Q(group=""), name="image_by_group"
            ),
            models.Index(fields=["uploaded_by", "project", "id"], name="image_by_uploader"),
            GinIndex(OpClass(Upper("file_name"), name="gin_trgm_ops"), name="image_by_words"),
            *(models.Index("project", band, name=f"image_hash_band_{n}") for n, band in enumerate(HASH_BANDS)),
        ]

    def __str__(self) -> str:
        return self.file_name

    def disguise(self) -> None:
        """Look, in memory, as before anybody had labelled it: to whom it is a test, it is a photo that waits."""
        self.state = self.State.PREANNOTATED if hasattr(self, "preannotation") else self.State.NEW
        self.split = self.split if self.split == self.Split.TEST else ""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright photo in pixels."""
        return self.width, self.height

    @property
    def shown_preannotation(self) -> Preannotation | None:
        """The layer below the person's, unless there is none or it is held back to measure what it changes."""
        found = getattr(self, "preannotation", None)
        return None if found is None or found.is_hidden else found


class Derivative(LeasedWork):
    """What a worker makes of an image: a preview, and how sharp it is from place to place."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="derivative")
    preview = models.FileField(max_length=200, blank=True)
    sharpness = models.FileField(max_length=200, blank=True)

    class Meta(LeasedWork.Meta):
        indexes = [
            *LeasedWork.Meta.indexes,
            models.Index(fields=["id"], condition=Q(state="done", sharpness=""), name="derivative_unmeasured"),
            models.Index(fields=["finished_at"], condition=Q(state="failed"), name="derivative_failed"),
        ]


class Preannotation(models.Model):
    """What the production model thinks of an image: the layer below the person's."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="preannotation")
    model_name = models.CharField(max_length=120)
    model_version = models.BigIntegerField(help_text="Id of modelsvc's ModelVersion; annotate never follows it.")
    weights_sha256 = models.CharField(max_length=64)
    document = models.JSONField()
    probabilities_ppm = models.JSONField(help_text="none, good, ok, bad; sum 1,000,000.")
    uncertainty_ppm = models.PositiveIntegerField()
    no_evidence = models.JSONField(
        null=True, help_text="Regions where the photo holds nothing to judge by; null in a row older than they are."
    )
    no_evidence_ppm = models.PositiveIntegerField(null=True, help_text="The share of the photo that they are.")
    subject = models.JSONField(null=True, help_text="Regions of what draws the eye; null in a row older than they are.")
    content = models.BinaryField(null=True, help_text="float16s: what the photo shows, by this version only.")
    is_hidden = models.BooleanField(default=False, help_text="Nobody is shown it, to measure what it changes.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="preannotation_by_time"),
            models.Index(  # what became of each version's maps is counted without reading these
                fields=["image"], include=["model_version", "is_hidden", "created_at"], name="preannotation_shown"
            ),
        ]


class QueueRanking(LeasedWork):
    """The ordering of a project's queue, done again whenever there is news."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="ranking")
    looked_at = models.DateTimeField(null=True, help_text="Until when a sweep has found nothing new since.")
    largest_group = models.PositiveIntegerField(default=0, db_default=0, help_text="Photos of one leakage group.")


class QueuePlace(models.Model):
    """Why an image has its place in the queue, as of the last ranking; parts are null where they are not known."""

    class Lane(models.TextChoices):
        RANKED = "ranked", "Chosen by its score"
        RANDOM = "random", "Drawn at random"
        TEST = "test", "Drawn at random, test split"

    image = models.OneToOneField(Image, models.CASCADE, primary_key=True, related_name="place")
    place = models.PositiveIntegerField()
    lane = models.CharField(max_length=6, choices=Lane)
    score_ppm = models.PositiveIntegerField()
    entropy_ppm = models.PositiveIntegerField(null=True)
    uncertainty_ppm = models.PositiveIntegerField(null=True)
    novelty_ppm = models.PositiveIntegerField(null=True)
