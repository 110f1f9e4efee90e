"""What the capture's tests share: pictures, and opening a vault as the archive would."""

from __future__ import annotations

import hashlib
import io
import random
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from amana.core.durable import Disk
from amana.core.merkle import Frontier
from amana.core.unseal import Identity, unseal
from amana.kits.kit import Kit
from amana.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from amana.ledger.entry import Record
from amana.vault.checkpoint import unpad_note
from amana.vault.manifest import committed_packs
from amana.vault.pack import read_pack

PASSPHRASE = "olive lantern seven rivers"


def picture(seed: int, size: tuple[int, int] = (160, 120), **save: object) -> bytes:
    """A small JPEG unlike any other of another seed."""
    rng = random.Random(seed)
    image = Image.new("RGB", (8, 6))
    image.putdata([tuple(rng.randbytes(3)) for _ in range(48)])
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90, **save)
    return buffer.getvalue()


class QuickDisk(Disk):
    """Writes as ever, but does not wait for the medium: what a test cannot see anyway."""

    def sync(self, handle: int) -> None: ...

    def sync_folder(self, folder: Path) -> None: ...


@dataclass
class Opened:
    """A vault as the archive sees it: every record, and every member's bytes by name."""

    records: dict[int, Record] = field(default_factory=dict)
    members: dict[str, bytes] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    checkpoint: Checkpoint | None = None

    @property
    def items(self) -> list[Record]:
        return [r for _, r in sorted(self.records.items()) if r.kind == "item"]

    def original(self, record: Record) -> bytes:
        return self.members[f"originals/{record.original['sha256']}"]


def open_vault(path: Path, archive: Identity, kit: Kit) -> Opened:
    """Everything in the vault, opened and proved: packs are whole and well formed, records are
    the ledger's, members are what their names say, the checkpoint is signed and of these records.
    """
    opened = Opened()
    for file in committed_packs(path):
        sealed = file.path.read_bytes()
        assert hashlib.sha256(sealed).hexdigest() == file.sha256
        pack = read_pack(unseal(sealed, [archive], file.name))
        for record in pack.records:
            assert opened.records.setdefault(record.seq, record).line == record.line
        for member in pack.members():
            if member.name in opened.members:
                opened.doubled.append(member.name)
            opened.members[member.name] = member.read()
            if member.series == "originals":
                assert hashlib.sha256(opened.members[member.name]).hexdigest() == member.sha256
    assert sorted(opened.records) == list(range(len(opened.records)))
    note = unpad_note(unseal((path / "checkpoint.age").read_bytes(), [archive], "checkpoint"))
    origin = parse_checkpoint(note).origin
    opened.checkpoint = open_checkpoint(note, kit.public.verifier(origin))
    leaves = [opened.records[seq].leaf for seq in sorted(opened.records)]
    head = Frontier().append(leaves)
    assert (opened.checkpoint.size, opened.checkpoint.root) == (head.size, head.root())
    return opened
