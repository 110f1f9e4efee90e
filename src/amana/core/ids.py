"""Random identifiers. They name sets, routes and ledgers, and mean nothing to a searcher."""

from __future__ import annotations

import re
import secrets
import string

ID_BYTES = 16
_ORIGIN_PREFIX = "amana.ledger/"
_SHA256 = re.compile("[0-9a-f]{64}")
_HEX = frozenset(string.hexdigits.lower())


def new_id() -> str:
    """A fresh identifier: 128 random bits as 32 lower-case hexadecimal digits."""
    return secrets.token_hex(ID_BYTES)


def is_id(text: object) -> bool:
    return isinstance(text, str) and len(text) == 2 * ID_BYTES and set(text) <= _HEX


def new_origin() -> str:
    """The name of a new ledger, as the first line of its checkpoints (C2SP tlog-checkpoint)."""
    return _ORIGIN_PREFIX + new_id()


def is_origin(text: object) -> bool:
    return (
        isinstance(text, str)
        and text.startswith(_ORIGIN_PREFIX)
        and is_id(text.removeprefix(_ORIGIN_PREFIX))
    )


def is_sha256(text: object) -> bool:
    """True for 64 lower-case hexadecimal digits: how a SHA-256 is written in records and names."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None
