import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import annotate.models.people

REFUSE_CHANGES = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER auditentry_append_only BEFORE UPDATE OR DELETE ON annotate_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER releaseitem_frozen BEFORE UPDATE ON annotate_releaseitem
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Annotation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "layer",
                    models.CharField(
                        choices=[("person", "Person"), ("adjudicator", "Adjudicator")], default="person", max_length=11
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("submitted", "Submitted")], default="draft", max_length=9
                    ),
                ),
                ("document", models.JSONField()),
                ("revision", models.PositiveIntegerField(default=0)),
                ("active_ms", models.PositiveBigIntegerField(default=0)),
                ("based_on_model", models.CharField(blank=True, max_length=120)),
                ("based_on_weights_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "kept_ppm",
                    models.PositiveIntegerField(help_text="Share of pixels kept from the pre-annotation.", null=True),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("submitted_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annotations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
            },
        ),
        migrations.CreateModel(
            name="Image",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("source_sha256", models.CharField(max_length=64)),
                ("dhash", models.BigIntegerField()),
                ("format", models.CharField(max_length=4)),
                ("width", models.PositiveIntegerField(help_text="Pixels of the upright photo.")),
                ("height", models.PositiveIntegerField(help_text="Pixels of the upright photo.")),
                ("orientation", models.PositiveSmallIntegerField(default=1, help_text="EXIF orientation, 1 to 8.")),
                ("byte_count", models.PositiveBigIntegerField()),
                ("colour", models.CharField(default="sRGB", max_length=80)),
                ("icc", models.BinaryField(null=True)),
                ("license", models.CharField(help_text="SPDX identifier.", max_length=60)),
                ("attribution", models.TextField(blank=True)),
                ("photographer", models.CharField(blank=True, max_length=160)),
                ("source_url", models.URLField(blank=True, max_length=500)),
                ("album", models.CharField(blank=True, max_length=160)),
                ("camera", models.CharField(blank=True, max_length=160)),
                ("captured_at", models.DateTimeField(null=True)),
                (
                    "split",
                    models.CharField(
                        blank=True,
                        choices=[("train", "Train"), ("val", "Val"), ("test", "Test")],
                        help_text="Set by the first release; sticks.",
                        max_length=5,
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        blank=True, help_text="Leakage group; set with the split, and sticks.", max_length=64
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("preannotated", "Pre-annotated"),
                            ("labelled", "Labelled"),
                            ("disputed", "Disputed"),
                            ("agreed", "Agreed"),
                        ],
                        default="new",
                        max_length=12,
                    ),
                ),
                ("open_slots", models.SmallIntegerField(help_text="How many more people are wanted for it.")),
                ("queue_rank", models.FloatField(default=0.0, help_text="Smaller comes first.")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Consensus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "More votes wanted"), ("agreed", "Agreed"), ("disputed", "Disputed")],
                        default="open",
                        max_length=8,
                    ),
                ),
                (
                    "desirability",
                    models.CharField(
                        blank=True,
                        choices=[("none", "No blur"), ("good", "Good"), ("ok", "OK"), ("bad", "Bad")],
                        max_length=4,
                    ),
                ),
                ("posterior_ppm", models.JSONField(help_text="none, good, ok, bad; sum 1,000,000.")),
                ("vote_counts", models.JSONField(help_text="none, good, ok, bad.")),
                ("levels_png", models.BinaryField(help_text="The merged blur map.", null=True)),
                (
                    "level_px",
                    models.JSONField(default=list, help_text="Pixels of the merged map at each level, from 0 up."),
                ),
                ("level_annotators", models.PositiveSmallIntegerField(default=0)),
                (
                    "agreement_ppm",
                    models.PositiveIntegerField(help_text="Pixels on which pairs of annotators agree.", null=True),
                ),
                (
                    "decided_by",
                    models.CharField(
                        choices=[("single", "Single"), ("posterior", "Posterior"), ("adjudicated", "Adjudicated")],
                        max_length=11,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "adjudication",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotate.annotation",
                    ),
                ),
                (
                    "image",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consensus", to="annotate.image"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "consensuses",
            },
        ),
        migrations.AddField(
            model_name="annotation",
            name="image",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="annotations", to="annotate.image"
            ),
        ),
        migrations.CreateModel(
            name="Preannotation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model_name", models.CharField(max_length=120)),
                (
                    "model_version",
                    models.BigIntegerField(help_text="Id of modelsvc's ModelVersion; annotate never follows it."),
                ),
                ("weights_sha256", models.CharField(max_length=64)),
                ("document", models.JSONField()),
                ("probabilities_ppm", models.JSONField(help_text="none, good, ok, bad; sum 1,000,000.")),
                ("uncertainty_ppm", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "image",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="preannotation", to="annotate.image"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="annotation",
            name="based_on",
            field=models.ForeignKey(
                help_text="The layer that was accepted whole.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="annotate.preannotation",
            ),
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("guidelines", models.TextField(blank=True)),
                ("levels", models.JSONField(default=annotate.models.people.default_levels)),
                (
                    "votes_wanted",
                    models.PositiveSmallIntegerField(default=2, help_text="How many people label each photo."),
                ),
                ("salt", models.CharField(default=annotate.models.people.new_salt, editable=False, max_length=32)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("votes_wanted__range", (1, 50))), name="project_votes_wanted_range"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("annotator", "Annotator"),
                            ("researcher", "Researcher"),
                            ("curator", "Curator"),
                            ("owner", "Owner"),
                        ],
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="annotate.project"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("annotator", "Annotator"),
                            ("researcher", "Researcher"),
                            ("curator", "Curator"),
                            ("owner", "Owner"),
                        ],
                        max_length=12,
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="annotate.project"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="image",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="images", to="annotate.project"
            ),
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(max_length=40)),
                ("subject", models.CharField(help_text="Such as annotation:17.", max_length=60)),
                (
                    "request_id",
                    models.UUIDField(help_text="The client's save_id: the same request is done once.", null=True),
                ),
                ("details", models.JSONField(default=dict)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="annotate.project",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("cancelling", "Cancelling"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("worker", models.CharField(blank=True, max_length=120)),
                ("progress_ppm", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("queued_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("name", models.SlugField(max_length=60)),
                ("version", models.CharField(help_text="major.minor.patch", max_length=20)),
                ("licenses", models.JSONField(help_text="SPDX identifiers that may be in it.")),
                ("manifest", models.JSONField(help_text="What release.json is made from, frozen with the items.")),
                ("item_count", models.PositiveIntegerField()),
                ("content_id", models.CharField(blank=True, max_length=64)),
                ("seal", models.CharField(blank=True, max_length=64)),
                (
                    "folder",
                    models.CharField(blank=True, help_text="Where it lies below the releases folder.", max_length=300),
                ),
                (
                    "cut_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="annotate.release"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="releases", to="annotate.project"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReleaseItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=24)),
                ("record", models.JSONField(help_text="Its row of metadata.jsonl, with regions, votes and lineage.")),
                ("levels_png", models.BinaryField()),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="release_items", to="annotate.image"
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="annotate.release"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "desirability",
                    models.CharField(
                        choices=[("none", "No blur"), ("good", "Good"), ("ok", "OK"), ("bad", "Bad")], max_length=4
                    ),
                ),
                ("elapsed_ms", models.PositiveBigIntegerField(default=0)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="votes", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="votes", to="annotate.image"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VotingFit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shares", models.JSONField(help_text="How common none, good, ok and bad are.")),
                (
                    "crowd",
                    models.JSONField(
                        help_text="Of somebody new: the probability of each vote (column) under each truth (row)."
                    ),
                ),
                ("confusions", models.JSONField(help_text="The same for each annotator, by user id.")),
                ("vote_count", models.PositiveIntegerField()),
                ("iteration_count", models.PositiveIntegerField()),
                ("fitted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="voting_fit", to="annotate.project"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Derivative",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("cancelling", "Cancelling"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("worker", models.CharField(blank=True, max_length=120)),
                ("progress_ppm", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("queued_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("preview", models.FileField(blank=True, max_length=200, upload_to="")),
                (
                    "image",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="derivative", to="annotate.image"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "running", "cancelling"])),
                        fields=["lease_until"],
                        name="derivative_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lease_until", models.DateTimeField()),
                ("finished_at", models.DateTimeField(help_text="When the work was submitted or skipped.", null=True)),
                ("skip_reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assignments", to="annotate.image"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at", None)), fields=["lease_until"], name="assignment_running"
                    ),
                    models.Index(condition=models.Q(("finished_at", None)), fields=["user"], name="assignment_of_user"),
                ],
                "constraints": [models.UniqueConstraint(fields=("image", "user"), name="assignment_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="annotation",
            constraint=models.UniqueConstraint(fields=("image", "author", "layer"), name="annotation_once"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("project", "user"), name="membership_once"),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("open_slots__gt", 0)), fields=["project", "queue_rank", "id"], name="image_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["project", "state", "id"], name="image_by_state"),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.UniqueConstraint(fields=("project", "sha256"), name="image_once_per_project"),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.CheckConstraint(
                condition=models.Q(("open_slots__gte", 0)), name="image_open_slots_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="image",
            constraint=models.CheckConstraint(
                condition=models.Q(("orientation__range", (1, 8))), name="image_orientation_known"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["subject", "id"], name="audit_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(fields=("subject", "request_id"), name="audit_request_once"),
        ),
        migrations.AddIndex(
            model_name="release",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "running", "cancelling"])),
                fields=["lease_until"],
                name="release_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(fields=("project", "version"), name="release_version_once"),
        ),
        migrations.AddConstraint(
            model_name="releaseitem",
            constraint=models.UniqueConstraint(fields=("release", "key"), name="release_item_once"),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.UniqueConstraint(fields=("image", "author"), name="vote_once"),
        ),
        migrations.RunSQL(REFUSE_CHANGES, "DROP FUNCTION refuse_change CASCADE"),
    ]
