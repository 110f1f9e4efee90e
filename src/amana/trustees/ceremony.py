"""What trustees do together: split the key, practise its recovery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.core.unseal import Identity
from amana.errors import AlreadyThere, NotOurs, WrongShare
from amana.trustees.archive_keys import IDENTITY_FILE, open_archive
from amana.trustees.shares import join, share_number, split


def split_archive(
    archive: Path,
    out: Path,
    threshold: int = 2,
    shares: int = 3,
    *,
    keep_identity: bool = False,
    disk: Disk | None = None,
) -> list[Path]:
    """Write `share-1.txt` … into `out`; then destroy the identity file, unless it is to be kept.

    Raises AlreadyThere, NotOurs, UsageProblem, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    keys = open_archive(archive)
    path = archive / IDENTITY_FILE
    try:
        identity = Identity.from_file(path.read_text("utf-8"))
    except OSError:
        raise NotOurs(path=str(path), expected="an identity that is still to be split") from None
    paths = [out / f"share-{number}.txt" for number in range(1, shares + 1)]
    for taken in filter(Path.exists, paths):
        raise AlreadyThere(path=str(taken))
    words = split(identity, threshold, shares)
    disk.make_folder(out)
    for place, share in zip(paths, words, strict=True):
        disk.write_whole(place, share_file(share).encode())
    written = [place.read_text("utf-8") for place in paths]
    for first in range(shares - threshold + 1):
        join(written[first : first + threshold], keys.card.recipients[0])
    if not keep_identity:
        destroy(path, disk)
    return paths


def share_file(share: str) -> str:
    """A share with a comment that says what it is, and of whom not."""
    number, threshold = share_number(share)
    return f"# share {number}; {threshold} together open the archive (SLIP-39)\n{share}\n"


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
    office = keys.open_office([identity])
    if office.signer.verifier != keys.verifier:
        raise NotOurs(path=str(archive), expected="an archive whose office key is its ledger's")
    return {
        "shares_used": [number for number, _ in numbers],
        "needed": numbers[0][1],
        "recipient": identity.recipient,
        "opened": "the office key of the archive, and it is the one of its ledger",
        "key_left_behind": False,
    }
