"""The addresses of this room; amana_archive/urls.py joins them."""

from __future__ import annotations

from django.urls import URLPattern, path

from amana_archive.investigators import views, views_documents, views_whole

urlpatterns: list[URLPattern] = [
    path("cases/<int:case>/story", views.reopen),
    path("search", views.search),
    path("search/save", views.save),
    path("search/<int:saved>/forget", views.forget),
    path("series", views_whole.series),
    path("series/data", views_whole.series_data),
    path("timeline", views_whole.time),
    path("timeline/data", views_whole.time_data),
    path("places", views_whole.where),
    path("places/data", views_whole.where_data),
    path("places/<int:place>/take", views_whole.take_place),
    path("documents", views_documents.listed),
    path("documents/<int:item>", views_documents.document),
    path("documents/<int:item>/pages/<int:page>", views_documents.page),
    path("documents/<int:item>/translate", views_documents.translate),
]
