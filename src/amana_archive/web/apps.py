"""Tells Django of this application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "amana_archive.web"
    label = "web"
