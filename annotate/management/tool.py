"""How a command refuses: exit code 2 and one line of JSON on stderr, `{"code", "detail", "where"?}`."""

import json
import sys
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from annotate.core.errors import NO_SPACE, SmartBlurError
from annotate.models import Project, User


class Tool(BaseCommand, ABC):
    """A command whose `work(**options)` may raise SmartBlurError."""

    def create_parser(self, *args: Any, **kwargs: Any) -> ArgumentParser:
        """The parser; a malformed command line is refused like everything else."""
        parser = super().create_parser(*args, **kwargs)
        parser.error = lambda message: refuse({"code": "bad_arguments", "detail": message, "where": parser.prog})
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the work, or say why not."""
        try:
            self.work(**options)
        except SmartBlurError as refusal:
            refuse(refusal.as_problem())
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            refuse({"code": "disk_full", "detail": "A disk is full. Free some space and repeat."})

    @abstractmethod
    def work(self, **options: Any) -> None:
        """What the command does."""


def refuse(problem: dict[str, str]) -> NoReturn:
    """Print the problem and leave with exit code 2."""
    sys.stderr.write(json.dumps(problem) + "\n")
    raise SystemExit(2)


def find_project(text: str) -> Project:
    """The project with this id or name.

    Raises:
        SmartBlurError: there is none, or several have the name.
    """
    found = Project.objects.filter(pk=int(text)) if text.isdecimal() else Project.objects.filter(name=text)
    match list(found[:2]):
        case [project]:
            return project
        case []:
            raise SmartBlurError(f"No project is called {text!r}.", where="--project", code="unknown_project")
    raise SmartBlurError(
        f"Several projects are called {text!r}: give the id.", where="--project", code="ambiguous_project"
    )


def find_user(name: str, *, where: str) -> User:
    """The user with this name.

    Raises:
        SmartBlurError: there is none.
    """
    user = User.objects.filter(username=name).first()
    if user is None:
        raise SmartBlurError(f"Nobody is called {name!r}.", where=where, code="unknown_user")
    return user
