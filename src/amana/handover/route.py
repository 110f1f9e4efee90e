"""Planning a route: legs become cards, sealed each to its courier; the plan, sealed to the archive.

Who plans is the archive, abroad: it is the only one to whom every hand may be known, and it knows
them by codenames. The planner's tool keeps no secret of any leg: the one-time keys and the words
live in the cards alone, the plan has public keys, and the codes that couriers will tell.

Threat: whoever steals the planner's folder has age files only. Whoever steals the archive's secret
key learns the codenames and the order of the hands, not where or when they met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import urandom
from pathlib import Path

from amana.core.durable import Disk
from amana.core.ids import is_id, new_id
from amana.core.locker import WORK_FACTOR
from amana.core.padding import pad
from amana.core.seal import seal
from amana.core.sign import Signer, Verifier
from amana.errors import AlreadyThere, UsageProblem
from amana.handover import words
from amana.handover.card import MAX_FREE_TEXT, WORD_SETS, Card, Meeting, seal_onward
from amana.handover.plan import HandPlan, LegPlan, Plan
from amana.handover.receipts import DISK, LINK_BYTES, MAX_DISKS, MAX_TEXT, PERSON, is_disk_number
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit

MAX_LEGS = 12
PLAN_FILE, CARDS = "plan.age", "cards"
PLAN_BYTES = 16384
DEFAULT_WHY = "to bring the originals to the archive"


@dataclass(frozen=True)
class Leg:
    """One meeting, in free text of at most 200 characters each; `language` of its words."""

    when: str
    where: str
    language: str = "en"


@dataclass(frozen=True)
class RoutePlan:
    """What planning gives: the route's id, the sealed cards in the order of the hands (paths and
    bytes), the plan (opened: hand it to custody.verify in tests) and its sealed file."""

    route: str
    cards: tuple[Path, ...]
    sealed_cards: tuple[bytes, ...]
    plan: Plan
    plan_file: Path
    opened_cards: tuple[Card, ...]


def plan(  # noqa: PLR0913 - a route is all of this, each named where it is called
    folder: Path,
    couriers: Sequence[PublicKit],
    legs: Sequence[Leg],
    set_id: str,
    set_vkey: str,
    disks: Sequence[int],
    archive: ArchiveCard,
    *,
    kind: str = DISK,
    why: str = DEFAULT_WHY,
    continues: Plan | None = None,
    disk: Disk | None = None,
    work_factor: int = WORK_FACTOR,
) -> RoutePlan:
    """Plan a route of `len(legs)` meetings between `len(legs) + 1` hands.

    `couriers`: the hands in order; the last is the archive's receiver, who has a courier's kit,
    too. `folder`, new or empty, gets `cards/1.age` … and `plan.age`. For kind `person` leave set,
    key and disks empty. `continues`: the route that this one takes the place of.

    Raises UsageProblem, BadKey, AlreadyThere, WriteFailed.
    """
    _check(couriers, legs, disks, kind)
    if kind == DISK:
        _check_set(set_id, set_vkey)
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyThere(path=str(folder))
    base = Card(
        route=new_id(),
        kind=kind,
        set_id=set_id if kind == DISK else "",
        set_vkey=set_vkey if kind == DISK else "",
        disks=tuple(sorted(disks)),
        why=why[:MAX_TEXT],
        former=urandom(LINK_BYTES),
        replaces=continues.lineage if continues else (),
    )
    givers, takers = _meetings(legs)
    cards = _cards(base, givers, takers, work_factor)
    plan_ = _plan(base, couriers, givers, takers, continues)
    return _write(disk or Disk(), folder, couriers, cards, plan_, archive)


def _check(
    couriers: Sequence[PublicKit], legs: Sequence[Leg], disks: Sequence[int], kind: str
) -> None:
    if not 1 <= len(legs) <= MAX_LEGS or len(couriers) != len(legs) + 1:
        raise UsageProblem(
            what=f"{len(legs)} legs need {len(legs) + 1} hands; there are {len(couriers)}"
        )
    if len({c.public for c in couriers}) != len(couriers):
        raise UsageProblem(what="one courier stands twice on the route")
    if any(not c.recipient for c in couriers):
        raise UsageProblem(what="a courier's public kit has no recipient: have it exported anew")
    for leg in legs:
        too_long = max(len(leg.when), len(leg.where)) > MAX_FREE_TEXT
        if too_long or leg.language not in words.LANGUAGES:
            raise UsageProblem(what="a meeting's text is too long, or its language unknown")
    numbers = list(disks)
    if kind not in (DISK, PERSON) or (kind == DISK) != bool(numbers):
        raise UsageProblem(what="a route carries disks, or leads a person, not both")
    if len(numbers) > MAX_DISKS or len(set(numbers)) != len(numbers):
        raise UsageProblem(what=f"at most {MAX_DISKS} disks on one route, each once")
    if not all(map(is_disk_number, numbers)):
        raise UsageProblem(what="disks have numbers from 1 to 255")


def _check_set(set_id: str, set_vkey: str) -> None:
    if not is_id(set_id):
        raise UsageProblem(what="a set is named by 32 hexadecimal digits")
    Verifier.parse(set_vkey)


def _meetings(legs: Sequence[Leg]) -> tuple[list[Meeting], list[Meeting]]:
    """Each leg from the giver's side and from the taker's."""
    givers, takers = [], []
    for index, leg in enumerate(legs):
        giver, taker = Signer.generate("leg"), Signer.generate("leg")
        last = index == len(legs) - 1
        common = Meeting(
            id=new_id(),
            when=leg.when,
            where=leg.where,
            language=leg.language,
            word_sets=tuple(words.draw(words.MEETING_WORDS) for _ in range(WORD_SETS)),
            seed=giver.seed,
            other=taker.verifier.public,
            parting=words.draw(words.PARTING_WORDS),
            onward=b"" if last else words.draw(words.ONWARD_WORDS),
        )
        givers.append(common)
        takers.append(
            replace(
                common,
                seed=taker.seed,
                other=giver.verifier.public,
                parting=words.draw(words.PARTING_WORDS),
                onward=b"",
            )
        )
    return givers, takers


def _cards(
    base: Card, givers: Sequence[Meeting], takers: Sequence[Meeting], work_factor: int
) -> list[Card]:
    cards = [replace(base, give=givers[0])]
    for index, taking in enumerate(takers):
        # Threat: only the first hand needs the anchor; the others would be linked by it.
        card = replace(base, take=taking, former=bytes(LINK_BYTES))
        if index + 1 < len(givers):
            onward = seal_onward(givers[index + 1], givers[index].onward, work_factor)
            card = replace(card, onward=onward)
        cards.append(card)
    return cards


def _plan(
    base: Card,
    couriers: Sequence[PublicKit],
    givers: Sequence[Meeting],
    takers: Sequence[Meeting],
    continues: Plan | None,
) -> Plan:
    legs = tuple(
        LegPlan(
            meeting=giver.id,
            giver=taker.other,
            taker=giver.other,
            parting_giver=giver.parting,
            parting_taker=taker.parting,
        )
        for giver, taker in zip(givers, takers, strict=True)
    )
    return Plan(
        route=base.route,
        kind=base.kind,
        set_id=base.set_id,
        set_vkey=base.set_vkey,
        disks=base.disks,
        why=base.why,
        anchor=base.former,
        hands=tuple(HandPlan(c.codename, c.public) for c in couriers),
        legs=legs,
        continues=continues.lineage if continues else (),
    )


def _write(
    disk: Disk,
    folder: Path,
    couriers: Sequence[PublicKit],
    cards: Sequence[Card],
    plan_: Plan,
    archive: ArchiveCard,
) -> RoutePlan:
    disk.make_folder(folder / CARDS)
    sealed, paths = [], []
    for number, (courier, card) in enumerate(zip(couriers, cards, strict=True), 1):
        data = card.sealed(courier.recipient)
        path = folder / CARDS / f"{number}.age"
        disk.write_whole(path, data)
        sealed.append(data)
        paths.append(path)
    plan_file = folder / PLAN_FILE
    disk.write_whole(plan_file, seal(pad(plan_.to_bytes(), PLAN_BYTES), archive.recipients))
    return RoutePlan(
        route=plan_.route,
        cards=tuple(paths),
        sealed_cards=tuple(sealed),
        plan=plan_,
        plan_file=plan_file,
        opened_cards=tuple(cards),
    )
