"""Journeys: people at the running site."""

import contextlib
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.journeys.people import Person
from tests.running_site import RunningSite


@pytest.fixture
def new_person(running_site: RunningSite) -> Iterator[Callable[[], Person]]:
    """Makes people at their browsers, which are closed at the end."""
    with contextlib.ExitStack() as browsers:
        yield lambda: Person(browsers.enter_context(httpx.Client(base_url=running_site.url, timeout=60)))
