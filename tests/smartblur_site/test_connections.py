"""Whom this process talks to: the database and Redis, whatever is asked of it."""

import re
import sys
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from annotate import tasks
from annotate.models import Release
from annotate.services.photos.derivatives import render_derivatives
from annotate.services.releasing.releases import cut_release
from modelsvc import tasks as model_tasks
from tests.annotate.test_routes import api_routes, routes
from tests.factories import client_of, make_image, make_project, owner_of
from tests.labels import LEFT_HALF, label_image
from tests.visits import browser

heard: set[tuple[str, str]] = set()
is_listening = False


def hear(event, arguments):
    """Note each connection and each name that is looked up; an audit hook stays for good, so it has a switch."""
    if is_listening and event == "socket.connect":
        address = arguments[1]
        heard.add(("connects", ":".join(map(str, address[:2])) if isinstance(address, tuple) else str(address)))
    if is_listening and event == "socket.getaddrinfo":
        heard.add(("asks for", str(arguments[0])))


@pytest.fixture
def ears():
    """What is heard while the test lasts."""
    global is_listening
    sys.addaudithook(hear)
    heard.clear()
    is_listening = True
    yield heard
    is_listening = False


@pytest.mark.promise("S11")
@pytest.mark.django_db(transaction=True)
def test_nothing_but_the_database_and_redis_is_connected(ears):
    project = make_project(votes_wanted=1)
    owner = owner_of(project)
    image = make_image(project)
    label_image(image, LEFT_HALF, "good")
    render_derivatives()
    release = cut_release(project, by=owner)
    for task in (tasks.build_releases, tasks.rank_queues, tasks.refit_consensus, tasks.sweep, tasks.send_webhooks):
        task()
    model_tasks.sweep()
    rows = {"project": project.pk, "image": image.pk, "release": release.pk}
    program, person, asked = client_of(owner), browser(owner), 0
    for client, paths in ((program, api_routes()), (person, [each for each in routes() if "/api/" not in each[1]])):
        for _, path in paths:
            if set(re.findall(r"<(?:\w+:)?(\w+)>", path)) <= rows.keys():
                answer = client.get(re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(rows[found[1]]), path))
                b"".join(answer.streaming_content) if answer.streaming else answer.content
                asked += 1
    assert (asked > 60, Release.objects.get().state) == (True, "done")
    redis = urlsplit(settings.REDIS_URL)
    assert ears <= {
        ("connects", f"{redis.hostname}:{redis.port}"),
        ("asks for", redis.hostname),
    }, ears  # psycopg2's own connections are libpq's, which the interpreter does not hear
