"""The plan of a route: what the archive keeps in order to verify custody, under pseudonyms.

It has the hands in order, the public one-time keys of each leg, and the words that couriers tell
the archive after meetings without devices. It has no place, no time, no secret of a meeting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amana.core.encoding import b64, canonical, parse, unb64
from amana.core.ids import is_id
from amana.core.padding import unpad
from amana.core.sign import PUBLIC_BYTES
from amana.errors import Malformed
from amana.handover import words
from amana.handover.receipts import KINDS, LINK_BYTES, is_disk_number

VERSION = 1


@dataclass(frozen=True)
class HandPlan:
    """One person on the route, by codename and kit key."""

    codename: str
    public: bytes


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
    """A route. `anchor` (32 bytes) stands before its first receipt; `continues`: the routes that
    this one takes the place of, oldest first."""

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

    @property
    def lineage(self) -> tuple[str, ...]:
        return (*self.continues, self.route)

    def to_bytes(self) -> bytes:
        hands = [{"codename": h.codename, "public": b64(h.public)} for h in self.hands]
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
            }
        )


def parse_plan(data: bytes) -> Plan:
    """A plan from its opened bytes, padded or not. Raises Malformed."""
    fields = parse(unpad(data) if b"\n" in data else data, "plan")
    if fields.get("v") != VERSION or set(fields) != _FIELDS or fields["kind"] not in KINDS:
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
    )


_FIELDS = frozenset(
    ("v", "route", "kind", "set", "vkey", "disks", "why", "anchor", "hands", "legs", "continues")
)


def _hand(value: Any) -> HandPlan:
    if not isinstance(value, dict) or set(value) != {"codename", "public"}:
        raise Malformed(what="plan", reason="a hand")
    if not isinstance(value["codename"], str) or not value["codename"]:
        raise Malformed(what="plan", reason="a hand's codename")
    return HandPlan(value["codename"], unb64(value["public"], "hand's key", PUBLIC_BYTES))


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
