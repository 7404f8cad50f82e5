"""Files of labels that other tools made: taken in, read, brought in as a curator says, and taken back as one act."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import PurePath, PurePosixPath
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict, SmartBlurError
from annotate.core.formats import Options
from annotate.core.regions import DESIRABILITIES, KINDS
from annotate.models import LabelImport, Project, User
from annotate.services import audit, leases
from annotate.services.importing.label_checks import check_import
from annotate.services.importing.label_entries import apply_import, refuse_archived
from annotate.services.importing.label_rows import importable
from annotate.services.importing.label_undo import undo_import
from annotate.services.leases import Lease

NAME_CHARACTERS = 80
NOTHING_CHOSEN: dict[str, Any] = {
    "levels": {},
    "kinds": {},
    "votes": {},
    "unlabelled": [],
    "authors": {},
    "rest": None,
    "takes_higher": True,
    "empty_is_labelled": True,
    "vote_of_maps": "",
}

Step = LabelImport.Step
State = LabelImport.State


def start_import(
    project: Project,
    file: File,
    *,
    by: User,
    file_name: str,
    format: str = "",
    options: Mapping[str, Any] | None = None,
) -> LabelImport:
    """The import of a file, waiting to be read. The file is stored piece by piece, whatever its size.

    Args:
        format: one of `importable`; left out, the one that the file looks like to the worker that reads it: whatever
            is in it is opened there and not here.
        options: fields of `formats.Options` that a reader asks for.

    Raises:
        Archived: the project is put away.
        SmartBlurError: code unknown_format or unknown_option.
    """
    refuse_archived(project)
    if format and format not in importable():
        raise _unknown_format(format)
    name = get_valid_filename(PurePath(file_name).name[-NAME_CHARACTERS:] or "labels")
    work = LabelImport(
        project=project,
        file_name=PurePath(file_name).name[:255],
        byte_count=file.size,
        format=format,
        options=_checked_options(options or {}),
        started_by=by,
    )
    work.file.name = default_storage.save(f"labels/{project.pk}/{uuid.uuid4().hex}/{name}", file)
    try:
        with transaction.atomic():
            work.save()
            details = {"file_name": work.file_name, "format": work.format, "bytes": work.byte_count}
            audit.record("labels.uploaded", work, by=by, project=project, details=details)
    except BaseException:
        _delete(work.file.name)
        raise
    return work


def _delete(name: str) -> None:
    """Remove a stored file and the folder that is its own."""
    default_storage.delete(name)
    default_storage.delete(str(PurePosixPath(name).parent))


def _unknown_format(name: str) -> SmartBlurError:
    sentence = _("No format is called %(name)s. Choose one of %(formats)s.")
    formats = ", ".join(importable())
    return SmartBlurError(sentence, name=name, formats=formats, code="unknown_format", where="format")


def _checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Options)}
    if unknown := sorted(options.keys() - known):
        sentence = _("No option is called %(name)s.")
        raise SmartBlurError(sentence, name=unknown[0], code="unknown_option", where="options")
    return {name: value for name, value in asdict(Options(**options)).items() if name in options}


@transaction.atomic
def read_again(work: LabelImport, *, format: str, options: Mapping[str, Any], by: User) -> LabelImport:
    """The import, waiting to be read as another format or with other options, before anything is brought in.

    Raises:
        Archived: the project is put away.
        SmartBlurError: code unknown_format or unknown_option.
        Conflict: code import_busy, or import_begun where something was brought in.
    """
    refuse_archived(work.project)
    if format and format not in importable():
        raise _unknown_format(format)
    fresh = LabelImport.objects.filter(pk=work.pk, step=Step.CHECK)
    asked = {"format": format, "options": _checked_options(options), "report": {}, "progress_ppm": 0}
    if not leases.queue_next_step(fresh, **asked):
        raise _busy(work)
    audit.record("labels.read_again", work, by=by, project=work.project, details={"format": format})
    work.refresh_from_db()
    return work


@transaction.atomic
def apply(work: LabelImport, *, by: User, mapping: Mapping[str, Any] | None = None) -> LabelImport:
    """The import, waiting to be brought in as `mapping` says. Repeated, it brings what was left out before.

    Args:
        mapping: `levels`, `kinds`, `votes`, `unlabelled`, `rest`, `takes_higher`, `empty_is_labelled`: see
            `formats.Meaning`; `authors`: the file's name -> a member's sign-in name; `vote_of_maps`: the vote of maps
            without one, of those that show blur. None is the one chosen before, else what the report proposes.

    Raises:
        Archived: the project is put away.
        SmartBlurError: code bad_mapping; `where` names the place.
        Conflict: code import_busy, or not_read where it was not read to its end.
    """
    refuse_archived(work.project)
    work.refresh_from_db()
    if not work.is_read:
        raise Conflict(_("The file is not read to its end yet, so nothing can be brought in."), code="not_read")
    chosen = _checked_mapping(work, mapping if mapping is not None else work.mapping or work.report["proposed"])
    asked = {"step": Step.APPLY, "mapping": chosen, "progress_ppm": 0}
    if _begins_anew(work, chosen):
        asked |= {"position": 0, "result": {}, "undone": {}}
    if not leases.queue_next_step(LabelImport.objects.filter(pk=work.pk), **asked):
        raise _busy(work)
    audit.record("labels.applied", work, by=by, project=work.project, details={"mapping": chosen})
    work.refresh_from_db()
    return work


def _begins_anew(work: LabelImport, mapping: Mapping[str, Any]) -> bool:
    """Whether the file is gone through from its first row on: not where an attempt with the same words was stopped."""
    was_stopped = work.step == Step.APPLY and work.state in (State.FAILED, State.CANCELLED)
    return not (was_stopped and work.mapping == mapping)


def _busy(work: LabelImport) -> Conflict:
    if work.step == Step.CHECK or not work.is_over:
        return Conflict(_("A worker is at this import now. Wait until it is done, or stop it."), code="import_busy")
    return Conflict(_("Labels of this file are brought in already. Take them back first."), code="import_begun")


def _checked_mapping(work: LabelImport, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping with all its fields; raises SmartBlurError where it says what is not possible."""
    if unknown := sorted(mapping.keys() - NOTHING_CHOSEN.keys()):
        raise _bad_mapping(_("A mapping has no field %(value)s."), unknown[0], "mapping")
    chosen = NOTHING_CHOSEN | mapping
    levels = range(work.project.level_count)
    members = work.project.memberships.filter(user__username__in=chosen["authors"].values())
    usernames = set(members.values_list("user__username", flat=True))
    allowed: dict[str, tuple[Any, str]] = {
        "levels": (levels, _("%(value)s is no level of this project.")),
        "kinds": (KINDS, _("%(value)s is no kind of blur.")),
        "votes": (DESIRABILITIES, _("%(value)s is no vote.")),
        "authors": (usernames, _("%(value)s is no member of this project.")),
    }
    for field, (values, sentence) in allowed.items():
        for name, value in chosen[field].items():
            if value not in values or isinstance(value, bool):
                raise _bad_mapping(sentence, value, f"mapping.{field}.{name}")
    if chosen["rest"] is not None and chosen["rest"] not in levels:
        raise _bad_mapping(allowed["levels"][1], chosen["rest"], "mapping.rest")
    if chosen["vote_of_maps"] and chosen["vote_of_maps"] not in DESIRABILITIES[1:]:
        raise _bad_mapping(allowed["votes"][1], chosen["vote_of_maps"], "mapping.vote_of_maps")
    return chosen


def _bad_mapping(sentence: str, value: object, where: str) -> SmartBlurError:
    return SmartBlurError(sentence, value=str(value), where=where, code="bad_mapping")


@transaction.atomic
def cancel(work: LabelImport, *, by: User) -> None:
    """Ask for the step that it is at to stop; what was brought in until then stays, and can be taken back.

    Raises:
        Conflict: it is over already.
    """
    leases.request_cancel(work)
    audit.record("labels.cancelled", work, by=by, project=work.project, details={"step": work.step})


@transaction.atomic
def undo(work: LabelImport, *, by: User) -> LabelImport:
    """The import, waiting to be taken back: all that it brought, but for what somebody built on since.

    Raises:
        Archived: the project is put away.
        Conflict: code import_busy, or nothing_to_undo.
    """
    refuse_archived(work.project)
    begun = LabelImport.objects.filter(pk=work.pk).exclude(step=Step.CHECK).exclude(step=Step.UNDO, state=State.DONE)
    if not begun.exists():
        raise Conflict(_("Nothing of this file is brought in that could be taken back."), code="nothing_to_undo")
    if not leases.queue_next_step(begun, step=Step.UNDO, progress_ppm=0, undone={}):
        raise _busy(work)
    audit.record("labels.undo_asked", work, by=by, project=work.project)
    work.refresh_from_db()
    return work


@transaction.atomic
def discard(work: LabelImport, *, by: User) -> None:
    """Forget a file of which nothing was brought in, or all was taken back.

    Raises:
        Conflict: code import_busy or import_begun.
    """
    row = LabelImport.objects.select_for_update(of=("self",)).get(pk=work.pk)
    is_undone = row.step == Step.UNDO and row.state == State.DONE
    if not row.is_over or not (row.step == Step.CHECK or is_undone):
        raise _busy(row)
    audit.record("labels.discarded", row, by=by, project=row.project_id, details={"file_name": row.file_name})
    row.delete()
    transaction.on_commit(lambda: _delete(row.file.name))


def work_on(work: LabelImport, lease: Lease, on_rows: Callable[[int], object] = lambda count: None) -> dict[str, Any]:
    """Do the step that the import is at, and the fields that it leaves; what a worker runs.

    Args:
        on_rows: told how many rows more are dealt with.
    """
    if work.step == Step.CHECK:
        return check_import(work, lease, lambda: on_rows(1))
    if work.step == Step.APPLY:
        return apply_import(work, lease, on_rows)
    return undo_import(work, lease)


def waiting() -> Any:
    """The imports as workers claim them."""
    return LabelImport.objects.select_related("project", "started_by")
