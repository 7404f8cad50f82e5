"""In whose name labels of a file come in: a member whom the curator chose, or a named author who cannot sign in."""

from __future__ import annotations

from itertools import count

from annotate.models import Annotation, LabelImport, Project, User, Vote
from annotate.services.importing.imports import named_stand_in, stand_in
from annotate.services.importing.label_releases import RELEASE

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
            self._people[name] = self._stand_in(name)
        return self._people[name]

    def _stand_in(self, name: str) -> User:
        """People of a release go by their pseudonyms, as wherever it was imported before; others as the tool says."""
        if self._work.format == RELEASE:
            return stand_in(name, self._work.project)
        return tool_author((name or self._work.format)[:MAX_NAME], self._work.project)


def tool_author(name: str, project: Project) -> User:
    """Who stands in the project for somebody of another tool: "anna (import)", or the next such name that is free."""
    names = (f"{name} (import)" if number == 1 else f"{name} (import {number})" for number in count(1))
    people = map(named_stand_in, names)
    return next(each for each in people if not each.is_active and not has_work_elsewhere(each, project))


def has_work_elsewhere(person: User, project: Project) -> bool:
    """Whether the person said something in another project."""
    return any(
        rows.objects.filter(author=person).exclude(image__project=project).exists() for rows in (Annotation, Vote)
    )
