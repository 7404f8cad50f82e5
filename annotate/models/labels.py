"""What people say of photos, and what it comes to."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.label_imports import LabelImport
from annotate.models.people import Membership, Project, Role, User
from annotate.models.photos import Image, Preannotation
from annotate.models.work import LeasedWork


class Desirability(models.TextChoices):
    """What the blur does to the photo."""

    NONE = "none", _("No blur")
    GOOD = "good", _("Good")
    OK = "ok", _("OK")
    BAD = "bad", _("Bad")


class Assignment(models.Model):
    """The lease of an image to a person."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, help_text="When the work was submitted or skipped.")
    skip_reason = models.CharField(max_length=200, blank=True)
    is_passed_on = models.BooleanField(
        default=False, db_default=False, help_text="A curator asked somebody else to do it again."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "user"], name="assignment_once")]
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(finished_at=None), name="assignment_running"),
            models.Index(fields=["user"], condition=Q(finished_at=None), name="assignment_of_user"),
            models.Index(fields=["image", "user"], condition=Q(finished_at=None), name="assignment_of_image"),
            models.Index(fields=["created_at"], name="assignment_by_time"),
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
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")

    class Layer(models.TextChoices):
        PERSON = "person"
        GOLD = "gold"  # a person's answer to a test photo: it says how they label, and changes nothing of the photo
        ADJUDICATOR = "adjudicator"
        SETTLING = "settling"  # what a curator draws until it becomes the adjudicator's layer

    image = models.ForeignKey(Image, models.CASCADE, related_name="annotations")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="annotations", db_index=False)
    layer = models.CharField(max_length=11, choices=Layer, default=Layer.PERSON)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    document = models.JSONField()
    revision = models.PositiveIntegerField(default=0)
    active_ms = models.PositiveBigIntegerField(default=0)
    saw_model = models.BooleanField(
        db_default=False, default=False, help_text="The model's map was laid over the photo meanwhile."
    )
    notes = models.JSONField(
        db_default=[], default=list, help_text="What the author pinned on the photo: id, x, y in 1/16 px, text."
    )
    based_on = models.ForeignKey(
        Preannotation, models.SET_NULL, null=True, related_name="+", help_text="The layer that was accepted whole."
    )
    based_on_model = models.CharField(max_length=120, blank=True)
    based_on_weights_sha256 = models.CharField(max_length=64, blank=True)
    kept_ppm = models.PositiveIntegerField(null=True, help_text="Share of pixels kept from the pre-annotation.")
    copied_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", help_text="Whose map it began as a copy of, by a curator."
    )
    label_import = models.ForeignKey(
        LabelImport, models.SET_NULL, null=True, related_name="annotations", help_text="The file that it came in with."
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)

    is_left_to_worker = False  # whether handing it in, just now, left its photo's maps to be merged

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        constraints = [  # with the state, so that what was handed in is counted without its documents
            models.UniqueConstraint(fields=["image", "author", "layer"], include=["state"], name="annotation_once")
        ]
        indexes = [
            models.Index(fields=["author", "id"], name="annotation_of_author"),
            models.Index(fields=["image"], condition=Q(state="draft"), name="annotation_begun"),
            models.Index(fields=["submitted_at"], condition=Q(state="submitted"), name="annotation_by_time"),
            models.Index(fields=["author", "image"], condition=Q(layer="gold"), name="annotation_gold"),
            models.Index(
                fields=["author", "-submitted_at"], condition=Q(state="submitted"), name="annotation_handed_in"
            ),
        ]

    OWN = (Layer.PERSON, Layer.GOLD)  # what people are given to label; they cannot tell the two apart

    @property
    def shown_layer(self) -> str:
        """The layer as its author may know it."""
        return self.Layer.PERSON if self.layer == self.Layer.GOLD else self.layer


class VoteQuerySet(models.QuerySet["Vote"]):
    """Reads of votes."""

    def counted(self) -> Self:
        """Votes that count: their author submitted a map of the image, or cast them to stand alone."""
        own = Annotation.objects.filter(image=OuterRef("image"), author=OuterRef("author"))
        submitted = own.filter(layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)
        return self.filter(Q(stands_alone=True) | Exists(submitted))

    def gold(self) -> Self:
        """Votes that answer test photos: they tell of their author and nothing of the photo."""
        own = Annotation.objects.filter(image=OuterRef("image"), author=OuterRef("author"))
        answered = own.filter(layer=Annotation.Layer.GOLD, state=Annotation.State.SUBMITTED)
        return self.filter(Exists(answered), stands_alone=False)


class Vote(models.Model):
    """One person's word on an image's desirability."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="votes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="votes")
    desirability = models.CharField(max_length=4, choices=Desirability)
    elapsed_ms = models.PositiveBigIntegerField(default=0)
    stands_alone = models.BooleanField(
        default=False, db_default=False, help_text="Cast without a map: it counts beside others' maps."
    )
    label_import = models.ForeignKey(
        LabelImport, models.SET_NULL, null=True, related_name="votes", help_text="The file that it came in with."
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = VoteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "author"], name="vote_once")]
        indexes = [
            models.Index(fields=["image"], condition=Q(stands_alone=True), name="vote_alone"),
            models.Index(fields=["updated_at"], name="vote_by_time"),
        ]


class Consensus(models.Model):
    """What the submitted work on an image comes to. Values are integers so that releases repeat byte for byte."""

    class State(models.TextChoices):
        OPEN = "open", _("More votes wanted")
        AGREED = "agreed", _("Agreed")
        DISPUTED = "disputed", _("Disputed")

    class Dispute(models.TextChoices):
        """Why a curator is asked: of several reasons the first of these."""

        QUESTIONED = "questioned", _("A curator doubts it.")
        VERDICT = "verdict", _("The votes differ, and nothing makes one of them likely enough.")
        DISJOINT = "disjoint", _("People labelled different parts of the photo, so nothing tells whether they agree.")
        OVERLAP = "overlap", _("What people painted as blurred overlaps too little.")
        UNSETTLED = "unsettled", _("On too much of the photo people differ by two levels or more.")
        CARRIES_NO_VERDICT = "carries_no_verdict", _("The merged map does not show the blur that people judged.")

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
    agreement_ppm = models.PositiveIntegerField(
        null=True, help_text="How far the amounts of blur overlap that pairs of people painted; null where none met."
    )
    level_kappas_ppm = models.JSONField(
        default=list, db_default=[], help_text="Agreement on each level beyond chance, from 0 up; null where undefined."
    )
    unsettled_ppm = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Labelled pixels on which people differ too far for the merged map to say."
    )
    least_blur_px = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Pixels that the person who painted least of them called blurred."
    )
    merge_rule = models.CharField(max_length=40, blank=True, db_default="", help_text="How the maps became one.")
    dispute = models.CharField(
        max_length=18,
        choices=Dispute,
        blank=True,
        db_default="",
        help_text="Why people's work is not enough; blank where it is, or where a curator settled. See why_disputed.",
    )
    pre_model = models.CharField(
        max_length=120, blank=True, db_default="", help_text="The model whose map this one was made from."
    )
    pre_kept_ppm = models.PositiveIntegerField(
        null=True, help_text="Pixels on which it is as that model proposed; null where nobody has compared them."
    )
    decided_by = models.CharField(max_length=11, choices=DecidedBy)
    adjudication = models.ForeignKey(Annotation, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=400, blank=True)
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "consensuses"
        indexes = [
            models.Index(fields=["image"], condition=Q(decided_by="adjudicated"), name="consensus_settled"),
            models.Index(fields=["image"], condition=Q(state="open"), name="consensus_open"),
            models.Index(fields=["updated_at"], name="consensus_by_time"),
        ]

    @property
    def why_disputed(self) -> str:
        """The `Dispute` that a curator is asked to end; "" where none is. A curator's doubt comes first."""
        if self.state != self.State.DISPUTED:
            return ""
        return self.Dispute.QUESTIONED if self.image.is_questioned else self.dispute

    @property
    def dispute_sentence(self) -> str:
        """The same in words."""
        return str(self.Dispute(self.why_disputed).label) if self.why_disputed else ""


class MapMerge(LeasedWork):
    """People's maps of an image that a worker is to merge, since it takes long; gone once that is done."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="map_merge")


class VotingFit(models.Model):
    """How people vote, as last found over a whole project; a new vote is weighed by it until the next fit."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="voting_fit")
    shares = models.JSONField(help_text="How common none, good, ok and bad are.")
    crowd = models.JSONField(help_text="Of somebody new: the probability of each vote (column) under each truth (row).")
    confusions = models.JSONField(help_text="The same for each annotator, by user id.")
    vote_count = models.PositiveIntegerField()
    iteration_count = models.PositiveIntegerField()
    agreement = models.JSONField(
        default=dict, db_default={}, help_text="How far people agree: value, low, high in ppm, and photos, by measure."
    )
    is_behind = models.BooleanField(
        default=False, db_default=False, help_text="Maps are left to be compared with the merged ones."
    )
    fitted_at = models.DateTimeField(db_default=Now())
