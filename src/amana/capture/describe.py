"""From one file to the fields of its record: read once, digested, described, copied."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from amana import __version__
from amana.capture.copy import Copy, encode_copy
from amana.capture.decode import NoPicture, decode
from amana.capture.files import Reading, reading
from amana.capture.kinds import HEAD_BYTES, expects_picture, media_type
from amana.capture.limits import TooSlow, time_limit
from amana.capture.options import Options
from amana.capture.walk import Entry
from amana.core.encoding import Json, canonical, utc, utc_ns
from amana.core.names import describe_path
from amana.ledger.entry import MAX_LINE

TOOL = f"amana {__version__}"


class Known(Enum):
    """What the vault has of some bytes: nothing, a copy and a record, or the original, too."""

    NEW = 0
    COPIED = 1
    HELD = 2


@dataclass(frozen=True)
class Item:
    """A captured file. `data` is None where it is too large for memory. `settled`: it need not be
    read again while its size and time stay. `again`: its bytes are held already."""

    fields: Json
    digest: bytes
    size: int
    mtime_ns: int
    data: bytes | None
    copy: Copy | None
    trouble: str
    settled: bool
    again: bool


def describe(
    entry: Entry, options: Options, known: Callable[[bytes], Known], guard: tuple[bool, bool]
) -> Item:
    """Read `entry` and say what it is. `guard`: whether to decode it, and whether a hanging
    decoder may take this process with it. Raises OSError where it cannot be read."""
    for patience in (True, False):
        with reading(entry.path, follow=b"/" not in entry.name) as source:
            data, digest, size = _content(source, options.batch_bytes)
            unmoved = source.unmoved() and size == source.size
            mtime_ns = source.mtime_ns
        if unmoved or not patience:
            break
    before = known(digest)
    again = before is Known.HELD or (before is Known.COPIED and not options.originals)
    with_head = data if data is not None else _head(entry.path)
    kind = media_type(with_head[:HEAD_BYTES], entry.name)
    fields = _fields(entry, options, kind, (digest, size, mtime_ns))
    copy, trouble = None, "" if unmoved else "it changed while it was read"
    if again:
        fields["again"] = True
    elif before is Known.NEW and expects_picture(kind, entry.name):
        copy, photo, reason = _picture(entry, data, kind, options, guard)
        fields |= {"copy": copy.fields} if copy else {}
        fields |= {"photo": photo} if photo else {}
        trouble = "; ".join(filter(None, (trouble, reason)))
    if trouble:
        fields["trouble"] = trouble
    _keep_short(fields)
    return Item(fields, digest, size, mtime_ns, data, copy, trouble, unmoved, again)


def _content(source: Reading, most: int) -> tuple[bytes | None, bytes, int]:
    """(the content, or None above `most` bytes; its SHA-256; its size)"""
    if source.size <= most:
        data = source.whole()
        return data, hashlib.sha256(data).digest(), len(data)
    digest, size = hashlib.sha256(), 0
    for chunk in source.chunks():
        digest.update(chunk)
        size += len(chunk)
    return None, digest.digest(), size


def _head(path: bytes) -> bytes:
    with reading(path) as source:
        return os.read(source.handle, HEAD_BYTES)


def _fields(entry: Entry, options: Options, kind: str, facts: tuple[bytes, int, int]) -> Json:
    digest, size, mtime_ns = facts
    now = utc(datetime.now(UTC), coarse=options.coarse_time)
    original: Json = {
        "sha256": digest.hex(),
        "size": size,
        "media_type": kind,
        **describe_path(entry.name),
        **_time(mtime_ns),
    }
    return {"original": original, "capture": {"time": now, "tool": TOOL}}


def _time(mtime_ns: int) -> Json:
    try:
        return {"mtime": utc_ns(mtime_ns)}
    except OverflowError:
        # A broken clock or a hostile image of a file system: outside the years 1 to 9999.
        return {"mtime": utc_ns(0), "mtime_raw": str(mtime_ns)}


def _picture(
    entry: Entry, data: bytes | None, kind: str, options: Options, guard: tuple[bool, bool]
) -> tuple[Copy | None, Json | None, str]:
    """(copy, fields of the photograph, why there is no copy)"""
    wanted, expendable = guard
    if not wanted:
        return None, None, "its decoder failed badly; captured as bytes"
    try:
        with time_limit(hard=expendable):
            source = data if data is not None else os.fsdecode(entry.path)
            picture = decode(source, kind, options.copy_size)  # type: ignore[arg-type]
            return encode_copy(picture.image, options.copy_format), picture.photo, ""
    except NoPicture as reason:
        return None, None, str(reason)
    except TooSlow:
        return None, None, "decoding it took too long; captured as bytes"
    except MemoryError:
        return None, None, "decoding it took too much memory; captured as bytes"
    except Exception as error:
        return None, None, f"no copy could be encoded ({type(error).__name__})"


def _keep_short(fields: Json) -> None:
    """A record has at most 1 MiB: what a picture says of itself at length stays in the picture."""
    if "photo" in fields and len(canonical(fields["photo"])) > MAX_LINE // 4:
        fields["photo"] = {k: fields["photo"][k] for k in ("width", "height")}


def skipped_fields(name: bytes, reason: str) -> Json:
    """The fields of a record that says that, and why, something was not captured."""
    return {**describe_path(name), "reason": reason or "unknown"}
