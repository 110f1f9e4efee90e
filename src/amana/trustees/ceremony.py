"""What trustees do together: split the keys, practise their recovery, rotate them.

Two secrets are split. The archive's key opens what is sealed today. The successor's key opens
nothing yet: it is what a rotation will reveal, and the history of keys commits to it. Its shares
are kept apart from the others, and are not brought to any machine before that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.core.unseal import Identity
from amana.errors import AlreadyThere, NotOurs, WrongShare
from amana.trustees.archive_keys import IDENTITY_FILE, SUCCESSOR_FILE, open_archive
from amana.trustees.shares import join, share_number, split
from amana.trustees.sheet import share_sheet

SUCCESSOR_FOLDER = "successor"
OPENING = "together open the archive"
ROTATING = "together rotate its keys; keep it elsewhere"


@dataclass(frozen=True)
class Scheme:
    """Where share files go (`out`), how many there are and how many are needed; with `sheets`,
    each share is also a PDF to be printed."""

    out: Path
    threshold: int = 2
    shares: int = 3
    sheets: bool = False

    def paths(self) -> list[Path]:
        return [self.out / f"share-{number}.txt" for number in range(1, self.shares + 1)]

    def check_free(self) -> None:
        """Raises AlreadyThere."""
        for taken in filter(Path.exists, self.paths()):
            raise AlreadyThere(path=str(taken))

    def write(
        self, identity: Identity, fingerprint: str, disk: Disk, *, successor: bool
    ) -> list[Path]:
        """Split `identity` into files, and prove from the files that they give it back.

        `fingerprint` is that of the archive, for the sheets."""
        words = split(identity, self.threshold, self.shares)
        disk.make_folder(self.out)
        for path, share in zip(self.paths(), words, strict=True):
            title = ROTATING if successor else OPENING
            disk.write_whole(path, share_file(share, title).encode())
            if self.sheets:
                sheet = share_sheet(share, fingerprint, successor=successor)
                disk.write_whole(path.with_suffix(".pdf"), sheet)
        join([path.read_text("utf-8") for path in self.paths()], identity.recipient)
        return self.paths()


def split_archive(
    archive: Path,
    out: Path,
    threshold: int = 2,
    shares: int = 3,
    *,
    keep_identity: bool = False,
    sheets: bool = False,
    disk: Disk | None = None,
) -> list[Path]:
    """Write `share-1.txt` … into `out`, and those of the successor into `out`/successor; then
    destroy the identity files, unless they are to be kept. Returns the paths of the first.

    Raises AlreadyThere, NotOurs, UsageProblem, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    fingerprint = open_archive(archive).fingerprint
    secrets = [archive / IDENTITY_FILE, archive / SUCCESSOR_FILE]
    identities = [_identity(path) for path in secrets]
    schemes = [Scheme(place, threshold, shares, sheets) for place in (out, out / SUCCESSOR_FOLDER)]
    for scheme in schemes:
        scheme.check_free()
    paths = [
        scheme.write(identity, fingerprint, disk, successor=successor)
        for scheme, identity, successor in zip(schemes, identities, (False, True), strict=True)
    ]
    for path in [] if keep_identity else secrets:
        destroy(path, disk)
    return paths[0]


def share_file(share: str, title: str) -> str:
    """A share with a comment that says what it is, and not of whom."""
    number, threshold = share_number(share)
    return f"# share {number}; {threshold} {title} (SLIP-39)\n{share}\n"


def _identity(path: Path) -> Identity:
    try:
        return Identity.from_file(path.read_text("utf-8"))
    except OSError:
        raise NotOurs(path=str(path), expected="an identity that is still to be split") from None


def destroy(path: Path, disk: Disk) -> None:
    """Overwrite a small secret file, then remove it.

    On flash media old blocks may survive: which is why the ceremony belongs on a machine without
    a disk, and why the guide says so."""
    disk.overwrite(path, 0, b"\0" * path.stat().st_size)
    disk.remove(path)
    disk.sync_folder(path.parent)


def drill(archive: Path, shares: Sequence[str]) -> dict[str, Any]:
    """Prove that `shares` open the archive, and leave the key nowhere.

    Returns `shares_used` (their numbers), `needed`, `recipient`, `opened`. Raises WrongShare,
    CannotOpen, NotOurs.
    """
    if not shares:
        raise WrongShare(reason="no share was given")
    keys = open_archive(archive)
    numbers = [share_number(share) for share in shares]
    identity = join(shares, keys.card.recipients[0])
    keys.open_office([identity])
    return {
        "shares_used": [number for number, _ in numbers],
        "needed": numbers[0][1],
        "recipient": identity.recipient,
        "opened": "the office key of the archive, and it is the one of its ledger",
        "key_left_behind": False,
    }
