"""`amana archive`: looking after the store."""

from __future__ import annotations

from pathlib import Path

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption
from amana.errors import Incomplete

app = typer.Typer(help="Look after the archive's store: check, replicate, rebuild, read, drill.")

ArchiveArgument = typer.Argument(..., metavar="ARCHIVE", help="The archive's folder.")


@app.command("check")
def check(
    archive: Path = ArchiveArgument,
    replica: str = typer.Option(
        "", help="A second store, folder or s3://bucket/prefix: what is bad is taken from there."
    ),
    as_json: bool = output.JsonOption,
) -> None:
    """Read every object and compare it with the catalogue; repair from a replica. Needs no key.

    Example: amana archive check ./archive --replica /mnt/second
    """
    from amana.reunite.archive import Archive
    from amana.reunite.check import check as scrub
    from amana.reunite.places import open_place

    with Archive.open(archive) as opened, output.progress(as_json) as progress:
        place = open_place(replica) if replica else None
        with opened.exclusively():
            report = scrub(opened, place, progress=progress)
    output.show(report.to_json(), as_json, output.rows)
    if not report.whole:
        bad = len(report.missing) + len(report.damaged) - len(report.repaired)
        raise Incomplete(
            what=f"{bad} objects are missing or damaged",
            next="check again with --replica, or receive the packs they came in once more",
        )


@app.command("replicate")
def replicate(
    archive: Path = ArchiveArgument,
    replica: str = typer.Argument(..., help="A folder or s3://bucket/prefix, made where needed."),
    as_json: bool = output.JsonOption,
) -> None:
    """Copy to a second store whatever it lacks, as it is, sealed. Needs no key.

    Example: amana archive replicate ./archive s3://second/archive
    """
    from amana.reunite.archive import Archive
    from amana.reunite.check import replicate as copy
    from amana.reunite.places import open_place

    with Archive.open(archive) as opened, output.progress(as_json) as progress:
        copied = copy(opened, open_place(replica), progress=progress)
    output.show({"copied": copied, "replica": replica}, as_json, output.rows)


@app.command("keep-in")
def keep_in(
    archive: Path = ArchiveArgument,
    place: str = typer.Argument(..., help="A folder or s3://bucket/prefix."),
    as_json: bool = output.JsonOption,
) -> None:
    """Let the objects of a still empty archive lie elsewhere; the catalogue stays here.

    Example: amana archive keep-in ./archive s3://evidence/one
    """
    from amana.reunite import places
    from amana.trustees.archive_keys import open_archive

    open_archive(archive)
    places.keep_in(archive, place)
    output.show({"objects_in": place}, as_json, output.rows)


@app.command("read")
def read(
    archive: Path = ArchiveArgument,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Read what can be read by machine: numbers on cards, words of documents and scanned pages.

    Each result is kept as a reading with its confidence and the machine's name, never as truth.
    Scanned pages need Debian's tesseract with Arabic, French and English; where it is missing they
    are counted as unread. Run it again at any time: only what is new is read.

    Example: amana archive read ./archive --share a.txt --share c.txt
    """
    from amana.cli.unlock import unlock
    from amana.reunite.archive import Archive
    from amana.reunite.reading import read_all

    key = unlock(archive, shares, identity)
    with Archive.open(archive, key) as opened, output.progress(as_json) as progress:
        report = read_all(opened, progress=progress)
    output.show(report.to_json(), as_json, output.rows)


@app.command("rebuild")
def rebuild(
    archive: Path = ArchiveArgument,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Make a lost or damaged catalogue again from the sealed store alone.

    Every object is opened and held against its digest on the way. The old catalogue is kept beside
    the new one. An interruption leaves the old one as it was.

    Example: amana archive rebuild ./archive --share a.txt --share c.txt
    """
    from amana.cli.unlock import unlock
    from amana.reunite.rebuild import rebuild as make_again

    key = unlock(archive, shares, identity)
    with output.progress(as_json) as progress:
        report = make_again(archive, key, progress=progress)
    output.show(report.to_json(), as_json, output.rows)
    if report.missing or report.damaged:
        raise Incomplete(
            what=f"{len(report.missing) + len(report.damaged)} objects are missing or damaged",
            next="put them back from a replica and rebuild again, or receive their packs once more",
        )


@app.command("drill")
def drill(
    archive: Path = ArchiveArgument,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    objects: int = typer.Option(20, help="How many objects to open."),
    as_json: bool = output.JsonOption,
) -> None:
    """Prove that recovery works: join the shares, open objects picked at random, compare.

    Example: amana archive drill ./archive --share a.txt --share c.txt
    """
    from amana.cli.unlock import unlock
    from amana.reunite.archive import Archive
    from amana.reunite.drill import drill as rehearse

    with Archive.open(archive, unlock(archive, shares, identity)) as opened:
        report = rehearse(opened, objects)
    output.show(report, as_json, output.rows)
