"""Words that pages show by name: states, facets, steps, menus. Named here so that they are
translated, and so that a test finds those that are not."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PAGES = {
    "people": _("People"),
    "review": _("Review"),
    "search": _("Search"),
    "cases": _("Cases"),
    "proposals": _("Two people"),
    "exports": _("Exports"),
    "disclosed": _("Disclosed to you"),
    "log": _("Log"),
}
STATES = {
    "reunited": _("original and copy reunited"),
    "copy_only": _("only the copy is here"),
    "original_only": _("only the original is here"),
    "record_only": _("only its record is here"),
    "altered": _("altered on the way"),
    "not_in_ledger": _("not shown by any ledger"),
}
FACETS = {
    "state": _("State"),
    "kind": _("Kind of file"),
    "year": _("Year"),
    "month": _("Month"),
    "camera": _("Camera"),
    "has": _("What is known"),
    "collection": _("Collection"),
    "case": _("Case"),
    "day": _("Day"),
    "reading": _("a person read a number"),
    "machine": _("a machine saw a number"),
    "tag": _("Tags"),
    "image": _("Pictures"),
    "application": _("Documents"),
    "text": _("Texts"),
    "video": _("Videos"),
    "audio": _("Recordings"),
}
STEPS = {
    "rotate": _("rotated"),
    "brighten": _("brightened"),
    "crop": _("cropped"),
    "cover": _("partly covered"),
}
DECISIONS = {"confirmed": _("confirmed"), "refused": _("refused")}
HISTORY = {
    "item": _("item"),
    "items": _("items"),
    "note": _("note"),
    "numbers seen by a machine": _("numbers seen by a machine"),
    "text read": _("text read"),
    "status": _("status"),
    "merged": _("merged in"),
    "working copy": _("working copy"),
    "identification": _("identification"),
    "disclosure": _("disclosure"),
    "redaction": _("redaction"),
    "export": _("export"),
    "reading detainee": _("reading of the detainee number"),
    "reading branch": _("reading of the branch number"),
    "reading death": _("reading of the death number"),
    "item.viewed": _("looked at the picture"),
    "item.downloaded": _("downloaded the original"),
    "copy.viewed": _("looked at a working copy"),
    "case.viewed": _("looked at the case"),
}
ERRORS = (
    _("a word is wrong or missing (the checksum of a share does not fit)"),
    _("a word is not in the list of words"),
    _("a share has too few or too many words"),
    _("a share does not parse"),
    _("they are not all of one key"),
    _("they give another key than the archive's"),
    _("a login of letters and digits, a name and a role are needed"),
    _("this login is taken"),
    _("a passphrase of fewer than 12 characters is guessed in hours"),
    _("the code is not the present one"),
    _("a reason is needed"),
    _("another administrator must confirm"),
    _("this was decided already"),
    _("the note is empty"),
    _("which number it is, and how it was found, must be chosen"),
    _("a number that was read has digits, and no other has"),
    _("confidence is from 0 to 100 per cent"),
    _("these readings agree: there is nothing to settle"),
    _("a third person must settle it, who has not read it"),
    _("a number has digits, and ? for one that cannot be read"),
    _("a case needs at least one item"),
    _("a case cannot be merged into itself"),
    _("some of the items must go, and some must stay"),
    _("say what is proposed, and why"),
    _("another person must decide"),
    _("this case was merged into another one"),
    _("there is no such case"),
    _("choose to whom"),
    _("an export has from 1 to 100 items"),
    _("nothing was done; see --help"),
)
NAMED = {**PAGES, **STATES, **FACETS, **STEPS, **DECISIONS, **HISTORY}
