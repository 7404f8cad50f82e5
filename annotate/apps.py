"""The app's name for people, and the language in which its refusals are read."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotate.core import errors


class AnnotateConfig(AppConfig):
    name = "annotate"
    verbose_name = _("Photos and labels")

    def ready(self) -> None:
        """Have refusals of the core said in the reader's language, and sign-ins written down."""
        errors.translate = gettext
        errors.write_number = lambda number: number_format(
            number if isinstance(number, int) else f"{number:g}", force_grouping=True
        )
        from annotate.services.accounts import sign_ins

        user_logged_in.connect(sign_ins.note_sign_in)
        user_login_failed.connect(sign_ins.note_failure)
