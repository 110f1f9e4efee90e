"""Originals on their way: five disks, two routes of two meetings each, and what happens to them.

    route A: courier-1 → courier-3 → the archive's receiver, with disks 1, 2, 3
    route B: courier-2 → courier-4 → the archive's receiver, with disks 4, 5
    route C: courier-1 → the archive's receiver, with a person and no disk

At the first meeting an impostor comes first: he knows when, where and which meeting, and not the
words. Between the two meetings of route A disk 2 is confiscated. On route B the first meeting is
one without devices: words are said, and told to the archive later. Then the receiver's card is
lost, and the rest of the route is planned anew; the new card comes on paper. Disk 4 is damaged.
At the archive disk 2 is made again from those that arrived.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import utc
from amana.core.sign import SEED_BYTES
from amana.core.unseal import Identity, unseal
from amana.disks.check import check
from amana.disks.layout import NOTE
from amana.disks.repair import RepairReport, repair
from amana.disks.sheet import sheet_pdf
from amana.disks.status import status
from amana.errors import AmanaError, Incomplete, MeetingRefused
from amana.handover import words
from amana.handover.custody import CustodyReport, verify
from amana.handover.custody_pdf import custody_pdf
from amana.handover.entries import Entry, is_entry
from amana.handover.hand import OUTBOX, Hand
from amana.handover.machine import Role
from amana.handover.meet import OfferedDisk, Outcome, give, take
from amana.handover.plan import Plan, join
from amana.handover.receipts import PERSON, seal_receipt
from amana.handover.route import Leg, RoutePlan, plan, revoke
from amana.handover.sheet import codes, join_codes
from amana.handover.spoken import told
from amana.handover.tcp import connect, listening
from amana.kits.kit import Kit, create_kit
from amana.rehearsal.mishaps import flip_bits
from amana.rehearsal.people import WORK_FACTOR, Cast

DISKS, ENOUGH = 5, 3
CONFISCATED, DAMAGED = 2, 4
SEALED_TOGETHER = "T-045"
_ROUTES = (("a", (1, 3), (1, 2, 3)), ("b", (2, 4), (4, 5)))
_LEGS = (
    Leg("the first evening, after the call to prayer", "where the old bus line ended"),
    Leg("two days later, at noon", "خلف المخبز", "ar"),
)


@dataclass
class Journey:
    """What came of it: disks that arrived, what was refused, the chain of custody by route; `led`:
    persons who were led over; `remade`: what making the confiscated disk again took."""

    folder: Path
    meetings: int = 0
    impostors_refused: int = 0
    arrived: tuple[int, ...] = ()
    flipped: list[str] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    receipts: dict[str, list[bytes]] = field(default_factory=dict)  # sealed, by route
    told: int = 0
    revoked: int = 0
    led: int = 0
    remade: RepairReport | None = None


def carry(folder: Path, cast: Cast, set_id: str, vkey: str, seed: int) -> Journey:
    """All meetings of all routes, over TCP on loopback but for one that is spoken."""
    journey = Journey(folder)
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
        places = [folder / "couriers" / str(n) / "card" for n in numbers]
        places.append(folder / "archive" / "receiver" / f"card-{name}")
        hands = _deal(places, route, kits)
        if name == "a":
            journey.plans.append(_walk(journey, folder, route, hands, seed))
        else:
            journey.plans.append(_walk_anew(journey, folder, route, hands, cast, seed))
        outbox = places[-1] / OUTBOX
        arrived = [path.read_bytes() for path in sorted(outbox.glob("*.age"))]
        journey.receipts.setdefault(name, []).extend(arrived)
    _lead(journey, folder, [cast.couriers[0], receiver], cast)
    _make_again(journey, folder, vkey)
    return journey


def _deal(places: Sequence[Path], route: RoutePlan, kits: Sequence[Kit]) -> list[Hand]:
    return [
        Hand.receive(place, card, kit)
        for place, card, kit in zip(places, route.sealed_cards, kits, strict=True)
    ]


def _walk(journey: Journey, folder: Path, route: RoutePlan, hands: list[Hand], seed: int) -> Plan:
    """With devices, from hand to hand; first of all comes an impostor."""
    journey.impostors_refused += _impostor(folder, route, hands[0])
    carried = list(route.plan.disks)
    for giver, taker in pairwise(hands):
        meeting(folder, giver, taker, carried)
        journey.meetings += 1
        if CONFISCATED in carried and giver is hands[0]:
            carried.remove(CONFISCATED)
    journey.arrived += tuple(carried)
    return route.plan


def _walk_anew(
    journey: Journey, folder: Path, route: RoutePlan, hands: list[Hand], cast: Cast, seed: int
) -> Plan:
    """A meeting in words; a lost card, so that the rest is planned anew; a meeting with devices."""
    first, second, receiver = hands
    carried = route.plan.disks
    journey.receipts["b"] = [_speak(first, second, carried)]
    journey.told += 1
    journey.flipped = flip_bits(folder / "disks" / str(DAMAGED), seed)
    anew = revoke(
        folder / "archive" / "routes" / "b-anew",
        route.plan,
        1,
        [second.kit.public, receiver.kit.public],
        _LEGS[1:],
        cast.keys.card,
        work_factor=WORK_FACTOR,
    )
    journey.revoked += 1
    # The courier's new card comes to him on paper, and is read with a telephone.
    cards = [join_codes(codes(anew.sealed_cards[0])), anew.sealed_cards[1]]
    giver, taker = (
        Hand.receive(hand.folder, card, hand.kit)
        for hand, card in zip((second, receiver), cards, strict=True)
    )
    meeting(folder, giver, taker, carried)
    journey.meetings += 2
    journey.arrived += carried
    return join([route.plan, anew.plan])


def _lead(journey: Journey, folder: Path, kits: Sequence[Kit], cast: Cast) -> None:
    """A person is led over the border by the same kind of meeting. It stands in no dossier."""
    route = plan(
        folder / "archive" / "routes" / "c",
        [kit.public for kit in kits],
        _LEGS[:1],
        "",
        "",
        (),
        cast.keys.card,
        kind=PERSON,
        why="to bring a person to safety",
        work_factor=WORK_FACTOR,
    )
    places = [folder / "couriers" / "1" / "card-c", folder / "archive" / "receiver-c"]
    guide, host = _deal(places, route, kits)
    meeting(folder, guide, host, ())
    journey.meetings += 1
    journey.led += 1


def _make_again(journey: Journey, folder: Path, vkey: str) -> None:
    """The archive has the confiscated disk made again, so that its own set is whole, and prints
    the sheet of the set. Raises Incomplete where the others do not suffice."""
    new = folder / "archive" / "disk-made-again"
    new.mkdir(parents=True)
    disks = [folder / "disks" / str(n) for n in journey.arrived]
    journey.remade = repair(disks, anew=[(CONFISCATED, new)], vkey=vkey)
    if not (journey.remade.complete and check(new, vkey).complete):
        raise Incomplete(what=f"disk {CONFISCATED} was not made again", next="look into it")
    sheet = folder / "archive" / "set-of-disks.pdf"
    Disk().write_whole(sheet, sheet_pdf(status(disks, vkey=vkey), "ar"))


# --- one meeting -----------------------------------------------------------------------------


def _speak(giver: Hand, taker: Hand, disks: Sequence[int]) -> bytes:
    """A meeting without devices: words are said and understood, in whatever language. The taker
    notes what he heard in his own card; the giver tells it to the archive by telephone, which
    enters it. Returns that entry, sealed."""
    mine, other = giver.card.give, taker.card.take
    assert mine is not None
    assert other is not None
    for said, known in zip(
        words.split(mine.word_sets[0]), words.split(other.word_sets[0]), strict=True
    ):
        if words.read(words.phrase(said, mine.language)) != known:
            raise MeetingRefused(reason="the words are not those of the card")
    seal, condition = SEALED_TOGETHER, "sealed, not looked into"
    told(
        taker,
        Role.TAKER,
        words.read(words.phrase(mine.parting, "ar")),
        disks=disks,
        seal=seal,
        condition=condition,
        onward=words.read(words.phrase(mine.onward, "en")),
    )
    heard = words.read(words.phrase(other.parting, "fr"))
    day = utc(datetime.now(UTC), coarse=True)
    entry = Entry(heard, Role.GIVER.value, tuple(disks), seal, condition, day)
    return seal_receipt(entry.to_bytes(), giver.kit.archive.recipients)


def meeting(folder: Path, giver: Hand, taker: Hand, numbers: Sequence[int]) -> Outcome:
    """Two people, two devices, one line between them; the taker looks at each disk."""
    offered = {n: _manifest(folder / "disks" / str(n)) for n in numbers}
    given: list[Outcome] = []
    refused: list[AmanaError] = []
    with listening("127.0.0.1") as listener:

        def hand_over() -> None:
            with listener.accept() as channel:
                seals = {n: _seal(n) for n in numbers}
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


def _seal(number: int) -> str:
    """Disks 4 and 5 travel in one sealed bag, the others each for itself."""
    return SEALED_TOGETHER if number in _ROUTES[1][2] else f"T-{number:03d}"


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
    """The receipts, opened, and the chain of each route, with its gaps stated; a PDF of each is
    written for people. What was told in words counts in the chain, and is no receipt."""
    receipts: list[bytes] = []
    chains = []
    for (name, sealed), route in zip(journey.receipts.items(), journey.plans, strict=True):
        opened = [unseal(data, [identity], "a receipt") for data in sealed]
        receipts += [data for data in opened if not is_entry(data)]
        chains.append(verify(opened, route))
        path = journey.folder / "archive" / "routes" / name / "custody.pdf"
        Disk().write_whole(path, custody_pdf(chains[-1], "ar"))
    return receipts, chains


def signers(journey: Journey) -> list[tuple[str, bytes]]:
    """Whose one-time keys may stand under the receipts: (codename, Ed25519 public key)."""
    found = []
    for route in journey.plans:
        for (giver, taker), leg in zip(pairwise(route.hands), route.legs, strict=True):
            found += [(giver.codename, leg.giver), (taker.codename, leg.taker)]
    return found
