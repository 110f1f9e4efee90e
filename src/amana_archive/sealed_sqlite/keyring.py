"""The keys of the encrypted databases, each while it may be open, and every connection made with
them.

Threat: a database holds names of people, notes, readings, the text of documents. The catalogue may
be opened only while two trustees allow it, the family store only while a liaison allows it, too; so
each key is handed in when that is so, and when it ends every connection of every thread is closed,
because each holds the key in its own memory.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from amana.errors import Locked

CATALOGUE = "default"  # Django's name of the database that opens with the archive

_mutex = threading.Lock()
_keys: dict[str, bytes] = {}
_connections: weakref.WeakSet[Any] = weakref.WeakSet()


def hold(key: bytes, alias: str = CATALOGUE) -> None:
    """Keep the key (32 bytes) of the database `alias` in memory."""
    with _mutex:
        _keys[alias] = key


def forget(alias: str | None = None) -> int:
    """Drop the key of `alias`, or all keys, and close the connections; how many there were."""
    with _mutex:
        if alias is None:
            _keys.clear()
        else:
            _keys.pop(alias, None)
        open_ones = [w for w in _connections if alias is None or w.alias == alias]
        for wrapper in open_ones:
            _connections.discard(wrapper)
    for wrapper in open_ones:
        wrapper.drop()
    return len(open_ones)


def key(alias: str = CATALOGUE) -> bytes:
    """Raises Locked."""
    with _mutex:
        if alias not in _keys:
            raise Locked(needed=2)
        return _keys[alias]


def holds(alias: str) -> bool:
    with _mutex:
        return alias in _keys


def remember(wrapper: Any) -> None:
    with _mutex:
        _connections.add(wrapper)


def forget_connections(alias: str) -> None:
    """Close the connections of `alias` and keep its key: they are about to get another one."""
    present = key(alias)
    forget(alias)
    hold(present, alias)
