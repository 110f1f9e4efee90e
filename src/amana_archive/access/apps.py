"""Tells Django of this application."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "amana_archive.access"
    label = "access"
