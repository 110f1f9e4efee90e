"""The meeting, as a table of transitions. No I/O, no keys: events in, a new state and acts out.

Two things move. The *phase* is this talk, forgotten when the line is cut. The *standing* is what
this hand durably knows of the leg; it is on the disk before any message that depends on it leaves.
So a cut, a crash or a thief of the line at any point leaves both sides in a standing that says what
is known, and a later talk goes on from there.

    giver   fresh → offered → countersigned → handed       (declined: the taker refused the disk)
    taker   fresh → met → signed → held                    (declined: the disk was not as it should)

Whoever proves himself first is the one whom a guess could be tried on, so the giver, who is first,
spends his words *before* he sends his proof; the taker when he has seen a proof, good or bad.

What holds in every reachable state, whatever is cut, repeated, altered or replayed in between
(tests/handover/test_handover_exploration.py walks through all of them):

 1. A giver who believes the disk handed (`handed`) faces a taker who holds the full receipt
    (`held`); a taker who believes it his (`held`) faces a giver who holds the full receipt
    (`countersigned` or `handed`). Nobody believes alone.
 2. A receipt exists only where both have signed the same statement.
 3. A set of words is tried at most once by a stranger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    GIVER = "giver"
    TAKER = "taker"


class Phase(StrEnum):
    IDLE = "idle"
    HAILED = "hailed"  # giver: has said which words he still has
    LISTENING = "listening"  # taker: waits to be hailed
    PROVING = "proving"  # by words: the other's proof is awaited
    PROVING_AGAIN = "proving-again"  # by the secret of the former talk
    TALKING = "talking"  # both are proved; everything is encrypted now
    OVER = "over"


class Standing(StrEnum):
    FRESH = "fresh"
    MET = "met"
    OFFERED = "offered"
    DECLINED = "declined"
    SIGNED = "signed"
    COUNTERSIGNED = "countersigned"
    HELD = "held"
    HANDED = "handed"


class Event(StrEnum):
    BEGIN = "begin"
    HAIL_WORDS = "hail by words"
    HAIL_AGAIN = "hail by the former talk"
    HAIL_NONE = "no words in common"
    PROOF_GOOD = "good proof"
    PROOF_BAD = "bad proof"
    OFFER_SOUND = "offer, the disk is sound"
    OFFER_UNSOUND = "offer, the disk is not sound"
    OFFER_SAME = "the offer that was signed"
    OFFER_OTHER = "another offer than the one signed"
    ACCEPT = "accepted and signed"
    DECLINE = "declined"
    SIGNED = "countersigned"
    DONE = "done"
    BAD = "altered or out of order"
    CUT = "cut"


class Act(StrEnum):
    # durable, in this order, before anything is sent
    SPEND = "spend the words"
    REMEMBER = "remember the other"
    DRAFT = "write the offer"
    SIGN = "sign"
    SEAL_HALF = "seal the half"
    SEAL = "seal the receipt"
    FORGET = "forget the meeting"
    # sent
    SEND_HAIL = "hail"
    SEND_PROOF = "prove"
    SEND_REFUSE = "refuse"
    SEND_OFFER = "offer"
    SEND_ACCEPT = "accept"
    SEND_DECLINE = "decline"
    SEND_SIGNED = "countersign"
    SEND_DONE = "say done"
    # how it ends, when it ends badly
    REFUSED = "refused"
    BROKEN = "broken"
    CUT = "was cut"


@dataclass(frozen=True)
class Row:
    """In this phase and one of these standings (none: any), on this event: go there, do that."""

    role: Role
    phase: Phase
    standings: tuple[Standing, ...]
    event: Event
    to: Phase
    standing: Standing | None = None  # None: it stays
    acts: tuple[Act, ...] = ()


_G, _T, _P, _S, _E, _A = Role.GIVER, Role.TAKER, Phase, Standing, Event, Act
_NEW = (_S.FRESH, _S.OFFERED, _S.DECLINED)
_MET = (_A.SPEND, _A.REMEMBER, _A.SEND_PROOF)

TABLE: tuple[Row, ...] = (
    # --- the giver greets, proves himself first, then offers
    Row(_G, _P.IDLE, (*_NEW, _S.COUNTERSIGNED), _E.BEGIN, _P.HAILED, None, (_A.SEND_HAIL,)),
    Row(_G, _P.HAILED, (), _E.HAIL_WORDS, _P.PROVING, None, (_A.SPEND, _A.SEND_PROOF)),
    Row(_G, _P.HAILED, (), _E.HAIL_AGAIN, _P.PROVING_AGAIN, None, (_A.SEND_PROOF,)),
    Row(_G, _P.HAILED, (), _E.HAIL_NONE, _P.OVER, None, (_A.REFUSED,)),
    *(
        Row(
            _G, phase, _NEW, _E.PROOF_GOOD, _P.TALKING, _S.OFFERED,
            (_A.REMEMBER, _A.DRAFT, _A.SEND_OFFER),
        )
        for phase in (_P.PROVING, _P.PROVING_AGAIN)
    ),
    Row(
        _G, _P.PROVING_AGAIN, (_S.COUNTERSIGNED,), _E.PROOF_GOOD, _P.TALKING, None,
        (_A.SEND_OFFER,),
    ),
    Row(_G, _P.PROVING, (), _E.PROOF_BAD, _P.OVER, None, (_A.SEND_REFUSE, _A.REFUSED)),
    Row(_G, _P.PROVING_AGAIN, (), _E.PROOF_BAD, _P.OVER, None, (_A.SEND_REFUSE, _A.BROKEN)),
    Row(
        _G, _P.TALKING, (_S.OFFERED,), _E.ACCEPT, _P.TALKING, _S.COUNTERSIGNED,
        (_A.SIGN, _A.SEAL, _A.SEND_SIGNED),
    ),
    Row(_G, _P.TALKING, (_S.COUNTERSIGNED,), _E.ACCEPT, _P.TALKING, None, (_A.SEND_SIGNED,)),
    Row(_G, _P.TALKING, (_S.OFFERED,), _E.DECLINE, _P.OVER, _S.DECLINED),
    Row(_G, _P.TALKING, (_S.COUNTERSIGNED,), _E.DONE, _P.OVER, _S.HANDED, (_A.FORGET,)),
    # --- the taker listens, checks, signs first
    Row(
        _T, _P.IDLE, (_S.FRESH, _S.MET, _S.DECLINED, _S.SIGNED, _S.HELD), _E.BEGIN, _P.LISTENING
    ),
    Row(_T, _P.LISTENING, (), _E.HAIL_WORDS, _P.PROVING, None, (_A.SEND_HAIL,)),
    Row(_T, _P.LISTENING, (), _E.HAIL_AGAIN, _P.PROVING_AGAIN, None, (_A.SEND_HAIL,)),
    Row(_T, _P.LISTENING, (), _E.HAIL_NONE, _P.OVER, None, (_A.SEND_REFUSE, _A.REFUSED)),
    Row(_T, _P.PROVING, (_S.FRESH,), _E.PROOF_GOOD, _P.TALKING, _S.MET, _MET),
    Row(_T, _P.PROVING, (), _E.PROOF_GOOD, _P.TALKING, None, _MET),
    Row(_T, _P.PROVING_AGAIN, (), _E.PROOF_GOOD, _P.TALKING, None, (_A.SEND_PROOF,)),
    Row(_T, _P.PROVING, (), _E.PROOF_BAD, _P.OVER, None, (_A.SPEND, _A.SEND_REFUSE, _A.REFUSED)),
    Row(_T, _P.PROVING_AGAIN, (), _E.PROOF_BAD, _P.OVER, None, (_A.SEND_REFUSE, _A.BROKEN)),
    Row(
        _T, _P.TALKING, (_S.MET, _S.DECLINED), _E.OFFER_SOUND, _P.TALKING, _S.SIGNED,
        (_A.SIGN, _A.SEAL_HALF, _A.SEND_ACCEPT),
    ),
    Row(
        _T, _P.TALKING, (_S.MET, _S.DECLINED), _E.OFFER_UNSOUND, _P.OVER, _S.DECLINED,
        (_A.SEND_DECLINE,),
    ),
    Row(_T, _P.TALKING, (_S.SIGNED,), _E.OFFER_SAME, _P.TALKING, None, (_A.SEND_ACCEPT,)),
    Row(_T, _P.TALKING, (_S.HELD,), _E.OFFER_SAME, _P.OVER, None, (_A.SEND_DONE,)),
    Row(
        _T, _P.TALKING, (_S.SIGNED,), _E.SIGNED, _P.OVER, _S.HELD,
        (_A.SEAL, _A.FORGET, _A.SEND_DONE),
    ),
)  # fmt: skip

DURABLE = frozenset((_A.SPEND, _A.REMEMBER, _A.DRAFT, _A.SIGN, _A.SEAL_HALF, _A.SEAL, _A.FORGET))


def step(role: Role, phase: Phase, standing: Standing, event: Event) -> Row:
    """The row for what happened. What no row speaks of ends the talk and changes no standing."""
    for row in TABLE:
        if (row.role, row.phase, row.event) == (role, phase, event) and (
            not row.standings or standing in row.standings
        ):
            return row
    end = Act.CUT if event is Event.CUT else Act.BROKEN
    return Row(role, phase, (standing,), event, Phase.OVER, None, (end,))


def diagram(role: Role) -> str:
    """The role's part of the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {line}" for line in dict.fromkeys(_edges(role))]
    return "\n".join(lines) + "\n"


def _edges(role: Role) -> Iterator[str]:
    for row in TABLE:
        if row.role is not role:
            continue
        for standing in row.standings or (None,):
            label = row.event + (f" / {', '.join(row.acts)}" if row.acts else "")
            after = row.standing or standing
            yield f"{_node(row.phase, standing)} --> {_node(row.to, after)}: {label}"


def _node(phase: Phase, standing: Standing | None) -> str:
    """While greeting, the phase says it all; while talking and at the end, the standing counts."""
    known = standing if phase in (Phase.TALKING, Phase.OVER) else None
    return "_".join(part.value.replace("-", "_") for part in (phase, known) if part)
