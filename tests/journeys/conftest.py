"""Journeys: people at the running site."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.running_site import RunningSite


@pytest.fixture
def new_person(running_site: RunningSite) -> Iterator[Callable[[], Any]]:
    """Makes people at their browsers, which are closed at the end."""
    from tests.journeys.people import Person  # Django is set up only after this file is read

    with contextlib.ExitStack() as browsers:
        yield lambda: Person(browsers.enter_context(httpx.Client(base_url=running_site.url, timeout=60)))
