"""Background work: two queues, a beat table of sweeps, and wake-ups that never break a request.

Postgres says what there is to do; a message only says "look now". So nothing here keeps results, messages are
acknowledged on arrival, and a message that cannot be sent is logged and left to the next sweep.
"""

import os
import time

from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.signals import worker_ready
from django.db import transaction
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartblur_site.settings")
REST_S = 5.0


class Task(DjangoTask):
    """A task whose `delay_on_commit` survives an absent broker, and does not ask a frozen one again at once."""

    rests_until = 0.0  # on the clock of this process

    def delay_on_commit(self, *args, **kwargs) -> None:
        """Send the task once the transaction has committed; an error is logged, the next sweep finds the work."""

        def send() -> None:
            if time.monotonic() < Task.rests_until:
                return
            try:
                self.delay(*args, **kwargs)
            except OperationalError:
                Task.rests_until = time.monotonic() + REST_S
                raise

        transaction.on_commit(send, robust=True)


@worker_ready.connect
def begin(sender, **_: object) -> None:
    """Take over from workers that died here, and let this one tell of itself for the page that shows who is there."""
    from annotate.models import LeasedWork
    from annotate.services.leases import end_leases_of_the_dead
    from modelsvc.services.workers import beat_for_ever

    beat_for_ever([queue.name for queue in sender.task_consumer.queues])
    for kind in LeasedWork.__subclasses__():
        end_leases_of_the_dead(kind.objects.all())


app = Celery("smartblur", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
