"""Where everything lies on a disk, and which disk holds what. No I/O.

    index.txt       the signed note: what this set is, and the digests of the index
    index.bak       the same once more, for the day a sector under the first goes bad
    index.dat       the index: one line a stripe, replicated on every disk
    label.txt       which disk of the set this is; a claim only, the digests decide
    content.age     sealed to the archive: which vault this is, vouched for by the source's key
    head.age        sealed to the archive: the checkpoint (head) of the ledger
    000/000001.age  the piece of stripe 1: a whole sealed pack as the vault holds it
    000/000002.dat  the piece of stripe 2: parity, or a part of a pack too large for one file

Every name fits 8.3, so FAT, exFAT and ISO 9660 keep it; no file is larger than PIECE.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Final

from amana.core.ids import ID_BYTES
from amana.core.labels import DISK_SET_ID

NOTE: Final = "index.txt"
NOTE_COPY: Final = "index.bak"
INDEX: Final = "index.dat"
LABEL: Final = "label.txt"
CONTENT: Final = "content.age"
CHECKPOINT: Final = "head.age"
README: Final = "README.txt"
OWN_FILES: Final = (NOTE, NOTE_COPY, INDEX, LABEL, CONTENT, CHECKPOINT, README)

BLOCK: Final = 1 << 20  # bytes a digest stands for, and the unit of repair
CHUNK: Final = 1 << 18  # bytes of the index a digest in the note stands for
PIECE: Final = 1 << 30  # the largest file on a disk; FAT32 ends below 4 GiB
MAX_DISKS: Final = 64
STRIPES_A_FOLDER: Final = 1000
KEY_PREFIX: Final = "amana.disks/"


def set_id_of(public: bytes) -> str:
    """A set's id is made from its key, so whoever knows the id knows the key when he sees it."""
    return hashlib.sha256(DISK_SET_ID + public).digest()[:ID_BYTES].hex()


def key_name(set_id: str) -> str:
    return KEY_PREFIX + set_id


def position_of(disk: int, stripe: int, n: int) -> int:
    """Which piece (0 … n-1; below k is data) of `stripe` (from 1) disk `disk` (1 … n) holds.

    It moves on by one from stripe to stripe, so that no disk is "the parity disk": all weigh alike,
    look alike and are worth the same to whoever takes one away.
    """
    return (disk - 1 + stripe) % n


def disk_of(position: int, stripe: int, n: int) -> int:
    """The inverse: which disk (1 … n) holds piece `position` of `stripe`."""
    return (position - stripe) % n + 1


def folder_of(stripe: int) -> str:
    return f"{stripe // STRIPES_A_FOLDER:03d}"


def piece_number(path: PurePath) -> int | None:
    """The stripe of a path that ends as `piece_name` writes it, or None for any other."""
    if path.suffix not in (".age", ".dat") or not path.stem.isdecimal():
        return None
    number = int(path.stem)
    name = piece_name(number, whole=path.suffix == ".age")
    return number if number and name == f"{path.parent.name}/{path.name}" else None


def piece_name(stripe: int, *, whole: bool) -> str:
    """The relative path of a disk's piece of `stripe`; `whole` where it is a whole sealed pack."""
    return f"{folder_of(stripe)}/{stripe:06d}.{'age' if whole else 'dat'}"
