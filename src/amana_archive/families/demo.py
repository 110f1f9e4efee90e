"""Two families' enquiries for the rehearsal, through the functions that liaisons use: one is
identified and told in a meeting, one is not, after an exclusion. Everything is drawn. Never in an
operation: passphrases are returned."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.errors import UsageProblem
from amana_archive.access import accounts, second_factor
from amana_archive.access.models import Person
from amana_archive.evidence import actions as evidence
from amana_archive.evidence import cases
from amana_archive.evidence.models import Case, Collection, Item, Tag
from amana_archive.families import slips
from amana_archive.families.letters import write
from amana_archive.families.meetings import hold, prepare
from amana_archive.families.models import Letter, Record
from amana_archive.families.reconcile import candidates, findings
from amana_archive.families.record import actions
from amana_archive.families.store import making
from amana_archive.families.store.keyfile import load
from amana_archive.families.store.openings import openings
from amana_archive.lockup.opened import Opened

LETTERS = "family-letters"
FEWEST = 4
FIRST = actions.Told(
    {
        "asker": "أم سليم",
        "relation": "والدته",
        "contact": "عن طريق رابطة العائلات",
        "caution": "لا رسائل على الهاتف",
        "language": "ar",
        "support": "ابنتها",
        "sex": "male",
        "born": "1986",
        "arrested": "2011-11",
        "arrested_at": "دمشق، الميدان",
        "last_seen": "2012-03",
        "branch": "215",
        "marks": "ندبة فوق الحاجب الأيسر",
        "clothing": "سترة بنية",
    },
    tags=("jacket", "scar"),
    names=(("official", "سليم إبراهيم العطار"), ("other", "Saleem Ibrahim Alattar")),
)
SECOND = actions.Told(
    {
        "asker": "Huda Mansour",
        "relation": "his wife",
        "contact": "through the same lawyer",
        "language": "en",
        "sex": "male",
        "born": "1951",
        "last_seen": "2012-04",
        "last_seen_at": "Aleppo",
        "marks": "none that she knows",
        "clothing": "a dark jacket",
    },
    tags=("jacket",),
    names=(("official", "فؤاد منصور"), ("other", "Fouad Mansour"), ("nickname", "Abu Nizar")),
)


@dataclass(frozen=True)
class Cast:
    """The people of the rehearsal, and the liaisons' passphrases of the store by login."""

    first: Person
    second: Person
    reviewer: Person
    passphrases: dict[str, str]


def two_enquiries(opened: Opened, folder: Path | None = None) -> dict[str, Any]:
    """After `amana_archive.demo.fill_opened`. Letters are written below `folder` (beside the
    archive's own). Returns what happened, for the report of the rehearsal:

        {"identified": {...}, "not_found": {...}, "letters": folder, "passphrases": {login: words}}

    and raises UsageProblem where there are fewer than four photographs with a camera's time or the
    store was made before, and AssertionError where a family was not treated rightly.
    """
    if len(_photographs()) < FEWEST:
        raise UsageProblem(what="two enquiries need four photographs with a camera's time")
    if load(opened).is_made:
        raise UsageProblem(what="the family store is there already")
    folder = folder or opened.archive.folder.parent / LETTERS
    Disk().make_folder(folder)
    cast = _people(opened)
    fitting, other = _cases(opened, cast)
    try:
        return {
            "identified": _identified(opened, cast, fitting, folder),
            "not_found": _not_found(opened, cast, other, folder),
            "letters": str(folder),
            "passphrases": cast.passphrases,
        }
    finally:
        openings.shut_all()


def _people(opened: Opened) -> Cast:
    """A second administrator and a second liaison; the store is made by two and opened by one."""
    first = Person.objects.filter(role="liaison", active=True).order_by("pk")[0]
    reviewer = Person.objects.filter(role="reviewer", active=True).order_by("pk")[0]
    one = Person.objects.filter(role="administrator", active=True).order_by("pk")[0]
    other = _account(opened, "nour", "Nour", "administrator")
    second = _account(opened, "salma", "Salma", "liaison")
    for collection in Collection.objects.all():
        accounts.grant(opened, None, second, collection)
    passphrases = {}
    for person in (first, second):
        passphrases[person.login] = slips.spelled(slips.draw(), "en")
        making.prepare(opened, person, passphrases[person.login])
    making.ask(opened, one)
    making.confirm(opened, other)
    making.unlock(opened, first, (first.pk, 0), passphrases[first.login])
    return Cast(first, second, reviewer, passphrases)


def _account(opened: Opened, login: str, name: str, role: str) -> Person:
    found = Person.objects.filter(login=login).first()
    if found is None:
        accounts.invite(opened, None, login, name, role)
        found = Person.objects.get(login=login)
        found.totp_secret, found.active = second_factor.new_secret(), True
        found.save()
    return found


def _cases(opened: Opened, cast: Cast) -> tuple[Case, Case]:
    """Two cases as reviewers leave them: what is seen in the pictures, and a number that was
    read."""
    items = _photographs()
    made = []
    for pair, codes, branch in (
        (items[:2], ("jacket", "scar", "young-adult", "male"), "215"),
        (items[2:4], ("jacket", "young-adult", "male"), "227"),
    ):
        case = cases.propose(opened, cast.reviewer, pair, "")
        for code in codes:
            evidence.add_tag(opened, cast.reviewer, pair[0], Tag.objects.get(code=code))
        evidence.add_reading(opened, cast.reviewer, pair[0], "branch", "read", branch, 90)
        made.append(case)
    return made[0], made[1]


def _photographs() -> list[Item]:
    dated = Item.objects.exclude(copy=None).exclude(taken="")
    return list(dated.order_by("taken", "pk")[:FEWEST])


def _in_time(told: actions.Told, case: Case) -> actions.Told:
    """The first family's memories, in time for the photographs, whenever those were taken."""
    taken = min(member.item.taken for member in case.members.select_related("item"))
    year, month = int(taken[:4]), int(taken[5:7])

    def before(n: int) -> str:
        return f"{year - (month <= n)}-{(month - n - 1) % 12 + 1:02d}"

    dates = {"born": str(year - 26), "arrested": before(6), "last_seen": before(2)}
    return replace(told, fields={**told.fields, **dates})


def _received(opened: Opened, cast: Cast, told: actions.Told) -> actions.Received:
    made = actions.receive(opened, cast.first, told)
    actions.share(opened, cast.first, made.record, cast.second)
    actions.answer(opened, cast.first, made.record, "contact", True)
    write.write(opened, cast.first, made.record, "received")
    return made


def _portrait() -> bytes:
    """A photograph of nobody."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (480, 600), (196, 188, 170))
    pen: Any = ImageDraw.Draw(picture)
    pen.ellipse((150, 110, 330, 340), fill=(150, 118, 92))
    pen.rectangle((110, 340, 370, 600), fill=(96, 78, 60))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def _identified(opened: Opened, cast: Cast, case: Case, folder: Path) -> dict[str, Any]:
    """Proposed with reasons, found by two, told in a meeting: the effects, not the body."""
    received = _received(opened, cast, _in_time(FIRST, case))
    record = received.record
    actions.add_photo(opened, cast.first, record, _portrait(), "في عيد")
    found = candidates.for_record(cast.first, record)
    first = found.proposed[0]
    assert first.case.pk == case.pk, "the fitting case is proposed first"
    text = "الفرع والندبة والسترة"
    made = findings.propose(opened, cast.first, record, case, "identified", text)
    findings.decide(opened, cast.second, made, True, "قارنتُ بنفسي")
    actions.set_state(opened, cast.first, record, "call")
    shown = _meeting(opened, cast, record)
    actions.answer(opened, cast.first, record, "publication", False, "ليس الآن")
    return {
        **_summary(opened, received, folder),
        "case": case.number,
        "reasons": [(reason.sentence, reason.strength) for reason in first.reasons],
        "shown": shown,
    }


def _meeting(opened: Opened, cast: Cast, record: Record) -> list[tuple[str, str]]:
    by = cast.first
    meeting = prepare.prepare(opened, by, record, "identified", "2026-12-03", "المكتب")
    write.write(opened, by, record, "invitation", meeting=meeting)
    items = prepare.showable(by, meeting)
    prepare.add_step(opened, by, meeting, "words", "وجدناه. نقول لكم ما نعرفه، وتسألون ما تشاؤون.")
    prepare.add_step(opened, by, meeting, "effects", "السترة التي وصفتموها.", items[0])
    prepare.add_step(opened, by, meeting, "body", "", items[1])
    hold.begin(opened, by, meeting, support="ابنتها", pictures=True, body=False)
    hold.go_on(opened, by, meeting)
    hold.uncover(opened, by, meeting)
    hold.go_on(opened, by, meeting)
    hold.finish(opened, by, meeting, stopped=False)
    hold.write_minutes(opened, by, meeting, "سألت عن القبر. وُعدت بجواب.")
    write.write(opened, by, record, "receipt", meeting=meeting)
    write.write(opened, by, record, "identified")
    steps = list(meeting.steps.order_by("place"))
    assert [bool(s.reached) for s in steps] == [True, True, False], "the body was not wished"
    return [(s.kind, "seen" if s.uncovered else "told" if s.reached else "left out") for s in steps]


def _not_found(opened: Opened, cast: Cast, case: Case, folder: Path) -> dict[str, Any]:
    """A case is compared and excluded by two; the family is told that nothing was found."""
    received = _received(opened, cast, SECOND)
    record = received.record
    text = "The man in the pictures is some thirty years younger."
    made = findings.propose(opened, cast.first, record, case, "excluded", text)
    findings.decide(opened, cast.second, made, True, "Compared for myself: far too young.")
    found = candidates.for_record(cast.first, record)
    assert case.pk not in {c.case.pk for c in found.proposed}, "an excluded case stays excluded"
    assert [c.case.pk for c in found.excluded] == [case.pk]
    actions.set_state(opened, cast.first, record, "looking")
    write.write(opened, cast.first, record, "not-found")
    return {**_summary(opened, received, folder), "excluded": [case.number]}


def _summary(opened: Opened, received: actions.Received, folder: Path) -> dict[str, Any]:
    """The family's own page says one of three things, and never the result."""
    record = received.record
    says = slips.ask(opened, record.number, slips.spelled(received.phrase, "ar"))
    guessed = slips.ask(opened, record.number, slips.spelled(slips.draw(), "ar"))
    assert guessed is None, "whoever guesses is told nothing"
    letters = []
    for letter in Letter.objects.filter(record=record).order_by("pk"):
        path = folder / f"{record.number}-{letter.kind}-{secrets.token_hex(2)}.pdf"
        Disk().write_whole(path, bytes(letter.data))
        letters.append(path.name)
    return {
        "number": record.number,
        "page_says": says,
        "words": slips.spelled(received.phrase, "en"),
        "letters": letters,
    }
