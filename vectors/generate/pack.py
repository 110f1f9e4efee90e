"""Writes vectors/pack: one opened pack (the tar) a file, compressed for the page.

Run: python vectors/generate/pack.py. Made without Amana's own writer, with Python's tarfile.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import zlib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1] / "pack"
SALT = base64.b64encode(bytes(32)).decode()
DATA = {hashlib.sha256(d).hexdigest(): d for d in (b"one", b"two" * 400)}
ONE, TWO = DATA


def record(seq: int, sha256: str, size: int) -> bytes:
    fields = {
        "v": 1, "kind": "item", "seq": seq, "salt": SALT,
        "original": {"sha256": sha256, "size": size, "media_type": "image/jpeg", "path": "p",
                     "mtime": "2012-05-03T07:40:00.000000000Z"},
        "capture": {"time": "2013-08-01T12:00:00Z", "tool": "vector"},
    }  # fmt: skip
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"


RECORDS = b"".join(record(n, sha, len(d)) for n, (sha, d) in enumerate(DATA.items()))


def info(name: str, size: int = 0, **changes: Any) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.mode = size, 0o600
    for field, value in changes.items():
        setattr(made, field, value)
    return made


def padme_blocks(length: int) -> int:
    blocks = -(-length // 512)
    exponent = blocks.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1 if blocks > 1 else 0
    return ((blocks + mask) & ~mask) * 512


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """A tar of these members, padded as a pack is."""
    made = b""
    for member, data in members:
        made += member.tobuf(form) + data + bytes(-len(data) % 512)
    return made.ljust(padme_blocks(len(made) + 1024), b"\0")


def records(data: bytes = RECORDS, **changes: Any) -> tuple[tarfile.TarInfo, bytes]:
    return info("records.jsonl", len(data), **changes), data


def original(sha256: str = ONE, name: str = "", **changes: Any) -> tuple[tarfile.TarInfo, bytes]:
    return info(name or f"originals/{sha256}", len(DATA[sha256]), **changes), DATA[sha256]


def copied() -> tuple[tarfile.TarInfo, bytes]:
    return info(f"copies/{ONE}.jpg", 4), b"copy"


def altered(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


def link(kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return info(f"originals/{ONE}", type=kind, linkname="/etc/passwd"), b""


UPPER = f"originals/{ONE.upper()}"
BEHIND = 512 + len(RECORDS)
WHOLE = tar(records(), original(ONE), original(TWO))
VALID = {
    "originals": ("two originals", WHOLE),
    "copies": ("a copy, named by its original", tar(records(), copied())),
    "records-only": ("records alone", tar(records())),
    "empty": ("no record at all", tar(records(b""))),
    "one-missing": ("an original that is held elsewhere", tar(records(), original(TWO))),
}
INVALID = {
    "no-records": ("an original comes first", tar(original(ONE), records())),
    "absolute": ("an absolute name", tar(records(), original(name="/etc/passwd"))),
    "climbing": ("a name that climbs", tar(records(), original(name=f"originals/../{ONE[:40]}"))),
    "nested": (
        "a name with one folder more",
        tar(records(), original(name=f"originals/a/{ONE}")),
    ),
    "capital-digest": (
        "a name in capitals",
        tar(records(), original(name=UPPER)),
    ),
    "symlink": ("a symbolic link", tar(records(), link(tarfile.SYMTYPE))),
    "hard-link": ("a hard link", tar(records(), link(tarfile.LNKTYPE))),
    "device": ("a device", tar(records(), link(tarfile.CHRTYPE))),
    "fifo": ("a FIFO", tar(records(), link(tarfile.FIFOTYPE))),
    "folder": ("a folder", tar(records(), (info("originals", type=tarfile.DIRTYPE), b""))),
    "twice": ("one member twice", tar(records(), original(ONE), original(ONE))),
    "two-series": ("copies and originals together", tar(records(), copied(), original(TWO))),
    "unannounced": (
        "an original that no record names",
        tar(records(record(0, TWO, 3)), original(ONE)),
    ),
    "records-twice": ("records twice", tar(records(), records())),
    "owner": ("a member with an owner", tar(records(), original(ONE, uid=1000))),
    "owner-name": ("a member with an owner's name", tar(records(), original(ONE, uname="ali"))),
    "time": ("a member with a time", tar(records(), original(ONE, mtime=1_336_000_000))),
    "mode": ("a member that may be run", tar(records(), original(ONE, mode=0o755))),
    "gnu": ("GNU's format", tar(records(), original(ONE), form=tarfile.GNU_FORMAT)),
    "checksum": ("a header with a wrong checksum", altered(WHOLE, 150, 0x37)),
    "padding-holds": (
        "padding that holds something",
        altered(WHOLE, BEHIND, 1),
    ),
    "tail-holds": ("padding at the end that holds something", altered(WHOLE, len(WHOLE) - 1, 1)),
    "too-long": ("a block more than the padded length", WHOLE + bytes(512)),
    "too-short": ("a block less than the padded length", WHOLE[:-512]),
    "one-byte-more": ("one byte more", WHOLE + b"\0"),
    "cut-in-header": ("cut within a header", WHOLE[:200]),
    "cut-in-member": ("cut within a member", WHOLE[: 512 + 100]),
    "nothing": ("nothing at all", b""),
    "zeros": ("zeros only", bytes(1024)),
    "bad-record": ("a record that is malformed", tar(records(RECORDS.replace(b'"v":1', b'"v":9')))),
    "torn-record": ("a last record without its line break", tar(records(RECORDS[:-1]))),
    "order": (
        "records that are not in the order of their ledger",
        tar(records(record(1, ONE, 3) + record(0, TWO, 1200))),
    ),
    "same-seq": (
        "two records of one place",
        tar(records(record(1, ONE, 3) + record(1, TWO, 1200))),
    ),
    "pax-path": (
        "a pax header that gives another name",
        tar(records(), original(ONE, pax_headers={"path": "../x"}), form=tarfile.PAX_FORMAT),
    ),
}


def main() -> None:
    for name, (description, data) in VALID.items():
        with tarfile.open(fileobj=io.BytesIO(data)) as opened:
            members = {
                m.name: hashlib.sha256(opened.extractfile(m).read()).hexdigest()  # type: ignore[union-attr]
                for m in opened
            }
        write("valid", name, {"description": description, "members": members}, data)
    for name, (description, data) in INVALID.items():
        write("invalid", name, {"description": description}, data)


def write(folder: str, name: str, vector: dict[str, Any], data: bytes) -> None:
    vector["tar_zlib_base64"] = base64.b64encode(zlib.compress(data, 9)).decode()
    text = json.dumps(vector, indent=1, sort_keys=True) + "\n"
    (HERE / folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
