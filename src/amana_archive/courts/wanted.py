"""What a dossier is to hold, from what two people agreed on: for `amana.dossier.gather`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amana.core.encoding import canonical
from amana.core.sign import Verifier, open_note
from amana.dossier.case import Redaction, Source, Withheld, WorkingCopy
from amana.dossier.gather import Name, Wanted
from amana.dossier.sheet import has_field
from amana.errors import AmanaError
from amana.ledger.entry import Record
from amana_archive.access.audit import record
from amana_archive.courts.models import Asked, Derived, Dossier, Part
from amana_archive.evidence.models import WorkingCopy as Made
from amana_archive.evidence.source import working_copy_bytes
from amana_archive.lockup.opened import Opened

# What a room above says of a covered picture before it leaves; it raises what it finds.
examiners: list[Callable[[str, bytes], None]] = []
REPORTS: tuple[str, ...] = ("ar", "en", "fr")
NOT_NAMED = "the archive does not name the people who work in it"
_PEOPLE = ("who", "person", "name", "login", "account")


def wanted_of(opened: Opened, dossier: Dossier, verifier: Verifier) -> Wanted:
    """Raises WriteFailed where the making of a covered picture cannot be entered, Leaks where one
    holds more than it shows, ScannerMissing where nobody can say."""
    asked, disclosure = dossier.asked, dossier.disclosure
    parts = list(asked.parts.select_related("item__collection", "working_copy"))
    former = asked.former
    seal = former.seal if former is not None and _holds(former.seal, verifier) else ""
    return Wanted(
        title=f"Case {disclosure.case.number}",
        items=[_name(part) for part in parts],
        by=f"the archive {opened.recorder.origin}",
        to=f"{disclosure.to.name} ({asked.side})",
        basis=asked.proposal.text,
        terms=_terms(asked, bool(seal)),
        withheld={_name(part): held(part) for part in parts if not part.is_whole},
        working={
            _name(part): [_working(opened, part.working_copy)]
            for part in parts
            if part.working_copy is not None
        },
        act_redaction=_without_people,
        supplements=seal,
        reports=REPORTS,
        entered={"side": asked.side, "proposal": asked.proposal_id, "case": disclosure.case_id},
    )


def _name(part: Part) -> Name:
    return part.item.collection.origin, part.item.seq


def held(part: Part) -> Withheld:
    """How the dossier says what is withheld of one item."""
    give, why = part.give, part.reason
    if give == Part.Give.NOTHING:
        return Withheld(record=why)
    no_original = give != Part.Give.ALL
    no_copy = give in (Part.Give.COVERED, Part.Give.RECORD)
    return Withheld(
        original=why if no_original else None,
        copy=why if no_copy else None,
        redaction=Redaction({"original.path": why}) if part.hides_path else None,
    )


def _terms(asked: Asked, is_sealed_to: bool) -> str:
    former = asked.former
    if former is None or is_sealed_to:
        return asked.terms
    # The archive's key was changed since: the former seal is another key's, and is named in words.
    return f"{asked.terms}; supplements dossier {former.number}, manifest {former.manifest}"


def _holds(seal: str, verifier: Verifier) -> bool:
    try:
        open_note(seal, [verifier])
    except AmanaError:
        return False
    return True


def _without_people(record: Record) -> Redaction | None:
    """Threat: a dossier goes to the other side, too. Who in the archive looked, and when, is in it;
    by role, not by name."""
    named = [name for name in _PEOPLE if has_field(record.fields, name)]
    return Redaction(dict.fromkeys(named, NOT_NAMED)) if named else None


def _working(opened: Opened, made: Made) -> WorkingCopy:
    data = working_copy_bytes(opened, made)
    for examine in examiners:
        examine(f"working/{made.sha256}.png", data)
    return WorkingCopy(Source.of_bytes(data), _derived(opened, made), made.sha256, "image/png")


def _derived(opened: Opened, made: Made) -> int:
    """The entry that records the making in the words of spec/dossier.md, section 6."""
    known = Derived.objects.filter(working_copy=made).first()
    if known is not None:
        return known.act
    fields: dict[str, Any] = {
        "from": made.source_sha256,
        "made": {"sha256": made.sha256, "size": made.size, "media_type": "image/png"},
        "operation": canonical({"steps": made.steps, "tool": made.tool}).decode("utf-8"),
        "reason": made.reason,
        "recorded": made.act,
    }
    entry = record(opened, None, "derived", **fields)
    Derived.objects.create(working_copy=made, act=entry.seq)
    return entry.seq
