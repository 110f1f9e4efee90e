"""The addresses of this room; amana_archive/urls.py joins them."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
