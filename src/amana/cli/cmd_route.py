"""`amana route`: plan who meets whom, print the cards, plan anew around a card that is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.errors import UsageProblem

if TYPE_CHECKING:
    from amana.handover.route import Leg
    from amana.kits.kit import PublicKit

app = typer.Typer(help="Routes: who meets whom, and how each knows the other.")

_LegOption = typer.Option(
    ...,
    "--leg",
    metavar="WHEN|WHERE",
    help="One meeting in free text, when and where parted by a bar; once for each leg.",
)


@app.command("plan")
def plan(
    folder: Path = typer.Argument(..., metavar="DIR", help="A new or empty folder for the route."),
    archive: Path = typer.Option(..., "--archive", metavar="FILE", help="archive.json."),
    couriers: list[Path] = typer.Option(
        ..., "--courier", metavar="FILE", help="Public kits in order; the last is the receiver's."
    ),
    legs: list[str] = _LegOption,
    set_disk: Path = typer.Option(
        None, "--set", metavar="DISK", help="Any disk of the set: its signed note names the set."
    ),
    disks: list[int] = typer.Option([], "--disk", metavar="N", help="Which disks travel."),
    person: bool = typer.Option(False, "--person", help="The route leads a person, no disk."),
    language: str = typer.Option("en", "--language", help="Of the words: en, fr or ar."),
    as_json: bool = output.JsonOption,
) -> None:
    """Plan a route of L meetings between L + 1 people: one sealed card for each, and a sealed plan.

    The archive plans, abroad. Each card opens only with its courier's kit, and shows him first the
    meeting before; the one after opens with the words that he is given there.

    Example: amana route plan ./route --archive archive.json --courier heron.json
    --courier harbour.json --leg "Monday at seven|at the old mill" --set /media/disk --disk 1
    """
    from amana.cli.disk_in_hand import set_of
    from amana.handover import route
    from amana.kits.archive_card import ArchiveCard

    if person == bool(disks):
        raise UsageProblem(what="name the disks with --disk and --set, or give --person")
    if disks and not set_disk:
        raise UsageProblem(what="name the set with --set DISK")
    set_id, set_vkey = set_of(set_disk) if disks else ("", "")
    made = route.plan(
        folder,
        read_couriers(couriers),
        [parse_leg(text, language) for text in legs],
        set_id,
        set_vkey,
        disks,
        ArchiveCard.from_bytes(archive.read_bytes()),
        kind="person" if person else "disk",
    )
    result: dict[str, Any] = {
        "route": made.route,
        "legs": len(made.plan.legs),
        "cards": [str(path) for path in made.cards],
        "plan": str(made.plan_file),
    }
    output.show(result, as_json, output.rows)


@app.command("show")
def show(
    folder: Path = typer.Argument(..., metavar="DIR", help="The folder with your card."),
    kit: Path = typer.Option(..., "--kit", metavar="DIR", help="Your kit."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Show your own card: the meeting that is next, its words, and how far you are.

    Example: amana route show ./card --kit ./kit
    """
    from amana.handover.show import card_text, describe

    described = describe(_open(folder, kit, passphrase_fd).card)
    output.show(described, as_json, card_text)


@app.command("accept")
def accept(
    card: Path = typer.Argument(..., metavar="FILE", help="A sealed card from the archive."),
    folder: Path = typer.Argument(..., metavar="DIR", help="Where your card shall live."),
    kit: Path = typer.Option(..., "--kit", metavar="DIR", help="Your kit."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Put a card into its folder. One that it replaces there, is written over.

    Example: amana route accept 2.age ./card --kit ./kit
    """
    from amana.handover.hand import Hand
    from amana.handover.show import card_text, describe
    from amana.kits.kit import open_kit

    opened = open_kit(kit, output.read_passphrase("the kit", passphrase_fd))
    hand = Hand.receive(folder, read(card, "a card"), opened)
    output.show(describe(hand.card), as_json, card_text)


def _open(folder: Path, kit: Path, passphrase_fd: int | None) -> Any:
    from amana.handover.hand import Hand
    from amana.kits.kit import open_kit

    return Hand.open(folder, open_kit(kit, output.read_passphrase("the kit", passphrase_fd)))


def read(path: Path, expected: str) -> bytes:
    from amana.errors import NotOurs

    try:
        return path.read_bytes()
    except OSError:
        raise NotOurs(path=str(path), expected=expected) from None


def read_couriers(paths: list[Path]) -> list[PublicKit]:
    from amana.kits.kit import PublicKit

    return [PublicKit.from_bytes(read(path, "a public kit")) for path in paths]


def parse_leg(text: str, language: str) -> Leg:
    from amana.handover.route import Leg

    when, bar, where = text.partition("|")
    if not bar:
        raise UsageProblem(what=f"{text!r} is not of the form WHEN|WHERE")
    return Leg(when.strip(), where.strip(), language)
