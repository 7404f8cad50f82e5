"""Background work: two queues, a beat table of sweeps, and wake-ups that never break a request.

Postgres says what there is to do; a message only says "look now". So nothing here keeps results, messages are
acknowledged on arrival, and a message that cannot be sent is logged and left to the next sweep.
"""

import functools
import os

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartblur_site.settings")


class Task(DjangoTask):
    """A task whose `delay_on_commit` survives an absent broker."""

    def delay_on_commit(self, *args, **kwargs) -> None:
        """Send the task once the transaction has committed; an error is logged, the sweep sends it again."""
        transaction.on_commit(functools.partial(self.delay, *args, **kwargs), robust=True)


app = Celery("smartblur", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
