"""Tells Django of this application."""

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    name = "amana_archive.publication"
    label = "publication"
