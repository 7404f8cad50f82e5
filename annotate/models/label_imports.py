"""Files of labels that other tools, or another project's release, made."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotate.models.people import Project, User
from annotate.models.work import LeasedWork, LeasedWorkQuerySet


class LabelImportQuerySet(LeasedWorkQuerySet):
    """Reads of imports."""

    def visible_to(self, user: User) -> Self:
        """Imports into the user's projects."""
        return self.filter(project__memberships__user=user)


class LabelImport(LeasedWork):
    """A file of labels on its way into a project: read, brought in, and perhaps taken back.

    `state` tells of the step that it is at; `stage` is both in one word.
    """

    class Step(models.TextChoices):
        CHECK = "check"  # read all of it and change nothing
        APPLY = "apply"
        UNDO = "undo"

    class Stage(models.TextChoices):
        CHECKING = "checking", _("Being read")
        CHECKED = "checked", _("Read, waiting for you")
        APPLYING = "applying", _("Being brought in")
        DONE = "done", _("Brought in")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    project = models.ForeignKey(Project, models.CASCADE, related_name="label_imports")
    file = models.FileField(max_length=200)
    file_name = models.CharField(max_length=255)
    byte_count = models.PositiveBigIntegerField()
    format = models.CharField(max_length=20)
    options = models.JSONField(default=dict, help_text="What the reader cannot know, such as a mask's threshold.")
    step = models.CharField(max_length=5, choices=Step, default=Step.CHECK)
    report = models.JSONField(default=dict, help_text="What is in the file; empty until it was read.")
    mapping = models.JSONField(default=dict, help_text="What its words mean here, as the curator chose.")
    result = models.JSONField(default=dict, help_text="What was brought in so far, or why not.")
    undone = models.JSONField(default=dict, help_text="What was taken back.")
    position = models.PositiveBigIntegerField(default=0, help_text="Rows of the file that are dealt with.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = LabelImportQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name

    @property
    def stage(self) -> Stage:
        """Where it is on its way."""
        step, state, stage = self.Step(self.step), self.State(self.state), self.Stage
        if state in (self.State.FAILED, self.State.CANCELLED):
            return stage(state)
        of_step = {
            self.Step.CHECK: (stage.CHECKING, stage.CHECKED),
            self.Step.APPLY: (stage.APPLYING, stage.DONE),
            self.Step.UNDO: (stage.UNDOING, stage.UNDONE),
        }
        return of_step[step][state == self.State.DONE]

    @property
    def tone(self) -> str:
        """The state whose colour fits: what only waits for somebody, or was taken back, is no success."""
        return "new" if self.stage in (self.Stage.CHECKED, self.Stage.UNDONE) else self.state

    @property
    def here(self) -> dict[str, int]:
        """How many `maps` and `votes` of it are here: those that came in and were not taken back."""
        came, gone = self.result.get("counts", {}), self.undone.get("counts", {})
        return {what: came.get(what, 0) - gone.get(what, 0) for what in ("maps", "votes")}

    @property
    def is_read(self) -> bool:
        """Whether it was read to its end, so that it is known what is in it."""
        return "proposed" in self.report
