"""Tells Django of this application."""

from django.apps import AppConfig


class FamiliesConfig(AppConfig):
    name = "amana_archive.families"
    label = "families"
