"""Ledger: records appended a second on one core, canonical encoding, salts and leaf hashes
included; and proofs in a tree of ten million.

Times are those of the processor, so that what else runs on the machine counts less; the durable
batches are on the clock."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path

from amana.core.merkle import Frontier, Tree, verify_inclusion
from amana.core.sign import Signer
from amana.ledger.book import Book
from amana.ledger.entry import ITEM, new_record

N, BATCH = 100_000, 256


def item(number: int) -> dict[str, object]:
    return {
        "original": {
            "sha256": f"{number:064x}",
            "size": 4_000_000 + number,
            "media_type": "image/jpeg",
            "path": f"DCIM/100CANON/IMG_{number:04d}.JPG",
            "mtime": "2013-05-01T10:00:00.000000000Z",
        },
        "capture": {"time": "2013-05-02T12:00:00Z", "tool": "amana 0.1.0"},
    }


def append_in_memory() -> float:
    """Records a second: encoded, salted, hashed, into the frontier, a batch at a time, as a vault
    does. What is in the records is not counted: that is capture's."""
    frontier, seconds = Frontier(), 0.0
    for start in range(0, N, BATCH):
        fields = [item(start + n) for n in range(BATCH)]
        started = time.process_time()
        records = [new_record(ITEM, start + i, f) for i, f in enumerate(fields)]
        frontier = frontier.append(r.leaf for r in records)
        seconds += time.process_time() - started
    return frontier.size / seconds


def append_to_disk() -> float:
    """Acts a second into the archive's own ledger, durably, 4,096 under one checkpoint."""
    acts = [{"act": "received", "item": f"{n:064x}"} for n in range(N)]
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder), Signer.generate("amana.ledger/bench"))
        started = time.perf_counter()
        for start in range(0, N, 4096):
            book.append_all(acts[start : start + 4096])
        return N / (time.perf_counter() - started)


def proof_in_ten_million() -> tuple[int, float]:
    """(bytes of a proof, seconds to verify it). The tree is a real one of 10,000,000 leaves."""
    size = 10_000_000
    tree = Tree()
    for number in range(size):
        tree.append(hashlib.sha256(number.to_bytes(8, "big")).digest())
    index, root = 7_654_321, tree.root()
    proof = tree.inclusion(index)
    leaf = tree.leaf(index)
    started = time.process_time()
    for _ in range(1000):
        verify_inclusion(leaf, index, size, proof, root)
    return 32 * len(proof), (time.process_time() - started) / 1000


def main() -> None:
    best = max(append_in_memory() for _ in range(3))
    print(f"ledger: append, in memory       {best:>12,.0f} records/s (reach 100,000)")
    print(f"ledger: append, durable batches {append_to_disk():>12,.0f} records/s")
    size, seconds = proof_in_ten_million()
    print(f"ledger: proof in 10,000,000     {size:>12,} bytes (reach 1,000)")
    print(f"ledger: verified in             {seconds * 1e3:>12.3f} ms (reach 1)")


if __name__ == "__main__":
    main()
