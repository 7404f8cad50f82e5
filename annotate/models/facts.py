"""What photos are looked for by: a narrow row of each, so that any question about a project reads little."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.core.blurmap import MAX_LEVELS
from annotate.models.labels import Desirability
from annotate.models.people import Project, User
from annotate.models.photos import Image

SORTED_BY = (
    *("subject_ppm", "verdict_ppm", "entropy_ppm", "agreement_ppm", "map_apart_ppm", "vote_apart_ppm"),
    *("sharpest_mpx", "captured_at"),
)


class PhotoFactsQuerySet(models.QuerySet["PhotoFacts"]):
    """Reads of facts."""

    def in_order(self, column: str, *, is_descending: bool, after: int | None = None) -> Self:
        """By a column that all of them have, and then by id; from the one after the image `after` on."""
        beyond, sign = ("lt", "-") if is_descending else ("gt", "")
        rows = self.order_by(*dict.fromkeys((f"{sign}{column}", f"{sign}image")))
        if after is None:
            return rows
        if column == "image":
            return rows.filter(**{f"image__{beyond}": after})
        last = self.model.objects.filter(image=after).values_list(column, flat=True).first()
        if last is None:
            return rows
        is_beyond = Q(**{f"{column}__{beyond}": last}) | Q(**{column: last, f"image__{beyond}": after})
        bound = Q(**{f"{column}__{beyond}e": last})  # said too, so that an index is entered there
        return rows.filter(bound & is_beyond)

    def ids(self) -> models.QuerySet:
        """The ids of their images."""
        return self.values_list("image", flat=True)


class PhotoFacts(models.Model):
    """A photo as it is looked for: of people's map where there is one, else of the model's.

    A trigger of the photos copies what is theirs; `services.finding.facts` counts the rest.
    """

    class Source(models.TextChoices):
        PEOPLE = "people", _("People")
        MODEL = "model", _("The model")

    class Kind(models.TextChoices):
        DEFOCUS = "defocus", _("Out of focus")
        MOTION = "motion", _("Moving subject")
        SHAKE = "shake", _("Camera shake")
        UNKNOWN = "unknown", _("Not sure")

    image = models.OneToOneField(Image, models.CASCADE, primary_key=True, related_name="facts")
    project = models.ForeignKey(Project, models.CASCADE, related_name="photo_facts", db_index=False)
    state = models.CharField(max_length=12)
    is_withdrawn = models.BooleanField()
    is_gold = models.BooleanField()
    split = models.CharField(max_length=10)
    license = models.CharField(max_length=60)
    album = models.CharField(max_length=160)
    camera = models.CharField(max_length=160)
    captured_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    pixels = models.PositiveIntegerField()
    has_twin = models.BooleanField(db_default=False, default=False, help_text="Another photo looks like it.")
    burst = models.BigIntegerField(null=True, help_text="Id of the first photo of its burst; null where it is alone.")
    sharpest_mpx = models.PositiveIntegerField(
        null=True, help_text="Blur at the sharpest place, sigma in thousandths of a pixel at a long side of 1024 px."
    )
    source = models.CharField(max_length=6, choices=Source, blank=True, db_default="", default="")
    verdict = models.CharField(max_length=4, choices=Desirability, blank=True, db_default="", default="")
    verdict_ppm = models.PositiveIntegerField(null=True, help_text="How likely the verdict is.")
    entropy_ppm = models.PositiveIntegerField(null=True, help_text="How open it is: 1,000,000 where all are as likely.")
    agreement_ppm = models.PositiveIntegerField(null=True, help_text="As in its consensus.")
    is_differing = models.BooleanField(
        db_default=False, default=False, help_text="People gave different words, or painted different parts."
    )
    parts_by_border = models.BooleanField(
        db_default=False, default=False, help_text="It is disputed, and people's maps part along borders only."
    )
    shares_ppm = ArrayField(models.PositiveIntegerField(), null=True, help_text="Share of the photo at each level.")
    largest = models.PositiveSmallIntegerField(null=True, help_text="The highest level on a hundredth of the photo.")
    subject_ppm = models.PositiveIntegerField(null=True, help_text="Share that is blurred, of what draws the eye.")
    background = models.PositiveSmallIntegerField(null=True, help_text="The commonest level beside the subject.")
    scene = models.CharField(
        max_length=12, blank=True, db_default="", default="", help_text="Subject and background, such as sharp-3."
    )
    kind = models.CharField(
        max_length=7, choices=Kind, blank=True, db_default="", default="", help_text="That of most of its blur."
    )
    map_apart_ppm = models.PositiveIntegerField(
        null=True, help_text="How far the model's amounts of blur are from people's, in the mean of the photo."
    )
    vote_apart_ppm = models.PositiveIntegerField(null=True, help_text="How unlikely people's word is to the model.")

    objects = PhotoFactsQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "image"], include=["is_withdrawn"], name="facts_in_order"),
            models.Index(fields=["project", "image"], condition=Q(is_withdrawn=True), name="facts_withdrawn"),
            models.Index(fields=["project", "state", "image"], name="facts_state"),
            models.Index(fields=["project", "license", "image"], name="facts_license"),
            models.Index(fields=["project", "split", "image"], condition=~Q(split=""), name="facts_split"),
            models.Index(fields=["project", "album", "image"], condition=~Q(album=""), name="facts_album"),
            models.Index(fields=["project", "verdict", "image"], condition=~Q(verdict=""), name="facts_verdict"),
            *(
                models.Index(
                    fields=["project", column, "image"],
                    condition=Q(**{f"{column}__isnull": False}),
                    name=f"facts_{column}",
                )
                for column in SORTED_BY
            ),
            *(
                models.Index(
                    F("project"),
                    F(f"shares_ppm__{level}"),
                    F("image"),
                    condition=Q(**{f"shares_ppm__{level}__isnull": False}),
                    name=f"facts_level{level}",
                )
                for level in range(MAX_LEVELS)
            ),
            models.Index(fields=["project", "pixels", "image"], name="facts_size"),
            models.Index(fields=["project", "camera", "image"], condition=~Q(camera=""), name="facts_camera"),
            models.Index(fields=["project", "scene", "image"], condition=~Q(scene=""), name="facts_scene"),
            models.Index(fields=["project", "image"], condition=Q(is_differing=True), name="facts_differing"),
            models.Index(fields=["project", "image"], condition=Q(parts_by_border=True), name="facts_by_border"),
            models.Index(fields=["project", "image"], condition=Q(has_twin=True), name="facts_twins"),
            models.Index(fields=["project", "image"], condition=Q(is_gold=True), name="facts_gold"),
            models.Index(fields=["project", "burst", "image"], condition=Q(burst__isnull=False), name="facts_burst"),
        ]


class PhotoNews(models.Model):
    """The facts of a photo are to be counted anew. Nobody waits for anybody's row, since each change writes its own."""

    image = models.ForeignKey(Image, models.DO_NOTHING, related_name="+", db_constraint=False)


class SavedSetQuerySet(models.QuerySet["SavedSet"]):
    """Reads of saved sets."""

    def visible_to(self, user: User) -> Self:
        """Sets of the user's projects."""
        return self.filter(project__memberships__user=user)

    def by_name(self) -> Self:
        """In the order of their names."""
        return self.order_by("name")


class SavedSet(models.Model):
    """A question about a project's photos under a name: whatever answers it is the set."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="saved_sets")
    name = models.CharField(max_length=80)
    query = models.TextField(help_text="As in the address of the photos.")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())

    objects = SavedSetQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="saved_set_name_once")]

    def __str__(self) -> str:
        return self.name
