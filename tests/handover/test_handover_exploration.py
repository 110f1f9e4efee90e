"""Every state that a meeting can get into, walked through: the table of handover/machine.py with
ideal cryptography, two honest hands, and everything that can happen between them.

In a session the two are joined by a hostile line, or one of them meets a stranger. At every point
the line may be cut on either side, a message lost, altered, repeated or reflected (to a sealed line
all three are one: it does not open; to a greeting: other words in it, so that the proofs differ),
and either program killed, also between a receipt's sealing and its standing's saving. Then they may
meet again, up to `SESSIONS` times, in any mixture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from amana.handover import machine
from amana.handover.machine import TABLE, Act, Event, Phase, Role, Row, Standing, step

SESSIONS = 4
WORD_SETS = 2
G, T = Role.GIVER, Role.TAKER
Message = tuple[object, ...]


@dataclass(frozen=True)
class Hand:
    """One side. Durable: all but phase, use and key, which a cut or a crash wipes."""

    role: Role
    standing: Standing = Standing.FRESH
    spent: int = 0
    resume: int = 0  # the session whose secret is kept; 0: none
    draft: int = 0
    stated: int = 0  # the statement this hand has signed
    receipt: int = 0  # the full receipt this hand has sealed
    proofs: tuple[int, ...] = (0,) * WORD_SETS  # how often a guess could be tried on each set
    phase: Phase = Phase.IDLE
    use: int = -1
    key: tuple[int, int, str] | None = None  # the talk, the password, whose greeting was altered

    def can(self) -> frozenset[int]:
        left = {n for n in range(1, WORD_SETS + 1) if n > self.spent}
        if self.standing in (Standing.HELD, Standing.HANDED):
            left = set()  # forgotten
        return frozenset(left | ({0} if self.resume else set()))

    def at_rest(self) -> Hand:
        return replace(self, phase=Phase.IDLE, use=-1, key=None)


@dataclass(frozen=True)
class World:
    giver: Hand
    taker: Hand
    to_taker: tuple[Message, ...] = ()
    to_giver: tuple[Message, ...] = ()
    session: int = 0
    company: str = "nobody"  # both, giver+stranger, taker+stranger
    drafts: int = 0

    def hand(self, role: Role) -> Hand:
        return self.giver if role is G else self.taker

    def put(self, hand: Hand) -> World:
        return replace(self, giver=hand) if hand.role is G else replace(self, taker=hand)

    def queue(self, to: Role) -> tuple[Message, ...]:
        return self.to_giver if to is G else self.to_taker

    def queued(self, to: Role, messages: tuple[Message, ...]) -> World:
        if to is G:
            return replace(self, to_giver=messages)
        return replace(self, to_taker=messages)


def other(role: Role) -> Role:
    return T if role is G else G


# --- reading: what reading.py does, with ideal cryptography ------------------------------------


def events(world: World, role: Role, message: Message) -> Iterator[tuple[Event, Hand]]:
    """What a message means to `role`; several, where the taker's look at the disk decides."""
    hand, name = world.hand(role), message[0]
    if hand.phase in (Phase.HAILED, Phase.LISTENING):
        yield from _hail(world, hand, message)
    elif hand.phase in (Phase.PROVING, Phase.PROVING_AGAIN):
        if name == "refuse":
            yield Event.PROOF_BAD, hand
        elif name == "proof":
            good = hand.key is not None and message[1] == hand.key
            yield (Event.PROOF_GOOD if good else Event.PROOF_BAD), hand
        else:
            yield Event.BAD, hand
    elif hand.phase is Phase.TALKING and message[-1] == hand.key:
        yield from _business(hand, message)
    else:
        yield Event.BAD, hand


def _hail(world: World, hand: Hand, message: Message) -> Iterator[tuple[Event, Hand]]:
    name = message[0]
    if name == "refuse":
        yield Event.HAIL_NONE, hand
    elif name != "hail":
        yield Event.BAD, hand
    elif hand.role is T:
        can, tag, altered = message[1], message[2], "" if message[3] else "the giver's"
        assert isinstance(can, frozenset)
        both = sorted(n for n in hand.can() & can if n or tag == hand.resume)
        if not both:
            yield Event.HAIL_NONE, hand
        else:
            use = both[0]
            key = (world.session, use if use else -hand.resume, altered)
            yield _hailed(use), replace(hand, use=use, key=key)
    else:
        use, altered = message[1], "" if message[2] else "the taker's"
        assert isinstance(use, int)
        if use not in hand.can():
            yield Event.BAD, hand
        else:
            key = (world.session, use if use else -hand.resume, altered)
            yield _hailed(use), replace(hand, use=use, key=key)


def _hailed(use: int) -> Event:
    return Event.HAIL_WORDS if use else Event.HAIL_AGAIN


def _business(hand: Hand, message: Message) -> Iterator[tuple[Event, Hand]]:
    name = message[0]
    if hand.role is T and name == "offer":
        draft = message[1]
        assert isinstance(draft, int)
        if hand.standing is Standing.HELD:
            yield Event.OFFER_SAME, hand
        elif hand.standing is Standing.SIGNED:
            yield (Event.OFFER_SAME if draft == hand.stated else Event.OFFER_OTHER), hand
        else:
            yield Event.OFFER_SOUND, replace(hand, draft=draft)
            yield Event.OFFER_UNSOUND, hand
    elif hand.role is T and name == "signed":
        yield (Event.SIGNED if message[1] == hand.stated else Event.BAD), hand
    elif hand.role is G and name == "accept":
        fits = message[1] == hand.draft and hand.stated in (0, message[1])
        yield (Event.ACCEPT if fits else Event.BAD), hand
    elif hand.role is G and name == "decline":
        yield Event.DECLINE, hand
    elif hand.role is G and name == "done":
        yield (Event.DONE if message[1] == hand.stated else Event.BAD), hand
    else:
        yield Event.BAD, hand


# --- acting: what meet.py does -----------------------------------------------------------------


def act(world: World, hand: Hand, event: Event) -> Iterator[World]:
    """The world after this event; and, where a crash may come between, the worlds of the crash."""
    row = step(hand.role, hand.phase, hand.standing, event)
    if event in (Event.PROOF_GOOD, Event.PROOF_BAD) and hand.role is T and hand.use > 0:
        hand = replace(hand, proofs=_count(hand))  # whoever sent it has had his guess
    after, world = _durable(world, hand, row)
    if Act.SEAL in row.acts:
        # killed after the receipt was sealed, before the standing was saved
        yield _over(world.put(replace(hand, receipt=after.receipt).at_rest()), hand.role)
    after = replace(after, standing=row.standing or after.standing, phase=row.to)
    said = [m for a in row.acts if (m := _message(world, after, a)) is not None]
    if Act.SEND_PROOF in row.acts and hand.role is G and after.use > 0:
        after = replace(after, proofs=_count(after))
    sent = (*world.queue(other(hand.role)), *said)
    world = world.put(after).queued(other(hand.role), sent)
    yield _over(world, hand.role) if row.to is Phase.OVER else world


def _count(hand: Hand) -> tuple[int, ...]:
    return tuple(n + (i + 1 == hand.use) for i, n in enumerate(hand.proofs))


def _durable(world: World, hand: Hand, row: Row) -> tuple[Hand, World]:
    for each in row.acts:
        if each is Act.SPEND and hand.use > 0:
            hand = replace(hand, spent=max(hand.spent, hand.use))
        elif each is Act.REMEMBER and hand.use > 0:
            hand = replace(hand, resume=world.session)
        elif each is Act.DRAFT and not (hand.draft and hand.standing is Standing.OFFERED):
            world = replace(world, drafts=world.drafts + 1)
            hand = replace(hand, draft=world.drafts)
        elif each is Act.SIGN:
            hand = replace(hand, stated=hand.draft, spent=WORD_SETS)
        elif each is Act.SEAL:
            hand = replace(hand, receipt=hand.stated)
        elif each is Act.FORGET and hand.role is G:
            hand = replace(hand, resume=0)
    return hand, world


def _message(world: World, hand: Hand, each: Act) -> Message | None:
    if each is Act.SEND_HAIL and hand.role is G:
        return ("hail", hand.can(), hand.resume, True)
    if each is Act.SEND_HAIL:
        return ("hail", hand.use, True)
    if each is Act.SEND_PROOF:
        return ("proof", hand.key)
    if each is Act.SEND_REFUSE:
        return ("refuse",)
    sealed: dict[Act, Message] = {
        Act.SEND_OFFER: ("offer", hand.draft, hand.key),
        Act.SEND_ACCEPT: ("accept", hand.stated, hand.key),
        Act.SEND_DECLINE: ("decline", hand.key),
        Act.SEND_SIGNED: ("signed", hand.stated, hand.key),
        Act.SEND_DONE: ("done", hand.stated, hand.key),
    }
    return sealed.get(each)


def _over(world: World, role: Role) -> World:
    """This side has left: what was on its way to it is lost."""
    return world.put(world.hand(role).at_rest()).queued(role, ())


# --- what can happen ---------------------------------------------------------------------------


def moves(world: World) -> Iterator[World]:
    busy = [r for r in (G, T) if world.hand(r).phase is not Phase.IDLE]
    if not busy:
        if world.session < SESSIONS:
            yield from _meet(world)
        return
    for role in busy:
        hand = world.hand(role)
        # The line is cut on this side, or this side's program is killed.
        yield _over(world, role)
        yield from act(world, hand, Event.CUT)
        if world.company != "both":
            for message in _stranger(world, hand):
                for event, after in events(world, role, message):
                    yield from act(world, after, event)
            continue
        queue = world.queue(role)
        if queue:
            rest = world.queued(role, queue[1:])
            for message in (queue[0], *_altered(queue[0])):
                for event, after in events(rest, role, message):
                    yield from act(rest, after, event)


def _meet(world: World) -> Iterator[World]:
    world = replace(world, session=world.session + 1, to_taker=(), to_giver=())
    for company, present in (("both", (G, T)), ("giver+stranger", (G,)), ("taker+stranger", (T,))):
        if any(not world.hand(r).can() for r in present) or (
            G in present and world.giver.standing is Standing.HANDED
        ):
            continue
        begun = [replace(world, company=company)]
        for role in reversed(present):  # the taker listens first
            begun = [w2 for w in begun for w2 in act(w, w.hand(role), Event.BEGIN)]
        yield from begun


def _altered(message: Message) -> list[Message]:
    if message[0] == "hail" and isinstance(message[1], frozenset):
        sets = [frozenset(range(WORD_SETS + 1)), frozenset({1}), frozenset({2}), frozenset()]
        return [("hail", can, message[2], False) for can in sets]
    if message[0] == "hail":
        return [("hail", use, False) for use in range(WORD_SETS + 1)]
    return [("proof", None), ("refuse",), ("garbage", None)]


def _stranger(world: World, hand: Hand) -> list[Message]:
    """What one who does not know the words can say, at any time."""
    can = frozenset(range(WORD_SETS + 1))
    hails: list[Message] = [("hail", use, False) for use in range(WORD_SETS + 1)]
    if hand.role is T:
        hails = [("hail", can, hand.resume, False), ("hail", frozenset({2}), 0, False)]
    return [*hails, ("proof", None), ("refuse",), ("garbage", None)]


# --- what must hold ----------------------------------------------------------------------------


def check(world: World) -> None:
    giver, taker = world.giver, world.taker
    # 1. Nobody believes alone.
    if giver.standing is Standing.HANDED:
        assert taker.standing is Standing.HELD
    if taker.standing is Standing.HELD:
        assert giver.standing in (Standing.COUNTERSIGNED, Standing.HANDED)
        assert taker.receipt == giver.receipt == taker.stated != 0
    # 2. A receipt is the work of both, and there is one.
    for hand in (giver, taker):
        if hand.receipt:
            assert taker.stated == hand.receipt
            assert taker.standing in (Standing.SIGNED, Standing.HELD)
            assert giver.draft == hand.receipt
    if taker.receipt:
        assert giver.stated == taker.receipt
    # 3. A stranger tries a set of words at most once on each side.
    assert max(giver.proofs + taker.proofs) <= 1
    # Once the giver remembers a talk, so does the taker, and it is the same: no stranger and no
    # cut can lock the two out any more.
    if giver.resume:
        assert taker.resume == giver.resume


def undisturbed(world: World) -> World:
    """One more session with nobody in between, the disk sound."""
    begun = next((w for w in _meet(world) if w.company == "both"), None)
    if begun is None:
        return world
    world = begun
    while queues := [r for r in (T, G) if world.queue(r)]:
        role = queues[0]
        message, *rest = world.queue(role)
        world = world.queued(role, tuple(rest))
        event, hand = next(iter(events(world, role, message)))
        *_, world = act(world, hand, event)
    return world


def explore(start: World) -> dict[World, World | None]:
    """Every world that can be reached, with one that it was reached from; checked on the way."""
    seen: dict[World, World | None] = {start: None}
    front = [start]
    while front:
        world = front.pop()
        for after in moves(world):
            if after not in seen:
                seen[after] = world
                try:
                    check(after)
                except AssertionError as error:
                    raise AssertionError(_story(after, seen)) from error
                front.append(after)
    return seen


@pytest.fixture(scope="module")
def reached() -> dict[World, World | None]:
    return explore(World(Hand(G), Hand(T)))


def _story(world: World | None, seen: dict[World, World | None]) -> str:
    lines = []
    while world is not None:
        lines.append(f"{world.giver}\n   {world.taker}\n   {world.to_taker} {world.to_giver}")
        world = seen[world]
    return "\n".join(reversed(lines))


def test_nobody_believes_alone_and_no_receipt_is_one_sided(
    reached: dict[World, World | None],
) -> None:
    ends = Counter((w.giver.standing, w.taker.standing) for w in reached)
    print(f"{len(reached)} states; standings: {dict(ends)}")
    assert len(reached) > 10_000
    # The walk is not empty of what it is about.
    for pair in (
        (Standing.HANDED, Standing.HELD),
        (Standing.COUNTERSIGNED, Standing.HELD),
        (Standing.COUNTERSIGNED, Standing.SIGNED),
        (Standing.OFFERED, Standing.SIGNED),
        (Standing.DECLINED, Standing.DECLINED),
    ):
        assert ends[pair]


def test_from_every_state_two_honest_hands_can_finish(reached: dict[World, World | None]) -> None:
    stuck = 0
    for world in reached:
        if world.giver.phase is not Phase.IDLE or world.taker.phase is not Phase.IDLE:
            continue
        if world.giver.standing is Standing.HANDED:
            continue
        after = undisturbed(world)
        way = {n for n in world.giver.can() & world.taker.can() if n}
        same = world.giver.resume and world.giver.resume == world.taker.resume
        if way or same:
            assert after.giver.standing is Standing.HANDED, world
            assert after.taker.standing is Standing.HELD, world
            check(after)
        else:
            # Both sets of words are gone before the two ever met: the archive must plan anew.
            stuck += 1
            assert world.giver.standing is Standing.FRESH
            assert world.taker.standing in (Standing.FRESH, Standing.MET)
    assert stuck


def test_every_row_of_the_table_is_used(reached: dict[World, World | None]) -> None:
    used = set()
    for world in reached:
        for role in (G, T):
            hand = world.hand(role)
            for message in world.queue(role)[:1]:
                for event, after in events(world, role, message):
                    used.add(id(step(role, after.phase, after.standing, event)))
            for message in (*_stranger(world, hand), ("garbage", None)):
                for event, after in events(world, role, message):
                    used.add(id(step(role, after.phase, after.standing, event)))
            used.add(id(step(role, hand.phase, hand.standing, Event.BEGIN)))
    unused = [row for row in TABLE if id(row) not in used]
    assert not unused


def _giver_believes_an_acceptance(row: Row) -> Row:
    if row.role is G and row.event is Event.ACCEPT and Act.SIGN in row.acts:
        return replace(row, standing=Standing.HANDED)
    return row


def _taker_believes_an_offer(row: Row) -> Row:
    return replace(row, standing=Standing.HELD) if row.event is Event.OFFER_SOUND else row


def _giver_spends_nothing(row: Row) -> Row:
    if row.role is G and row.event is Event.HAIL_WORDS:
        return replace(row, acts=tuple(a for a in row.acts if a is not Act.SPEND))
    return row


def _taker_forgives_a_bad_proof(row: Row) -> Row:
    if row.role is T and row.event is Event.PROOF_BAD:
        return replace(row, acts=tuple(a for a in row.acts if a is not Act.SPEND))
    return row


def _taker_accepts_another_offer(row: Row) -> Row:
    if row.role is T and row.event is Event.OFFER_SAME and Standing.SIGNED in row.standings:
        return replace(row, event=Event.OFFER_OTHER)
    return row


def _giver_draws_up_a_new_offer_each_time(row: Row) -> Row:
    if row.role is G and Act.DRAFT in row.acts and row.standings:
        return replace(row, standing=Standing.MET)
    return row


@pytest.mark.parametrize(
    "mistake",
    [
        _giver_believes_an_acceptance,
        _taker_believes_an_offer,
        _giver_spends_nothing,
        _taker_forgives_a_bad_proof,
        _taker_accepts_another_offer,
        _giver_draws_up_a_new_offer_each_time,
    ],
)
def test_the_walk_finds_mistakes_in_the_table(
    mistake: Callable[[Row], Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "TABLE", tuple(mistake(row) for row in TABLE))
    with pytest.raises(AssertionError):
        _walk_and_finish()


def _walk_and_finish() -> None:
    for world in explore(World(Hand(G), Hand(T))):
        if world.giver.phase is world.taker.phase is Phase.IDLE and world.giver.resume:
            after = undisturbed(world)
            assert Standing.HELD in (world.taker.standing, after.taker.standing)
