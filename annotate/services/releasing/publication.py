"""What a project's releases say of themselves: who made the labels, what may be done with them, what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from annotate.core.errors import Conflict
from annotate.core.release import Manifest
from annotate.core.release.rights import is_own
from annotate.models import Project
from annotate.services.photos.licenses import canonical_license

FIELDS = ("description", "authors", "label_license", "license_texts")


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a project with the licence as SPDX spells it and one author a line.

    Raises:
        SmartBlurError: code unknown_license.
    """
    tidied = dict(fields)
    if fields.get("label_license"):
        tidied["label_license"] = canonical_license(fields["label_license"], where="label_license")
    if "authors" in fields:
        tidied["authors"] = "\n".join(" ".join(line.split()) for line in fields["authors"].splitlines() if line.strip())
    return tidied


def authors_of(project: Project) -> list[str]:
    """Whom to cite: ``Family, Given``, or one name."""
    return project.authors.splitlines()


def told_by(manifest: Manifest) -> dict[str, str]:
    """What a release says of itself, as fields of the project that it is imported into."""
    is_mixture = manifest.license == "LicenseRef-Mixed"  # by 1.0, for photos under several
    return {
        "description": manifest.description,
        "authors": "\n".join(manifest.authors),
        "label_license": "" if is_mixture else manifest.license,
        "license_texts": manifest.license_texts,
    }


def require_publishable(project: Project, licenses: Sequence[str]) -> None:
    """Refuse a release of a project that does not say what each of its releases must.

    Args:
        licenses: of the photos that it may hold.

    Raises:
        Conflict: code no_label_license, no_authors or no_license_text; `where` is the project's field.
    """
    for refusal in missing_of(project, licenses):
        raise refusal


def missing_of(project: Project, licenses: Sequence[str]) -> list[Conflict]:
    """All that `require_publishable` would refuse the project for."""
    return list(_missing(project, licenses))


def _missing(project: Project, licenses: Sequence[str]) -> Iterator[Conflict]:
    if not project.label_license:
        sentence = _("Choose the licence of the labels: photos have theirs, and labels need one of their own.")
        yield Conflict(sentence, where="label_license", code="no_label_license")
    if not project.authors:
        yield Conflict(_("Name the authors: whom people cite."), where="authors", code="no_authors")
    own = sorted({each for each in (project.label_license, *licenses) if is_own(each)})
    for license_ in (each for each in own if each not in project.license_texts):
        sentence = _("Write down what %(license)s allows: it is a licence of your own, and no link leads to it.")
        yield Conflict(sentence, license=license_, where="license_texts", code="no_license_text")
