"""`amana disks`: originals on n disks, of which any k suffice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli.output import (
    JsonOption,
    PassphraseFdOption,
    progress,
    read_passphrase,
    rows,
    say,
    show,
)
from amana.errors import Incomplete, NotProved, UsageProblem

if TYPE_CHECKING:
    from amana.vault.store import Vault

app = typer.Typer(
    help="Originals on n disks, of which any k suffice to restore everything.",
    no_args_is_help=True,
)
DisksArgument = typer.Argument(..., help="The disks: the folders they are mounted at.")
KeyOption = typer.Option(None, "--key", help="The set's verifier key, if it is known.")
SetOption = typer.Option(None, "--set", help="The set's id, if it is known.")


@app.command()
def fill(
    disks: list[Path] = DisksArgument,
    vault: Path = typer.Option(..., "--vault", help="The vault whose packs are carried."),
    any_k: int = typer.Option(..., "--any", help="How many disks suffice.", min=1),
    of: int | None = typer.Option(None, "--of", help="How many disks the set has.", min=1),
    continues: int | None = typer.Option(
        None, "--continues", help="The new disk goes on where the full disk N stopped."
    ),
    lost: list[int] = typer.Option([], "--lost", help="Disk N is gone; a new one takes its place."),
    new_set: bool = typer.Option(False, "--new-set", help="Begin another set."),
    with_readme: bool = typer.Option(False, "--with-readme", help="Put a README on the disks."),
    passphrase_fd: int | None = PassphraseFdOption,
    as_json: bool = JsonOption,
) -> None:
    """Put a vault's packs on disks.

    All at once, or one disk at a time on different days: run it again with whatever disk is there,
    and again after further captures. A disk that fills up is continued by another.

    Example: amana disks fill --vault vault --any 3 --of 5 /media/usb1 /media/usb2
    """
    from amana.disks.fill import fill as run
    from amana.disks.join import Wish

    wish = Wish(continues, tuple(lost), new_set, with_readme)
    with _vault(vault, passphrase_fd) as opened, progress(as_json) as tell:
        report = run(opened, disks, any_k=any_k, of=of, wish=wish, progress=tell)
    show(report.to_json(), as_json, _filled)
    trouble = [f"disk {d.disk}: {d.failure}" for d in report.disks if d.failure]
    trouble += [f"disk {d.disk} is full" for d in report.disks if d.full]
    trouble += [f"pack {name[:12]}…: {reason}" for name, reason in report.unfit]
    if trouble:
        raise Incomplete(what="; ".join(trouble), next="run it again with a whole or larger disk")


@app.command()
def check(
    disk: Path = typer.Argument(..., help="One disk: the folder it is mounted at."),
    key: str | None = KeyOption,
    set_id: str | None = SetOption,
    as_json: bool = JsonOption,
) -> None:
    """Read one whole disk and prove it against its signed index, without any secret key.

    Example: amana disks check /media/usb1
    """
    from amana.disks.check import check as run

    with progress(as_json) as tell:
        report = run(disk, key, set_id=set_id, progress=tell)
    show(report.to_json(), as_json, _checked)
    if not report.ok:
        raise NotProved(
            what=f"disk {report.disk}",
            reason=f"{len(report.damaged)} damaged files, {len(report.problems)} other problems; "
            "`disks repair` mends it from the others",
        )


@app.command()
def repair(
    disks: list[Path] = DisksArgument,
    new: list[Path] = typer.Option(
        [], "--new", help="An empty disk that takes the place of a missing one; or N=FOLDER."
    ),
    key: str | None = KeyOption,
    set_id: str | None = SetOption,
    as_json: bool = JsonOption,
) -> None:
    """Mend damaged disks from each other, and make lost ones anew from any k, without any key.

    Example: amana disks repair /media/usb1 /media/usb2 /media/usb3 --new 5=/media/usb4
    """
    from amana.disks.repair import repair as run

    with progress(as_json) as tell:
        report = run(
            disks, anew=[_numbered(p) for p in new], vkey=key, set_id=set_id, progress=tell
        )
    show(report.to_json(), as_json, _repaired)
    if not report.complete:
        raise Incomplete(
            what=f"{len(report.lost)} files could not be made again",
            next="bring further disks of the set and run it again",
        )


@app.command()
def gather(
    disks: list[Path] = DisksArgument,
    out: Path = typer.Option(..., "--out", help="The inbox that receives the packs."),
    key: str | None = KeyOption,
    set_id: str | None = SetOption,
    as_json: bool = JsonOption,
) -> None:
    """Restore every pack from the disks that arrived, whatever state they are in.

    Example: amana disks gather /media/usb1 /media/usb2 /media/usb3 --out inbox
    """
    from amana.disks.gather import gather as run

    with progress(as_json) as tell:
        report = run(disks, out, vkey=key, set_id=set_id, progress=tell)
    show(report.to_json(), as_json, _gathered)
    if not report.complete:
        raise Incomplete(
            what=f"{len(report.lost)} packs and {len(report.stripes_unknown)} stripes are lost "
            "on these disks",
            next="bring further disks of the set and run it again",
        )


@app.command()
def status(
    disks: list[Path] = typer.Argument(None, help="The disks: the folders they are mounted at."),
    vault: Path | None = typer.Option(None, "--vault", help="Or: the vault that filled them."),
    passphrase_fd: int | None = PassphraseFdOption,
    as_json: bool = JsonOption,
) -> None:
    """Say which disks these are, how far they were filled, and whether they suffice.

    Example: amana disks status /media/usb1 /media/usb2
    """
    from amana.disks.status import status as run
    from amana.disks.status import vault_sets

    if bool(disks) == (vault is not None):
        raise UsageProblem(what="name either disks or --vault")
    if vault is not None:
        with _vault(vault, passphrase_fd) as opened:
            sets = vault_sets(opened)
        show({"sets": [s.to_json() for s in sets]}, as_json, _sets)
    else:
        show(run(disks).to_json(), as_json, _here)


@app.command()
def sheet(
    disks: list[Path] = DisksArgument,
    out: Path = typer.Option(..., "--out", metavar="PDF", help="Where the sheet shall be written."),
    language: str = typer.Option("en", "--language", help="Of the sheet: en, fr or ar."),
    as_json: bool = JsonOption,
) -> None:
    """Print the sheet that the archive keeps with a set: which disks there are, room for where each
    is kept, and how to restore. It opens nothing, but it tells which disks belong together: not for
    those who carry them.

    Example: amana disks sheet /media/usb1 --out set.pdf --language ar
    """
    from amana.core.durable import Disk
    from amana.disks.sheet import sheet_pdf
    from amana.disks.status import status as run
    from amana.errors import AlreadyThere

    if out.exists():
        raise AlreadyThere(path=str(out))
    report = run(disks)
    Disk().write_whole(out, sheet_pdf(report, language))
    show({"sheet": str(out), "set_id": report.set_id, "disks": report.n}, as_json, rows)


def _vault(path: Path, passphrase_fd: int | None) -> Vault:
    from amana.vault.store import Vault

    return Vault.open(path, read_passphrase("the vault", passphrase_fd))


def _numbered(given: Path) -> tuple[int | None, Path]:
    number, equals, path = str(given).partition("=")
    if equals and number.isdecimal():
        return int(number), Path(path)
    return None, given


# --- for people ------------------------------------------------------------------------------


def _filled(report: Any) -> str:
    head = {name: report[name] for name in ("set_id", "stripes", "packs", "bytes")}
    head["any"] = f"{report['k']} of {report['n']}"
    lines = [rows(head)]
    for disk in report["disks"]:
        state = disk["failure"] or ("full" if disk["full"] else "whole")
        lines.append(f"disk {disk['disk']}  {disk['held']} of {disk['stripes']}  {state}")
    if report["absent"]:
        say(f"still to be filled or brought up to date: disks {_list(report['absent'])}")
    return "\n".join(lines)


def _sets(found: Any) -> str:
    blocks = []
    for one in found["sets"]:
        lines = [rows({"set_id": one["set_id"], "any": f"{one['k']} of {one['n']}"})]
        lines += [f"disk {disk}  {held} of {one['stripes']}" for disk, held in one["disks"]]
        if one["waiting"]:
            lines.append(f"{one['waiting']} packs of the vault are on no disk yet")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) or "no disk was filled from this vault"


def _here(report: Any) -> str:
    head = {"set_id": report["set_id"], "any": f"{report['k']} of {report['n']}"}
    lines = [rows({**head, "enough": report["enough"]})]
    for medium in report["media"]:
        problems = "".join(f"; {problem}" for problem in medium["problems"])
        number = medium["disk"] or "?"
        lines.append(f"disk {number}  {medium['held']} of {report['stripes']}  {medium['path']}")
        lines[-1] += problems
    return "\n".join(lines + _aside(report))


def _gathered(report: Any) -> str:
    names = ("packs_plain", "packs_restored", "packs_before", "blocks_repaired", "bytes")
    lines = [rows({"set_id": report["set_id"], **{name: report[name] for name in names}})]
    lines.append(f"from disks {_list(report['disks_used'])} (any {report['k']} suffice)")
    lines += [
        f"disk {disk} is behind: it was not there at the last fill" for disk in report["behind"]
    ]
    lines += [
        f"  - lost: {pack['pack']}, {pack['blocks_lost']} of {pack['blocks']} blocks"
        for pack in report["lost"]
    ]
    return "\n".join(lines + _aside(report) + [_damage(d) for d in report["damaged"]])


def _aside(report: Any) -> list[str]:
    """What was put aside, and why: never in silence."""
    reasons = (
        ("foreign", "a disk of another set"),
        ("twice", "given twice, or a copy of another"),
        ("forked", "filled from the vault as it was put back in time; gather it by itself"),
    )
    return [f"put aside: {path} ({why})" for name, why in reasons for path in report[name]]


def _checked(report: Any) -> str:
    verdict = "whole and unchanged" if report["ok"] else "DAMAGED"
    head = {name: report[name] for name in ("set_id", "files", "bytes", "elsewhere")}
    lines = [f"disk {report['disk']} of {report['n']}: {verdict}", rows(head)]
    lines += [f"  - {problem}" for problem in report["problems"]]
    return "\n".join(lines + [_damage(d) for d in report["damaged"]])


def _repaired(report: Any) -> str:
    lines = []
    for disk in report["disks"]:
        state = disk["failure"] or ("full" if disk["full"] else "")
        lines.append(
            f"disk {disk['disk']}  {disk['files']} files and {disk['blocks']} blocks made again  "
            f"{state}"
        )
    return "\n".join(lines + [f"  - lost: {name}" for name in report["lost"]])


def _damage(file: Any) -> str:
    if file["missing"]:
        return f"  - {file['path']}: missing"
    kinds = [(kind, file[kind]) for kind in ("changed", "unreadable") if file[kind]]
    return f"  - {file['path']}: " + ", ".join(
        f"{kind} blocks {_list(f'{a}-{b}' if a != b else a for a, b in found)}"
        for kind, found in kinds
    )


def _list(values: Any) -> str:
    return ", ".join(str(v) for v in values)
