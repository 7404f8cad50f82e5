"""What the admin calls models and their fields: one word for a field wherever it stands, in the reader's language.

Kept here and not as `verbose_name` in the models, for which see docs/decisions: API and forms have words of their own.
"""

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Word = str | Promise

# Model -> one of it, many of it.
KINDS: dict[str, tuple[Word, Word]] = {
    "project": (_("project"), _("projects")),
    "membership": (_("member of a project"), _("members of projects")),
    "invitation": (_("invitation"), _("invitations")),
    "apitoken": (_("key for programs"), _("keys for programs")),
    "image": (_("photo"), _("photos")),
    "derivative": (_("preview"), _("previews")),
    "release": (_("release"), _("releases")),
    "export": (_("export"), _("exports")),
    "labelimport": (_("import of labels"), _("imports of labels")),
    "auditentry": (_("entry of the log"), _("entries of the log")),
    "trainingrun": (_("training"), _("trainings")),
    "modelversion": (_("version of a model"), _("versions of models")),
    "preannotationbatch": (_("batch of pre-annotation"), _("batches of pre-annotation")),
}

FIELDS: dict[str, Word] = {
    "accepted_at": _("accepted at"),
    "accepted_by": _("accepted by"),
    "action": _("action"),
    "actor": _("who"),
    "album": _("album"),
    "architecture": _("architecture"),
    "archived_at": _("archived at"),
    "asked_by": _("asked for by"),
    "at": _("when"),
    "attempt": _("attempt"),
    "attribution": _("attribution"),
    "authors": _("authors"),
    "base_version": _("base version"),
    "byte_count": _("bytes"),
    "bytes": _("bytes"),
    "camera": _("camera"),
    "captured_at": _("taken at"),
    "checkpoint": _("checkpoint"),
    "colour": _("colours"),
    "content_id": _("content"),
    "created_at": _("created at"),
    "cut_by": _("cut by"),
    "description": _("description"),
    "details": _("details"),
    "error": _("why it failed"),
    "expires_at": _("expires at"),
    "file_name": _("file name"),
    "finished_at": _("finished at"),
    "format": _("format"),
    "guidelines": _("guidelines"),
    "height": _("height"),
    "image": _("photo"),
    "invited_by": _("invited by"),
    "is_withdrawn": _("withdrawn"),
    "item_count": _("photos"),
    "label_license": _("licence of the labels"),
    "last_used_at": _("last used at"),
    "level_count": _("levels"),
    "license": _("licence"),
    "license_texts": _("words of own licences"),
    "max_uses": _("most uses"),
    "name": _("name"),
    "notes": _("notes"),
    "paused_at": _("paused at"),
    "people_wanted": _("people wanted"),
    "photographer": _("photographer"),
    "preset": _("preset"),
    "project": _("project"),
    "promoted_at": _("promoted at"),
    "queued_at": _("queued at"),
    "release": _("release"),
    "replaced": _("in place of"),
    "revoked_at": _("revoked at"),
    "role": _("role"),
    "run": _("training"),
    "run_hash": _("run hash"),
    "scopes": _("scopes"),
    "sha256": _("SHA-256"),
    "source_url": _("source"),
    "split": _("split"),
    "stage": _("stage"),
    "started_at": _("started at"),
    "started_by": _("started by"),
    "state": _("state"),
    "subject": _("of what"),
    "uploaded_by": _("uploaded by"),
    "use_count": _("uses"),
    "used_at": _("last used at"),
    "user": _("person"),
    "version": _("version"),
    "votes_wanted": _("people per photo, at least"),
    "weights_sha256": _("SHA-256 of the weights"),
    "width": _("width"),
    "worker": _("worker"),
}


def call_by_words(model: type[Model]) -> None:
    """Have the admin call a model and its fields by the words above; those without one keep Django's."""
    options = model._meta
    options.verbose_name, options.verbose_name_plural = KINDS.get(
        options.model_name, (options.verbose_name, options.verbose_name_plural)
    )
    for field in options.fields:
        field.verbose_name = FIELDS.get(field.name, field.verbose_name)
