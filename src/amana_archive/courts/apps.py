"""Tells Django of this application."""

from django.apps import AppConfig


class CourtsConfig(AppConfig):
    name = "amana_archive.courts"
    label = "courts"
