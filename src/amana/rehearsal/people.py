"""The cast of the rehearsal: an archive, three trustees, a source, a sender, four couriers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.core.unseal import Identity
from amana.kits.kit import Kit, create_kit
from amana.trustees.archive_keys import IDENTITY_FILE, ArchiveKeys, new_archive
from amana.trustees.ceremony import split_archive
from amana.trustees.shares import join

THRESHOLD, TRUSTEES, COURIERS = 2, 3, 4
CODENAME = "caesar"
# The rehearsal's lockers are real but cheaper: a guess costs 2**14, not 2**18. Everything else is
# as in the field; nothing that a rehearsal makes protects anybody.
WORK_FACTOR = 14


@dataclass(frozen=True)
class Cast:
    """Everybody's opened kit, and where the trustees keep their shares."""

    keys: ArchiveKeys
    source: Kit
    sender: Kit
    couriers: tuple[Kit, ...]
    passphrases: dict[str, str]
    trustees: Path

    def unlock(self) -> Identity:
        """Two trustees come with their shares; the third stays at home."""
        shares = [(self.trustees / f"share-{n}.txt").read_text("utf-8") for n in (1, 3)]
        return join(shares, self.keys.card.recipients[0])


def make_cast(folder: Path) -> Cast:
    """Keys and kits for all, below `folder`: archive/, trustees/, source/, sender/, couriers/."""
    keys = new_archive(folder / "archive")
    trustees = folder / "trustees"
    _hand_out_shares(folder / "archive", trustees)
    passphrases: dict[str, str] = {}

    def kit(role: str, codename: str, place: Path) -> Kit:
        passphrases[codename] = secrets.token_hex(8)
        made = create_kit(
            place, role, codename, keys.card, passphrases[codename], work_factor=WORK_FACTOR
        )
        keys.register(made.public)
        return made

    source = kit("source", CODENAME, folder / "source" / "kit")
    sender = kit("sender", "zenobia", folder / "sender" / "kit")
    couriers = tuple(
        kit("courier", f"courier-{n}", folder / "couriers" / str(n) / "kit")
        for n in range(1, COURIERS + 1)
    )
    return Cast(keys, source, sender, couriers, passphrases, trustees)


def _hand_out_shares(archive: Path, trustees: Path) -> None:
    """Split the archive's keys among trustees, which destroys the files they came from.

    In the field that is all. Here the key also goes beside the shares, so that anyone can look
    into packs with `age` and `tar`; a file in the folder says so.
    """
    identity = Identity.from_file((archive / IDENTITY_FILE).read_text("utf-8"))
    split_archive(archive, trustees, THRESHOLD, TRUSTEES)
    disk = Disk()
    comment = "ONLY BECAUSE THIS IS A REHEARSAL: the archive's secret key, in clear"
    disk.write_whole(trustees / "archive-identity.txt", identity.to_file(comment).encode())
    disk.write_whole(trustees / "READ-ME.txt", _WARNING.encode())


_WARNING = """\
This is a rehearsal. In an operation this folder does not exist: each share is with another person,
and archive-identity.txt was destroyed after it was split. It is here so that you can look into
every pack with ordinary tools:

    age -d -i archive-identity.txt ../source/vault/copies/000001.age | tar tv
"""
