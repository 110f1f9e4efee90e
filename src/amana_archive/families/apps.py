"""Tells Django of this application."""

from django.apps import AppConfig


class FamiliesConfig(AppConfig):
    name = "amana_archive.families"
    label = "families"

    def ready(self) -> None:
        """What must end when the archive locks says so when it is imported."""
        from amana_archive.families.record import pictures  # noqa: F401
        from amana_archive.families.store import openings

        openings.follow_sessions()
