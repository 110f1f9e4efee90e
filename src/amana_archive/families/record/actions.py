"""The only writers of records. Each act is an entry in the archive's ledger, which names the record
by its number alone; what was said stays in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from amana.errors import UsageProblem
from amana_archive.access.audit import record as entry
from amana_archive.access.models import Person, Role
from amana_archive.evidence.models import Tag
from amana_archive.families import consent, slips
from amana_archive.families.models import Consent, Event, Name, Photo, Record, Right
from amana_archive.families.record.dates import partial
from amana_archive.families.record.pictures import developed
from amana_archive.families.router import STORE
from amana_archive.lockup.opened import Opened

LONGEST = 4000
DATES = ("born", "arrested", "last_seen")
WORDS = (
    "asker",
    "relation",
    "contact",
    "caution",
    "support",
    "born_at",
    "arrested_at",
    "last_seen_at",
    "circumstances",
    "branch",
    "detainee",
    "marks",
    "clothing",
)
LANGUAGES = ("ar", "en", "fr")


@dataclass(frozen=True)
class Told:
    """What a family says of itself and of him: texts by the field's name (WORDS, DATES, language,
    sex), codes of the vocabulary, and names with their kind."""

    fields: dict[str, str]
    tags: Sequence[str] = ()
    names: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Received:
    """A new record, and the phrase of its private page, which is kept nowhere."""

    record: Record
    phrase: bytes = field(repr=False)


def receive(opened: Opened, by: Person, told: Told) -> Received:
    """Take an enquiry in. Raises UsageProblem without a name."""
    names = [(kind, text.strip()[:200]) for kind, text in told.names if text.strip()]
    if not names:
        raise UsageProblem(what="at least one spelling of the name is needed")
    values, phrase = _values(told), slips.draw()
    with transaction.atomic(using=STORE):
        made = Record.objects.create(by=by.pk, **values)
        Name.objects.bulk_create([Name(record=made, kind=_kind(k), text=t) for k, t in names])
        Right.objects.create(record=made, person=by.pk, by=by.pk)
        keys = slips.keys_of(opened, made.pk, phrase)
        Record.objects.filter(pk=made.pk).update(slip=keys.tag, slip_key=keys.key.hex())
        happened(opened, by, made, "received")
        slips.write(keys, made.state)
    made.refresh_from_db()
    return Received(made, phrase)


def _values(told: Told) -> dict[str, Any]:
    values: dict[str, Any] = {name: told.fields.get(name, "").strip()[:LONGEST] for name in WORDS}
    for name in ("asker", "born_at", "arrested_at", "last_seen_at"):
        values[name] = values[name][:200]
    values["relation"], values["branch"] = values["relation"][:120], values["branch"][:120]
    values["detainee"] = values["detainee"][:60]
    values.update({name: partial(told.fields.get(name, "")) for name in DATES})
    language, sex = told.fields.get("language", "ar"), told.fields.get("sex", "")
    values["language"] = language if language in LANGUAGES else "ar"
    values["sex"] = sex if sex in Record.Sex.values else ""
    known = set(Tag.objects.filter(code__in=list(told.tags)).values_list("code", flat=True))
    values["tags"] = sorted(known)
    return values


def _kind(kind: str) -> str:
    return kind if kind in Name.Kind.values else Name.Kind.OTHER


def happened(
    opened: Opened, by: Person, record: Record, what: str, text: str = "", **named: Any
) -> None:
    """One act on a record: in the ledger by number, in the store with its words. Call it inside the
    transaction of the store: an act that cannot be recorded does not happen."""
    entry(opened, by, f"family.{what}", family=record.number, **named)
    Event.objects.create(record=record, what=what, text=text[:LONGEST], by=by.pk)


def change(opened: Opened, by: Person, record: Record, told: Told) -> list[str]:
    """Other words or dates; which fields moved. What was there before stays among the events."""
    values = _values(told)
    moved = [name for name, value in values.items() if getattr(record, name) != value]
    if not moved:
        return []
    before = "\n".join(f"{name}: {getattr(record, name)}" for name in moved)
    with transaction.atomic(using=STORE):
        Record.objects.filter(pk=record.pk).update(**{name: values[name] for name in moved})
        happened(opened, by, record, "changed", before)
    record.refresh_from_db()
    return moved


def add_name(opened: Opened, by: Person, record: Record, kind: str, text: str) -> Name:
    """One more spelling. Raises UsageProblem for an empty one."""
    if not text.strip():
        raise UsageProblem(what="at least one spelling of the name is needed")
    with transaction.atomic(using=STORE):
        made = Name.objects.create(record=record, kind=_kind(kind), text=text.strip()[:200])
        happened(opened, by, record, "name-added", made.text)
    return made


def remove_name(opened: Opened, by: Person, record: Record, key: int) -> None:
    """A spelling that is wrong; the last one stays. Raises UsageProblem."""
    row = Name.objects.filter(record=record, pk=key).first()
    if row is None:
        return
    if record.names.count() == 1:
        raise UsageProblem(what="at least one spelling of the name is needed")
    with transaction.atomic(using=STORE):
        row.delete()
        happened(opened, by, record, "name-removed", row.text)


def add_photo(opened: Opened, by: Person, record: Record, data: bytes, label: str) -> Photo:
    """A picture that the family brought. Raises CannotOpen for what is none."""
    made = developed(data)
    with transaction.atomic(using=STORE):
        photo = Photo.objects.create(
            record=record,
            data=made.data,
            width=made.width,
            height=made.height,
            label=label.strip()[:200],
            by=by.pk,
        )
        happened(opened, by, record, "photo-added", photo=photo.pk)
    return photo


def remove_photo(opened: Opened, by: Person, photo: Photo) -> None:
    with transaction.atomic(using=STORE):
        happened(opened, by, photo.record, "photo-removed", photo=photo.pk)
        photo.delete()


def answer(
    opened: Opened,
    by: Person,
    record: Record,
    purpose: str,
    given: bool,
    words: str = "",
    names: Sequence[str] = (),
    pictures: bool = False,
) -> Consent:
    """What the family says to one question; it may say otherwise at any time. `names` and
    `pictures` belong to a publication. Raises UsageProblem."""
    if purpose not in Consent.Purpose.values:
        raise UsageProblem(what="choose what is asked")
    publication = purpose == Consent.Purpose.PUBLICATION and given
    printed = [name.strip()[:200] for name in names if name.strip()] if publication else []
    with transaction.atomic(using=STORE):
        held = Consent.objects.filter(record=record, purpose=purpose, ended=None)
        held.update(ended=timezone.now())
        made = Consent.objects.create(
            record=record,
            purpose=purpose,
            given=given,
            names=printed,
            pictures=publication and pictures,
            words=words.strip()[:LONGEST],
            by=by.pk,
        )
        happened(opened, by, record, "answered", f"{purpose}: {'yes' if given else 'no'}")
        consent.refresh(opened, record)
    return made


def agrees(record: Record, purpose: str) -> bool:
    """Whether the family said yes to it, and has not said otherwise since."""
    row = Consent.objects.filter(record=record, purpose=purpose, ended=None).last()
    return row is not None and row.given


def set_state(opened: Opened, by: Person, record: Record, state: str) -> None:
    """What the family's private page says from now on. Raises UsageProblem."""
    if state not in Record.State.values:
        raise UsageProblem(what="choose what the page says")
    with transaction.atomic(using=STORE):
        Record.objects.filter(pk=record.pk).update(state=state)
        happened(opened, by, record, "page-set", state)
        slips.write(slips.Keys(record.slip, bytes.fromhex(record.slip_key)), state)
    record.refresh_from_db()


def new_phrase(opened: Opened, by: Person, record: Record) -> bytes:
    """The family lost its words, or somebody else has them: the old ones say nothing any more."""
    phrase = slips.draw()
    keys = slips.keys_of(opened, record.pk, phrase)
    with transaction.atomic(using=STORE):
        Record.objects.filter(pk=record.pk).update(slip=keys.tag, slip_key=keys.key.hex())
        happened(opened, by, record, "phrase-changed")
        slips.remove(record.slip)
        slips.write(keys, record.state)
    record.refresh_from_db()
    return phrase


# --- who may see it ------------------------------------------------------------------------------


def share(opened: Opened, by: Person, record: Record, other: Person) -> Right:
    """Give another liaison the right to this record. Raises UsageProblem for anybody else."""
    if other.role != Role.LIAISON or not other.active:
        raise UsageProblem(what="only a liaison can be given a family's record")
    held = Right.objects.filter(record=record, person=other.pk, ended=None).first()
    if held is not None:
        return held
    with transaction.atomic(using=STORE):
        made = Right.objects.create(record=record, person=other.pk, by=by.pk)
        happened(opened, by, record, "right-given", subject=other.pk)
    return made


def take_back(opened: Opened, by: Person, record: Record, person: int) -> None:
    """The last one who sees it stays: a record that nobody may see would be lost."""
    rows = Right.objects.filter(record=record, ended=None)
    if rows.exclude(person=person).count() == 0:
        raise UsageProblem(what="somebody must still be able to see it")
    with transaction.atomic(using=STORE):
        rows.filter(person=person).update(ended=timezone.now())
        happened(opened, by, record, "right-taken", subject=person)
