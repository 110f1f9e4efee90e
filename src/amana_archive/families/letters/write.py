"""A letter as a PDF, and kept as it was written."""

from __future__ import annotations

import functools
import importlib.resources
import re
from datetime import UTC, datetime

from django.db import transaction

from amana.core.encoding import Json
from amana.errors import UsageProblem
from amana.paper.render import render
from amana_archive.access.models import Person
from amana_archive.evidence.models import Case
from amana_archive.families import slips
from amana_archive.families.consent import identified_case
from amana_archive.families.letters.texts import KINDS, TEXTS
from amana_archive.families.meetings.hold import seen, wanted
from amana_archive.families.models import Letter, Meeting, Record, Step
from amana_archive.families.record.actions import happened
from amana_archive.families.record.forms import name_in
from amana_archive.families.router import STORE
from amana_archive.lockup.opened import Opened

BACKUP_DAYS = 30
# What must not be turned round in Arabic text: F-000012, C-000017, 2012-05-03, 227 / 9077 / 2935.
_DIRECTED = re.compile(r"[FC]-\d{6}|\d[\d?]*(?:\s*[/\-:.]\s*[\d?]+)+")


def write(
    opened: Opened,
    by: Person,
    record: Record,
    kind: str,
    language: str = "",
    meeting: Meeting | None = None,
) -> Letter:
    """Write a letter, and keep it with the record. Raises UsageProblem for one that would not be
    true: of an identification that is none, of a meeting that has not been."""
    if kind not in KINDS or kind == "withdrawn":
        raise UsageProblem(what="choose which letter")
    language = language if language in TEXTS else record.language
    data = _checked(record, kind, language, meeting)
    with transaction.atomic(using=STORE):
        made = Letter.objects.create(
            record=record, kind=kind, language=language, data=data, by=by.pk
        )
        happened(opened, by, record, "letter-written", f"{kind} ({language})", letter=made.pk)
    return made


def withdrawn(number: str, language: str) -> bytes:
    """The letter after an erasure: for the hand, kept nowhere."""
    fields = {"number": number, "date": _today(), "days": str(BACKUP_DAYS)}
    return _pdf("withdrawn", language, fields)


def phrase_sheet(phrase: bytes, language: str) -> bytes:
    """The seven words on a sheet of their own: no number, no date, no name. Kept nowhere."""
    words = slips.spelled(phrase, language).split()
    joined = "، " if language == "ar" else ", "
    return _pdf("phrase", language, {"words": joined.join(words)}, date="")


def _checked(record: Record, kind: str, language: str, meeting: Meeting | None) -> bytes:
    if kind == "receipt":
        if meeting is None or meeting.ended is None or meeting.record_id != record.pk:
            raise UsageProblem(what="a receipt is of a meeting that has ended")
        return receipt(meeting, language)
    case = identified_case(record)
    if kind == "identified" and case is None:
        raise UsageProblem(
            what="nobody is told of an identification that two people did not confirm"
        )
    if kind == "not-found" and case is not None:
        raise UsageProblem(what="this person is identified already")
    fields = {
        "number": record.number,
        "name": name_in(record, language),
        "case": Case(pk=case).number if case else "",
        "when": _part(language, "when", meeting.when if meeting else ""),
        "where": _part(language, "where", meeting.where if meeting else ""),
    }
    return _pdf(kind, language, fields)


def _part(language: str, name: str, value: str) -> str:
    (text,) = TEXTS[language]["words"][name]
    return text.format(**{name: value}) if value else ""


def receipt(meeting: Meeting, language: str) -> bytes:
    """What was told and shown, for both to sign."""
    words = {name: text[0] for name, text in TEXTS[language]["words"].items()}
    wishes = "pictures-body" if meeting.body else "pictures" if meeting.pictures else "none"
    begun = meeting.asked or meeting.at
    fields = {
        "number": meeting.record.number,
        "day": f"{begun:%Y-%m-%d}",
        "support": meeting.support,
        "wishes": words[wishes],
        "ending": words["stopped" if meeting.state == Meeting.State.STOPPED else "ended"],
    }
    steps = seen(meeting)
    passed = [s for s in meeting.steps.order_by("place") if not wanted(meeting, s)]
    shown = sorted([*steps, *(s for s in passed if s not in steps)], key=lambda s: s.place)
    rows = [_row(n, step, steps, words) for n, step in enumerate(shown, 1)]
    return _pdf("receipt", language, fields, rows, [words["family"], words["liaison"]])


def _row(number: int, step: Step, steps: list[Step], words: dict[str, str]) -> Json:
    what = step.text or words[step.kind]
    if step not in steps:
        return {
            "place": str(number),
            "what": _parts(words[step.kind]),
            "seen": _parts(words["passed"]),
        }
    how = "told" if step.kind == Step.Kind.WORDS else "seen" if step.uncovered else "covered"
    return {"place": str(number), "what": _parts(what), "seen": _parts(words[how])}


def _pdf(
    kind: str,
    language: str,
    fields: dict[str, str],
    rows: list[Json] | None = None,
    signatures: list[str] | None = None,
    date: str | None = None,
) -> bytes:
    text = TEXTS[language][kind]
    data: Json = {
        "language": language,
        "date": _today() if date is None else date,
        "subject": [part for line in text["subject"] for part in _parts(line.format(**fields))],
        "paragraphs": [_parts(line.format(**fields)) for line in text["paragraphs"]],
        "closing": [_parts(line.format(**fields)) for line in text["closing"]],
        "rows": rows or [],
        "signatures": signatures or [],
    }
    return render(_template(), data)


def _parts(text: str) -> list[Json]:
    """The text in pieces; what must keep its direction is marked."""
    made: list[Json] = []
    at = 0
    for found in _DIRECTED.finditer(text):
        made += [{"text": text[at : found.start()], "ltr": False}]
        made += [{"text": found.group(), "ltr": True}]
        at = found.end()
    made += [{"text": text[at:], "ltr": False}]
    return [part for part in made if part["text"]]


@functools.cache
def _template() -> str:
    folder = importlib.resources.files("amana_archive.families.letters")
    return folder.joinpath("letter.typ").read_text("utf-8")


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
