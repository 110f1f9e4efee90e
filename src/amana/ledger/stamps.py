"""Collecting time stamps: several authorities are asked, what came is kept, the rest is asked
again later, and it is written down which third party was contacted when.

    <folder>/<sha256 of the note>/checkpoint       the signed note
                                 /<authority>.tsq   the raw request, with its nonce
                                 /<authority>.tsr   the raw reply, verified before it is kept
                                 /asked.json        who was asked, when, with what outcome

Threat: one authority may lie, vanish or be leaned on; two in two countries hardly both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from amana.core.durable import Disk
from amana.core.encoding import Json, canonical, parse, utc
from amana.errors import AmanaError, UsageProblem
from amana.ledger.timestamp import (
    Timestamp,
    new_request,
    parse_roots,
    request_nonce,
    verify_reply,
)
from amana.ports import Clock, TimestampAuthority, system_clock

LEAST_AUTHORITIES = 2


@dataclass(frozen=True)
class Asked:
    """An authority to ask, and the PEM certificates that its tokens must lead to."""

    authority: TimestampAuthority
    roots_pem: bytes

    @property
    def name(self) -> str:
        return authority_name(self.authority.url)


@dataclass(frozen=True)
class StampReport:
    """`kept`: authority name → what its token says. `waiting`: name → why there is none yet.
    `contacted`: the URLs that were contacted by this very call."""

    folder: Path
    kept: dict[str, Timestamp] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    contacted: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.waiting and len(self.kept) >= LEAST_AUTHORITIES


def authority_name(url: str) -> str:
    """A file name for an authority: host, port and path, in plain letters."""
    parts = urlsplit(url)
    return re.sub(r"[^a-z0-9.-]+", "-", f"{parts.netloc}{parts.path}".lower()).strip("-.")[:100]


def stamp(
    note: str,
    asked: Sequence[Asked],
    folder: Path,
    *,
    disk: Disk | None = None,
    clock: Clock = system_clock,
) -> StampReport:
    """Ask each authority whose token over `note` is not kept yet. Failures are reported, not
    raised: call again later. Raises UsageProblem for fewer than two authorities, WriteFailed."""
    if len({a.name for a in asked}) < max(LEAST_AUTHORITIES, len(asked)):
        raise UsageProblem(what="at least two different time authorities must be asked")
    disk = disk or Disk()
    place = folder / hashlib.sha256(note.encode()).hexdigest()
    disk.make_folder(place)
    if not (place / "checkpoint").exists():
        disk.write_whole(place / "checkpoint", note.encode())
    report = StampReport(place)
    for one in asked:
        try:
            kept = _kept(note, one, place)
            if kept is None:
                report.contacted.append(one.authority.url)
                kept = _ask(note, one, place, disk)
                _remember(place, one, utc(clock()), "token kept", disk)
            report.kept[one.name] = kept
        except AmanaError as error:
            report.waiting[one.name] = error.message
            if one.authority.url in report.contacted:
                _remember(place, one, utc(clock()), error.message, disk)
    return report


def stamp_waiting(
    asked: Sequence[Asked],
    folder: Path,
    *,
    but: str | None = None,
    disk: Disk | None = None,
    clock: Clock = system_clock,
) -> list[StampReport]:
    """Ask again, for every note in `folder` `but` one, the authorities whose token is missing."""
    paths = sorted(folder.glob("*/checkpoint")) if folder.is_dir() else []
    notes = [note for note in (path.read_text("utf-8") for path in paths) if note != but]
    return [stamp(note, asked, folder, disk=disk, clock=clock) for note in notes]


def asked_before(place: Path) -> list[Json]:
    """What asked.json says: `url`, `time`, `outcome` of every contact. Raises Malformed."""
    path = place / "asked.json"
    return list(parse(path.read_bytes(), "asked.json")["asked"]) if path.exists() else []


def _kept(note: str, one: Asked, place: Path) -> Timestamp | None:
    reply, request = place / f"{one.name}.tsr", place / f"{one.name}.tsq"
    if not reply.exists() or not request.exists():
        return None
    nonce = request_nonce(request.read_bytes())
    return verify_reply(note.encode(), reply.read_bytes(), parse_roots(one.roots_pem), nonce)


def _ask(note: str, one: Asked, place: Path, disk: Disk) -> Timestamp:
    request = new_request(note.encode())
    reply = one.authority.query(request.der)
    verified = verify_reply(note.encode(), reply, parse_roots(one.roots_pem), request.nonce)
    # The request first: a reply without its request could not be compared with its nonce.
    disk.write_whole(place / f"{one.name}.tsq", request.der)
    disk.write_whole(place / f"{one.name}.tsr", reply)
    return verified


def _remember(place: Path, one: Asked, time: str, outcome: str, disk: Disk) -> None:
    entry = {"url": one.authority.url, "time": time, "outcome": outcome}
    disk.write_whole(place / "asked.json", canonical({"asked": [*asked_before(place), entry]}))
