"""Who is told of what, signed how, and tried again when."""

import ipaddress
import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import AuditEntry, Delivery, Image, Release, WebhookEvent
from annotate.services import webhooks
from annotate.services.labelling.votes import cast_vote
from annotate.services.photos.curation import act_on_images
from annotate.services.queueing.batches import give_batch
from modelsvc.services.runs import announce_ended
from tests.factories import make_image, make_project, owner_of
from tests.labels import LEFT_HALF, label_image
from tests.modelsvc.rows import make_ready_release, make_run
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def project():
    return make_project(votes_wanted=2)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with Receiver() as receiver:
        yield receiver


def make_webhook(project, url="https://example.org/hook", events=WebhookEvent.values, secret=SECRET):
    webhook = webhooks.create_webhook(project, by=owner_of(project), url=url, secret=secret, events=events)
    webhook.deliveries.all().delete()
    return webhook


def told(webhook):
    return sorted(((each.event, each.content) for each in webhook.deliveries.all()), key=str)


def let_time_pass():
    Delivery.objects.exclude(due_at=None).update(due_at=Now())


def test_the_signature_is_that_of_standard_webhooks():
    """The example of its own libraries."""
    signed = webhooks.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_sent_signed_and_once(receiver):
    webhook = make_webhook(make_project(), receiver.url)
    webhooks.announce(WebhookEvent.RELEASE_READY, webhook.project_id, {"release": 3, "images": 20}, key="release:3")
    webhooks.announce(WebhookEvent.RELEASE_READY, webhook.project_id, {"release": 3, "images": 20}, key="release:3")
    assert (webhooks.send_due(), webhooks.send_due()) == (1, 0)
    (message,) = receiver.messages
    delivery = Delivery.objects.get()
    about = {"id": str(delivery.pk), "event": "release.ready", "project": webhook.project_id}
    assert message.content == about | {"at": delivery.created_at.isoformat(), "release": 3, "images": 20}
    signed = {name: value for name, value in message.headers.items() if name.startswith("webhook-")}
    assert signed == webhooks.sign(SECRET, str(delivery.pk), int(signed["webhook-timestamp"]), message.body)
    assert (delivery.status, delivery.tries, delivery.due_at) == (204, 1, None)


def test_what_is_not_taken_is_tried_from_five_seconds_to_a_day_later_and_then_given_up(receiver):
    receiver.status = 500
    webhook = make_webhook(make_project(), receiver.url)
    Delivery.objects.create(webhook=webhook, event="ping")
    waits = []
    while webhooks.send_due():
        row = Delivery.objects.get()
        waits += [row.due_at and round((row.due_at - timezone.now()).total_seconds(), -1 if row.tries > 3 else 0)]
        let_time_pass()
    assert waits == [5, 20, 80, 320, 1280, 5120, 20480, 81920, 86400, None]
    assert {each.body for each in receiver.messages} == {receiver.messages[0].body}
    receiver.status = 204
    webhooks.resend(row, by=owner_of(webhook.project))
    webhooks.send_due()
    row.refresh_from_db()
    assert (row.tries, row.status, row.delivered_at is None, len(receiver.messages)) == (1, 204, False, 11)


def test_an_address_that_is_away_costs_one_try_a_minute_and_one_that_is_private_none_at_all(settings):
    away, private = make_project(), make_project()
    for project in (away, private):
        webhook = make_webhook(project, "http://127.0.0.1:9/")
        Delivery.objects.bulk_create(Delivery(webhook=webhook, event="ping") for _ in range(5))
    assert webhooks.send_due() == 2
    assert set(Delivery.objects.filter(tries=1).values_list("fault", flat=True)) == {"private"}
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    let_time_pass()
    assert webhooks.send_due() == 2
    assert set(Delivery.objects.exclude(fault="").values_list("fault", flat=True)) <= {"away", "private"}


def test_each_event_is_told_once_to_those_who_want_it_and_were_there(project):
    early, deaf = make_webhook(project), make_webhook(project, events=["batch.done"])
    release = make_ready_release(project)
    Release.objects.filter(pk=release.pk).update(finished_at=Now())
    run = make_run(project, release)
    type(run).objects.filter(pk=run.pk).update(state="failed", finished_at=Now())
    image, other = make_image(project), make_image(project)
    label_image(image, LEFT_HALF, "good", "bad")
    Image.objects.filter(pk=other.pk).update(state=Image.State.LABELLED)
    act_on_images(project, [image.pk, other.pk], "review", by=owner_of(project), act_id=early.deliveries.model().pk)
    batch = give_batch(project, by=owner_of(project), name="b", images=[image.pk], is_for_everybody=True)
    Image.objects.filter(pk=image.pk).update(open_slots=0)
    for _ in range(2):
        webhooks.look_around()
        announce_ended()
    batch_done = ("batch.done", {"batch": batch.pk, "images": 1})
    assert told(early) == sorted(
        [
            batch_done,
            ("dispute.opened", {"image": image.pk}),
            ("dispute.opened", {"image": other.pk}),
            ("release.ready", {"release": release.pk, "images": release.item_count}),
            ("run.ended", {"run": run.pk, "state": "failed", "epochs": run.epoch}),
        ],
        key=str,
    )
    assert told(deaf) == [batch_done]
    late = make_webhook(project)
    Release.objects.filter(pk=release.pk).update(finished_at=Now() - timedelta(minutes=1))
    webhooks.look_around()
    assert told(late) == []


def test_a_dispute_that_stays_one_is_not_told_again(project):
    webhook = make_webhook(project)
    image = make_image(project)
    somebody, _ = label_image(image, LEFT_HALF, "good", "bad")
    cast_vote(image, by=somebody, desirability="ok", elapsed_ms=900)
    assert [event for event, _ in told(webhook)] == ["dispute.opened"]


NO_ADDRESSES = [
    *("", "example.org", "ftp://example.org/", "file:///etc/x", "http://", "http://[::1/", "http://a b/"),
    *("http://me:secret@example.org/", "http://ä.org/", "http://example.org:0/", "http://example.org:99999/"),
    "http://example.org/#part",
]
WEAK = ["short", "whsec_", "whsec_not base64 at all, but long enough", "whsec_QUJDREVGR0g="]


def refusal_of(project, **fields):
    with pytest.raises(SmartBlurError) as refused:
        make_webhook(project, **fields)
    return refused.value.code, refused.value.where


def test_what_can_be_no_address_and_a_weak_secret_are_refused(project):
    assert {refusal_of(project, url=url) for url in NO_ADDRESSES} == {("invalid_address", "url")}
    assert {refusal_of(project, secret=secret) for secret in WEAK} == {("weak_secret", "secret")}


def test_a_project_has_so_many_and_the_log_of_acts_has_no_secret(project):
    made = [make_webhook(project, "https://example.org/hook?key=4711") for _ in range(webhooks.MOST)]
    with pytest.raises(Conflict, match="at most 10"):
        make_webhook(project)
    webhooks.remove_webhook(made[0], by=owner_of(project))
    said = json.dumps(list(AuditEntry.objects.filter(action__startswith="webhook").values_list("details", flat=True)))
    assert (SECRET in said, "4711" in said, "example.org" in said) == (False, False, True)
