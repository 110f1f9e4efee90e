"""Reuniting by record: how long, how linear, how much memory. No bytes of pictures are moved.

Each size runs in a process of its own: records and objects are committed by batches of 1,000, held
against one checkpoint, counted and listed; then 10,000 more are added to see what those cost.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from amana.core.ids import new_origin
from amana.core.merkle import Frontier
from amana.core.seal import seal
from amana.core.sign import Signer
from amana.core.unseal import Identity
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit
from amana.ledger.checkpoint import Checkpoint, sign_checkpoint
from amana.ledger.entry import ITEM, Record, new_record
from amana.reunite.archive import Archive
from amana.reunite.commit import ReceiveReport, commit_pack
from amana.reunite.examine import Examined, Found, tag_of
from amana.reunite.inventory import inventory
from amana.reunite.keys import COPY, ORIGINAL
from amana.reunite.open import receive
from amana.reunite.report import write_report

BATCH = 1000


class Source:
    def __init__(self) -> None:
        self.signer = Signer.generate(new_origin())
        self.frontier = Frontier()
        self.size = 0

    def batch(self, count: int) -> list[Record]:
        made = []
        for seq in range(self.size, self.size + count):
            original, copy = (hashlib.sha256(b"%s %d" % (w, seq)).hexdigest() for w in (b"o", b"c"))
            fields = {
                "ledger": self.signer.name,
                "original": {
                    "sha256": original,
                    "size": 3_000_000 + seq,
                    "media_type": "image/jpeg",
                    "mtime": "2012-05-03T07:40:00.000000000Z",
                    "path": f"2012-05-03/DSC_{seq:06d}.JPG",
                },
                "capture": {"time": "2013-01-01T12:00:00Z", "tool": "amana 0"},
                "copy": {
                    "sha256": copy,
                    "size": 14_000,
                    "media_type": "image/jpeg",
                    "width": 480,
                    "height": 360,
                    "suffix": ".jpg",
                },
            }
            made.append(new_record(ITEM, seq, fields))
        self.size += count
        self.frontier = self.frontier.append([r.leaf for r in made])
        return made

    def checkpoint(self, inbox: Path, identity: Identity) -> None:
        (inbox / "checkpoints").mkdir(parents=True, exist_ok=True)
        head = Checkpoint(self.signer.name, self.size, self.frontier.root())
        note = sign_checkpoint(head, [self.signer])
        path = inbox / "checkpoints" / f"{self.size}.age"
        path.write_bytes(seal(note.encode(), [identity.recipient]))


def _arrive(archive: Archive, records: list[Record], kind: str) -> None:
    found = []
    for record in records:
        section = record.original if kind == ORIGINAL else record.copy or {}
        sha256, size = str(section["sha256"]), int(section["size"])
        found.append(Found(kind, record.original["sha256"], sha256, size, sha256, size, None))
    name = hashlib.sha256(f"{kind} {records[0].seq}".encode()).hexdigest()
    examined = Examined(name, 0, tuple(records), name, b"", tuple(found))
    fresh = {tag_of(f, archive.keys): bytes(32) for f in found}
    with archive.catalogue.transaction():
        commit_pack(archive, examined, fresh, ReceiveReport(), 1_700_000_000)


def run(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        identity, source = Identity.generate(), Source()
        card = ArchiveCard((identity.recipient,), identity.recipient)
        Archive.create(folder / "archive", card).close()
        with Archive.open(folder / "archive", identity) as archive:
            archive.register(PublicKit("source", "caesar", source.signer.verifier.public))
            times = [_grow(archive, source, folder / "inbox", identity, count)]
            started = time.perf_counter()
            counts = inventory(archive).counts
            times.append(time.perf_counter() - started)
            started = time.perf_counter()
            write_report(archive, folder / "report.json")
            times.append(time.perf_counter() - started)
            times.append(_grow(archive, source, folder / "inbox", identity, 10_000))
            assert counts["reunited"] == count, counts
            size = (folder / "archive" / "catalogue.sqlite").stat().st_size
        memory = _peak()
        print(
            f"{count:>9,} with {count:>9,}: arrive and prove {times[0]:7.1f} s,"
            f" count {times[1]:5.1f} s,"
            f" list all {times[2]:6.1f} s, 10,000 more {times[3]:5.1f} s,"
            f" peak {memory} MB, catalogue {size >> 20} MB;"
            f" {time.process_time():.1f} s of processor in all",
            flush=True,
        )


def _grow(archive: Archive, source: Source, inbox: Path, identity: Identity, count: int) -> float:
    """Seconds that records, copies and originals take; making them is not counted."""
    spent = 0.0
    for _ in range(count // BATCH):
        records = source.batch(BATCH)
        started = time.perf_counter()
        for kind in (COPY, ORIGINAL):
            _arrive(archive, records, kind)
        spent += time.perf_counter() - started
    source.checkpoint(inbox, identity)
    started = time.perf_counter()
    receive(archive, [inbox])
    return spent + time.perf_counter() - started


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main() -> None:
    sizes = os.environ.get("AMANA_RECORDS", "45000,90000,180000")
    for size in sizes.split(","):
        subprocess.run([sys.executable, "-m", "benchmarks.reunite_records", size], check=True)


if __name__ == "__main__":
    run(int(sys.argv[1]))
