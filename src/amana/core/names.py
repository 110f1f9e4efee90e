"""Names that we give, and names that we are given.

Threat: a file name chosen by somebody else must never become a path on our disk. Foreign names
live in records, as data; on disk stand only names of these few forms.
"""

from __future__ import annotations

import base64
import os
import re

from amana.core.encoding import Json, unb64
from amana.errors import Malformed

PACK_DIGITS = 6
_PACK = re.compile(r"(\d{6,12})\.age")
_CONTENT = re.compile(r"(originals|copies)/([0-9a-f]{64})(\.[a-z0-9]{1,5})?")


def pack_name(number: int) -> str:
    """`000042.age`: a pack's neutral name; numbers start at 1."""
    return f"{number:0{PACK_DIGITS}d}.age"


def pack_number(name: str) -> int | None:
    """The number in a pack's name, or None where it is no such name."""
    match = _PACK.fullmatch(name)
    number = int(match.group(1)) if match else 0
    return number if number and pack_name(number) == name else None


def content_name(series: str, sha256: str, suffix: str = "") -> str:
    """`originals/<sha256>` or `copies/<sha256 of the original>.<ext>`: names inside a pack."""
    return f"{series}/{sha256}{suffix}"


def parse_content_name(name: str) -> tuple[str, str, str]:
    """(series, digest, suffix) of a name inside a pack.

    Raises Malformed for every other name: absolute, climbing, nested or odd.
    """
    match = _CONTENT.fullmatch(name)
    if not match:
        raise Malformed(what="pack", reason=f"an entry named {name[:80]!r}")
    return match.group(1), match.group(2), match.group(3) or ""


def describe_path(raw: bytes) -> Json:
    """A foreign path as record fields: `path` for people, and `path_raw` (base64) when the bytes
    are not valid UTF-8, so that every byte comes back."""
    try:
        return {"path": raw.decode("utf-8", "strict")}
    except UnicodeDecodeError:
        return {
            "path": raw.decode("utf-8", "replace"),
            "path_raw": base64.b64encode(raw).decode("ascii"),
        }


def path_bytes(fields: Json) -> bytes:
    """The path's bytes again. Raises Malformed."""
    if "path_raw" in fields:
        return unb64(fields["path_raw"], "path")
    path = fields.get("path")
    if not isinstance(path, str):
        raise Malformed(what="path", reason="missing")
    return path.encode("utf-8")


def shown(path: str | bytes | os.PathLike[str]) -> str:
    """A name fit for a terminal: control characters and undecodable bytes are escaped."""
    text = os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
