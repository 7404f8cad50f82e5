"""The app's name for people."""

from django.apps import AppConfig


class ModelsConfig(AppConfig):
    name = "modelsvc"
    verbose_name = "Training and models"
