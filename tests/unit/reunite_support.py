"""A source in a few lines for the tests of the archive: records, packs, checkpoints, mishaps."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amana.core.ids import new_origin
from amana.core.merkle import Frontier
from amana.core.names import content_name, describe_path
from amana.core.seal import seal
from amana.core.sign import Signer
from amana.core.unseal import Identity
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit
from amana.ledger.checkpoint import Checkpoint, sign_checkpoint
from amana.ledger.entry import ITEM, Record, new_record
from amana.reunite.archive import Archive
from amana.reunite.open import ReceiveReport, examine_here, receive
from amana.vault.pack import COPIES, ORIGINALS, Member, write_pack


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def card_of(identity: Identity) -> ArchiveCard:
    return ArchiveCard((identity.recipient,), Identity.generate().recipient)


@dataclass
class Source:
    """One ledger with one key; packs are put into `inbox` as mail and disks would put them."""

    identity: Identity
    inbox: Path
    origin: str = field(default_factory=new_origin)
    seed: bytes = field(default_factory=lambda: Signer.generate("x").seed)
    named: bool = True

    def __post_init__(self) -> None:
        self.frontier = Frontier()
        self.records: list[Record] = []
        self.content: dict[int, tuple[bytes, bytes | None]] = {}
        for name in ("packs", "checkpoints"):
            (self.inbox / name).mkdir(parents=True, exist_ok=True)

    @property
    def kit(self) -> PublicKit:
        return PublicKit("source", "caesar", Signer("caesar", self.seed).verifier.public)

    def add(
        self, original: bytes, copy: bytes | None, path: str = "", kind: str = "image/jpeg"
    ) -> Record:
        seq = len(self.records)
        named = describe_path((path or f"DCIM/IMG_{seq:05d}.JPG").encode())
        fields: dict[str, Any] = {
            "original": {
                "sha256": sha(original),
                "size": len(original),
                "media_type": kind,
                "mtime": "2012-05-03T07:40:00.000000000Z",
                **named,
            },
            "capture": {"time": "2013-01-01T12:00:00Z", "tool": "amana 0"},
        }
        if self.named:
            fields["ledger"] = self.origin
        if copy is not None:
            fields["copy"] = {
                "sha256": sha(copy),
                "size": len(copy),
                "media_type": "image/jpeg",
                "width": 4,
                "height": 3,
                "suffix": ".jpg",
            }
        record = new_record(ITEM, seq, fields)
        self.records.append(record)
        self.content[seq] = (original, copy)
        self.frontier = self.frontier.append([record.leaf])
        return record

    def many(self, count: int, copies: bool = True) -> list[Record]:
        return [
            self.add(b"original %d" % len(self.records) * 40, b"copy %d" % i if copies else None)
            for i in range(len(self.records), len(self.records) + count)
        ]

    def pack(self, series: str, records: list[Record], **altered: bytes) -> Path:
        """A sealed pack of these records; `altered` maps `seq<N>` to other bytes."""
        members = []
        for record in records:
            original, copy = self.content[record.seq]
            data = original if series == ORIGINALS else copy
            data = altered.get(f"seq{record.seq}", data)
            if data is not None:
                suffix = ".jpg" if series == COPIES else ""
                name = content_name(series, record.original["sha256"], suffix)
                members.append(Member(name, len(data), [data]))
        return self.put(sealed_pack([self.identity.recipient], records, members))

    def put(self, sealed: bytes) -> Path:
        path = self.inbox / "packs" / f"{sha(sealed)}.age"
        path.write_bytes(sealed)
        return path

    def checkpoint(self, size: int | None = None, seed: bytes | None = None) -> Path:
        """The signed head over the first `size` records, sealed to the archive."""
        leaves = [r.leaf for r in self.records[:size]]
        frontier = Frontier().append(leaves)
        note = sign_checkpoint(
            Checkpoint(self.origin, frontier.size, frontier.root()),
            [Signer(self.origin, seed or self.seed)],
        )
        sealed = seal(note.encode().ljust(1024, b"\n"), [self.identity.recipient])
        path = self.inbox / "checkpoints" / f"{sha(sealed)}.age"
        path.write_bytes(sealed)
        return path

    def both(self, records: list[Record]) -> None:
        self.pack(COPIES, records)
        self.pack(ORIGINALS, records)


def sealed_pack(recipients: list[str], records: list[Record], members: list[Member]) -> bytes:
    out = io.BytesIO()
    write_pack(out, recipients, records, members)
    return out.getvalue()


def new_archive(folder: Path, identity: Identity, *sources: Source) -> Archive:
    """An unlocked archive that knows these sources."""
    Archive.create(folder, card_of(identity)).close()
    archive = Archive.open(folder, identity)
    for source in sources:
        archive.register(source.kit)
    return archive


def receive_here(archive: Archive, inboxes: list[Path], **options: Any) -> ReceiveReport:
    """`receive` in this process: hundreds of tests need no cage; test_reunite_workers has it."""
    return receive(archive, inboxes, examined=examine_here, **options)
