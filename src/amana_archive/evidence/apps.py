"""Tells Django of this application."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "amana_archive.evidence"
    label = "evidence"
