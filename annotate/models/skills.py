"""What is known of how people label: counted by `services.agreement.skills`, shown to themselves and to curators."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from annotate.core.skills import FEWEST_PHOTOS, Estimate, drift
from annotate.models.labels import Annotation
from annotate.models.people import Project


class MapComparison(models.Model):
    """How one person's map differs from the merged one where either of them is blurred."""

    annotation = models.OneToOneField(Annotation, models.CASCADE, primary_key=True, related_name="comparison")
    own_revision = models.PositiveIntegerField(help_text="Of the annotation that was compared.")
    merged_revision = models.PositiveIntegerField(help_text="Of the consensus that it was compared with.")
    merged_crc = models.PositiveBigIntegerField(help_text="Of the merged map: a new revision may hold the same map.")
    bias_ppm = models.IntegerField(null=True, help_text="Own level less merged level; null where all is sharp.")
    overlap_ppm = models.PositiveIntegerField(null=True, help_text="Smaller levels over larger ones.")


class SkillCard(models.Model):
    """What one person has done in a project, and how it compares with what the others said of the same photos."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="skill_cards")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="skill_cards")
    photo_count = models.PositiveIntegerField(help_text="Maps that are submitted.")
    active_ms = models.PositiveBigIntegerField(help_text="Spent on them.")
    vote_count = models.PositiveIntegerField(help_text="Votes that count.")
    confusion = models.JSONField(help_text="Votes by what the others say (row) and by what the person said (column).")
    kappa_ppm = models.JSONField(help_text="Quadratic weighted kappa of that: value, low, high; nulls if undefined.")
    bias_ppm = models.JSONField(help_text="Levels above the merged map: value, low, high; nulls if undefined.")
    overlap_ppm = models.PositiveIntegerField(null=True, help_text="Mean overlap with the merged map.")
    compared_count = models.PositiveIntegerField(help_text="Maps that bias and overlap stand on.")
    kept_ppm = models.PositiveIntegerField(null=True, help_text="Mean share kept of the model's maps.")
    kept_count = models.PositiveIntegerField(help_text="Maps begun from the model's.")
    match_steps = models.JSONField(help_text="Matches and votes: before the last 200, then in each 20 of those.")
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="skill_card_once")]

    @property
    def ms_per_photo(self) -> int | None:
        """Mean time of work on a map; None without maps."""
        return self.active_ms // self.photo_count if self.photo_count else None

    @property
    def judged_count(self) -> int:
        """Votes on photos that others voted on too."""
        return sum(map(sum, self.confusion))

    @property
    def is_judged(self) -> bool:
        """Whether there are enough of them for a figure to say something."""
        return self.judged_count >= FEWEST_PHOTOS

    @property
    def is_compared(self) -> bool:
        """Whether enough maps were compared for their mean to say something."""
        return self.compared_count >= FEWEST_PHOTOS

    @property
    def recent_steps(self) -> list[list[int]]:
        """Matches and votes in each 20 of the last 200 votes, oldest first."""
        steps: list[list[int]] = self.match_steps[1:]
        return steps

    @property
    def drift(self) -> Estimate:
        """By how much the share of votes that are as the others' differs in the last 200 from before."""
        matched, votes = (
            (sum(column) for column in zip(*self.recent_steps, strict=True)) if self.recent_steps else (0, 0)
        )
        earlier_matched, earlier_votes = self.match_steps[0]
        return drift((earlier_matched, earlier_votes), (matched, votes))

    @property
    def trend(self) -> str:
        """Where the last 200 votes go: better, worse or steady; empty where there are too few before them to tell."""
        change = self.drift
        if change.low is None or change.high is None or self.match_steps[0][1] < FEWEST_PHOTOS:
            return ""
        return "better" if change.low > 0 else "worse" if change.high < 0 else "steady"
