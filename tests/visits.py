"""Pages as a person in a browser meets them."""

import re

from django.contrib.messages import get_messages
from django.test import Client

from annotate.models import Role, User
from annotate.pages.notices import read_more
from annotate.sessions import note_use
from tests.factories import make_member

QUERY_BOUND = 12  # of one page, whatever the rows


def browser(user: User | None = None) -> Client:
    """A browser in which the user is signed in; without one, nobody is."""
    client = Client()
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        note_use(session, address="127.0.0.1", agent="")  # the first page of a session writes this down
        session.save()
    return client


def member_of(project, role=Role.ANNOTATOR) -> Client:
    return browser(make_member(project, role))


def words(response) -> str:
    """What a page says, tags left out and blanks joined."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def undo(client: Client, response) -> object:
    """The answer to the Undo of what the next page will say last."""
    way_back = read_more(list(get_messages(response.wsgi_request))[-1])["undo"]
    fields: dict[str, list[str]] = {}
    for name, value in way_back["fields"]:
        fields.setdefault(name, []).append(value)
    return client.post(way_back["url"], fields)


def told(response) -> list[str]:
    """What the next page will say on top."""
    return [str(message) for message in get_messages(response.wsgi_request)]
