"""The addresses of this room; amana_archive/urls.py joins them."""

from __future__ import annotations

from django.urls import URLPattern, path

from amana_archive.publication import views

urlpatterns: list[URLPattern] = [
    path("publication", views.publication),
    path("publication/make", views.make),
    path("cases/<int:case>/publish", views.ask),
    path("published/<int:entry>", views.entry),
    path("published/<int:entry>/decide", views.decide),
    path("published/<int:entry>/withdraw", views.withdraw),
    path("editions/<int:edition>", views.edition),
    path("editions/<int:edition>/fetch", views.fetch),
]
