"""Originals on their way: five disks, two routes of two meetings each, and what happens to them.

    route A: courier-1 → courier-3 → the archive's receiver, with disks 1, 2, 3
    route B: courier-2 → courier-4 → the archive's receiver, with disks 4, 5

At the first meeting an impostor comes first: he knows when, where and which meeting, and not the
words. Between the two meetings of route A disk 2 is confiscated; on route B disk 4 is damaged.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from amana.core.sign import SEED_BYTES
from amana.core.unseal import Identity, unseal
from amana.disks.check import check
from amana.disks.layout import NOTE
from amana.errors import AmanaError, MeetingRefused
from amana.handover import words
from amana.handover.custody import CustodyReport, verify
from amana.handover.hand import OUTBOX, Hand
from amana.handover.meet import OfferedDisk, Outcome, give, take
from amana.handover.route import Leg, RoutePlan, plan
from amana.handover.tcp import connect, listening
from amana.kits.kit import Kit, create_kit
from amana.rehearsal.mishaps import flip_bits
from amana.rehearsal.people import WORK_FACTOR, Cast

DISKS, ENOUGH = 5, 3
CONFISCATED, DAMAGED = 2, 4
_ROUTES = (("a", (1, 3), (1, 2, 3)), ("b", (2, 4), (4, 5)))
_LEGS = (
    Leg("the first evening, after the call to prayer", "where the old bus line ended"),
    Leg("two days later, at noon", "خلف المخبز", "ar"),
)


@dataclass
class Journey:
    """What came of it: disks that arrived, what was refused, the chain of custody by route."""

    meetings: int = 0
    impostors_refused: int = 0
    arrived: tuple[int, ...] = ()
    flipped: list[str] = field(default_factory=list)
    plans: list[RoutePlan] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)


def carry(folder: Path, cast: Cast, set_id: str, vkey: str, seed: int) -> Journey:
    """All meetings of both routes, over TCP on loopback."""
    journey = Journey()
    receiver = create_kit(
        folder / "archive" / "receiver" / "kit",
        "courier",
        "receiver",
        cast.keys.card,
        os.urandom(8).hex(),
        work_factor=WORK_FACTOR,
    )
    cast.keys.register(receiver.public)
    for name, numbers, disks in _ROUTES:
        kits = [*(cast.couriers[n - 1] for n in numbers), receiver]
        route = plan(
            folder / "archive" / "routes" / name,
            [kit.public for kit in kits],
            _LEGS,
            set_id,
            vkey,
            disks,
            cast.keys.card,
            work_factor=WORK_FACTOR,
        )
        journey.plans.append(route)
        places = [folder / "couriers" / str(n) / "card" for n in numbers]
        places.append(folder / "archive" / "receiver" / f"card-{name}")
        _walk(journey, folder, route, _deal(places, route, kits), seed)
    journey.receipts = [
        path.read_bytes()
        for place in sorted((folder / "archive" / "receiver").glob(f"card-*/{OUTBOX}"))
        for path in sorted(place.glob("*.age"))
    ]
    return journey


def _deal(places: Sequence[Path], route: RoutePlan, kits: Sequence[Kit]) -> list[Hand]:
    return [
        Hand.receive(place, card, kit)
        for place, card, kit in zip(places, route.sealed_cards, kits, strict=True)
    ]


def _walk(journey: Journey, folder: Path, route: RoutePlan, hands: list[Hand], seed: int) -> None:
    if not journey.meetings:
        journey.impostors_refused += _impostor(folder, route, hands[0])
    carried = list(route.plan.disks)
    for giver, taker in pairwise(hands):
        meeting(folder, giver, taker, carried)
        journey.meetings += 1
        if CONFISCATED in carried and giver is hands[0]:
            carried.remove(CONFISCATED)
        if DAMAGED in carried and giver is hands[0]:
            journey.flipped = flip_bits(folder / "disks" / str(DAMAGED), seed)
    journey.arrived += tuple(carried)


# --- one meeting -----------------------------------------------------------------------------


def meeting(folder: Path, giver: Hand, taker: Hand, numbers: Sequence[int]) -> Outcome:
    """Two people, two devices, one line between them; the taker looks at each disk."""
    offered = {n: _manifest(folder / "disks" / str(n)) for n in numbers}
    given: list[Outcome] = []
    refused: list[AmanaError] = []
    with listening("127.0.0.1") as listener:

        def hand_over() -> None:
            with listener.accept() as channel:
                seals = {n: f"T-{n:03d}" for n in numbers}
                try:
                    given.append(give(giver, channel, offered, seal_number=seals))
                except AmanaError as error:
                    refused.append(error)

        thread = threading.Thread(target=hand_over)
        thread.start()
        try:
            with connect("127.0.0.1", listener.port) as channel:
                outcome = take(taker, channel, lambda disk: _look(folder, disk))
        finally:
            thread.join()
    if refused:
        raise refused[0]
    return outcome


def _manifest(disk: Path) -> bytes:
    return hashlib.sha256((disk / NOTE).read_bytes()).digest()


def _look(folder: Path, offered: OfferedDisk) -> str:
    """What the taker does: is this the disk that was offered, and is it whole?"""
    disk = folder / "disks" / str(offered.number)
    report = check(disk, offered.set_vkey)
    if report.disk != offered.number or _manifest(disk) != offered.manifest:
        raise MeetingRefused(reason="this is not the disk that was offered")
    if report.ok:
        return "whole"
    return "; ".join((*report.problems, f"{len(report.damaged)} files damaged"))[:64]


def _impostor(folder: Path, route: RoutePlan, giver: Hand) -> int:
    """He has the card of the true taker in every respect but the words and the one-time key.

    Returns 1 when the giver refused him, and he learnt nothing and took nothing.
    """
    true = route.opened_cards[1]
    assert true.take is not None
    guessed = tuple(words.draw(words.MEETING_WORDS) for _ in true.take.word_sets)
    false = replace(true, take=replace(true.take, word_sets=guessed, seed=os.urandom(SEED_BYTES)))
    place = folder / "impostor"
    kit = create_kit(
        place / "kit",
        "courier",
        "impostor",
        giver.kit.archive,
        os.urandom(8).hex(),
        work_factor=WORK_FACTOR,
    )
    hand = Hand.receive(place / "card", kit.locker.seal(false.padded()), kit)
    try:
        meeting(folder, giver, hand, route.plan.disks)
    except AmanaError:
        return 1
    return 0


# --- abroad ----------------------------------------------------------------------------------


def custody(journey: Journey, identity: Identity) -> tuple[list[bytes], list[CustodyReport]]:
    """The receipts, opened, and the chain of each route, with its gaps stated."""
    receipts = [unseal(sealed, [identity], "a receipt") for sealed in journey.receipts]
    return receipts, [verify(receipts, route.plan) for route in journey.plans]


def signers(journey: Journey) -> list[tuple[str, bytes]]:
    """Whose one-time keys may stand under the receipts: (codename, Ed25519 public key)."""
    found = []
    for route in journey.plans:
        for (giver, taker), leg in zip(pairwise(route.plan.hands), route.plan.legs, strict=True):
            found += [(giver.codename, leg.giver), (taker.codename, leg.taker)]
    return found
