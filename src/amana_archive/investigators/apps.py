"""Tells Django of this application."""

from django.apps import AppConfig


class InvestigatorsConfig(AppConfig):
    name = "amana_archive.investigators"
    label = "investigators"
