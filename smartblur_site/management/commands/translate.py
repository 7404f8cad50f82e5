"""Bring the catalogues of other languages up to what is marked in the code, and say what they lack."""

from typing import Any

from django.core.management.base import BaseCommand

from smartblur_site.translations import DOMAINS, LANGUAGES, compile_catalogues, update_catalogue


class Command(BaseCommand):
    help = "Bring smartblur_site/locale up to the words that are marked in the code; then translate those left empty."

    def handle(self, *args: Any, **options: Any) -> None:
        for language in LANGUAGES:
            for domain in DOMAINS:
                count, missing = update_catalogue(language, domain)
                self.stdout.write(f"{language} {domain}: {count} messages, {missing} to translate")
        compile_catalogues()
