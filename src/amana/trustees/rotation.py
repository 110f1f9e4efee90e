"""Rotation: the archive's keys are retired in favour of those that were committed to before.

The order, so that a crash leaves the old keys or the new ones, and running again goes on:

    new shares for the rotation after this one     a secret is shared before it is promised
    office.next.age                                sealed to the new key
    keys.jsonl                                     the event: THE commit point
    office.age, ledger.vkey, archive.json          follow from the history
    the ledger's entry `keys-rotated`              signed by the new key
    re-sealing                                     of what the archive holds

The inbox is not sealed again: letters, disks and receipts name the digests of what arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import utc
from amana.core.unseal import Identity
from amana.ledger.checkpoint import parse_checkpoint
from amana.ports import Clock, system_clock
from amana.trustees.archive_keys import (
    CARD_FILE,
    HISTORY_FILE,
    NEXT_OFFICE_FILE,
    OFFICE_FILE,
    VKEY_FILE,
    ArchiveKeys,
    Office,
    new_office,
    open_archive,
    write_office,
)
from amana.trustees.ceremony import Scheme
from amana.trustees.key_history import KeyEvent, check_rotation, commitment_to, rotation
from amana.trustees.shares import join_if

_LOOK_AHEAD = 64

Reseal = Callable[[Path, Identity, Identity], int]


@dataclass(frozen=True)
class Rotated:
    """`event`: the line that retires the old keys. `successor_shares`: the new shares for the
    rotation after this one. `resealed`: how many objects were sealed again."""

    event: KeyEvent
    identity: Identity
    successor_shares: list[Path]
    resealed: int


def rotate(
    archive: Path,
    old: Identity,
    successor_shares: Sequence[str],
    scheme: Scheme,
    reason: str,
    *,
    reseal: Reseal | None = None,
    disk: Disk | None = None,
    clock: Clock = system_clock,
) -> Rotated:
    """Retire the archive's keys. `old` is the identity that opens it today.

    The successor's shares become the shares of the archive's key; new successor's shares are
    written as `scheme` says. Raises WrongShare, NotProved, AlreadyThere, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    keys = open_archive(archive)
    successor = _successor(keys, successor_shares)
    paths: list[Path] = []
    if successor.recipient != keys.card.recipients[0]:
        scheme.check_free()
        following = Identity.generate(hybrid=successor.hybrid)
        paths = scheme.write(following, keys.fingerprint, disk, successor=True)
        event = _prepare(keys, old, successor, following, reason, disk, clock)
        lines = b"".join(e.line + b"\n" for e in (*keys.history, event))
        disk.write_whole(archive / HISTORY_FILE, lines)
    keys = _finish(archive, successor, disk, clock)
    resealed = reseal(archive, old, successor) if reseal else 0
    return Rotated(keys.history[-1], successor, paths, resealed)


def _successor(keys: ArchiveKeys, shares: Sequence[str]) -> Identity:
    """The joined key: the one that was committed to; or, after a crash, the one that rules."""
    now = keys.history[-1]
    resumes = len(keys.history) > 1

    def expected(identity: Identity) -> bool:
        if commitment_to(identity) == now.fields["next"]:
            return True
        return resumes and identity.recipient == now.recipient

    return join_if(shares, expected)


def _prepare(
    keys: ArchiveKeys,
    old: Identity,
    successor: Identity,
    following: Identity,
    reason: str,
    disk: Disk,
    clock: Clock,
) -> KeyEvent:
    office = keys.open_office([old])
    fresh = new_office(keys.verifier.name, [office.identity, *office.former])
    # Adopt what an interrupted append left: the last head that the old key signs is final.
    head = parse_checkpoint(keys.book(office, disk, clock).resign())
    event = rotation(
        keys.history[-1],
        successor,
        fresh.signer.verifier,
        commitment_to(following),
        head,
        time=utc(clock()),
        reason=reason,
    )
    check_rotation(event, keys.history[-1])
    write_office(keys.folder / NEXT_OFFICE_FILE, fresh, [successor.recipient], disk)
    return event


def _finish(archive: Path, successor: Identity, disk: Disk, clock: Clock) -> ArchiveKeys:
    keys = open_archive(archive)
    office = keys.open_office([successor])
    if (archive / NEXT_OFFICE_FILE).exists():
        disk.rename(archive / NEXT_OFFICE_FILE, archive / OFFICE_FILE)
        disk.sync_folder(archive)
    disk.write_whole(archive / VKEY_FILE, f"{keys.verifier.vkey}\n".encode())
    disk.write_whole(archive / CARD_FILE, keys.card.to_bytes())
    _enter(keys, office, disk, clock)
    return open_archive(archive)


def _enter(keys: ArchiveKeys, office: Office, disk: Disk, clock: Clock) -> None:
    """The rotation as a ledger entry, by the new key, once."""
    event = keys.history[-1]
    book = keys.book(office, disk, clock)
    start = event.retired.size if event.retired else 0
    # It is the first entry that the new key writes; others may have come before it after a crash.
    places = range(start, min(book.size, start + _LOOK_AHEAD))
    if any(book.record(n).fields.get("event") == event.fields for n in places):
        return
    book.append({"act": "keys-rotated", "event": event.fields, "reason": event.fields["reason"]})
