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
from amana.handover.plan import MAX_LEGS, HandPlan, LegPlan, Plan
from amana.handover.receipts import DISK, LINK_BYTES, MAX_DISKS, MAX_TEXT, PERSON, is_disk_number
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit

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
    bytes), the plan (opened: hand it to custody.verify in tests) and its sealed file.
    `revocations`: sealed cards that tell those who have no part in it any more to stay away."""

    route: str
    cards: tuple[Path, ...]
    sealed_cards: tuple[bytes, ...]
    plan: Plan
    plan_file: Path
    opened_cards: tuple[Card, ...]
    revocations: tuple[Path, ...] = ()


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
    disk: Disk | None = None,
    work_factor: int | None = None,
) -> RoutePlan:
    """Plan a route of `len(legs)` meetings between `len(legs) + 1` hands.

    `couriers`: the hands in order; the last is the archive's receiver, who has a courier's kit,
    too. `folder`, new or empty, gets `cards/1.age` … and `plan.age`. For kind `person` leave set,
    key and disks empty.

    Raises UsageProblem, BadKey, AlreadyThere, WriteFailed.
    """
    _check(couriers, legs, disks, kind)
    if kind == DISK:
        _check_set(set_id, set_vkey)
    base = Card(
        route=new_id(),
        kind=kind,
        set_id=set_id if kind == DISK else "",
        set_vkey=set_vkey if kind == DISK else "",
        disks=tuple(sorted(disks)),
        why=why[:MAX_TEXT],
        former=urandom(LINK_BYTES),
    )
    writer = _Writer(folder, archive, disk or Disk())
    return _make(base, couriers, legs, (), 0, work_factor or WORK_FACTOR, writer)


def revoke(  # noqa: PLR0913 - as plan
    folder: Path,
    old: Plan,
    holder: int,
    couriers: Sequence[PublicKit],
    legs: Sequence[Leg],
    archive: ArchiveCard,
    *,
    seized: Sequence[str] = (),
    disk: Disk | None = None,
    work_factor: int | None = None,
) -> RoutePlan:
    """Void what is left of a route and plan it anew around whoever was lost.

    `holder`: which hand of `old` (from 0) has the disks now; `couriers` begins with him. Every leg
    after him gets new words and keys, because a seized card knows its two neighbours' words.
    `seized`: codenames that get no word of it. Raises as `plan` does.
    """
    _check(couriers, legs, old.disks, old.kind)
    if not 0 <= holder < len(old.legs) or couriers[0].public != old.hands[holder].public:
        raise UsageProblem(what="the new route begins with the hand that holds the disks")
    if {c.codename for c in couriers} & set(seized):
        raise UsageProblem(what="a courier whose card was seized cannot be on the new route")
    base = Card(
        route=new_id(),
        kind=old.kind,
        set_id=old.set_id,
        set_vkey=old.set_vkey,
        disks=old.disks,
        why=old.why,
        former=urandom(LINK_BYTES),
        replaces=old.lineage,
    )
    writer = _Writer(folder, archive, disk or Disk())
    factor = work_factor or WORK_FACTOR
    made = _make(base, couriers, legs, old.lineage, holder, factor, writer)
    known = {c.public for c in couriers}
    left_out = [
        hand
        for hand in old.hands[holder + 1 :]
        if hand.public not in known and hand.codename not in seized
    ]
    return replace(made, revocations=tuple(writer.revocation(base, hand) for hand in left_out))


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


def _make(
    base: Card,
    couriers: Sequence[PublicKit],
    legs: Sequence[Leg],
    continues: tuple[str, ...],
    standing: int,
    work_factor: int,
    writer: _Writer,
) -> RoutePlan:
    writer.begin()
    givers, takers = _meetings(legs)
    cards = _cards(base, givers, takers, work_factor)
    leg_plans = tuple(
        LegPlan(
            meeting=giver.id,
            giver=taker.other,
            taker=giver.other,
            parting_giver=giver.parting,
            parting_taker=taker.parting,
        )
        for giver, taker in zip(givers, takers, strict=True)
    )
    made = Plan(
        route=base.route,
        kind=base.kind,
        set_id=base.set_id,
        set_vkey=base.set_vkey,
        disks=base.disks,
        why=base.why,
        anchor=base.former,
        hands=tuple(HandPlan(c.codename, c.public, c.recipient) for c in couriers),
        legs=leg_plans,
        continues=continues,
        standing=standing,
    )
    return writer.write(couriers, cards, made)


class _Writer:
    """The planner's folder: sealed cards under bare numbers, and the sealed plan."""

    def __init__(self, folder: Path, archive: ArchiveCard, disk: Disk) -> None:
        self._folder, self._archive, self._disk = folder, archive, disk
        self._written = 0

    def begin(self) -> None:
        if self._folder.exists() and any(self._folder.iterdir()):
            raise AlreadyThere(path=str(self._folder))
        self._disk.make_folder(self._folder / CARDS)

    def write(self, couriers: Sequence[PublicKit], cards: Sequence[Card], made: Plan) -> RoutePlan:
        sealed = [c.sealed(k.recipient) for k, c in zip(couriers, cards, strict=True)]
        paths = [self._card(data) for data in sealed]
        plan_file = self._folder / PLAN_FILE
        plain = pad(made.to_bytes(), PLAN_BYTES)
        self._disk.write_whole(plan_file, seal(plain, self._archive.recipients))
        return RoutePlan(
            route=made.route,
            cards=tuple(paths),
            sealed_cards=tuple(sealed),
            plan=made,
            plan_file=plan_file,
            opened_cards=tuple(cards),
        )

    def revocation(self, base: Card, hand: HandPlan) -> Path:
        void = replace(base, former=bytes(LINK_BYTES), revoked=True)
        return self._card(void.sealed(hand.recipient))

    def _card(self, sealed: bytes) -> Path:
        self._written += 1
        path = self._folder / CARDS / f"{self._written}.age"
        self._disk.write_whole(path, sealed)
        return path
