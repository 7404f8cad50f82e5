"""The app's name for people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelsConfig(AppConfig):
    name = "modelsvc"
    verbose_name = _("Training and models")
