"""Tells Django of this application."""

import importlib

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    name = "amana_archive.publication"
    label = "publication"

    def ready(self) -> None:
        """A consent that is taken back takes the entry with it, wherever that is said; and covered
        pictures are examined before a dossier takes them out."""
        importlib.import_module("amana_archive.publication.publishing")
        importlib.import_module("amana_archive.publication.examining")
