"""`amana capture`: from a folder of photographs to committed packs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.errors import NotOurs, UsageProblem

if TYPE_CHECKING:
    from amana.vault.store import Vault

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# Options, one a name, so that the command below can be read.
_Sources = typer.Argument(..., help="Folders or files. They are only read.")
_Vault = typer.Option(..., "--vault", help="The vault, on this disk or another.")
_Kit = typer.Option(None, "--kit", help="Your kit: needed once, to begin a new vault.")
_Workers = typer.Option(None, "--workers", help="Processes; one a core if not said.")
_CopyFormat = typer.Option("jpeg", "--copy-format", help="jpeg, webp or avif.")
_CopySize = typer.Option(480, "--copy-size", help="Longer side of a copy in pixels.")
_Originals = typer.Option(
    True, "--originals/--copies-only", help="Whether the originals go into the vault now."
)
_TimeLimit = typer.Option(
    None,
    "--time-limit",
    help="Such as 90s, 20m, 2h: copies of everything first, then originals while time is left.",
)
_SinceOption = typer.Option(
    None, "--since", help="Only files changed since: 2012-05-03, or 7d for the last seven days."
)
_Order = typer.Option(None, "--order", help="newest, path, or given (as you named them).")
_CoarseTime = typer.Option(
    False, "--coarse-time", help="Record the day of the capture, not the second."
)
_Again = typer.Option(
    False, "--again", help="Read also files that look unchanged since they were captured."
)
_DryRun = typer.Option(False, "--dry-run", help="Only say what would be captured.")


def command(
    sources: list[Path] = _Sources,
    vault: Path = _Vault,
    kit: Path | None = _Kit,
    workers: int | None = _Workers,
    copy_format: str = _CopyFormat,
    copy_size: int = _CopySize,
    originals: bool = _Originals,
    time_limit: str | None = _TimeLimit,
    since: str | None = _SinceOption,
    order: str | None = _Order,
    coarse_time: bool = _CoarseTime,
    again: bool = _Again,
    dry_run: bool = _DryRun,
    passphrase_fd: int | None = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Copy, seal and commit photographs and documents; the source is never changed.

    What is in the vault can be opened abroad only, not by you. Stop it at any time, in any way:
    what was committed is safe, and the same command goes on where it stopped.

    Example: amana capture /media/card/DCIM --vault /media/stick/notes --time-limit 20m
    """
    from amana.capture.options import Options
    from amana.capture.session import capture

    chosen: dict[str, Any] = {} if workers is None else {"workers": workers}
    options = Options(
        **chosen,
        copy_format=copy_format,
        copy_size=copy_size,
        coarse_time=coarse_time,
        originals=originals,
        time_limit=_seconds(time_limit) if time_limit else None,
        order=order or ("newest" if time_limit else "path"),
        since=_moment(since) if since else None,
        again=again,
        dry_run=dry_run,
    )
    with _opened(vault, kit, passphrase_fd) as opened, output.progress(as_json) as progress:
        report = capture(sources, opened, options, progress=progress)
    output.show(report.to_json(), as_json, _told)


def _opened(path: Path, kit: Path | None, fd: int | None) -> Vault:
    from amana.kits.kit import open_kit
    from amana.vault.store import STATE_FILE, Vault

    if (path / STATE_FILE).exists():
        return Vault.open(path, output.read_passphrase("the vault", fd))
    if kit is None:
        raise NotOurs(path=str(path), expected="a vault; to begin one, name your kit with --kit")
    return Vault.create(path, open_kit(kit, output.read_passphrase("your kit", fd)))


def _seconds(text: str) -> float:
    number, unit = text[:-1], text[-1:]
    if text.isdigit():
        number, unit = text, "s"
    if not number.isdigit() or unit not in _UNITS:
        raise UsageProblem(what=f"{text!r} is no length of time; say 90s, 20m, 2h or 7d")
    return float(int(number) * _UNITS[unit])


def _moment(text: str) -> int:
    import time
    from datetime import UTC, datetime

    if text[-1:] in _UNITS and text[:-1].isdigit():
        return time.time_ns() - int(_seconds(text)) * 1_000_000_000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageProblem(what=f"{text!r} is no day; say 2012-05-03, or 7d") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000


def _told(report: Any) -> str:
    """For people: the numbers, then whatever was not done, by name."""
    lines = [f"note: {text}" for text in report["repaired"]]
    if report["dry_run"]:
        fresh = report["files"] - report["unchanged"]
        return f"{fresh} of {report['files']} files would be captured; nothing was done"
    lines.append(
        f"{report['items']} captured, {report['copies']} copies made, {report['unchanged']} as "
        f"they were, in {report['seconds']:.1f} s"
    )
    if report["again"]:
        lines.append(f"{report['again']} of them are stored already: recorded, not stored twice")
    for heading, key in (("no picture, or not readable", "unreadable"), ("left out", "skipped")):
        if report[key]:
            lines.append(f"{heading}: {len(report[key])}")
            lines += [f"  - {one['name']}: {one['reason']}" for one in report[key]]
    if report["left"] or report["originals_left"]:
        lines.append(
            f"out of time: {report['left']} files not reached, {report['originals_left']} "
            "originals to follow; the same command goes on there"
        )
    return "\n".join(lines)
