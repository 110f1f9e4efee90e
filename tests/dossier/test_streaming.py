"""Large files are streamed: built, verified and packed without being held in memory."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dossier_cast import ORIGIN, Cast, item

from amana.core.merkle import Tree
from amana.dossier.build import build
from amana.dossier.case import CheckpointEvidence, Evidence, Proof, Source
from amana.dossier.parcel import pack
from amana.dossier.verify import verify

MIB, PIECES = 1 << 20, 80


def pieces() -> Iterator[bytes]:
    for number in range(PIECES):
        yield bytes([number]) * MIB


def test_eighty_megabytes_in_a_few(tmp_path: Path, cast: Cast) -> None:
    sha256 = hashlib.sha256()
    for piece in pieces():
        sha256.update(piece)
    record = item(0, b"", None, "film.mov", ORIGIN)
    original = {**record.fields["original"], "sha256": sha256.hexdigest(), "size": PIECES * MIB}
    from amana.ledger.entry import ITEM, new_record

    fields = {k: v for k, v in record.fields.items() if k not in ("v", "kind", "seq", "salt")}
    record = new_record(ITEM, 0, {**fields, "original": original})
    tree = Tree.of([record.leaf])
    case = cast.case(1, stamp=False)
    ((ledger, _),) = case.ledgers
    head = CheckpointEvidence(cast.head(cast.source, tree, 1))
    ledger = replace(ledger, checkpoints=[head], consistency=[], witnesses=[])
    evidence = [Evidence(record, Proof(1, []), Source(PIECES * MIB, pieces))]
    tracemalloc.start()
    done = build(tmp_path / "d", replace(case, ledgers=[(ledger, evidence)]))
    assert verify(done.path).ok
    pack(done.path, tmp_path / "d.zip")
    pack(done.path, tmp_path / "d.tar")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.bytes > PIECES * MIB
    assert peak < 24 * MIB
