"""Tells Django of this application."""

from django.apps import AppConfig


class InvestigatorsConfig(AppConfig):
    name = "amana_archive.investigators"
    label = "investigators"

    def ready(self) -> None:
        """Translations are found by the search, too."""
        from amana_archive.investigators.translations import newest
        from amana_archive.search.documents import TEXTS_OF_ROOMS

        if newest not in TEXTS_OF_ROOMS:
            TEXTS_OF_ROOMS.append(newest)
