"""Which licences a photo may have: SPDX identifiers of a short list, or a project's own LicenseRef-."""

from __future__ import annotations

import json
import re
from pathlib import Path

from django.utils.translation import gettext as _

from annotate.core.errors import SmartBlurError

NAMES: dict[str, str] = json.loads(Path(__file__).with_name("licenses.json").read_text())
CANONICAL = {spdx.lower(): spdx for spdx in NAMES}
OWN = re.compile(r"LicenseRef-[A-Za-z0-9.-]{1,48}")


def canonical_license(text: str, where: str = "license") -> str:
    """The SPDX identifier as SPDX spells it; case does not matter.

    Raises:
        SmartBlurError: it is missing or not on the list.
    """
    spdx = CANONICAL.get(text.strip().lower(), text.strip())
    if spdx in NAMES or OWN.fullmatch(spdx):
        return spdx
    sentence = _(
        "%(license)s is no licence we know. Give an SPDX identifier such as CC-BY-4.0, or LicenseRef-Own-Name."
    )
    raise SmartBlurError(sentence, license=repr(text[:60]), where=where, code="unknown_license")


def needs_attribution(spdx: str) -> bool:
    """Whether the licence asks that the author be named."""
    return spdx.startswith("CC-BY")
