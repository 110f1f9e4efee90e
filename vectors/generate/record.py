"""Writes vectors/record: one record a file. Run: python vectors/generate/record.py"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1] / "record"
SALT = base64.b64encode(bytes(range(32))).decode()
ITEM: dict[str, Any] = {
    "v": 1,
    "kind": "item",
    "seq": 7,
    "salt": SALT,
    "ledger": "amana.ledger/00112233445566778899aabbccddeeff",
    "original": {
        "sha256": hashlib.sha256(b"original").hexdigest(),
        "size": 8,
        "media_type": "image/jpeg",
        "path": "DCIM/IMG_0001.JPG",
        "mtime": "2012-05-03T07:40:00.000000000Z",
    },
    "capture": {"time": "2013-08-01T12:00:00Z", "tool": "amana 0.1.0"},
    "photo": {"width": 4000, "height": 3000, "orientation": 6, "exif": {"Make": "Example"}},
    "copy": {
        "sha256": hashlib.sha256(b"copy").hexdigest(),
        "size": 4,
        "media_type": "image/jpeg",
        "width": 360,
        "height": 480,
        "suffix": ".jpg",
    },
}


def line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def changed(**changes: Any) -> dict[str, Any]:
    """ITEM with changes; `a__b=x` changes a field within a section; None removes."""
    fields = copy.deepcopy(ITEM)
    for name, value in changes.items():
        *outer, last = name.split("__")
        place = fields
        for part in outer:
            place = place[part]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return fields


def write(folder: str, name: str, description: str, data: bytes) -> None:
    vector: dict[str, Any] = {"description": description}
    try:
        vector["line"] = data.decode("utf-8")
    except UnicodeDecodeError:
        vector["line_base64"] = base64.b64encode(data).decode()
    if folder == "valid":
        vector["leaf"] = hashlib.sha256(b"\x00" + data).hexdigest()
    text = json.dumps(vector, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (HERE / folder / f"{name}.json").write_text(text, encoding="utf-8")


VALID = {
    "item": ("an item with a copy", ITEM),
    "item-without-copy": ("a document: no photo, no copy", changed(photo=None, copy=None)),
    "item-again": ("a second sighting of bytes", changed(photo=None, copy=None, again=True)),
    "item-trouble": ("why there is no copy", changed(photo=None, copy=None, trouble="damaged")),
    "item-unknown-field": ("fields from a later version are kept", changed(weather="rain")),
    "item-arabic-path": ("a path in Arabic", changed(original__path="DCIM/صور/١.jpg")),
    "item-raw-path": (
        "a path whose bytes are not UTF-8",
        changed(original__path="caf\ufffd.jpg", original__path_raw="Y2Fm6S5qcGc="),
    ),
    "item-without-ledger": ("a reader accepts records that name no ledger", changed(ledger=None)),
    "skipped": (
        "a link",
        {"v": 1, "kind": "skipped", "seq": 0, "salt": SALT, "path": "a/link", "reason": "a link"},
    ),
    "act": (
        "an act of the archive",
        {
            "v": 1,
            "kind": "act",
            "seq": 3,
            "salt": SALT,
            "act": "opened",
            "time": "2014-01-01T00:00:00Z",
        },
    ),
    "large-numbers": ("the largest integer", changed(original__size=2**53 - 1)),
}
INVALID = {
    "version": ("another version", line(changed(v=2))),
    "kind": ("an unknown kind", line(changed(kind="thing"))),
    "no-salt": ("no salt", line(changed(salt=None))),
    "short-salt": ("a salt of 16 bytes", line(changed(salt=base64.b64encode(bytes(16)).decode()))),
    "salt-not-canonical": ("base64 with stray bits", line(changed(salt=SALT[:-2] + "9="))),
    "negative-seq": ("a negative place", line(changed(seq=-1))),
    "seq-true": ("true is no number", line(changed(seq=True))),
    "seq-text": ("a place as text", line(changed(seq="7"))),
    "size-53-bits": ("an integer of more than 53 bits", line(changed(original__size=2**53))),
    "float": ("a float", line(changed(original__size=8.5))),
    "digest-upper": ("a digest in capitals", line(changed(original__sha256="A" * 64))),
    "digest-short": ("a digest of 63 digits", line(changed(original__sha256="a" * 63))),
    "no-original": ("an item without an original", line(changed(original=None))),
    "no-path": ("an original without a path", line(changed(original__path=None))),
    "no-mtime": ("an original without a time", line(changed(original__mtime=None))),
    "capture-time": ("a time without Z", line(changed(capture__time="2013-08-01T12:00:00"))),
    "capture-day": ("a 31st of February", line(changed(capture__time="2013-02-31T12:00:00Z"))),
    "suffix-climbs": ("a suffix that climbs", line(changed(copy__suffix="./../x"))),
    "suffix-capital": ("a suffix in capitals", line(changed(copy__suffix=".JPG"))),
    "copy-without-size": ("a copy without its size", line(changed(copy__size=None))),
    "raw-path-not-base64": ("a raw path that is no base64", line(changed(original__path_raw="é"))),
    "ledger-empty": ("a ledger without a name", line(changed(ledger=""))),
    "not-sorted": ("keys in another order", line(ITEM).replace(b'{"capture"', b'{"v":1,"capture"')),
    "space": ("a space after a colon", line(ITEM).replace(b'"v":1', b'"v": 1')),
    "line-break": ("a line break inside", line(ITEM) + b"\n"),
    "escaped": ("an escape where none is needed", line(ITEM).replace(b"DCIM", b"\\u0044CIM")),
    "duplicate-key": ("one key twice", line(ITEM)[:-1] + b',"v":1}'),
    "bom": ("a byte order mark", b"\xef\xbb\xbf" + line(ITEM)),
    "not-utf8": ("bytes that are not UTF-8", line(ITEM).replace(b"IMG", b"\xff\xff\xff")),
    "lone-surrogate": ("half a character", line(ITEM).replace(b"IMG", b"\\ud800")),
    "list": ("a list", b"[]"),
    "empty": ("nothing", b""),
    "deep": ("nested too deeply", line(changed(x=json.loads("[" * 40 + "]" * 40)))),
    "skipped-without-reason": (
        "skipped without a reason",
        line({"v": 1, "kind": "skipped", "seq": 0, "salt": SALT, "path": "a"}),
    ),
    "act-without-time": (
        "an act without a time",
        line({"v": 1, "kind": "act", "seq": 0, "salt": SALT, "act": "opened"}),
    ),
}


def main() -> None:
    for name, (description, fields) in VALID.items():
        write("valid", name, description, line(fields))
    for name, (description, data) in INVALID.items():
        write("invalid", name, description, data)


if __name__ == "__main__":
    main()
