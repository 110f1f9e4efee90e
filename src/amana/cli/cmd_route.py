"""`amana route`: plan who meets whom, print the cards, plan anew around a card that is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption
from amana.errors import UsageProblem

if TYPE_CHECKING:
    from amana.handover.hand import Hand
    from amana.handover.plan import Plan
    from amana.handover.route import Leg, RoutePlan
    from amana.kits.kit import PublicKit

app = typer.Typer(help="Routes: who meets whom, and how each knows the other.")

_LegOption = typer.Option(
    [],
    "--leg",
    metavar="WHEN|WHERE",
    help="One meeting in free text, when and where parted by a bar; once for each leg.",
)
_LegsOption = typer.Option(
    None, "--legs", metavar="L", help="Instead: L meetings whose time and place are agreed aside."
)


@app.command("plan")
def plan(
    folder: Path = typer.Argument(..., metavar="DIR", help="A new or empty folder for the route."),
    archive: Path = typer.Option(..., "--archive", metavar="FILE", help="archive.json."),
    couriers: list[Path] = typer.Option(
        ..., "--courier", metavar="FILE", help="Public kits in order; the last is the receiver's."
    ),
    leg: list[str] = _LegOption,
    legs: int = _LegsOption,
    set_disk: Path = typer.Option(
        None, "--set", metavar="DISK", help="Any disk of the set: its signed note names the set."
    ),
    disks: list[int] = typer.Option([], "--disk", metavar="N", help="Which disks travel."),
    person: bool = typer.Option(False, "--person", help="The route leads a person, no disk."),
    language: str = typer.Option("en", "--language", help="Of the words: en, fr or ar."),
    sheets: str = typer.Option(
        None, "--sheets", help="Also printable sheets, in en, fr or ar: print, then delete them."
    ),
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
        parse_legs(leg, legs, language),
        set_id,
        set_vkey,
        disks,
        ArchiveCard.from_bytes(archive.read_bytes()),
        kind="person" if person else "disk",
    )
    _show_route(made, sheets, as_json)


@app.command("revoke")
def revoke(
    plan_file: Path = typer.Argument(..., metavar="PLAN", help="The sealed plan of the old route."),
    folder: Path = typer.Argument(
        ..., metavar="DIR", help="A new or empty folder for the new one."
    ),
    archive: Path = typer.Option(..., "--archive", metavar="DIR", help="The archive's folder."),
    seized: list[str] = typer.Option(
        [], "--seized", metavar="CODENAME", help="Whose card is lost: he gets no word of it."
    ),
    couriers: list[Path] = typer.Option(
        ..., "--courier", metavar="FILE", help="Public kits from the one who has the disks now, on."
    ),
    leg: list[str] = _LegOption,
    legs: int = _LegsOption,
    language: str = typer.Option("en", "--language", help="Of the words: en, fr or ar."),
    sheets: str = typer.Option(None, "--sheets", help="Also printable sheets, in en, fr or ar."),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Void what is left of a route, and plan it anew around a card that was lost or seized.

    The new route begins with whoever has the disks now. Everybody on it gets a new card, which
    takes the place of the old one; those left out get a card that says: stay away.

    Example: amana route revoke route/plan.age ./anew --archive ./archive --seized ibis
    --courier lynx.json --courier harbour.json --leg "Friday|the mill" --share a.txt --share b.txt
    """
    from amana.cli.unlock import unlock
    from amana.core.unseal import unseal
    from amana.handover import route
    from amana.handover.plan import parse_plan
    from amana.trustees.archive_keys import open_archive

    key = unlock(archive, shares, identity)
    old = parse_plan(unseal(read(plan_file, "a plan"), [key], str(plan_file)))
    people = read_couriers(couriers)
    made = route.revoke(
        folder,
        old,
        _holder(old, people[0]),
        people,
        parse_legs(leg, legs, language),
        open_archive(archive).card,
        seized=seized,
    )
    _show_route(made, sheets, as_json)


def _show_route(made: RoutePlan, sheets: str | None, as_json: bool) -> None:
    result: dict[str, Any] = {
        "route": made.route,
        "legs": len(made.plan.legs),
        "takes_the_place_of": list(made.plan.continues),
        "legs_that_stand": made.plan.standing,
        "cards": [str(path) for path in made.cards],
        "revocations": [str(path) for path in made.revocations],
        "plan": str(made.plan_file),
        "sheets": _sheets(made, sheets) if sheets else [],
    }
    output.show(result, as_json, output.rows)


def _holder(old: Plan, first: PublicKit) -> int:
    for index, hand in enumerate(old.hands[:-1]):
        if hand.public == first.public:
            return index
    raise UsageProblem(what=f"{first.codename} is no giver on the old route")


def _sheets(made: RoutePlan, language: str) -> list[str]:
    """Sheets beside the cards. They show words in the clear, so they are made only when asked."""
    from amana.core.durable import Disk
    from amana.handover.sheet import sheet_pdf

    paths = []
    for path, sealed, card in zip(made.cards, made.sealed_cards, made.opened_cards, strict=True):
        paths.append(path.with_suffix(".pdf"))
        Disk().write_whole(paths[-1], sheet_pdf(card, sealed, language))
    return [str(path) for path in paths]


@app.command("sheet")
def sheet(
    folder: Path = typer.Argument(..., metavar="DIR", help="The folder with your card."),
    out: Path = typer.Argument(..., metavar="PDF", help="Where the sheet shall be written."),
    kit: Path = typer.Option(..., "--kit", metavar="DIR", help="Your kit."),
    language: str = typer.Option("en", "--language", help="Of the sheet: en, fr or ar."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Print your own card: the words of the meeting that is open, and the sealed card as QR codes.

    The sheet shows no time, place or name; but it does show the words: learn them and destroy it.

    Example: amana route sheet ./card card.pdf --kit ./kit --language ar
    """
    from amana.core.durable import Disk
    from amana.errors import AlreadyThere
    from amana.handover.hand import CARD_FILE
    from amana.handover.sheet import codes, sheet_pdf

    if out.exists():
        raise AlreadyThere(path=str(out))
    hand = _open(folder, kit, passphrase_fd)
    sealed = (hand.folder / CARD_FILE).read_bytes()
    Disk().write_whole(out, sheet_pdf(hand.card, sealed, language))
    output.show({"sheet": str(out), "codes": len(codes(sealed))}, as_json, output.rows)


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
    card: Path = typer.Argument(
        ..., metavar="FILE", help="A sealed card, or the texts of its QR codes, one a line."
    ),
    folder: Path = typer.Argument(..., metavar="DIR", help="Where your card shall live."),
    kit: Path = typer.Option(..., "--kit", metavar="DIR", help="Your kit."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Put a card into its folder. A card there that it takes the place of is written over.

    Example: amana route accept 2.age ./card --kit ./kit
    """
    from amana.handover.hand import Hand
    from amana.handover.sheet import join_codes
    from amana.handover.show import card_text, describe
    from amana.kits.kit import open_kit

    opened = open_kit(kit, output.read_passphrase("the kit", passphrase_fd))
    data = read(card, "a card")
    if data.startswith(b"AMANA "):
        data = join_codes(data.decode("ascii", "replace").splitlines())
    hand = Hand.receive(folder, data, opened)
    output.show(describe(hand.card), as_json, card_text)


def _open(folder: Path, kit: Path, passphrase_fd: int | None) -> Hand:
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


def parse_legs(texts: list[str], count: int | None, language: str) -> list[Leg]:
    """The legs of a route, from `WHEN|WHERE` texts or from their mere number."""
    from amana.handover.route import Leg

    if bool(texts) == (count is not None):
        raise UsageProblem(what="name each meeting with --leg, or only their number with --legs")
    legs = [Leg("", "", language)] * (count or 0)
    for text in texts:
        when, bar, where = text.partition("|")
        if not bar:
            raise UsageProblem(what=f"{text!r} is not of the form WHEN|WHERE")
        legs.append(Leg(when.strip(), where.strip(), language))
    return legs
