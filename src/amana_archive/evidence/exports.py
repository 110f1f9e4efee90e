"""Originals that leave the archive: one person asks, a second confirms, the first one fetches.

What leaves is a tar with the originals under their digests, `SHA256SUMS` for `sha256sum -c`, and
`ITEMS.tsv` that says which digest was which path of which ledger.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from amana.errors import UsageProblem
from amana_archive.access.audit import record
from amana_archive.access.models import Person
from amana_archive.evidence.models import Case, Export, Item, Proposal
from amana_archive.evidence.source import original_bytes
from amana_archive.lockup.opened import Opened

LIFETIME = timedelta(days=7)
MOST_ITEMS = 100


def ask(
    opened: Opened, by: Person, items: Sequence[Item], reason: str, case: Case | None = None
) -> Export:
    """The first of two people: these originals, for this reason. Raises UsageProblem."""
    if not reason.strip():
        raise UsageProblem(what="say what is proposed, and why")
    if not 1 <= len(items) <= MOST_ITEMS:
        raise UsageProblem(what="an export has from 1 to 100 items")
    with transaction.atomic():
        proposal = Proposal.objects.create(
            kind=Proposal.Kind.EXPORT, case=case, text=reason.strip()[:4000], by=by
        )
        made = Export.objects.create(proposal=proposal)
        made.items.set(items)
        about = {"case": case.pk} if case else {}
        keys = [item.pk for item in items]
        record(opened, by, "export.proposed", proposal=proposal.pk, items=keys, **about)
    return made


def is_open(export: Export) -> bool:
    """Whether a second person confirmed it, not longer than a week ago."""
    proposal, decided = export.proposal, export.proposal.decided
    if decided is None or proposal.decision != Proposal.Decision.CONFIRMED:
        return False
    return timezone.now() - decided < LIFETIME


def items_of(export: Export) -> list[Item]:
    return list(export.items.select_related("collection").defer("words", "veil").order_by("pk"))


def tar_of(opened: Opened, items: Sequence[Item]) -> Iterator[bytes]:
    """The export, piece by piece: one original is in memory at a time. Raises CannotOpen, Damaged.

    The lists come first, from the records; each original was verified against its digest when it
    was opened, and one that is missing ends the stream before anything false is said.
    """
    names = {item.pk: f"originals/{item.sha256}" for item in items}
    sums = "".join(f"{item.sha256}  {names[item.pk]}\n" for item in _once(items))
    rows = ["sha256\tpath\tledger\trecord\n"]
    rows += [f"{i.sha256}\t{_field(i.path)}\t{i.collection.origin}\t{i.seq}\n" for i in items]
    yield from _member("SHA256SUMS", sums.encode())
    yield from _member("ITEMS.tsv", "".join(rows).encode())
    for item in _once(items):
        yield from _member(names[item.pk], original_bytes(opened, item))
    yield b"\0" * 2 * tarfile.BLOCKSIZE


def _once(items: Sequence[Item]) -> list[Item]:
    """The same bytes stored under two paths leave once."""
    return list({item.sha256: item for item in items}.values())


def _field(text: str) -> str:
    return "".join("\ufffd" if c in "\t\n\r" else c for c in text)


def _member(name: str, data: bytes) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    yield info.tobuf(tarfile.USTAR_FORMAT)
    stream = io.BytesIO(data)
    while piece := stream.read(1 << 16):
        yield piece
    yield b"\0" * (-len(data) % tarfile.BLOCKSIZE)
