"""What people answer to photos whose labels are known."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Now

from annotate.models.labels import Desirability
from annotate.models.people import Project
from annotate.models.photos import Image


class GoldAnswerQuerySet(models.QuerySet["GoldAnswer"]):
    """Reads of answers."""

    def tallies(self, project: Project) -> dict[int, tuple[int, int]]:
        """User -> right answers and answers, in the project."""
        by_author = self.filter(image__project=project).order_by().values_list("author")
        right = Count("pk", filter=Q(is_right=True))
        return {
            author: (right_count, count)
            for author, right_count, count in by_author.annotate(right=right, count=Count("pk"))
        }


class GoldAnswer(models.Model):
    """A person's answer to a test photo, beside what held for the photo then. It is never changed."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="gold_answers")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="gold_answers")
    desirability = models.CharField(max_length=4, choices=Desirability)
    expert_desirability = models.CharField(max_length=4, choices=Desirability)
    overlap_ppm = models.PositiveIntegerField(null=True, help_text="Of the map with the expert's; null: not known.")
    is_right = models.BooleanField()
    answered_at = models.DateTimeField(db_default=Now())

    objects = GoldAnswerQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["author", "-id"], name="gold_answer_last")]
