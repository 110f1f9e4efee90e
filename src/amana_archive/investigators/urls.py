"""The addresses of this room; amana_archive/urls.py joins them."""

from __future__ import annotations

from django.urls import URLPattern, path

from amana_archive.investigators import views

urlpatterns: list[URLPattern] = [
    path("cases/<int:case>/story", views.reopen),
    path("search", views.search),
    path("search/save", views.save),
    path("search/<int:saved>/forget", views.forget),
]
