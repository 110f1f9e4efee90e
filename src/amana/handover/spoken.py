"""A meeting without devices: words only, and what each courier tells his own card afterwards.

At the meeting: the giver says the challenge, the taker the answer, the giver the counter-answer.
Then the disk changes hands, the giver hands over the words that open the taker's next meeting, and
each tells the other his three parting words. Each later tells the archive what he heard: only one
who was there, and whom the other accepted, can know them.

What this proves, and what not: that the two met and parted well. Which disk it was, its seal and
its condition are then a matter of what both told, and the report says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from amana.core.encoding import utc
from amana.errors import AmanaError, UsageProblem
from amana.handover import words
from amana.handover.card import Card, Progress
from amana.handover.entries import Entry
from amana.handover.hand import Hand
from amana.handover.machine import Role, Standing
from amana.handover.receipts import MAX_TEXT, link_of_words
from amana.ports import Clock, system_clock


@dataclass(frozen=True)
class Told:
    """`entry`: the sealed note for the archive; `next_open`: whether the next meeting opened."""

    entry: Path
    next_open: bool


def told(
    hand: Hand,
    role: Role,
    heard: bytes,
    *,
    disks: Sequence[int] = (),
    seal: str = "none",
    condition: str = "not looked at",
    onward: bytes = b"",
    clock: Clock = system_clock,
) -> Told:
    """Note a meeting that went well: `heard` are the other's parting words, `onward` the words that
    open this courier's next meeting. The meeting is forgotten; an entry is sealed to the archive.

    Raises UsageProblem, Malformed, WrongPassphrase for wrong `onward` words, WriteFailed.
    """
    meeting = hand.meeting(role)
    progress = hand.progress(role)
    if meeting is None or progress.standing not in (Standing.FRESH, Standing.MET):
        raise UsageProblem(what=f"this card has no meeting open as {role}")
    words.check(heard, words.PARTING_WORDS, "parting words")
    if max(len(seal), len(condition)) > MAX_TEXT or not set(disks) <= set(hand.card.disks):
        raise UsageProblem(what="a text is too long, or a disk is not on this card")
    pair = (meeting.parting, heard) if role is Role.GIVER else (heard, meeting.parting)
    link = link_of_words(meeting.id, *pair)
    card = _next(hand.card, role, onward)
    entry = Entry(heard, role.value, tuple(sorted(disks)), seal, condition, _day(clock))
    path = hand.put_receipt(meeting.seed, entry.to_bytes())
    done = Standing.HANDED if role is Role.GIVER else Standing.HELD
    changed = hand.with_leg(role, None, Progress(done, link=link))
    if role is Role.TAKER:
        changed = replace(changed, former=link, give=card.give, onward=card.onward)
    hand.save(changed)
    return Told(path, hand.card.onward is None)


def failed(hand: Hand, role: Role) -> int:
    """Note that the other did not know the words: they are void. Returns how many sets are left."""
    meeting, progress = hand.meeting(role), hand.progress(role)
    if meeting is None:
        raise UsageProblem(what=f"this card has no meeting open as {role}")
    spent = min(progress.spent + 1, len(meeting.word_sets))
    hand.save(hand.with_leg(role, meeting, replace(progress, spent=spent)))
    return len(meeting.word_sets) - spent


def _next(card: Card, role: Role, onward: bytes) -> Card:
    if role is Role.GIVER or not onward:
        return card
    try:
        return card.opened(onward)
    except AmanaError:
        raise UsageProblem(what="these words do not open the next meeting") from None


def _day(clock: Clock) -> str:
    return utc(clock(), coarse=True)
