"""Text that every database takes: PostgreSQL knows no NUL, which a camera or a file may hold."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """The same text, list or table, with a mark instead of each NUL. Records keep what was."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {plain(key): plain(one) for key, one in value.items()}
    return value
