"""Who may open a page, and how a refusal is told."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from annotate.core.errors import Archived, SmartBlurError
from annotate.pages.notices import tell
from annotate.permissions import allowed_actions, get_project

Page = Callable[..., HttpResponse]


def project_page(action: str) -> Callable[[Page], Page]:
    """A page of one project, called with the Project for members who may do `action`.

    Anonymous people are sent to sign in, strangers get 404, members of too low a role 403; what an archived project
    refuses leads to its photos. `project.can` holds all that the person may do, for templates to show only what is
    possible.
    """

    def guard(page: Page) -> Page:
        @login_required
        @functools.wraps(page)
        def view(request: HttpRequest, project: int, **rest: object) -> HttpResponse:
            try:
                row = get_project(request.user, project, action)
            except Archived as refusal:
                messages.info(request, refusal.detail)
                return redirect("pages:photos", project)
            row.can = allowed_actions(row.my_role, is_archived=row.is_archived)
            return page(request, row, **rest)

        return view

    return guard


@contextmanager
def refusals_told(request: HttpRequest, at: str = "") -> Iterator[None]:
    """Turn a refusal inside the block into a sentence on the next page, beside what was pressed where `at` names it."""
    try:
        yield
    except SmartBlurError as refusal:
        tell(request, refusal.detail, level=messages.ERROR, at=at)
