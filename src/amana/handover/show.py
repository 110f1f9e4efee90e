"""A card as its own courier sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amana.core.encoding import Json
from amana.handover import words
from amana.handover.card import Card, Meeting, Progress
from amana.handover.machine import Role, Standing


def describe(card: Card) -> Json:
    """What the courier may know now: the meetings that are open to him, and how far they came."""
    return {
        "kind": card.kind,
        "disks": list(card.disks),
        "revoked": card.revoked,
        "before": _meeting(card.take, card.taking, Role.TAKER),
        "after": _meeting(card.give, card.giving, Role.GIVER),
        "after_is_sealed": card.onward is not None,
    }


def _meeting(meeting: Meeting | None, progress: Progress, role: Role) -> Json | None:
    if meeting is None:
        over = progress.standing in (Standing.HELD, Standing.HANDED)
        return {"standing": progress.standing.value} if over else None
    sets = [_words(w, meeting.language, role) for w in meeting.word_sets[progress.spent :]]
    said: Json = {
        "standing": progress.standing.value,
        "when": meeting.when,
        "where": meeting.where,
        "language": meeting.language,
        "words": sets,
        "say_at_parting": words.phrase(meeting.parting, meeting.language),
    }
    if meeting.onward:
        said["hand_over"] = words.phrase(meeting.onward, meeting.language)
    return said


def _words(chosen: bytes, language: str, role: Role) -> Json:
    challenge, answer, counter = (words.phrase(w, language) for w in words.split(chosen))
    first, second, third = (
        ("you_say", "you_hear", "you_say_then")
        if role is Role.GIVER
        else ("you_hear", "you_say", "you_hear_then")
    )
    return {first: challenge, second: answer, third: counter}


def card_text(card: Mapping[str, Any]) -> str:
    """`describe`, for the terminal."""
    lines = [f"kind    {card['kind']}"]
    if card["disks"]:
        lines.append("disks   " + ", ".join(map(str, card["disks"])))
    for name in ("before", "after"):
        lines += _lines(name, card[name])
    if card["after_is_sealed"]:
        lines.append("after   sealed: it opens with what you are given at the meeting before")
    if card["revoked"]:
        lines.append("REVOKED: do not go to any meeting of this card")
    return "\n".join(lines)


def _lines(name: str, meeting: Mapping[str, Any] | None) -> list[str]:
    if meeting is None:
        return []
    if "when" not in meeting:
        return [f"{name:<8}{meeting['standing']}"]
    place = " · ".join(x for x in (meeting["when"], meeting["where"]) if x) or "agreed aside"
    lines = [f"{name:<8}{place}  ({meeting['standing']})"]
    for number, said in enumerate(meeting["words"], 1):
        lines.append("  words" if number == 1 else "  reserve words, if the first were spent")
        lines += [f"    {who.replace('_', ' '):<14}{text}" for who, text in said.items()]
    lines.append(f"  without devices, say at parting: {meeting['say_at_parting']}")
    if "hand_over" in meeting:
        lines.append(f"  and hand over, only when you have given the disk: {meeting['hand_over']}")
    return lines
