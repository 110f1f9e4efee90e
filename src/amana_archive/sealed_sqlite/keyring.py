"""The key of the catalogue, while the archive is unlocked, and every connection made with it.

Threat: the database holds names of people, notes, readings, the text of documents. It may be opened
only while two trustees allow it; so the key is handed in on unlock, and on lock every connection of
every thread is closed, because each holds the key in its own memory.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from amana.errors import Locked

_mutex = threading.Lock()
_key: bytes | None = None
_connections: weakref.WeakSet[Any] = weakref.WeakSet()


def hold(key: bytes) -> None:
    """Keep the database's key (32 bytes) in memory."""
    global _key  # noqa: PLW0603 - one process, one archive, one key
    with _mutex:
        _key = key


def forget() -> int:
    """Drop the key and close all connections; how many there were."""
    global _key  # noqa: PLW0603
    with _mutex:
        _key = None
        open_ones = list(_connections)
        _connections.clear()
    for wrapper in open_ones:
        wrapper.drop()
    return len(open_ones)


def key() -> bytes:
    """Raises Locked."""
    with _mutex:
        if _key is None:
            raise Locked(needed=2)
        return _key


def remember(wrapper: Any) -> None:
    with _mutex:
        _connections.add(wrapper)
