"""Every address of the archive. A view that asks no question of the policy answers nobody."""

from __future__ import annotations

from django.urls import path

from amana_archive.access import views_account, views_log, views_people, views_sign_in
from amana_archive.courts.urls import urlpatterns as courts
from amana_archive.families.urls import urlpatterns as families
from amana_archive.investigators.urls import urlpatterns as investigators
from amana_archive.lockup import views as lockup
from amana_archive.publication.urls import urlpatterns as publication
from amana_archive.review import cases, describe, exports, grid
from amana_archive.web import errors, views

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.failed

urlpatterns = [
    path("", lockup.front),
    path("unlock", lockup.unlock),
    path("lock", lockup.lock),
    path("language", views.language),
    # people
    path("sign-in", views_sign_in.sign_in),
    path("sign-in/second", views_sign_in.second),
    path("sign-in/passkey", views_sign_in.passkey_challenge),
    path("sign-in/passkey/answer", views_sign_in.passkey_answer),
    path("sign-out", views_sign_in.sign_out),
    path("welcome/<str:token>", views_sign_in.welcome),
    path("account", views_account.account),
    path("account/sessions/<int:session>/end", views_account.end_session),
    path("account/sessions/end-others", views_account.end_others),
    path("account/passkeys/begin", views_account.passkey_begin),
    path("account/passkeys/finish", views_account.passkey_finish),
    path("account/passkeys/<int:key>/remove", views_account.passkey_remove),
    path("people", views_people.people),
    path("people/invite", views_people.invite),
    path("people/<int:person>", views_people.person),
    path("people/<int:person>/activity", views_people.activity),
    path("people/<int:person>/sessions/end", views_people.end_sessions),
    path("people/<int:person>/rights/give", views_people.give_right),
    path("people/<int:person>/rights/take", views_people.take_right),
    path("people/<int:person>/recover", views_people.recover),
    path("log", views_log.log),
    path("log/witness", views_log.witness),
    # review
    path("review", grid.grid),
    path("review/rested", grid.rested),
    path("items/<int:item>", grid.item),
    path("items/<int:item>/picture", grid.picture),
    path("items/<int:item>/tag", describe.tag),
    path("items/<int:item>/note", describe.note),
    path("items/<int:item>/reading", describe.reading),
    path("items/<int:item>/skip", describe.skip),
    path("items/<int:item>/derive", describe.derive),
    path("tagged/<int:tagged>/take", describe.untag),
    path("copies/<int:made>", grid.working_copy),
    path("copies/<int:made>/prove", describe.prove),
    # cases
    path("cases", cases.cases),
    path("cases/propose", cases.propose),
    path("cases/<int:case>", cases.case),
    path("cases/<int:case>/add", cases.add_item),
    path("cases/<int:case>/take-out", cases.take_out),
    path("cases/<int:case>/summary", cases.summary),
    path("items/<int:item>/case", cases.add_to),
    path("cases/<int:case>/merge", cases.merge),
    path("cases/<int:case>/split", cases.split),
    path("cases/<int:case>/note", cases.note_case),
    path("cases/<int:case>/identify", cases.identify),
    path("cases/<int:case>/disclose", cases.disclose),
    path("proposals", cases.proposals),
    path("proposals/<int:proposal>", cases.proposal),
    path("proposals/<int:proposal>/picture", cases.proposed_picture),
    path("proposals/<int:proposal>/decide", cases.decide),
    # originals that leave
    path("exports", exports.exports),
    path("exports/<int:export>", exports.export),
    path("exports/<int:export>/fetch", exports.fetch),
    path("items/<int:item>/export", exports.ask_item),
    path("cases/<int:case>/export", exports.ask_case),
    # the rooms above
    *investigators,
    *courts,
    *families,
    *publication,
]
