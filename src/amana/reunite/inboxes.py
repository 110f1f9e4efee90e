"""What lies in the places that mail, disks and couriers leave: packs and checkpoints, by name only.

An inbox is `packs/<sha256 of the sealed file>.age` and `checkpoints/*.age`. A vault, a disk or a
plain folder of packs is accepted as well. Names are only ever compared, never used as paths of
ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.ids import is_sha256
from amana.core.names import pack_number
from amana.errors import SourceMissing
from amana.reunite.catalogue import Catalogue

PACKS, CHECKPOINTS, CHECKPOINT = "packs", "checkpoints", "checkpoint.age"
_FOLDERS = (PACKS, "copies", "originals", ".")


@dataclass(frozen=True)
class Arrival:
    """A sealed pack; `sha256` is what its name claims, empty where the name claims nothing."""

    path: Path
    sha256: str


def arrivals(catalogue: Catalogue, inboxes: Sequence[Path]) -> tuple[list[Arrival], int]:
    """The packs that are not yet received, each once, and how many are known already."""
    waiting: dict[str, Arrival] = {}
    known = 0
    for path in _pack_files(inboxes):
        claimed = path.stem if is_sha256(path.stem) else ""
        # A pack under a number must be looked at to be known; one under its digest need not.
        digest = claimed or _digest(path)
        if catalogue.has_pack(digest):
            known += 1
        else:
            waiting.setdefault(digest, Arrival(path, claimed))
    return list(waiting.values()), known


def _pack_files(inboxes: Sequence[Path]) -> Iterator[Path]:
    for inbox in inboxes:
        if inbox.is_file():
            yield inbox
            continue
        if not inbox.is_dir():
            raise SourceMissing(path=str(inbox))
        for folder in _FOLDERS:
            yield from (p for p in sorted((inbox / folder).glob("*.age")) if _is_pack(p))


def _is_pack(path: Path) -> bool:
    name = is_sha256(path.stem) or pack_number(path.name) is not None
    return name and path.is_file() and not path.is_symlink()


def checkpoint_files(inboxes: Sequence[Path]) -> Iterator[Path]:
    """Sealed checkpoints, wherever they are kept in a place of one of these forms."""
    for inbox in inboxes:
        if not inbox.is_dir():
            continue
        if (inbox / CHECKPOINT).is_file():
            yield inbox / CHECKPOINT
        yield from (p for p in sorted((inbox / CHECKPOINTS).glob("*.age")) if p.is_file())


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return f"unreadable {path}"
