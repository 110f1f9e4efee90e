"""Holding what arrived against the checkpoints, ledger by ledger, from where it was proved."""

from __future__ import annotations

from amana.core.merkle import Frontier
from amana.reunite.archive import Archive
from amana.reunite.catalogue import CONTRADICTED, GOOD, WAITING, LedgerRow
from amana.reunite.commit import UNNAMED
from amana.reunite.commitment import Head, Verdict, prove


def prove_all(archive: Archive) -> None:
    """Hold what arrived against the checkpoints, ledger by ledger, from where it was proved."""
    with archive.catalogue.transaction():
        _name_unnamed(archive)
    for ledger in archive.catalogue.ledgers():
        with archive.catalogue.transaction():
            _prove(archive, ledger)


def _name_unnamed(archive: Archive) -> None:
    """Records that name no ledger belong to the one ledger whose signed root they give."""
    catalogue = archive.catalogue
    ledgers = {ledger.origin: ledger for ledger in catalogue.ledgers()}
    unnamed = ledgers.pop(UNNAMED, None)
    if unnamed is None:
        return
    for ledger in ledgers.values():
        heads = [Head(h.id, h.size, h.root) for h in catalogue.checkpoints(ledger.id)]
        both = ((s, x) for s, x, _ in catalogue.leaves_of([unnamed.id, ledger.id]))
        if prove(Frontier(), both, heads).good:
            catalogue.move_records(unnamed.id, ledger.id)
            return


def _prove(archive: Archive, ledger: LedgerRow) -> None:
    catalogue = archive.catalogue
    heads = catalogue.checkpoints(ledger.id)
    late = any(h.size <= ledger.proved and h.verdict == WAITING for h in heads)
    start = Frontier() if late else _frontier(ledger)
    asked = [Head(h.id, h.size, h.root) for h in heads if h.size >= start.size]
    leaves = (
        (seq, leaf)
        for seq, leaf, refuted in catalogue.leaves(ledger.id, start.size)
        if not (refuted and seq < ledger.proved)
    )
    verdict = prove(start, leaves, asked)
    if verdict.frontier.size >= ledger.proved:
        _write_verdict(archive, ledger, verdict)


def _frontier(ledger: LedgerRow) -> Frontier:
    hashes = tuple(ledger.frontier[i : i + 32] for i in range(0, len(ledger.frontier), 32))
    return Frontier(ledger.proved, hashes)


def _write_verdict(archive: Archive, ledger: LedgerRow, verdict: Verdict) -> None:
    database = archive.catalogue.db
    database.executemany(
        "UPDATE checkpoint SET verdict = ? WHERE id = ?",
        [(GOOD, i) for i in verdict.good] + [(CONTRADICTED, i) for i in verdict.contradicted],
    )
    database.executemany(
        "UPDATE record SET refuted = (leaf != ?) WHERE ledger = ? AND seq = ?",
        [(leaf, ledger.id, seq) for seq, leaf in verdict.chosen.items()],
    )
    database.execute(
        "UPDATE ledger SET proved = ?, frontier = ?, note = ? WHERE id = ?",
        (verdict.frontier.size, b"".join(verdict.frontier.hashes), verdict.note, ledger.id),
    )
