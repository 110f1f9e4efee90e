"""What this room's refusals say, named here so that they are translated."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

ERRORS = (
    _("only items of the case can be disclosed, and at least one"),
    _("everything is withheld: there is nothing to disclose"),
    _("a supplement goes to whom the former dossier went"),
    _("choose how much of each item is given"),
    _("whatever is withheld needs its reason"),
    _("choose a covered picture that two people have confirmed"),
    _("this dossier has not failed"),
    _("this is not the digest of the dossier's manifest"),
    _("write your name"),
    _("fetch the dossier first, and verify it"),
    _("this dossier was signed for already"),
    _("this dossier is not ready to be fetched"),
)
