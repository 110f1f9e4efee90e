"""`amana ledger witness` and `amana ledger mirror`: the others who keep a ledger honest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from amana.cli import output
from amana.cli.unlock import read_text

if TYPE_CHECKING:
    from amana.core.sign import Verifier

witness_app = typer.Typer(help="Witnesses cosign heads that only continue what they saw before.")
mirror_app = typer.Typer(help="Mirrors keep a ledger's tree, and shout when it lies.")


def _verifier(text: str) -> Verifier:
    from amana.core.sign import Verifier

    return Verifier.parse(read_text(Path(text), "a key") if Path(text).is_file() else text)


@witness_app.command("new")
def witness_new(
    folder: Path = typer.Argument(..., metavar="DIR", help="A new or empty folder."),
    name: str = typer.Option(..., "--name", help="As witness.example.org/1: an address is usual."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Make the key of a new witness, under a passphrase.

    Example: amana ledger witness new ./witness --name witness.example.org/1
    """
    from amana.ledger.witness import cosigner
    from amana.ledger.witness_keys import create_witness

    passphrase = output.read_passphrase("the witness", passphrase_fd, confirm=True)
    key = cosigner(create_witness(folder, name, passphrase))
    output.show({"witness": str(folder), "key": key.vkey}, as_json, output.rows)


@witness_app.command("serve")
def witness_serve(
    folder: Path = typer.Argument(..., metavar="DIR", help="The witness's folder."),
    log: list[str] = typer.Option(..., "--log", metavar="VKEY", help="A ledger to vouch for."),
    host: str = typer.Option("127.0.0.1", help="Where to listen."),
    port: int = typer.Option(7420, help="Where to listen; 0 for any."),
    passphrase_fd: int = output.PassphraseFdOption,
) -> None:
    """Run a witness (c2sp.org/tlog-witness) until it is ended.

    It cosigns a head only if it continues the last one it cosigned, and remembers that on disk
    before it signs. Put a web server with TLS in front of it.

    Example: amana ledger witness serve ./witness --log archive/ledger.vkey --port 7420
    """
    from amana.ledger.witness_http import Witness, WitnessServer
    from amana.ledger.witness_keys import open_witness

    passphrase = output.read_passphrase("the witness", passphrase_fd)
    keys = [_verifier(one) for one in log]
    logs = {key.name: [k for k in keys if k.name == key.name] for key in keys}
    witness = Witness(folder / "seen", open_witness(folder, passphrase), logs)
    with WitnessServer(witness, host, port) as server:
        output.say(f"witness at {server.url}, for {len(logs)} ledgers; Ctrl-C ends it")
        server.wait()


@witness_app.command("ask")
def witness_ask(
    archive: Path = typer.Argument(..., metavar="ARCHIVE", help="The archive's folder."),
    url: str = typer.Option(..., "--url", help="Where the witness listens."),
    key: str = typer.Option(..., "--key", metavar="VKEY", help="The witness's key."),
    out: Path = typer.Option(..., "--out", metavar="FILE", help="Where the cosigned head goes."),
    as_json: bool = output.JsonOption,
) -> None:
    """Ask a witness to cosign the present head of the archive's ledger.

    Example: amana ledger witness ask ./archive --url https://witness.example.org --key w.vkey
    --out cosigned.checkpoint
    """
    from amana.core.durable import Disk
    from amana.ledger.witness import cosignatures
    from amana.ledger.witness_http import cosign_head
    from amana.trustees.archive_keys import open_archive

    reader = open_archive(archive).reader()
    witness = _verifier(key)
    note = cosign_head(url, reader.checkpoint(), reader.tree(), witness)
    Disk().write_whole(out, note.encode())
    [seen] = cosignatures(note, [witness])
    result = {"witness": seen.witness, "time": seen.time.isoformat(), "cosigned": str(out)}
    output.show(result, as_json, output.rows)


@mirror_app.command("publish")
def mirror_publish(
    archive: Path = typer.Argument(..., metavar="ARCHIVE", help="The archive's folder."),
    folder: Path = typer.Argument(..., metavar="DIR", help="What a web server serves."),
    as_json: bool = output.JsonOption,
) -> None:
    """Publish the ledger's tree as tiles (c2sp.org/tlog-tiles): hashes only, no entry.

    Example: amana ledger mirror publish ./archive /srv/www/ledger
    """
    from amana.ledger.mirror import publish
    from amana.trustees.archive_keys import open_archive

    reader = open_archive(archive).reader()
    report = publish(reader, folder)
    result = {"published": str(folder), "added": report.size - report.old, "size": report.size}
    output.show(result, as_json, output.rows)


@mirror_app.command("follow")
def mirror_follow(
    source: str = typer.Argument(..., help="The address of the tiles, or a folder."),
    folder: Path = typer.Argument(..., metavar="DIR", help="The mirror's own folder."),
    key: str = typer.Option(..., "--key", metavar="VKEY", help="The ledger's key."),
    witness: list[str] = typer.Option([], "--witness", metavar="VKEY", help="A witness's key."),
    quorum: int = typer.Option(0, help="How many of the witnesses must have cosigned."),
    every: int = typer.Option(0, metavar="SECONDS", help="Go on for ever; 0: once."),
    as_json: bool = output.JsonOption,
) -> None:
    """Follow a ledger and keep its tree. Shouts, and ends with status 25, at a fork, a rollback
    or a truncated tail; the contradicting heads are kept in DIR/evidence.

    Example: amana ledger mirror follow https://archive.example/ledger ./mirror --key ledger.vkey
    --every 3600
    """
    import time

    from amana.errors import Incomplete
    from amana.ledger.mirror import HttpSource, Mirror
    from amana.ledger.tiles import FolderSource

    where = FolderSource(Path(source)) if Path(source).is_dir() else HttpSource(source)
    keys = [_verifier(one) for one in witness]
    mirror = Mirror(folder, _verifier(key), witnesses=keys, quorum=quorum)
    while True:
        try:
            report = mirror.follow(where)
        except Incomplete as error:
            if not every:
                raise
            output.say(f"amana: {error.message}")
        else:
            result = {"origin": report.origin, "added": report.size - report.old}
            output.show({**result, "size": report.size}, as_json, output.rows)
        if not every:
            return
        time.sleep(every)
