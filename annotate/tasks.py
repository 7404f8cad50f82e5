"""What Celery runs: wake-ups without arguments, since the rows say what waits."""

from celery import shared_task
from django.core.files.storage import default_storage

from annotate.models import Derivative, Export, LabelImport, MapMerge, PasswordMail, PhotoNews, QueueRanking, Release
from annotate.services import counts, leases, ranking, webhooks
from annotate.services.accounts import passwords, sessions
from annotate.services.agreement import consensus, refits
from annotate.services.finding import facts
from annotate.services.importing import label_imports
from annotate.services.photos import derivatives
from annotate.services.queueing import queue
from annotate.services.releasing import builds, exports

STILL_NEWS_S = 10  # a wake-up that waited longer has been overtaken by the next sweep's
TURN_S = 5


@shared_task(expires=STILL_NEWS_S)
def render_derivatives() -> None:
    """Make previews for a while, then queue up again behind what else waits: thousands of photos may come at once."""
    derivatives.render_derivatives(within_s=TURN_S)
    if Derivative.objects.stranded().exists():
        render_derivatives.delay()


@shared_task
def build_releases() -> None:
    """Build the releases that wait."""
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)


@shared_task
def import_labels() -> None:
    """Read, bring in or take back the files of labels that wait, and have done what comes of it."""
    if leases.work_off(label_imports.waiting(), label_imports.work_on):
        render_derivatives.delay()
        merge_maps.delay()


@shared_task
def build_exports() -> None:
    """Build the exports that wait."""
    leases.work_off(Export.objects.select_related("release"), exports.build_export)


@shared_task(expires=STILL_NEWS_S)
def rank_queues() -> None:
    """Order the queues where something has happened."""
    leases.work_off(QueueRanking.objects.select_related("project"), ranking.rank_queue)


@shared_task(expires=STILL_NEWS_S)
def send_password_mails() -> None:
    """Send the links that people asked for who forgot their password."""
    passwords.send_mails()


@shared_task(expires=STILL_NEWS_S)
def merge_maps() -> None:
    """Merge the maps that requests left, since that takes long."""
    leases.work_off(MapMerge.objects.select_related("image__project"), consensus.merge_left)


@shared_task
def refit_consensus() -> None:
    """Weigh the voters anew in every project where somebody voted since the last time."""
    for project in refits.projects_to_refit():
        refits.refit_consensus(project)


@shared_task(expires=STILL_NEWS_S)
def send_webhooks() -> None:
    """Send the messages that are due to the addresses of webhooks."""
    webhooks.send_due()


@shared_task(expires=STILL_NEWS_S)
def count_facts() -> None:
    """Count anew what photos are looked for by, for a while, then queue up again behind what else waits."""
    if facts.count_noted(within_s=TURN_S):
        count_facts.delay()


@shared_task
def sweep() -> None:
    """Find what was left behind: work of dead workers, leases that ran out, files half written."""
    counts.add_up()
    if PhotoNews.objects.exists():
        count_facts.delay()
    derivatives.requeue_unmeasured()
    if leases.sweep(Derivative.objects):
        render_derivatives.delay()
    if leases.sweep(Release.objects):
        build_releases.apply_async(expires=STILL_NEWS_S)
    if leases.sweep(LabelImport.objects):
        import_labels.apply_async(expires=STILL_NEWS_S)
    if leases.sweep(Export.objects):
        build_exports.apply_async(expires=STILL_NEWS_S)
    if leases.sweep(MapMerge.objects):
        merge_maps.delay()
    ranking.queue_stale()
    if leases.sweep(QueueRanking.objects):
        rank_queues.delay()
    if PasswordMail.objects.waiting().exists():
        send_password_mails.delay()
    builds.sweep_folders()
    exports.sweep_exports()
    queue.release_expired()
    sessions.forget_expired()
    webhooks.look_around()
    default_storage.sweep_incoming()
