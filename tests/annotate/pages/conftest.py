"""A project and its owner's browser. Django is not set up yet when pytest reads this file, so the fixtures import."""

import pytest


@pytest.fixture
def project():
    from tests.factories import make_project

    guidelines = "Look twice.\n\n- Faces first\n- <b>Hands</b> next"
    return make_project(name="Portraits", votes_wanted=2, guidelines=guidelines)


@pytest.fixture
def owner(project):
    from tests.factories import owner_of
    from tests.visits import browser

    return browser(owner_of(project))
