"""Tells Django of this application."""

import importlib

from django.apps import AppConfig


class CourtsConfig(AppConfig):
    name = "amana_archive.courts"
    label = "courts"

    def ready(self) -> None:
        """A confirmed disclosure is followed by a dossier, whoever confirms it, and where."""
        importlib.import_module("amana_archive.courts.disclosing")
