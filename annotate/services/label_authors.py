"""In whose name labels of a file come in: a member whom the curator chose, or a named author who cannot sign in."""

from __future__ import annotations

from annotate.models import LabelImport, User
from annotate.services.imports import stand_in
from annotate.services.label_releases import RELEASE

MAX_NAME = 80


class Authors:
    """The people of a file, found once each."""

    def __init__(self, work: LabelImport) -> None:
        """Those of an import whose mapping is chosen."""
        self._work = work
        chosen = work.mapping.get("authors", {})
        members = User.objects.filter(memberships__project=work.project, username__in=chosen.values())
        by_name = {user.username: user for user in members}
        self._people = {name: by_name[username] for name, username in chosen.items() if username in by_name}

    def of(self, name: str) -> User:
        """Who stands for the author that the file calls so."""
        if name not in self._people:
            self._people[name] = stand_in(self._called(name), self._work.project)
        return self._people[name]

    def _called(self, name: str) -> str:
        """What they are called here; people of a release by their pseudonyms, as wherever it was imported before."""
        if self._work.format == RELEASE:
            return name
        return f"{(name or self._work.format)[:MAX_NAME]} (import)"
