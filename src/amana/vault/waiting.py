"""Originals that are still to come: batches whose copies and records were committed first.

Each is one file `waiting/NNNNNN.age`, sealed to the source's own locker and padded.
"""

from __future__ import annotations

from pathlib import Path

from amana.core.names import pack_number

WAITING = "waiting"


def waiting_files(vault: Path) -> list[Path]:
    """The files of the batches that wait, oldest first."""
    folder = vault / WAITING
    return sorted(p for p in folder.glob("*.age") if pack_number(p.name)) if folder.is_dir() else []
