"""The pages of webhooks: an address is added with its secret, its log tells how messages ended, and they are resent."""

import re

import pytest

from annotate.models import Delivery, Webhook
from tests.factories import make_project
from tests.visits import browser, member_of, told, undo, words

pytestmark = pytest.mark.django_db
FIELDS = {"url": "https://example.org/hook", "events": ["release.ready"], "secret": "whsec_" + "QUJD" * 8}


def test_a_webhook_is_added_tried_changed_resent_and_removed(project, django_assert_max_num_queries):
    curator, root = member_of(project, "curator"), f"/projects/{project.pk}/webhooks/"
    offered = re.search(r'value="(whsec_[\w+/=]{40,})"', curator.get(root).content.decode())
    made = curator.post(root, FIELDS | {"secret": offered[1]})
    webhook = Webhook.objects.get()
    page = made["Location"]
    assert (webhook.secret, webhook.events, webhook.is_active) == (offered[1], ["release.ready"], True)
    with django_assert_max_num_queries(12):
        log = curator.get(page)
    assert offered[1] not in log.content.decode()
    assert ("A first message, to try the address" in words(log), "Waiting" in words(log)) == (True, True)
    changed = curator.post(page, FIELDS | {"is_active": "off", "events": ["run.ended", "batch.done"]})
    webhook.refresh_from_db()
    assert (webhook.events, webhook.is_active, webhook.secret) == (["run.ended", "batch.done"], False, offered[1])
    undo(curator, changed)
    webhook.refresh_from_db()
    assert (webhook.events, webhook.is_active) == (["release.ready"], True)
    ping = webhook.deliveries.get()
    Delivery.objects.update(due_at=None, tries=10, fault="private")
    assert "Failed The address lies in a private network" in words(curator.get(page))
    assert told(curator.post(f"{page}messages/{ping.pk}/send/"))[-1] == "It is sent once more."
    ping.refresh_from_db()
    assert (ping.tries, ping.due_at is None, ping.fault) == (0, False, "")
    curator.post(f"{page}remove/")
    assert list(Webhook.objects.all()) == []
    assert "Nobody is told yet" in words(curator.get(root))


def test_what_is_refused_stands_at_its_field_and_in_ones_language(project):
    curator = member_of(project, "curator")
    wrong = FIELDS | {"url": "example.org", "secret": "short", "events": []}
    answer = curator.post(f"/projects/{project.pk}/webhooks/", FIELDS | {"url": "example.org"})
    assert "Write an address such as https://example.org/hook" in words(answer)
    answer = curator.post(f"/projects/{project.pk}/webhooks/", wrong, headers={"accept-language": "de"})
    assert ("Neuer Webhook" in words(answer), Webhook.objects.count()) == (True, 0)


def test_nobody_reaches_a_webhook_through_another_project(project, owner):
    owner.post(f"/projects/{project.pk}/webhooks/", FIELDS)
    webhook, other = Webhook.objects.get(), make_project()
    path = f"/projects/{other.pk}/webhooks/{webhook.pk}/"
    thief = member_of(other, "owner")
    answers = [
        thief.get(path),
        thief.post(f"{path}remove/"),
        thief.post(f"{path}messages/{webhook.deliveries.get().pk}/send/"),
        member_of(project, "researcher").get(f"/projects/{project.pk}/webhooks/{webhook.pk}/"),
        browser().post(f"/projects/{project.pk}/webhooks/{webhook.pk}/remove/"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 403, 302]
    assert Webhook.objects.count() == 1
