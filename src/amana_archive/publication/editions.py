"""Editions of the site: made of what is allowed at this moment, scanned, sealed, fetched.

Nothing leaves that the scan has not passed. What the scan refuses is never written anywhere but in
memory; the row says what was found.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from amana.core.durable import Disk
from amana.core.sign import Signer
from amana.dossier.parcel import zip_entry
from amana.errors import UsageProblem
from amana.trustees.archive_keys import open_archive
from amana_archive.access.audit import record
from amana_archive.access.models import Person
from amana_archive.courts import sealed_parcel
from amana_archive.evidence import queries
from amana_archive.evidence.models import Case, Item, WorkingCopy
from amana_archive.evidence.source import working_copy_bytes
from amana_archive.families import consent
from amana_archive.lockup.opened import Opened
from amana_archive.publication import site
from amana_archive.publication.dataset import Dataset, Picture
from amana_archive.publication.dataset import Person as Shown
from amana_archive.publication.models import Edition, Entry
from amana_archive.publication.pictures import easel
from amana_archive.publication.scan.known import Known, of_record
from amana_archive.publication.scan.scan import PUBLICATION, Report, scan
from amana_archive.publication.scan.sources import joined

FOLDER = "editions"
SIGNER = "amana.publication"  # not the ledger's name: the site leads to no ledger
_MOST_FINDINGS = 200
_making = threading.Lock()


def allowed_now() -> list[tuple[Entry, consent.Consent]]:
    """Entries that stand, with the consent as it is at this moment."""
    rows = Entry.objects.filter(decision=Entry.Decision.CONFIRMED, ended=None)
    pairs = [(entry, consent.may_publish(entry.case)) for entry in rows.select_related("case")]
    return sorted(
        ((entry, found) for entry, found in pairs if found is not None),
        key=lambda pair: pair[0].public_id,
    )


def last() -> Edition | None:
    """The newest edition that may leave."""
    return Edition.objects.filter(state=Edition.State.READY).order_by("-number").first()


def stood_in_last(entry: Entry) -> bool:
    edition = last()
    return edition is not None and edition.entries.filter(pk=entry.pk).exists()


def behind() -> tuple[list[Entry], list[Entry]]:
    """(to be added, to be taken out) against the newest edition."""
    edition = last()
    there = {entry.pk: entry for entry in edition.entries.all()} if edition else {}
    now = {entry.pk: entry for entry, _ in allowed_now()}
    added = [entry for key, entry in now.items() if key not in there]
    return added, [entry for key, entry in there.items() if key not in now]


def make(opened: Opened, by: Person | None, why: str) -> Edition:
    """A new edition, scanned and sealed; or the row of one that the scan refused.

    Raises ScannerMissing, CannotOpen, WriteFailed: then there is no edition.
    """
    with _making:
        named = Edition.objects.exclude(folder="").values_list("folder", flat=True)
        sealed_parcel.sweep(_root(opened), set(named))
        pairs = allowed_now()
        number = 1 + (Edition.objects.aggregate(last=Max("number"))["last"] or 0)
        drawn = _pictures(opened, pairs)
        dataset = _dataset(number, pairs, drawn)
        signer = _signer(opened)
        files = site.compose(dataset, {name: data for name, (data, _) in drawn.items()}, signer)
        report = scan(files, known(opened, pairs), PUBLICATION)
        entries = [entry for entry, _ in pairs]
        return _keep(opened, by, why, number, entries, files, report)


def _keep(
    opened: Opened,
    by: Person | None,
    why: str,
    number: int,
    entries: list[Entry],
    files: Mapping[str, bytes],
    report: Report,
) -> Edition:
    scanned = {name: getattr(report, name) for name in ("files", "bytes", "known", "exiftool")}
    row: dict[str, Any] = {"number": number, "by": by, "why": why[:300], "scanned": scanned}
    if report.clean:
        row |= {"state": Edition.State.READY, **_sealed(opened, number, files)}
    else:
        found = [str(finding) for finding in report.findings[:_MOST_FINDINGS]]
        row |= {"state": Edition.State.REFUSED, "findings": found}
    with transaction.atomic():
        edition = Edition.objects.create(**row)
        edition.entries.set(entries)
        made = "made" if report.clean else "refused"
        about = {"edition": number, "entries": len(entries), "findings": len(report.findings)}
        record(opened, by, f"publication.edition-{made}", **about, sums=row.get("sums", ""))
        if report.clean:
            transaction.on_commit(lambda: _drop_earlier(opened, edition))
    return edition


def _drop_earlier(opened: Opened, edition: Edition) -> None:
    """Threat: an earlier edition holds what was taken back since. Its row stays, its bytes go."""
    for former in Edition.objects.filter(number__lt=edition.number).exclude(folder=""):
        sealed_parcel.remove(_root(opened) / former.folder)
        Edition.objects.filter(pk=former.pk).update(folder="", parts=[])


# --- what goes in --------------------------------------------------------------------------------


def _pictures(
    opened: Opened, pairs: list[tuple[Entry, consent.Consent]]
) -> dict[str, tuple[bytes, Picture]]:
    drawn = {}
    for entry, allowed in pairs:
        made = entry.picture
        if made is None or not allowed.pictures or not _may_be_shown(made):
            continue
        data, width, height = easel.answer(working_copy_bytes(opened, made))
        name = f"pictures/{entry.public_id}.jpg"
        picture = Picture(name, width, height, dict(entry.picture_words))
        drawn[entry.public_id] = (data, picture)
    return drawn


def _may_be_shown(made: WorkingCopy) -> bool:
    return made.pk in {usable.pk for usable in queries.usable_copies(made.item)}


def _dataset(
    number: int,
    pairs: list[tuple[Entry, consent.Consent]],
    drawn: Mapping[str, tuple[bytes, Picture]],
) -> Dataset:
    people = [
        Shown(
            entry.public_id,
            tuple(name for name in entry.names if name in allowed.names),
            entry.died,
            entry.place,
            dict(entry.words),
            drawn[entry.public_id][1] if entry.public_id in drawn else None,
        )
        for entry, allowed in pairs
    ]
    earlier = Edition.objects.filter(state=Edition.State.READY, number__lt=number)
    return Dataset(
        edition=number,
        made=_month(timezone.now()),
        people=tuple(people),
        withdrawn=tuple(sorted(_tombstones({p.id for p in people}))),
        earlier=tuple((e.number, _month(e.at)) for e in earlier.order_by("number")),
    )


def _tombstones(present: set[str]) -> Iterator[tuple[str, str]]:
    """Only of entries that were ever published, and only where the family wants it said."""
    gone = Entry.objects.filter(tombstone=True, editions__state=Edition.State.READY)
    for entry in gone.exclude(ended=None).distinct():
        if entry.public_id not in present and entry.ended is not None:
            yield entry.public_id, _month(entry.ended)


def _month(when: Any) -> str:
    """Coarse on purpose: a day would tell who was at work, and when."""
    return f"{when:%Y-%m}"


def _signer(opened: Opened) -> Signer:
    office = open_archive(opened.archive.folder).open_office([opened.archive.identity])
    return Signer(SIGNER, office.signer.seed)


# --- what must not come out ----------------------------------------------------------------------


def known(opened: Opened, pairs: list[tuple[Entry, consent.Consent]]) -> Known:
    """What is known of every case that was ever in an entry, and of every camera of their
    collections. The rest of the archive is found by its form (scan.patterns)."""
    cases = {entry.case_id for entry, _ in pairs}
    cases |= set(Entry.objects.values_list("case_id", flat=True))
    items = Item.objects.filter(memberships__case__in=cases).select_related("collection").distinct()
    collections = {item.collection_id for item in items}
    photos = Item.objects.filter(collection__in=collections).values_list("photo", flat=True)
    cameras = joined(of_record({"photo": photo}) for photo in photos.iterator())
    found = joined([*map(_of_item, items), cameras.cameras_only()])
    numbers = _numbers(cases) | {f"C-{key:06d}" for key in cases}
    numbers |= {name for _, allowed in pairs for name in allowed.records}
    return found.joined(Known(texts=frozenset(numbers | {opened.recorder.origin})))


def _of_item(item: Item) -> Known:
    fields = {
        "ledger": item.collection.origin,
        "original": {"sha256": item.sha256, "size": item.size, "path": item.path},
        "copy": item.copy,
        "photo": item.photo,
    }
    derived = item.working_copies.all()
    return of_record(fields).joined(
        Known(
            digests=frozenset({item.leaf, *(made.sha256 for made in derived)}),
            sizes=frozenset(made.size for made in derived if made.size > 10_000),
        )
    )


def _numbers(cases: set[int]) -> set[str]:
    """The three numbers of each case, as people write them: they name a body, not a person."""
    found = set()
    for case in Case.objects.filter(pk__in=cases):
        items = list(Item.objects.filter(memberships__case=case, memberships__ended=None))
        line = queries.identity_of(items)
        parts = [part for part in (line or "").split(" / ") if part.isdigit()]
        if len(parts) > 1:
            found |= {mark.join(parts) for mark in (" / ", "/", "-", " - ", " ")}
    return found


# --- how it leaves -------------------------------------------------------------------------------


def _sealed(opened: Opened, number: int, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The zip of the edition, in sealed parts: until it is fetched it is nobody's."""
    name, folder = f"memorial-{number:04d}", secrets.token_hex(16)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as out:
        for path in sorted(files):
            out.writestr(zip_entry(f"{name}/{path}", len(files[path])), files[path])
    place = _root(opened) / folder
    parts = sealed_parcel.put(place, packed.getvalue(), opened.archive.card.recipients, Disk())
    return {
        "folder": folder,
        "parts": parts,
        "bytes": len(packed.getvalue()),
        "files": len(files),
        "sums": hashlib.sha256(files[site.SUMS]).hexdigest(),
    }


def _root(opened: Opened) -> Path:
    return opened.archive.folder / "web" / FOLDER


def fetch(opened: Opened, by: Person, edition: Edition) -> Iterator[bytes]:
    """The zip of an edition; the entry is written before the first byte. Raises UsageProblem."""
    newest = last()
    if newest is None or edition.pk != newest.pk:
        raise UsageProblem(what="only the newest edition leaves")
    if behind()[1]:
        raise UsageProblem(what="an entry was taken back since: make a new edition first")
    with transaction.atomic():
        Edition.objects.filter(pk=edition.pk, fetched=None).update(fetched=timezone.now())
        record(opened, by, "publication.fetched", edition=edition.number, sums=edition.sums)
    folder = _root(opened) / edition.folder
    return sealed_parcel.opened_parts(folder, edition.parts, lambda: opened.archive.identity)


def files_of(opened: Opened, edition: Edition) -> dict[str, bytes]:
    """Every file of an edition, to be looked at before it leaves. Raises CannotOpen, Damaged."""
    folder = _root(opened) / edition.folder
    pieces = sealed_parcel.opened_parts(folder, edition.parts, lambda: opened.archive.identity)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}
