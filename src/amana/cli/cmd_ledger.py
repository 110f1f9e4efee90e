"""`amana ledger`: what was committed, in which order, and who can vouch for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.cli.cmd_ledger_others import mirror_app, witness_app
from amana.cli.unlock import IdentityOption, SharesOption, read_text
from amana.errors import Incomplete, UsageProblem

if TYPE_CHECKING:
    from amana.core.sign import Verifier
    from amana.ledger.book import Book, Reader
    from amana.ledger.entry import Record
    from amana.ledger.stamps import StampReport
    from amana.ports import Progress

app = typer.Typer(help="The ledger: show, verify, prove, timestamp, witness, mirror.")

ArchiveArgument = typer.Argument(..., metavar="ARCHIVE", help="The archive's folder.")
KeyOption = typer.Option(None, "--key", metavar="VKEY", help="The ledger's key, or a file of it.")


def _book(archive: Path, shares: list[Path] | None, identity: Path | None) -> Book:
    """The ledger with its entries readable: needs the trustees."""
    from amana.cli.unlock import unlock
    from amana.trustees.archive_keys import open_archive

    keys = open_archive(archive)
    return keys.book(keys.open_office([unlock(archive, shares, identity)]))


def _reader(archive: Path) -> Reader:
    """The ledger's tree only: needs nobody."""
    from amana.trustees.archive_keys import open_archive

    return open_archive(archive).reader()


def _key(text: str | None) -> Verifier:
    from amana.core.sign import Verifier

    if not text:
        raise UsageProblem(what="--key is needed: the ledger's public key")
    return Verifier.parse(read_text(Path(text), "a key") if Path(text).is_file() else text)


@app.command("show")
def show(
    archive: Path = ArchiveArgument,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    last: int = typer.Option(20, help="How many of the latest entries; 0 for all."),
    as_json: bool = output.JsonOption,
) -> None:
    """Show the archive's own ledger: every act on the evidence, latest last.

    Example: amana ledger show ./archive --share a.txt --share b.txt --last 50
    """
    from collections import deque

    book = _book(archive, shares, identity)
    entries = deque((r.fields for r in book.records()), maxlen=last or None)
    result: dict[str, Any] = {
        "origin": book.origin,
        "size": book.size,
        "entries": [{k: v for k, v in e.items() if k not in ("salt", "v")} for e in entries],
        "checkpoint": book.checkpoint(),
    }
    output.show(result, as_json, output.rows)


@app.command("verify")
def verify(
    archive: Path = typer.Argument(None, metavar="[ARCHIVE]", help="The archive's folder."),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    proof: Path = typer.Option(None, "--proof", metavar="FILE", help="A .tlog-proof to check."),
    record: Path = typer.Option(None, "--record", metavar="FILE", help="The record it is of."),
    key: str = KeyOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Verify a whole ledger, or one record by its proof.

    Without shares the tree of the archive's ledger is compared with its signed head; with shares
    every entry is opened and compared, too. With --proof, --record and --key one record is
    verified, without any archive.

    Example: amana ledger verify --proof 41.tlog-proof --record 41.json --key ledger.vkey
    """
    if proof is not None:
        if record is None:
            raise UsageProblem(what="--proof needs --record, the record's line")
        output.show(_verify_proof(proof, record, _key(key)), as_json, output.rows)
        return
    if archive is None:
        raise UsageProblem(what="an archive, or --proof, must be named")
    with output.progress(as_json) as progress:
        result = _verify_ledger(archive, shares, identity, progress)
    output.show(result, as_json, output.rows)


def _verify_proof(proof: Path, record: Path, key: Verifier) -> dict[str, Any]:
    from amana.ledger.entry import parse_record
    from amana.ledger.tlog_proof import parse_proof, verify_proof

    line = read_text(record, "a record").removesuffix("\n").encode()
    checkpoint = verify_proof(parse_proof(read_text(proof, "a proof")), parse_record(line), [key])
    return {"origin": checkpoint.origin, "size": checkpoint.size, "verified": True}


def _verify_ledger(
    archive: Path, shares: list[Path] | None, identity: Path | None, progress: Progress
) -> dict[str, Any]:
    from amana.core.merkle import Frontier
    from amana.ledger.checkpoint import parse_checkpoint
    from amana.ledger.verify import same_tree, whole_ledger

    opened = bool(shares or identity)
    reader = _book(archive, shares, identity) if opened else _reader(archive)
    checkpoint = parse_checkpoint(reader.checkpoint())
    if opened:
        whole_ledger(_counted(reader.records(), checkpoint.size, progress), checkpoint)
    else:
        same_tree(Frontier().append(reader.leaves()), checkpoint)
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "entries_opened": opened,
        "verified": True,
    }


def _counted(records: Iterable[Record], size: int, progress: Progress) -> Iterator[Record]:
    for done, record in enumerate(records, 1):
        progress(done, size, "entries")
        yield record


@app.command("prove")
def prove(
    archive: Path = ArchiveArgument,
    seq: int = typer.Argument(..., help="The number of the entry, from 0."),
    out: Path = typer.Option(..., "--out", metavar="FILE", help="Where the .tlog-proof goes."),
    record: Path = typer.Option(None, "--record", metavar="FILE", help="Also write the record."),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Prove one entry of the archive's ledger, in the form of c2sp.org/tlog-proof.

    The proof needs no key. The record itself, which says what was done, needs the trustees.

    Example: amana ledger prove ./archive 41 --out 41.tlog-proof
    """
    from amana.core.durable import Disk
    from amana.ledger.tlog_proof import TlogProof

    reader: Reader = _book(archive, shares, identity) if record else _reader(archive)
    tree = reader.tree()
    text = str(TlogProof(seq, tuple(tree.inclusion(seq)), reader.checkpoint()))
    Disk().write_whole(out, text.encode())
    if record:
        Disk().write_whole(record, reader.record(seq).line + b"\n")
    output.show({"entry": seq, "size": tree.size, "proof": str(out)}, as_json, output.rows)


@app.command("consistency")
def consistency(
    archive: Path = ArchiveArgument,
    old: Path = typer.Argument(..., metavar="CHECKPOINT", help="An earlier signed head."),
    as_json: bool = output.JsonOption,
) -> None:
    """Prove that the ledger of today keeps everything an earlier head promised.

    Example: amana ledger consistency ./archive last-year.checkpoint
    """
    from amana.core.encoding import b64
    from amana.ledger.checkpoint import open_checkpoint
    from amana.ledger.verify import continues

    reader = _reader(archive)
    before = open_checkpoint(read_text(old, "a checkpoint"), reader.verifier)
    now = open_checkpoint(reader.checkpoint(), reader.verifier)
    tree = reader.tree()
    proof = tree.consistency(before.size) if 0 < before.size <= tree.size else []
    continues(now, before, proof)
    result = {
        "origin": now.origin,
        "old_size": before.size,
        "size": now.size,
        "proof": [b64(h) for h in proof],
        "checkpoint": reader.checkpoint(),
        "consistent": True,
    }
    output.show(result, as_json, output.rows)


@app.command("timestamp")
def timestamp(
    archive: Path = ArchiveArgument,
    authority: list[str] = typer.Option(..., "--authority", metavar="URL", help="At least two."),
    roots: list[Path] = typer.Option(
        ..., "--roots", metavar="FILE", help="The PEM roots of each authority, in the same order."
    ),
    note: Path = typer.Option(
        None, "--note", metavar="FILE", help="A signed head, instead of the archive's own."
    ),
    as_json: bool = output.JsonOption,
) -> None:
    """Have the signed head timestamped by at least two authorities (RFC 3161).

    What came is kept under ARCHIVE/stamps; who did not answer is asked again by the same command,
    later, for this head and for all earlier ones. The authorities learn our address and a digest.

    Example: amana ledger timestamp ./archive --authority https://a.example/tsr --roots a.pem
    --authority https://b.example/tsr --roots b.pem
    """
    from amana.ledger.stamps import Asked, stamp, stamp_waiting
    from amana.ledger.tsa_http import HttpAuthority

    if len(authority) != len(roots):
        raise UsageProblem(what="each --authority needs its own --roots")
    asked = [
        Asked(HttpAuthority(url), read_text(pem, "a PEM file").encode())
        for url, pem in zip(authority, roots, strict=True)
    ]
    text = read_text(note, "a signed head") if note else _reader(archive).checkpoint()
    folder = archive / "stamps"
    reports = [stamp(text, asked, folder), *stamp_waiting(asked, folder, but=text)]
    result = _stamped(reports)
    output.show(result, as_json, output.rows)
    if result["waiting"]:
        raise Incomplete(
            what=f"{len(result['waiting'])} tokens are missing", next="run the same command later"
        )


def _stamped(reports: list[StampReport]) -> dict[str, Any]:
    kept = [
        {"authority": name, "time": token.time.isoformat(), "in": str(report.folder)}
        for report in reports
        for name, token in report.kept.items()
    ]
    waiting = [
        {"authority": name, "why": why, "in": str(report.folder)}
        for report in reports
        for name, why in report.waiting.items()
    ]
    contacted = [url for report in reports for url in report.contacted]
    return {"kept": kept, "waiting": waiting, "contacted": contacted}


app.add_typer(witness_app, name="witness")
app.add_typer(mirror_app, name="mirror")
