"""What the tests of annotate share."""

import pytest


@pytest.fixture(autouse=True)
def unthrottled(request, monkeypatch):
    """Tests ask faster than people may; that people may not is a test of the site."""
    if "settings" in request.fixturenames:
        rates = {"anon": None, "user": None}
        monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", rates)
