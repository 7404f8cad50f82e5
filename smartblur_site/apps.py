"""The site as a Django app, so that its template tags and the Celery app are there wherever Django is."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Wiring only; it has no rows."""

    name = "smartblur_site"

    def ready(self) -> None:
        """Make ours the app that every `@shared_task` belongs to."""
        from smartblur_site import celery  # noqa: F401
