"""Shapes of projects."""

from rest_framework import serializers

from annotate.models import Project, Role
from annotate.serializers import StrictInput


class LevelField(StrictInput):
    """One level of blur: an interval of sigma in pixels at a long side of 1024 px."""

    level = serializers.IntegerField(min_value=0, max_value=7)
    name = serializers.CharField(max_length=40)
    sigma_from = serializers.FloatField(min_value=0, max_value=1000)
    sigma_to = serializers.FloatField(min_value=0, max_value=1000, allow_null=True)
    sample_sigma = serializers.FloatField(min_value=0, max_value=1000)
    amount_ppm = serializers.IntegerField(min_value=0, max_value=1_000_000)


class ProjectInput(StrictInput):
    """What makes a project; what it leaves out gets the default, or stays as it is."""

    name = serializers.CharField(max_length=120)
    guidelines = serializers.CharField(max_length=50_000, allow_blank=True, required=False)
    levels = LevelField(many=True, required=False)
    votes_wanted = serializers.IntegerField(
        min_value=1, max_value=50, required=False, help_text="How many people label each photo, at least."
    )
    votes_most = serializers.IntegerField(
        min_value=1,
        max_value=50,
        required=False,
        help_text="And at most, asked for while the votes leave doubt. As many as at least is a fixed number, "
        "and so is to leave it out.",
    )
    hidden_percent = serializers.IntegerField(min_value=0, max_value=100, required=False)
    alike_percent = serializers.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        help_text="Maps whose amounts of blur overlap by less than this go to a curator.",
    )

    description = serializers.CharField(
        max_length=5_000, allow_blank=True, required=False, help_text="What the dataset is, for who reads a release."
    )
    authors = serializers.CharField(
        max_length=10_000,
        allow_blank=True,
        required=False,
        help_text="Whom to cite, one a line: `Family, Given`, or an organisation. A release needs one.",
    )
    label_license = serializers.CharField(
        max_length=60,
        allow_blank=True,
        required=False,
        help_text="SPDX identifier of the labels' own licence, or a LicenseRef-. A release needs it.",
    )
    license_texts = serializers.CharField(
        max_length=100_000,
        allow_blank=True,
        required=False,
        help_text="The words of each LicenseRef- that labels or photos have, below its identifier.",
    )


class ProjectChanges(ProjectInput):
    """What changes of a project; new bounds or amounts of its levels need `labels_known` once people have labelled."""

    labels_known = serializers.IntegerField(
        min_value=0,
        max_value=10**9,
        required=False,
        help_text="How many labels you know to keep their numbers under new bounds or amounts of the levels. "
        "While there are more, these are refused (409 `labels_unknown`), and the refusal says how many there are.",
    )


class CopyInput(StrictInput):
    """A new project that begins as another."""

    name = serializers.CharField(max_length=120)
    with_members = serializers.BooleanField(default=False, help_text="Everybody keeps their role.")
    with_photos = serializers.BooleanField(
        default=False, help_text="Those that are not withdrawn, without any labels; their bytes are stored once."
    )


class ArchiveInput(StrictInput):
    """Whether a project is put away."""

    is_archived = serializers.BooleanField()


class ProjectListInput(StrictInput):
    """Which of one's projects a list holds."""

    archived = serializers.BooleanField(default=False, help_text="Those that are put away, in place of the others.")


class ProjectOutput(serializers.ModelSerializer):
    """A project as a member sees it."""

    levels = LevelField(many=True)
    role = serializers.ChoiceField(Role.choices, source="my_role")

    class Meta:
        model = Project
        fields = (
            "id",
            "name",
            "guidelines",
            "levels",
            "votes_wanted",
            "votes_most",
            "hidden_percent",
            "alike_percent",
            "description",
            "authors",
            "label_license",
            "license_texts",
            "role",
            "created_at",
            "archived_at",
        )
