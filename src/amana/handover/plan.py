"""The plan of a route: what the archive keeps in order to verify custody, under pseudonyms.

It has the hands in order, the public one-time keys of each leg, and the words that couriers tell
the archive after meetings without devices. It has no place, no time, no secret of a meeting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from amana.core.encoding import b64, canonical, has_version, parse, unb64
from amana.core.ids import is_id
from amana.core.padding import unpad
from amana.core.seal import check_recipient
from amana.core.sign import PUBLIC_BYTES
from amana.errors import Malformed
from amana.handover import words
from amana.handover.receipts import KINDS, LINK_BYTES, is_disk_number

VERSION = 1
MAX_LEGS = 12


@dataclass(frozen=True)
class HandPlan:
    """One person on the route: codename, kit key, and the locker that cards are sealed to."""

    codename: str
    public: bytes
    recipient: str


@dataclass(frozen=True)
class LegPlan:
    """One meeting: its id, the one-time keys, the words each side tells the other at parting."""

    meeting: str
    giver: bytes
    taker: bytes
    parting_giver: bytes
    parting_taker: bytes


@dataclass(frozen=True)
class Plan:
    """A route. `anchor` (32 bytes) stands before its first receipt. `continues`: the routes that
    this one takes the place of, oldest first, and `standing`: how many legs of the last of them
    had been walked, and stand. `void`: legs that were revoked (only in a joined plan)."""

    route: str
    kind: str
    set_id: str
    set_vkey: str
    disks: tuple[int, ...]
    why: str
    anchor: bytes
    hands: tuple[HandPlan, ...]
    legs: tuple[LegPlan, ...]
    continues: tuple[str, ...] = ()
    standing: int = 0
    void: tuple[LegPlan, ...] = ()

    @property
    def lineage(self) -> tuple[str, ...]:
        return (*self.continues, self.route)

    def to_bytes(self) -> bytes:
        hands = [
            {"codename": h.codename, "public": b64(h.public), "recipient": h.recipient}
            for h in self.hands
        ]
        legs = [
            {
                "meeting": leg.meeting,
                "giver": b64(leg.giver),
                "taker": b64(leg.taker),
                "parting": [b64(leg.parting_giver), b64(leg.parting_taker)],
            }
            for leg in self.legs
        ]
        return canonical(
            {
                "v": VERSION,
                "route": self.route,
                "kind": self.kind,
                "set": self.set_id,
                "vkey": self.set_vkey,
                "disks": list(self.disks),
                "why": self.why,
                "anchor": b64(self.anchor),
                "hands": hands,
                "legs": legs,
                "continues": list(self.continues),
                "standing": self.standing,
            }
        )


def parse_plan(data: bytes) -> Plan:
    """A plan from its opened bytes, padded or not. Raises Malformed, BadKey."""
    fields = parse(unpad(data) if b"\n" in data else data, "plan")
    if not has_version(fields, VERSION) or set(fields) != _FIELDS or fields["kind"] not in KINDS:
        raise Malformed(what="plan", reason="version, kind or fields")
    texts = (fields["set"], fields["vkey"], fields["why"])
    lists = (fields["disks"], fields["hands"], fields["legs"], fields["continues"])
    if not all(isinstance(t, str) for t in texts) or not all(isinstance(x, list) for x in lists):
        raise Malformed(what="plan", reason="a field's form")
    if not all(map(is_id, [fields["route"], *fields["continues"]])):
        raise Malformed(what="plan", reason="a route's id")
    if not all(map(is_disk_number, fields["disks"])):
        raise Malformed(what="plan", reason="disks")
    hands = tuple(_hand(h) for h in fields["hands"])
    legs = tuple(_leg(x) for x in fields["legs"])
    if not legs or len(hands) != len(legs) + 1:
        raise Malformed(what="plan", reason="legs and hands do not fit")
    return Plan(
        route=fields["route"],
        kind=fields["kind"],
        set_id=fields["set"],
        set_vkey=fields["vkey"],
        disks=tuple(fields["disks"]),
        why=fields["why"],
        anchor=unb64(fields["anchor"], "anchor", LINK_BYTES),
        hands=hands,
        legs=legs,
        continues=tuple(fields["continues"]),
        standing=_count(fields["standing"]),
    )


_FIELDS = frozenset(
    (
        "v",
        "route",
        "kind",
        "set",
        "vkey",
        "disks",
        "why",
        "anchor",
        "hands",
        "legs",
        "continues",
        "standing",
    )
)


def _hand(value: Any) -> HandPlan:
    if not isinstance(value, dict) or set(value) != {"codename", "public", "recipient"}:
        raise Malformed(what="plan", reason="a hand")
    if not isinstance(value["codename"], str) or not value["codename"]:
        raise Malformed(what="plan", reason="a hand's codename")
    public = unb64(value["public"], "hand's key", PUBLIC_BYTES)
    return HandPlan(value["codename"], public, check_recipient(str(value["recipient"])))


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_LEGS:
        raise Malformed(what="plan", reason="how many legs stand")
    return value


def _leg(value: Any) -> LegPlan:
    if not isinstance(value, dict) or set(value) != {"meeting", "giver", "taker", "parting"}:
        raise Malformed(what="plan", reason="a leg")
    parting = value["parting"]
    if not isinstance(parting, list) or len(parting) != 2 or not is_id(value["meeting"]):
        raise Malformed(what="plan", reason="a leg's parting words")
    told = [words.check(unb64(p, "words"), words.PARTING_WORDS, "parting words") for p in parting]
    return LegPlan(
        meeting=value["meeting"],
        giver=unb64(value["giver"], "giver's key", PUBLIC_BYTES),
        taker=unb64(value["taker"], "taker's key", PUBLIC_BYTES),
        parting_giver=told[0],
        parting_taker=told[1],
    )


def join(plans: Sequence[Plan]) -> Plan:
    """One plan from a route and those that took its place, oldest first: the legs that stand, one
    after the other, and the revoked ones beside them.

    Raises Malformed where a plan does not continue the one before it.
    """
    joined, *later = plans
    routes = [joined.route]
    for plan in later:
        if list(plan.continues) != routes or plan.standing > len(joined.legs):
            raise Malformed(what="plan", reason="it does not continue the one before")
        if plan.hands[0].public != joined.hands[plan.standing].public:
            raise Malformed(what="plan", reason="its first hand is not the one who holds the disks")
        routes.append(plan.route)
        joined = replace(
            plan,
            hands=joined.hands[: plan.standing] + plan.hands,
            legs=joined.legs[: plan.standing] + plan.legs,
            disks=joined.disks,
            anchor=joined.anchor if plan.standing else plan.anchor,
            void=joined.void + joined.legs[plan.standing :],
        )
    return joined
