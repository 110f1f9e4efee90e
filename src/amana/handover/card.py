"""Cards: what one hand knows of a route. spec/card.md is normative.

A card is one age file, sealed to its courier's own locker, in two layers:

    take     the meeting before: where, when, the words, this leg's one-time key
    onward   the meeting after, sealed once more under words that the giver hands over at the
             meeting before; the first hand has it open, the last has none

Threat: a courier who is taken before his first meeting can be made to open the outer layer only,
so he betrays one meeting, not two; and no card names anybody, nor says how long the route is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.ids import is_id
from amana.core.locker import Locker
from amana.core.padding import pad, unpad
from amana.core.seal import seal
from amana.core.sign import PUBLIC_BYTES, SEED_BYTES, Verifier
from amana.errors import Malformed
from amana.handover import words
from amana.handover.machine import Standing
from amana.handover.receipts import (
    DISK,
    KINDS,
    LINK_BYTES,
    MAX_DISKS,
    MAX_TEXT,
    PERSON,
    is_disk_number,
)

VERSION = 1
WORD_SETS = 2
MAX_FREE_TEXT = 200
RESUME_BYTES = 32
# Both layers are padded, so that neither a long address nor the number of disks shows.
CARD_BYTES, ONWARD_BYTES = 5120, 1536


@dataclass(frozen=True)
class Meeting:
    """One leg as one of its two hands sees it.

    `word_sets`: seven words each, the second for when the first are void. `seed`: this hand's
    one-time Ed25519 key; `other`: the other hand's public one. `parting`: three words that this
    hand tells the other at the end of a meeting without devices. `onward`: what the giver hands
    over to open the taker's next layer (empty where there is none).
    """

    id: str
    when: str
    where: str
    language: str
    word_sets: tuple[bytes, ...]
    seed: bytes = field(repr=False)
    other: bytes
    parting: bytes
    onward: bytes = b""


@dataclass(frozen=True)
class Progress:
    """How far one leg came, as one hand durably remembers it."""

    standing: Standing = Standing.FRESH
    spent: int = 0
    resume: bytes = field(default=b"", repr=False)
    draft: Json | None = None
    statement: Json | None = None
    theirs: bytes = b""
    link: bytes = b""


@dataclass(frozen=True)
class Onward:
    """The next meeting, not yet opened: a key file under words, and what it opens."""

    key_file: bytes
    box: bytes


@dataclass(frozen=True)
class Card:
    """An opened card together with what became of it. `former`: the link of the receipt that this
    hand holds (32 bytes), at first the route's anchor. `replaces`: routes that are void now."""

    route: str
    kind: str
    set_id: str
    set_vkey: str
    disks: tuple[int, ...]
    why: str
    former: bytes
    take: Meeting | None = None
    give: Meeting | None = None
    onward: Onward | None = None
    taking: Progress = Progress()
    giving: Progress = Progress()
    replaces: tuple[str, ...] = ()
    revoked: bool = False

    def to_bytes(self) -> bytes:
        fields: Json = {
            "v": VERSION,
            "route": self.route,
            "kind": self.kind,
            "set": self.set_id,
            "vkey": self.set_vkey,
            "disks": list(self.disks),
            "why": self.why,
            "former": b64(self.former),
            "replaces": list(self.replaces),
            "revoked": self.revoked,
            "taking": _progress_fields(self.taking),
            "giving": _progress_fields(self.giving),
        }
        if self.take:
            fields["take"] = meeting_fields(self.take)
        if self.give:
            fields["give"] = meeting_fields(self.give)
        if self.onward:
            fields["onward"] = {"key": b64(self.onward.key_file), "box": b64(self.onward.box)}
        return canonical(fields)

    def sealed(self, recipient: str) -> bytes:
        """The card as the planner hands it over, for this courier's locker alone."""
        return seal(self.padded(), [recipient])

    def padded(self) -> bytes:
        return pad(self.to_bytes(), CARD_BYTES)

    def opened(self, onward_words: bytes) -> Card:
        """The card with its next meeting open. Raises WrongPassphrase, CannotOpen, Malformed."""
        if self.onward is None:
            return self
        phrase = words.phrase(words.check(onward_words, words.ONWARD_WORDS, "words"), "en")
        locker = Locker.open(phrase, self.onward.key_file, "the next meeting")
        inner = locker.open_own(self.onward.box, "the next meeting")
        meeting = parse_meeting(parse(unpad(inner), "meeting"))
        return replace(self, give=meeting, onward=None)


def seal_onward(meeting: Meeting, onward_words: bytes, work_factor: int) -> Onward:
    """The next meeting under eight words (55 bits), stretched by age's scrypt."""
    locker, key_file = Locker.create(words.phrase(onward_words, "en"), work_factor)
    return Onward(key_file, locker.seal(pad(canonical(meeting_fields(meeting)), ONWARD_BYTES)))


def parse_card(data: bytes) -> Card:
    """A card from its opened bytes, padded or not. Raises Malformed, BadKey."""
    fields = parse(unpad(data) if b"\n" in data else data, "card")
    if not has_version(fields, VERSION) or set(fields) - _CARD_FIELDS:
        raise Malformed(what="card", reason="version, or a field that is not known")
    if not set(fields) >= _CARD_FIELDS - _LAYERS:
        raise Malformed(what="card", reason="a field is missing")
    kind, disks, replaces = fields["kind"], fields["disks"], fields["replaces"]
    _must(kind in KINDS, "kind")
    _must(isinstance(disks, list) and all(map(is_disk_number, disks)), "disks")
    _must(disks == sorted(set(disks)) and len(disks) <= MAX_DISKS, "disks")
    _must((kind == PERSON) == (not disks), "disks")
    _must(is_id(fields.get("route")), "route")
    _check_set(fields)
    _must(isinstance(replaces, list) and all(map(is_id, replaces)), "replaces")
    _must(type(fields.get("revoked")) is bool, "revoked")
    return Card(
        route=fields["route"],
        kind=fields["kind"],
        set_id=fields["set"],
        set_vkey=fields["vkey"],
        disks=tuple(disks),
        why=_text(fields, "why", MAX_TEXT),
        former=unb64(fields.get("former"), "card's former link", LINK_BYTES),
        take=_optional(fields, "take"),
        give=_optional(fields, "give"),
        onward=_onward(fields),
        taking=_parse_progress(fields.get("taking")),
        giving=_parse_progress(fields.get("giving")),
        replaces=tuple(replaces),
        revoked=fields["revoked"],
    )


_LAYERS = frozenset(("take", "give", "onward"))
_CARD_FIELDS = _LAYERS | {
    *("v", "route", "kind", "set", "vkey", "disks", "why"),
    *("former", "replaces", "revoked", "taking", "giving"),
}


def _check_set(fields: Json) -> None:
    if fields.get("kind") == DISK:
        _must(is_id(fields.get("set")), "set")
        Verifier.parse(str(fields.get("vkey")))
    else:
        _must(fields.get("set") == "" and fields.get("vkey") == "", "set")


def _must(good: bool, name: str) -> None:
    if not good:
        raise Malformed(what="card", reason=f"field {name!r} is missing or wrong")


def _text(fields: Json, name: str, longest: int) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > longest or not _printable(value):
        raise Malformed(what="card", reason=f"field {name!r} is missing or wrong")
    return value


def _printable(text: str) -> bool:
    return all(c.isprintable() or c in "\u200e\u200f" for c in text)


# --- meetings --------------------------------------------------------------------------------


def meeting_fields(meeting: Meeting) -> Json:
    return {
        "id": meeting.id,
        "when": meeting.when,
        "where": meeting.where,
        "language": meeting.language,
        "words": [b64(w) for w in meeting.word_sets],
        "seed": b64(meeting.seed),
        "other": b64(meeting.other),
        "parting": b64(meeting.parting),
        "onward": b64(meeting.onward),
    }


def parse_meeting(fields: Any) -> Meeting:
    """Raises Malformed."""
    if not isinstance(fields, dict) or set(fields) != _MEETING_FIELDS:
        raise Malformed(what="meeting", reason="its fields")
    sets = fields["words"]
    _must(is_id(fields["id"]), "id")
    _must(fields["language"] in words.LANGUAGES, "language")
    _must(isinstance(sets, list) and len(sets) == WORD_SETS, "words")
    onward = unb64(fields["onward"], "onward words")
    return Meeting(
        id=fields["id"],
        when=_text(fields, "when", MAX_FREE_TEXT),
        where=_text(fields, "where", MAX_FREE_TEXT),
        language=fields["language"],
        word_sets=tuple(_words(w, words.MEETING_WORDS) for w in sets),
        seed=unb64(fields["seed"], "one-time key", SEED_BYTES),
        other=unb64(fields["other"], "the other's key", PUBLIC_BYTES),
        parting=_words(fields["parting"], words.PARTING_WORDS),
        onward=words.check(onward, words.ONWARD_WORDS, "onward words") if onward else b"",
    )


_MEETING_FIELDS = frozenset(
    ("id", "when", "where", "language", "words", "seed", "other", "parting", "onward")
)


def _words(text: Any, count: int) -> bytes:
    return words.check(unb64(text, "words"), count, "words")


def _optional(fields: Json, name: str) -> Meeting | None:
    return parse_meeting(fields[name]) if name in fields else None


def _onward(fields: Json) -> Onward | None:
    value = fields.get("onward")
    if value is None:
        _must("onward" not in fields, "onward")
        return None
    _must(isinstance(value, dict) and set(value) == {"key", "box"}, "onward")
    return Onward(unb64(value["key"], "onward key file"), unb64(value["box"], "onward box"))


# --- progress --------------------------------------------------------------------------------


def _progress_fields(progress: Progress) -> Json:
    fields: Json = {"standing": progress.standing.value, "spent": progress.spent}
    for name in ("resume", "theirs", "link"):
        if value := getattr(progress, name):
            fields[name] = b64(value)
    for name in ("draft", "statement"):
        if (value := getattr(progress, name)) is not None:
            fields[name] = value
    return fields


def _parse_progress(fields: Any) -> Progress:
    if not isinstance(fields, dict) or fields.get("standing") not in set(Standing):
        raise Malformed(what="card", reason="how far a meeting came")
    spent = fields.get("spent")
    if type(spent) is not int or not 0 <= spent <= WORD_SETS:
        raise Malformed(what="card", reason="how many words are spent")
    return Progress(
        standing=Standing(fields["standing"]),
        spent=spent,
        resume=_bytes(fields, "resume"),
        draft=fields.get("draft"),
        statement=fields.get("statement"),
        theirs=_bytes(fields, "theirs"),
        link=_bytes(fields, "link"),
    )


def _bytes(fields: Json, name: str) -> bytes:
    return unb64(fields[name], name) if name in fields else b""
