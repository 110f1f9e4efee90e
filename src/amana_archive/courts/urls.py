"""The addresses of this room; amana_archive/urls.py joins them."""

from __future__ import annotations

from django.urls import URLPattern, path

from amana_archive.courts import views

urlpatterns: list[URLPattern] = [
    path("disclosed", views.disclosed),
    path("disclosed/<int:disclosure>", views.disclosure),
    path("disclosed/<int:disclosure>/items/<int:item>/picture", views.disclosed_picture),
]
