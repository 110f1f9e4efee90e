"""Makes vectors/card: python vectors/generate/card.py"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amana.core.encoding import b64, canonical, parse
from amana.core.padding import pad
from amana.core.sign import Signer
from amana.core.unseal import Identity
from amana.handover.card import CARD_BYTES, Card, Meeting, seal_onward
from amana.handover.machine import Role
from amana.handover.session import SessionKeys, resume_tag
from amana.handover.sheet import codes

ROOT = Path(__file__).resolve().parent.parent / "card"


def fixed(name: str, size: int = 32) -> bytes:
    return hashlib.shake_256(name.encode()).digest(size)


def said(name: str, count: int) -> bytes:
    return bytes(b & 127 for b in fixed(name, count))


def meeting(name: str, onward: bool = False, **more: Any) -> Meeting:
    fields: dict[str, Any] = {
        "id": fixed(name, 16).hex(),
        "when": "Friday evening",
        "where": "أمام المخبز القديم",
        "language": "ar",
        "word_sets": (said(name + "1", 7), said(name + "2", 7)),
        "seed": fixed(name + "seed"),
        "other": Signer("x", fixed(name + "other")).verifier.public,
        "parting": said(name + "p", 3),
        "onward": said(name + "o", 8) if onward else b"",
    }
    return Meeting(**{**fields, **more})


def card(**more: Any) -> Card:
    signer = Signer("amana.disks/" + "ab" * 16, fixed("set"))
    fields: dict[str, Any] = {
        "route": fixed("route", 16).hex(),
        "kind": "disk",
        "set_id": "ab" * 16,
        "set_vkey": signer.verifier.vkey,
        "disks": (1, 2, 5),
        "why": "to bring the originals to the archive",
        "former": fixed("former"),
    }
    return Card(**{**fields, **more})


def write(kind: str, name: str, scenario: str, **fields: Any) -> None:
    folder = ROOT / kind
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {"format": "card", "scenario": scenario, **fields}, ensure_ascii=False, indent=1
    )
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    first = card(give=meeting("one", onward=True))
    onward = seal_onward(meeting("two"), meeting("one", onward=True).onward, 4)
    middle = card(take=meeting("one"), onward=onward, former=bytes(32))
    person = card(kind="person", set_id="", set_vkey="", disks=(), take=meeting("one"))
    for name, scenario, made in (
        (
            "first",
            "the first hand: it gives, and hands over what opens the next one's meeting",
            first,
        ),
        (
            "middle",
            "a hand between: it takes; its next meeting is sealed under eight words",
            middle,
        ),
        ("person", "a card that leads a person: no set, no disk", person),
        ("revoked", "a hand that has no part in the route any more", card(revoked=True)),
    ):
        write("valid", name, scenario, card=made.to_bytes().decode())
    identity = Identity.from_secret(fixed("identity"))
    sealed = middle.sealed(identity.recipient)
    write(
        "valid", "sealed", "the card as the courier gets it, sealed, and as codes on paper",
        identity=identity.text, sealed=b64(sealed), codes=codes(sealed),
        card=middle.to_bytes().decode(), onward_words=b64(meeting("one", onward=True).onward),
        give=json.loads(canonical({"where": meeting("two").where}).decode()),
    )  # fmt: skip
    keys = SessionKeys(fixed("shared"), fixed("transcript"))
    write(
        "valid", "session-keys", "what follows from one SPAKE2 key and one transcript (section 2)",
        shared=fixed("shared").hex(), transcript=fixed("transcript").hex(),
        giver_proof=keys.proof(Role.GIVER).hex(), taker_proof=keys.proof(Role.TAKER).hex(),
        giver_line=keys.giver_line.hex(), taker_line=keys.taker_line.hex(),
        resume=keys.resume.hex(), tag=resume_tag(keys.resume).hex(),
    )  # fmt: skip
    for name, scenario, change in CHANGES:
        fields = parse(middle.to_bytes(), "card")
        change(fields)
        write("invalid", name, scenario, card=canonical(fields).decode())
    plain = first.to_bytes().decode()
    write("invalid", "space", "not canonical: a space", card=plain.replace(":", ": ", 1))
    write("invalid", "twice", "not canonical: a key twice", card='{"v":1,' + plain[1:])
    padded = bytearray(pad(first.to_bytes(), CARD_BYTES))
    padded[-1] = ord("x")
    write("invalid", "padding", "its padding holds something", card=padded.decode())


def at(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(fields: dict[str, Any]) -> None:
        place: Any = fields
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(fields: dict[str, Any]) -> None:
        place = fields
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


CHANGES: tuple[tuple[str, str, Callable[[dict[str, Any]], None]], ...] = (
    ("version", "another version", at("v", value=2)),
    ("unknown-field", "a field that is not known", at("note", value="x")),
    ("no-route", "no route", without("route")),
    ("route", "a route that is no id", at("route", value="AB" * 16)),
    ("kind", "another kind", at("kind", value="parcel")),
    ("disks-unsorted", "disks out of order", at("disks", value=[2, 1])),
    ("disks-twice", "a disk twice", at("disks", value=[1, 1])),
    ("disk-zero", "disk 0", at("disks", value=[0])),
    ("disk-true", "a disk that is no number", at("disks", value=[True])),
    ("disks-many", "thirteen disks", at("disks", value=list(range(1, 14)))),
    ("no-disks", "a disk's card without disks", at("disks", value=[])),
    ("person-with-disks", "a person with disks", at("kind", value="person")),
    ("set", "a set that is no id", at("set", value="abc")),
    ("vkey", "a verifier key whose hash is wrong", at("vkey", value="a+00000000+AQ==")),
    ("why-long", "a reason of 65 characters", at("why", value="x" * 65)),
    ("former-short", "a link of 31 bytes", at("former", value=b64(bytes(31)))),
    ("replaces", "replaces what is no route", at("replaces", value=["x"])),
    ("revoked", "revoked is no truth value", at("revoked", value=0)),
    ("standing", "a standing that is not known", at("taking", "standing", value="asleep")),
    ("spent", "three sets spent", at("taking", "spent", value=3)),
    ("onward-more", "a further field in onward", at("onward", "note", value="")),
    ("onward-base64", "onward is no base64", at("onward", "box", value="!")),
    ("meeting-field", "a meeting lacks its id", without("take", "id")),
    ("meeting-more", "a further field in a meeting", at("take", "name", value="heron")),
    ("when-long", "a time of 201 characters", at("take", "when", value="x" * 201)),
    ("where-control", "a control character in a place", at("take", "where", value="a\u0007b")),
    ("language", "another language", at("take", "language", value="de")),
    ("one-set", "one set of words", at("take", "words", value=[b64(bytes(7))])),
    ("six-words", "six words", at("take", "words", value=[b64(bytes(6)), b64(bytes(7))])),
    (
        "word-128",
        "a word that is not in the list",
        at("take", "parting", value=b64(b"\x80\x01\x02")),
    ),
    ("onward-seven", "seven onward words", at("take", "onward", value=b64(bytes(7)))),
    ("seed", "a one-time key of 31 bytes", at("take", "seed", value=b64(bytes(31)))),
    ("other", "the other's key of 33 bytes", at("take", "other", value=b64(bytes(33)))),
)


if __name__ == "__main__":
    main()
