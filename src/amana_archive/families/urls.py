"""The addresses of this room; amana_archive/urls.py joins them."""

from __future__ import annotations

from django.urls import URLPattern, path

from amana_archive.families import views_slip
from amana_archive.families.letters import views as letters
from amana_archive.families.meetings import views as meetings
from amana_archive.families.reconcile import views as reconcile
from amana_archive.families.record import views as records
from amana_archive.families.record import views_erasure as erasure
from amana_archive.families.store import views as store

urlpatterns: list[URLPattern] = [
    path("ask", views_slip.slip),
    # the store
    path("families/store", store.store),
    path("families/store/ask", store.ask),
    path("families/store/confirm", store.confirm),
    path("families/words", store.words),
    path("families/open", store.open_store),
    path("families/passphrase", store.passphrase),
    path("families/recover", store.recover),
    path("families/shut", store.shut),
    path("families/people", store.people),
    path("families/people/<int:person>/admit", store.admit),
    path("families/people/<int:person>/dismiss", store.dismiss),
    # records
    path("families", records.listed),
    path("families/new", records.intake),
    path("families/<int:record>", records.record),
    path("families/<int:record>/change", records.change),
    path("families/<int:record>/name", records.name),
    path("families/<int:record>/photo", records.add_photo),
    path("families/<int:record>/consent", records.consent),
    path("families/<int:record>/state", records.state),
    path("families/<int:record>/phrase", records.phrase),
    path("families/<int:record>/share", records.share),
    path("families/<int:record>/erase", erasure.ask),
    path("families/photos/<int:photo>", records.photo),
    path("families/photos/<int:photo>/remove", records.remove_photo),
    path("families/erasures/<int:erasure>", erasure.look),
    path("families/erasures/<int:erasure>/erase", erasure.erase),
    # reconciliation
    path("families/<int:record>/candidates", reconcile.candidates),
    path("families/<int:record>/beside/<int:case>", reconcile.beside),
    path("families/<int:record>/beside/<int:case>/find", reconcile.find),
    path("families/findings/<int:finding>/decide", reconcile.decide),
    path("families/findings/<int:finding>/reopen", reconcile.reopen),
    path("cases/<int:case>/families", reconcile.of_case),
    # meetings and letters
    path("families/<int:record>/meetings", meetings.new),
    path("families/meetings/<int:meeting>", meetings.meeting),
    path("families/meetings/<int:meeting>/steps", meetings.add_step),
    path("families/meetings/<int:meeting>/steps/<int:step>", meetings.arrange),
    path("families/meetings/<int:meeting>/begin", meetings.begin),
    path("families/meetings/<int:meeting>/shown", meetings.shown),
    path("families/meetings/<int:meeting>/act", meetings.act),
    path("families/meetings/<int:meeting>/picture", meetings.picture),
    path("families/meetings/<int:meeting>/minutes", meetings.minutes),
    path("families/<int:record>/letters", letters.write),
    path("families/letters/<int:letter>", letters.read),
]
