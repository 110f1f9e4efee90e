"""Writes vectors/vault: index tags, lines of SHA256SUMS, states, padded notes, one a file.

Run: python vectors/generate/vault.py. Made from spec/vault.md, without Amana.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1] / "vault"
KEY = bytes(range(32))
SHA = hashlib.sha256(b"original").digest()
SUM = hashlib.sha256(b"sealed").hexdigest()
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def tag(message: bytes) -> str:
    return hmac.digest(KEY, message, "sha256")[:16].hex()


def state(**changes: Any) -> str:
    fields: dict[str, Any] = {
        "v": 1,
        "origin": "amana.ledger/00112233445566778899aabbccddeeff",
        "seed": base64.b64encode(bytes(32)).decode(),
        "index_key": base64.b64encode(KEY).decode(),
        "recipients": [RECIPIENT],
        "size": 3,
        "frontier": [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)],
        "copies": 2,
        "originals": 1,
        "sums": 249,
        "tags": 6,
        "waiting": 0,
    }
    fields.update(changes)
    fields = {name: value for name, value in fields.items() if value is not None}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return (text + "\n").ljust(8192)


def sums(*names: str, digest: str = SUM) -> str:
    return "".join(f"{digest}  {name}\n" for name in names)


VALID: dict[str, dict[str, Any]] = {
    "tag-held": {
        "description": "the index tag of bytes that are stored",
        "form": "tag", "key": KEY.hex(), "sha256": SHA.hex(), "label": "held",
        "tag": tag(b"amana/v1/index/held\x00" + SHA),
    },
    "tag-copied": {
        "description": "the index tag of bytes whose original is to follow",
        "form": "tag", "key": KEY.hex(), "sha256": SHA.hex(), "label": "copied",
        "tag": tag(b"amana/v1/index/copied\x00" + SHA),
    },
    "tag-seen": {
        "description": "the index tag of a path, size and time",
        "form": "tag", "key": KEY.hex(), "label": "seen",
        "path": b"/media/card/IMG_1.JPG".hex(), "size": 123456, "mtime_ns": -5,
        "tag": tag(b"amana/v1/index/seen\x00123456\x00-5\x00/media/card/IMG_1.JPG"),
    },
    "state": {"description": "a state", "form": "state", "state": state(), "size": 3},
    "state-later": {
        "description": "a state with a field of a later version",
        "form": "state", "state": state(later="x"), "size": 3,
    },
    "sums": {
        "description": "three packs", "form": "sums",
        "text": sums("copies/000001.age", "originals/000001.age", "copies/000002.age"),
        "packs": ["copies/000001.age", "originals/000001.age", "copies/000002.age"],
    },
    "sums-torn": {
        "description": "a crash tore the last line: it does not count", "form": "sums",
        "text": sums("copies/000001.age") + SUM[:30], "packs": ["copies/000001.age"],
    },
    "sums-empty": {"description": "no pack yet", "form": "sums", "text": "", "packs": []},
}  # fmt: skip
_SUMS = {
    "sums-gap": ("a number left out", sums("copies/000001.age", "copies/000003.age")),
    "sums-twice": ("a pack twice", sums("copies/000001.age", "copies/000001.age")),
    "sums-from-zero": ("a pack of number 0", sums("copies/000000.age")),
    "sums-climbs": ("a name that climbs", sums("copies/../000001.age")),
    "sums-other-series": ("an unknown series", sums("films/000001.age")),
    "sums-binary-star": ("the star of binary mode", f"{SUM} *copies/000001.age\n"),
    "sums-capitals": ("a digest in capitals", sums("copies/000001.age", digest=SUM.upper())),
    "sums-blank": ("a blank line", sums("copies/000001.age") + "\n"),
    "sums-crlf": ("another line end", sums("copies/000001.age").replace("\n", "\r\n")),
    "sums-short-number": ("a number of too few digits", sums("copies/1.age")),
}
_STATES = {
    "state-version": ("another version", state(v=2)),
    "state-frontier": ("a frontier that does not fit its size", state(size=4)),
    "state-negative": ("a negative count", state(copies=-1)),
    "state-no-key": ("no index key", state(index_key=None)),
    "state-short-seed": ("a seed of 16 bytes", state(seed=base64.b64encode(bytes(16)).decode())),
    "state-recipient": ("a recipient that is no key", state(recipients=["age1x"])),
    "state-origin": ("an origin of another form", state(origin="example.org")),
    "state-padding": ("padding that holds something", state()[:-1] + "x"),
    "state-no-line-break": ("no line break before the padding", state().replace("\n", " ")),
    "state-not-canonical": ("not canonical", state().replace('"v":1', '"v": 1')),
}
INVALID = {
    **{n: {"description": d, "form": "sums", "text": t} for n, (d, t) in _SUMS.items()},
    **{n: {"description": d, "form": "state", "state": t} for n, (d, t) in _STATES.items()},
}


def main() -> None:
    for folder, vectors in (("valid", VALID), ("invalid", INVALID)):
        for name, vector in vectors.items():
            text = json.dumps(vector, indent=1, sort_keys=True) + "\n"
            (HERE / folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
