"""Photos that are given to somebody, with a day until when."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.db.models.functions import Now

from annotate.models.labels import Annotation, Assignment
from annotate.models.people import Membership, Project, Role, User
from annotate.models.photos import Image


class BatchQuerySet(models.QuerySet["Batch"]):
    """Reads of batches."""

    def visible_to(self, user: User) -> Self:
        """Those given to the user or to everybody, and all of them where the user is curator or owner."""
        curated = Membership.objects.filter(user=user, role__in=[Role.CURATOR, Role.OWNER]).values("project")
        member = Membership.objects.filter(user=user).values("project")
        given = Q(is_for_everybody=True) | Q(pk__in=Batch.people.through.objects.filter(user=user).values("batch"))
        return self.filter(Q(project__in=curated) | given & Q(project__in=member))

    def soonest_first(self) -> Self:
        """Open ones before closed ones, and what is due first before what is due later."""
        closed, due = F("closed_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True)
        return self.order_by(closed, due, "id")

    def progress(self) -> dict[int, tuple[int, int]]:
        """(photos that wait for none of its people any more, photos) of each batch; withdrawn ones are left out."""
        parts = BatchPart.objects.filter(batch__in=self.order_by(), is_withdrawn=False)
        counts = parts.alias(waits=_waits()).values("batch").order_by()
        rows = counts.annotate(done=Count("pk", filter=Q(waits=False)), all=Count("pk"))
        return {row["batch"]: (row["done"], row["all"]) for row in rows}

    def handed_in(self) -> dict[int, dict[tuple[int, str], int]]:
        """How many of its photos each person, by id and name, has handed in, by batch."""
        work = {"image__annotations__layer": Annotation.Layer.PERSON, "image__annotations__state": "submitted"}
        parts = BatchPart.objects.filter(batch__in=self.order_by(), is_withdrawn=False, **work)
        author = "image__annotations__author"
        found: dict[int, dict[tuple[int, str], int]] = {}
        for batch, *person, count in parts.values_list("batch", author, f"{author}__username").annotate(Count("pk")):
            found.setdefault(batch, {})[tuple(person)] = count
        return found


def _waits() -> Case:
    """Whether a photo of a batch waits: one of its people holds it, or may yet be given it."""
    photo = Assignment.objects.filter(image=OuterRef("image"))
    own = Assignment.objects.filter(image=OuterRef(OuterRef("image")), user=OuterRef("user"))
    people = Batch.people.through.objects.filter(batch=OuterRef("batch"))
    holders, newcomers = people.filter(Exists(own.filter(finished_at=None))), people.exclude(Exists(own))
    free = Q(is_open=True)
    of_all = Q(batch__is_for_everybody=True) & (Q(Exists(photo.filter(finished_at=None))) | free)
    of_some = Q(batch__is_for_everybody=False) & (Q(Exists(holders)) | free & Q(Exists(newcomers)))
    return Case(When(of_all | of_some, then=True), default=False, output_field=models.BooleanField())


class Batch(models.Model):
    """A fixed set of photos that named people, or everybody, get before the rest of the queue."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="batches")
    name = models.CharField(max_length=120)
    images = models.ManyToManyField(Image, through="BatchPart", related_name="batches")
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="batches")
    is_for_everybody = models.BooleanField(default=False)
    due_on = models.DateField(null=True, help_text="The last day for it.")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return self.name


class BatchPart(models.Model):
    """A photo of a batch. Triggers copy what the queue asks of it: the next is found without reading them all."""

    batch = models.ForeignKey(Batch, models.CASCADE)
    image = models.ForeignKey(Image, models.CASCADE)
    queue_rank = models.FloatField(default=0, db_default=0, help_text="As its image's.")
    is_open = models.BooleanField(default=False, db_default=False, help_text="Its image wants another annotator.")
    is_withdrawn = models.BooleanField(default=False, db_default=False, help_text="Its image is.")

    class Meta:
        db_table = "annotate_batch_images"
        unique_together = [("batch", "image")]
        indexes = [
            models.Index(fields=["batch", "queue_rank", "image"], condition=Q(is_open=True), name="batch_part_open"),
        ]
