"""The addresses of this room; amana_archive/urls.py joins them."""

from __future__ import annotations

from django.urls import URLPattern, path

from amana_archive.courts import views, views_prepare

urlpatterns: list[URLPattern] = [
    # those who receive
    path("disclosed", views.disclosed),
    path("disclosed/<int:disclosure>", views.disclosure),
    path("disclosed/<int:disclosure>/items/<int:item>/picture", views.disclosed_picture),
    path("disclosed/<int:disclosure>/dossier", views.fetch),
    path("disclosed/<int:disclosure>/sign", views.sign),
    path("disclosed/<int:disclosure>/receipt", views.receipt),
    # those who prepare
    path("cases/<int:case>/dossiers", views_prepare.dossiers),
    path("cases/<int:case>/dossiers/ask", views_prepare.ask),
    path("asked/<int:disclosed>", views_prepare.asked),
    path("dossiers/<int:dossier>", views_prepare.dossier),
    path("dossiers/<int:dossier>/again", views_prepare.again),
    path("dossiers/<int:dossier>/receipt", views_prepare.receipt),
]
