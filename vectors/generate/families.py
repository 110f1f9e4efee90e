"""Vectors of spec/family-store.md: key files, and private pages.

python vectors/generate/families.py
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amana_archive.settings.embedded")
import django

django.setup()

from amana.core.padding import pad  # noqa: E402
from amana_archive.families import slips  # noqa: E402

OUT = Path(__file__).parents[1] / "family-store"
# The public half of the secret that is 32 times the byte 1.
ONE = "age15nsf9y4k28p83wth93tf7hafhvfajp45d2mge80ems45gz0c5gys3me64l"
SECRET = bytes(range(32))
WORDS = bytes([3, 14, 15, 92, 65, 35, 89])


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def slot(**more: object) -> dict[str, object]:
    return {"key_file": b64(b"a key file"), "recipient": ONE, "sealed": b64(b"sealed"), **more}


def keyfile(**more: object) -> dict[str, object]:
    recovery = {"recipient": ONE, "sealed": b64(b"recovery")}
    fields = {"v": 1, "asked": None, "recovery": recovery, "liaisons": {"7": slot()}}
    return {**fields, **more}


def put(name: str, valid: bool, **fields: object) -> None:
    path = OUT / ("valid" if valid else "invalid") / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"v": 1, "valid": valid, **fields}
    path.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def key(name: str, valid: bool, about: str, content: bytes) -> None:
    put(name, valid, kind="key-file", about=about, content=b64(content))


def padded(**more: object) -> bytes:
    # Not by our own encoder, which refuses to write some of what a reader must refuse.
    text = json.dumps(keyfile(**more), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return pad(text.encode(), 16_384)


def key_files() -> None:
    empty = {"recipient": "", "sealed": ""}
    key("made", True, "one liaison who is let in", padded())
    waiting = padded(recovery=empty, asked=3, liaisons={"7": slot(sealed="")})
    key("asked", True, "asked for, not made; a liaison waits", waiting)
    key("nobody", True, "nothing yet", padded(recovery=empty, liaisons={}))
    for name, about, content in (
        ("version", "another version", padded(v=2)),
        ("version-true", "true is not the number 1", padded(v=True)),
        ("asked-text", "who asked is no number", padded(asked="3")),
        ("asked-true", "true is not the number 1", padded(asked=True)),
        ("no-recovery", "a field is missing", padded(recovery={})),
        ("half", "a recovery without recipient", padded(recovery={**empty, "sealed": "AAAA"})),
        ("person-zero", "a person has a leading zero", padded(liaisons={"07": slot()})),
        ("person-arabic", "a person in other digits", padded(liaisons={"٧": slot()})),
        ("person-none", "no person has the number 0", padded(liaisons={"0": slot()})),
        ("recipient", "no age recipient", padded(liaisons={"7": slot(recipient="age1x")})),
        ("base64", "not base64", padded(liaisons={"7": slot(sealed="A A=")})),
        ("list", "liaisons are no list", padded(liaisons=[slot()])),
        ("padding", "something behind the line break", padded()[:-1] + b"x"),
        ("no-padding", "no line break", json.dumps(keyfile()).encode()),
    ):
        key(name, False, about, content)


def page(name: str, state: str | None, about: str, sealed: bytes, number: int = 12) -> None:
    keys = slips.derive(SECRET, number, WORDS)
    fields = {"secret": SECRET.hex(), "number": number, "words": list(WORDS), "tag": keys.tag}
    says = {"says": state} if state else {}
    put(name, state is not None, kind="page", about=about, sealed=sealed.hex(), **fields, **says)


def pages() -> None:
    keys, nonce = slips.derive(SECRET, 12, WORDS), bytes(12)
    for state in slips.STATES:
        page(f"says-{state}", state, "one of three", slips.seal_state(keys, state, nonce))
    good = slips.seal_state(keys, "call", nonce)
    page("page-altered", None, "one bit is another", good[:-1] + bytes([good[-1] ^ 1]))
    page("page-cut", None, "too short", good[:-1])
    page("page-short", None, "shorter than a nonce", good[:5])
    page("page-number", None, "another family's number", good, number=13)
    page("page-state", None, "a state that is none", slips.seal_state(keys, "identified", nonce))
    other = slips.Keys("0" * 64, keys.key)
    page("page-moved", None, "put under another tag", slips.seal_state(other, "call", nonce))


if __name__ == "__main__":
    key_files()
    pages()
