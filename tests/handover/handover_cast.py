"""The cast of every meeting test: an archive, three hands on a route, a line to tamper with."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.core.ids import new_id
from amana.core.sign import Signer
from amana.core.unseal import Identity, unseal
from amana.errors import AmanaError, MeetingCut
from amana.handover import meet, route
from amana.handover.hand import Hand
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit

PASSPHRASE = "a passphrase for tests"
NOON = datetime(2026, 3, 4, 9, 41, 7, tzinfo=UTC)
LEGS = (
    route.Leg("Monday, seven in the morning", "under the plane tree at the old mill"),
    route.Leg("الجمعة مساء", "أمام المخبز القديم", "ar"),
)
MANIFEST = bytes(range(32))


def clock() -> datetime:
    return NOON


@dataclass
class Cast:
    """`kits`: first hand, middle hand, the archive's receiver."""

    folder: Path
    identity: Identity
    archive: ArchiveCard
    kits: list[Kit]
    set_id: str = field(default_factory=new_id)
    set_vkey: str = field(default_factory=lambda: Signer.generate("set").verifier.vkey)

    @classmethod
    def make(cls, folder: Path) -> Cast:
        identity = Identity.generate()
        archive = ArchiveCard((identity.recipient,), Identity.generate().recipient)
        kits = [
            create_kit(folder / name / "kit", "courier", name, archive, PASSPHRASE, work_factor=4)
            for name in ("heron", "lynx", "harbour")
        ]
        return cls(folder, identity, archive, kits)

    def plan(self, name: str = "route", **more: Any) -> route.RoutePlan:
        kind = more.get("kind", "disk")
        fields: dict[str, Any] = {"disks": () if kind == "person" else (1, 2, 3), **more}
        legs = fields.pop("legs", LEGS)
        kits = fields.pop("kits", self.kits)
        return route.plan(
            self.folder / name,
            [k.public for k in kits],
            legs,
            self.set_id,
            self.set_vkey,
            fields.pop("disks"),
            self.archive,
            work_factor=4,
            **fields,
        )

    def hands(
        self, plan: route.RoutePlan, name: str = "card", disk: Disk | None = None
    ) -> list[Hand]:
        return [
            Hand.receive(self.folder / kit.codename / name, card, kit, disk)
            for kit, card in zip(self.kits, plan.sealed_cards, strict=True)
        ]

    def receipts(self, *hands: Hand) -> list[bytes]:
        """What the archive opens of these hands' outboxes."""
        paths = [p for hand in hands for p in sorted((hand.folder / "outbox").glob("*.age"))]
        return [unseal(p.read_bytes(), [self.identity], "receipt") for p in paths]


class Wire:
    """Two ends in memory. `tamper(number, message)` sees each message in the order sent, from 0,
    and gives back what arrives: the message, another, or None, which cuts the line for good."""

    def __init__(self, tamper: Callable[[int, bytes], bytes | None] | None = None) -> None:
        self.tamper = tamper or (lambda _, message: message)
        self.seen: list[bytes] = []
        self._lock = threading.Lock()
        self._queues: tuple[queue.Queue[bytes | None], queue.Queue[bytes | None]] = (
            queue.Queue(),
            queue.Queue(),
        )
        self._cut = False
        self.ends = (End(self, 0), End(self, 1))

    def carry(self, end: int, message: bytes) -> None:
        with self._lock:
            if self._cut:
                raise MeetingCut(step="the line", outcome="cut")
            number = len(self.seen)
            self.seen.append(message)
            arriving = self.tamper(number, message)
            if arriving is None:
                self._cut = True
                for each in self._queues:
                    each.put(None)
            else:
                self._queues[1 - end].put(arriving)

    def close(self, end: int) -> None:
        self._queues[1 - end].put(None)


class End:
    def __init__(self, wire: Wire, end: int) -> None:
        self._wire, self._end = wire, end

    def send(self, message: bytes) -> None:
        self._wire.carry(self._end, message)

    def receive(self) -> bytes:
        message = self._wire._queues[self._end].get(timeout=20)
        if message is None:
            raise MeetingCut(step="the line", outcome="cut")
        return message

    def close(self) -> None:
        self._wire.close(self._end)


Result = meet.Outcome | AmanaError


def sound(disk: meet.OfferedDisk) -> str:
    return "sound"


def run_meeting(
    giver: Hand,
    taker: Hand,
    disks: Mapping[int, bytes] | None = None,
    *,
    wire: Wire | None = None,
    check: meet.Check = sound,
    seal_number: str = "A-17",
) -> tuple[Result, Result]:
    """Both sides to their end: (what the giver got, what the taker got)."""
    wire = wire or Wire()
    chosen = dict.fromkeys(giver.card.disks, MANIFEST) if disks is None else disks
    results: list[Result | BaseException | None] = [None, None]

    def side(number: int, act: Callable[[], meet.Outcome]) -> None:
        try:
            results[number] = act()
        except BaseException as error:
            results[number] = error
        finally:
            wire.ends[number].close()

    def giving() -> meet.Outcome:
        return meet.give(giver, wire.ends[0], chosen, seal_number=seal_number, clock=clock)

    taking = threading.Thread(
        target=side, args=(1, lambda: meet.take(taker, wire.ends[1], check, clock=clock))
    )
    taking.start()
    side(0, giving)
    taking.join(30)
    for result in results:
        if not isinstance(result, meet.Outcome | AmanaError):
            raise AssertionError(f"a side ended in {result!r}") from (
                result if isinstance(result, BaseException) else None
            )
    return results[0], results[1]  # type: ignore[return-value]
