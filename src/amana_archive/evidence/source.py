"""The bytes behind an item: opened from the store, in memory only, for one answer."""

from __future__ import annotations

from typing import Any

from amana.errors import CannotOpen
from amana.reunite.keys import COPY, ORIGINAL, object_name
from amana.reunite.store import seal_object
from amana_archive.evidence.models import Item, WorkingCopy
from amana_archive.lockup.opened import Opened

DERIVED = "derived"
# What a browser shows itself, and what cannot run anything in it.
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"})


def copy_bytes(opened: Opened, item: Item) -> tuple[bytes, str]:
    """(bytes, media type) of the small copy. Raises CannotOpen where it is not held, Damaged."""
    if item.copy is None:
        raise CannotOpen(what="the copy", reason="there is none")
    data = _read(opened, COPY, item.copy["sha256"], item.copy["size"])
    return data, _safe_type(item.copy["media_type"])


def original_bytes(opened: Opened, item: Item) -> bytes:
    """The original's very bytes. Raises CannotOpen where it has not arrived, Damaged."""
    return _read(opened, ORIGINAL, item.sha256, item.size)


def picture_bytes(opened: Opened, item: Item) -> tuple[bytes, str]:
    """What a reviewer is shown: the copy, or an original that a browser can show."""
    if item.copy is not None:
        return copy_bytes(opened, item)
    if item.media_type not in SHOWN:
        raise CannotOpen(what="this file", reason="it is no picture that can be shown")
    return original_bytes(opened, item), item.media_type


def working_copy_bytes(opened: Opened, made: WorkingCopy) -> bytes:
    return _read(opened, DERIVED, made.sha256, made.size)


def keep_working_copy(opened: Opened, sha256: str, data: bytes) -> None:
    """Seal a derived picture into the store, under a name of its own kind."""
    archive = opened.archive
    sealed = bytes(seal_object(data, archive.card.recipients))
    archive.store.put(object_name(archive.keys.tag(DERIVED, sha256)), sealed)


def _read(opened: Opened, kind: str, sha256: Any, size: Any) -> bytes:
    try:
        return opened.archive.read(kind, str(sha256), int(size))
    except KeyError:
        raise CannotOpen(what=f"the {kind}", reason="it has not arrived") from None


def _safe_type(media_type: str) -> str:
    return media_type if media_type in SHOWN else "application/octet-stream"
