"""The right person with a wrong program: whatever a proved counterpart sends, nothing but a known
ending comes of it, and nothing is signed that was not offered."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any

import pytest
from handover_cast import Cast, End, Wire, run_meeting, sound

from amana.core.encoding import b64
from amana.errors import AmanaError, MeetingCut, MeetingRefused
from amana.handover import meet, receipts, session
from amana.handover.hand import Hand
from amana.handover.machine import Standing

Json = dict[str, Any]
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**40, "", "x", "AAAA", "=", [], [1], ["x"], [[]], {}, {"a": 1},
    {"n": 1}, b64(bytes(32)), b64(bytes(64)), "\u0000", "x" * 3000,
)  # fmt: skip


def bend(monkeypatch: pytest.MonkeyPatch, step: str, change: Callable[[Json], Json]) -> None:
    """Whoever says `step` says something else instead."""
    real = session.Line.send

    def send(line: session.Line, fields: Json) -> None:
        real(line, change(dict(fields)) if fields.get("step") == step else fields)

    monkeypatch.setattr(session.Line, "send", send)


@pytest.mark.parametrize("step", ["hail", "offer", "accept", "signed", "done"])
def test_any_message_bent_in_any_field_ends_well(cast: Cast, step: str) -> None:
    rng = random.Random(step)
    for number in range(14):
        first, middle, _ = cast.hands(cast.plan(f"r{number}"), f"c{number}")
        with pytest.MonkeyPatch.context() as patch:
            bend(patch, step, lambda fields: _bent(fields, rng))
            for result in run_meeting(first, middle):
                if isinstance(result, AmanaError):
                    assert isinstance(result, MeetingCut | MeetingRefused)
        if first.card.giving.standing is Standing.HANDED:
            assert middle.card.taking.standing is Standing.HELD
        if middle.card.taking.standing is Standing.HELD:
            assert first.card.giving.standing in (Standing.COUNTERSIGNED, Standing.HANDED)
        for opened in cast.receipts(first, middle):
            receipts.open_receipt(opened)


def _bent(fields: Json, rng: random.Random) -> Json:
    """One field, of the message or of what is in it, is something else; or gone; or one more is."""
    name = rng.choice(sorted(fields))
    inner = fields[name]
    if isinstance(inner, dict) and rng.random() < 0.7:
        return {**fields, name: _bent(inner, rng)}
    if rng.random() < 0.15:
        return {k: v for k, v in fields.items() if k != name}
    return {**fields, name: rng.choice(JUNK)} if rng.random() < 0.9 else {**fields, "z": 1}


def resign(fields: Json, seed: bytes, **changes: Any) -> Json:
    statement = {**fields["statement"], **changes}
    return {**fields, "statement": statement, "signature": b64(receipts.sign(statement, seed))}


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "2020-01-01T12:00:00Z"},
        {"why": "another reason"},
        {"former": b64(bytes(32))},
        {"spent": [1, 0]},
        {"disks": [{"n": 1, "seal": "Z", "manifest": "", "condition": "sound"}]},
    ],
)
def test_a_taker_who_signs_something_else_gets_no_signature(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, changes: Json
) -> None:
    made = cast.plan()
    first, middle, _ = cast.hands(made)
    seed = made.opened_cards[1].take.seed
    bend(monkeypatch, "accept", lambda fields: resign(fields, seed, **changes))
    given_, _ = run_meeting(first, middle)
    assert isinstance(given_, MeetingCut)
    assert "something else than was offered" in given_.message
    assert cast.receipts(first) == []


def test_a_giver_who_offers_a_strange_disk_or_set_gets_no_signature(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, middle, _ = cast.hands(cast.plan())
    for name, value in (("set", "cd" * 16), ("taker", b64(bytes(32)))):
        with pytest.MonkeyPatch.context() as patch:
            bend(patch, "offer", lambda f, n=name, v=value: {**f, "draft": {**f["draft"], n: v}})
            _, taken = run_meeting(first, middle)
        assert isinstance(taken, MeetingCut)
    assert cast.receipts(middle) == []
    assert middle.card.taking.standing is Standing.MET


def test_wrong_onward_words_cost_the_next_meeting_not_the_disk(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, middle, _ = cast.hands(cast.plan())
    bend(monkeypatch, "signed", lambda f: {**f, "onward": base64.b64encode(bytes(8)).decode()})
    given_, taken = run_meeting(first, middle)
    assert given_.standing is Standing.HANDED
    assert taken.standing is Standing.HELD
    assert "did not open" in taken.note
    assert middle.card.onward is not None


def test_noise_on_the_line_spends_nothing(cast: Cast) -> None:
    first, middle, _ = cast.hands(cast.plan())
    rng = random.Random(8)
    for _ in range(40):
        noise = [rng.randbytes(rng.choice((0, 3, 512, 512, 600))) for _ in range(rng.randrange(4))]
        acts: tuple[tuple[Hand, Callable[[End], object]], ...] = (
            (first, lambda end: meet.give(first, end, {1: b""})),
            (middle, lambda end: meet.take(middle, end, sound)),
        )
        for hand, act in acts:
            wire = Wire()
            for message in noise:
                wire.ends[1].send(message)
            wire.ends[1].close()
            with pytest.raises(MeetingCut):
                act(wire.ends[0])
            assert hand.card.giving.spent == hand.card.taking.spent == 0
