"""What went wrong on purpose, outside the post: a tampered original, a disk with flipped bits."""

from __future__ import annotations

import hashlib
import io
import random
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.core.unseal import Identity, unseal
from amana.ledger.entry import ITEM, Record
from amana.vault.manifest import ORIGINALS, SUMS, PackFile, committed_packs
from amana.vault.pack import Member, Pack, read_pack, write_pack


@dataclass(frozen=True)
class Tampered:
    """The original that was changed: its record, and the pack it lies in."""

    record: Record
    pack: str

    @property
    def name(self) -> str:
        return str(self.record.original["path"])


def tamper(vault: Path, identity: Identity, recipients: tuple[str, ...], seed: int) -> Tampered:
    """One who can open packs changes a photograph, seals the pack again and mends the sums.

    Nobody on the inside can do this: it takes the archive's key. So it stands for the worst case,
    a traitor abroad or a stolen key; what finds it is the ledger, whose head left before.
    """
    chance = random.Random(seed)  # noqa: S311 - a mishap must be repeatable, not secret
    packs = [p for p in committed_packs(vault) if p.series == ORIGINALS]
    for file in chance.sample(packs, len(packs)):
        opened = read_pack(unseal(file.path.read_bytes(), [identity], file.name))
        victim = _choose(opened, chance)
        if victim:
            _replace(vault, file, opened, victim, recipients)
            return Tampered(victim, file.name)
    raise LookupError("no pack holds a photograph")


def _choose(pack: Pack, chance: random.Random) -> Record | None:
    """A photograph that has a copy, and whose bytes lie in this pack."""
    able = [
        r
        for r in pack.records
        if r.kind == ITEM and r.copy and "again" not in r.fields and r.original["size"] > 1000
    ]
    return chance.choice(able) if able else None


def _replace(
    vault: Path, file: PackFile, pack: Pack, victim: Record, recipients: tuple[str, ...]
) -> None:
    members = []
    for member in pack.members():
        data = member.read()
        if member.sha256 == victim.original["sha256"]:
            middle = len(data) // 2
            data = data[:middle] + bytes([data[middle] ^ 0x40]) + data[middle + 1 :]
        members.append(Member(member.name, len(data), [data]))
    sealed = io.BytesIO()
    write_pack(sealed, recipients, pack.records, members)
    disk = Disk()
    disk.write_whole(file.path, sealed.getvalue())
    sums = (vault / SUMS).read_text(encoding="ascii")
    now = hashlib.sha256(sealed.getvalue()).hexdigest()
    disk.write_whole(vault / SUMS, sums.replace(file.sha256, now).encode())


def flip_bits(disk: Path, seed: int, places: int = 6) -> list[str]:
    """Flip one bit at each of `places` random places of the data on a disk; which files it hit."""
    chance = random.Random(seed)  # noqa: S311 - a mishap must be repeatable, not secret
    files = sorted(p for p in disk.rglob("*") if p.is_file() and p.stat().st_size > 4096)
    hit = set()
    for _ in range(places):
        path = chance.choice(files)
        with path.open("r+b") as stream:
            place = chance.randrange(path.stat().st_size)
            stream.seek(place)
            byte = stream.read(1)[0] ^ (1 << chance.randrange(8))
            stream.seek(place)
            stream.write(bytes([byte]))
        hit.add(str(path.relative_to(disk)))
    return sorted(hit)
