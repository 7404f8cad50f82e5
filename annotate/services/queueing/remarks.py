"""Keeping what people tell curators about photos, and who has seen the replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models.functions import Now

from annotate.models import Annotation, Image, Project, Remark, User

OPEN: dict[str, Any] = {"outcome": "", "reply": "", "closed_by": None, "closed_at": None, "seen_at": None}


def tell_skip(image: Image, *, by: User, reason: str) -> None:
    """Let curators know why the person skipped the photo; a new reason opens the old one again."""
    _tell(image.pk, by.pk, Remark.Kind.SKIP, "", reason)


def take_back_skip(image_id: int, *, by: User) -> None:
    """They have the photo after all: the reason stands no longer, unless it was answered."""
    Remark.objects.filter(image=image_id, author=by, kind=Remark.Kind.SKIP, outcome="").delete()


def tell_notes(annotation: Annotation, notes: Sequence[dict[str, Any]]) -> None:
    """Let curators know what the author pinned; a note with other words is open again, one that is gone is gone."""
    kept = Remark.objects.filter(image=annotation.image_id, author=annotation.author_id, kind=Remark.Kind.NOTE)
    known = dict(kept.values_list("key", "text"))
    kept.filter(outcome="").exclude(key__in=[note["id"] for note in notes]).delete()
    for note in notes:
        if known.get(note["id"]) != note["text"]:
            _tell(annotation.image_id, annotation.author_id, Remark.Kind.NOTE, note["id"], note["text"])


def mark_seen(project: Project, *, by: User) -> int:
    """Note that the person has seen the replies in the project, and count them."""
    return Remark.objects.filter(image__project=project).unseen_by(by).update(seen_at=Now())


def _tell(image_id: int, author_id: int, kind: str, key: str, text: str) -> None:
    said = {"text": text, "created_at": Now(), **OPEN}
    Remark.objects.update_or_create(image_id=image_id, author_id=author_id, kind=kind, key=key, defaults=said)
