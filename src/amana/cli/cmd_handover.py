"""`amana handover`: two people meet, prove who they are, and sign for the disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.errors import MeetingCut, UsageProblem

if TYPE_CHECKING:
    from amana.handover.hand import Hand
    from amana.handover.meet import Outcome
    from amana.handover.tcp import Listener, TcpChannel

    Talk = Callable[[TcpChannel], Outcome]

app = typer.Typer(help="Meetings: give a disk to the right hand, take it from the right hand.")

_FolderArgument = typer.Argument(..., metavar="DIR", help="The folder with your card.")
_KitOption = typer.Option(..., "--kit", metavar="DIR", help="Your kit.")
_DisksOption = typer.Option(
    [], "--disk", metavar="[N=]FOLDER", help="A disk that is plugged in here; once for each."
)
_ListenOption = typer.Option(
    None, "--listen", metavar="[HOST:]PORT", help="Wait for the other's machine here."
)
_ConnectOption = typer.Option(
    None, "--connect", metavar="HOST:PORT", help="Call the other's machine."
)
_PersonOption = typer.Option(False, "--person", help="The card leads a person; there is no disk.")
_TimeoutOption = typer.Option(120.0, "--timeout", help="Seconds to wait for the other.")


@app.command("give")
def give(
    folder: Path = _FolderArgument,
    kit: Path = _KitOption,
    disks: list[str] = _DisksOption,
    seal: str = typer.Option("none", "--seal", help="The number on the tamper-seal."),
    listen: str = _ListenOption,
    connect: str = _ConnectOption,
    person: bool = _PersonOption,
    timeout: float = _TimeoutOption,
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Give the disk to the one whom your card speaks of, and to nobody else.

    The two machines prove to each other that they hold the same words; a wrong guess voids them,
    and is remembered. Then the other looks at the disk, both sign, and each seals the receipt to
    the archive. After a cut run the same command again.

    Example: amana handover give ./card --kit ./kit --disk /media/disk --seal 4711 --listen 7000
    """
    from amana.cli.disk_in_hand import note_digests, parse_disks
    from amana.handover import meet

    hand = _open(folder, kit, passphrase_fd)
    _must_fit(hand, person, disks)
    digests = note_digests(parse_disks(disks))
    with _address(listen, connect, timeout) as line:
        _show(line(lambda channel: meet.give(hand, channel, digests, seal_number=seal)), as_json)


@app.command("take")
def take(
    folder: Path = _FolderArgument,
    kit: Path = _KitOption,
    disks: list[str] = _DisksOption,
    listen: str = _ListenOption,
    connect: str = _ConnectOption,
    person: bool = _PersonOption,
    seal: str = typer.Option(None, "--seal", help="The number that you read on the tamper-seal."),
    thorough: bool = typer.Option(False, "--thorough", help="Read every block before signing."),
    timeout: float = _TimeoutOption,
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Take the disk from the one whom your card speaks of: plug it in, look at it, sign for it.

    The disk is refused if it is of another set, not the one that was offered, or if the seal has
    another number than you give.

    Example: amana handover take ./card --kit ./kit --disk /media/disk --seal 4711
    --connect 192.168.4.1:7000
    """
    from amana.cli.disk_in_hand import checker, parse_disks
    from amana.handover import meet

    hand = _open(folder, kit, passphrase_fd)
    _must_fit(hand, person, disks)
    check = checker(parse_disks(disks), seal=seal, thorough=thorough)
    with _address(listen, connect, timeout) as line:
        _show(line(lambda channel: meet.take(hand, channel, check)), as_json)


@app.command("told")
def told(
    folder: Path = _FolderArgument,
    kit: Path = _KitOption,
    role: str = typer.Option(..., "--as", metavar="giver|taker", help="What you were."),
    heard: str = typer.Option(None, "--heard", help="The three words that the other said."),
    onward: str = typer.Option("", "--onward", help="The eight words that you were given."),
    disks: list[int] = typer.Option([], "--disk", metavar="N", help="Which disks passed."),
    seal: str = typer.Option("none", "--seal", help="The number on the tamper-seal."),
    condition: str = typer.Option("not looked at", "--condition", help="In a few words."),
    failed: bool = typer.Option(False, "--failed", help="The other did not know the words."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Note on your card, later, how a meeting without devices went.

    What you heard at parting is sealed to the archive and proves the meeting; your next meeting
    opens with the words that you were given. With --failed the words on the card become void.

    Example: amana handover told ./card --kit ./kit --as taker --heard "bread milk stone" --disk 4
    """
    from amana.handover import spoken, words
    from amana.handover.machine import Role

    if role not in set(Role):
        raise UsageProblem(what="--as is giver or taker")
    hand = _open(folder, kit, passphrase_fd)
    if failed:
        left = spoken.failed(hand, Role(role))
        output.show({"noted": "the words are void", "sets_left": left}, as_json, output.rows)
        return
    if not heard:
        raise UsageProblem(what="give the words with --heard, or --failed")
    done = spoken.told(
        hand,
        Role(role),
        words.read(heard),
        disks=disks,
        seal=seal,
        condition=condition,
        onward=words.read(onward),
    )
    result = {"entry": str(done.entry), "next_meeting_open": hand.card.give is not None}
    output.show(result, as_json, output.rows)


def _open(folder: Path, kit: Path, passphrase_fd: int | None) -> Hand:
    from amana.handover.hand import Hand
    from amana.kits.kit import open_kit

    return Hand.open(folder, open_kit(kit, output.read_passphrase("the kit", passphrase_fd)))


def _must_fit(hand: Hand, person: bool, disks: list[str]) -> None:
    if person != (hand.card.kind == "person"):
        raise UsageProblem(what=f"this card is for a {hand.card.kind}, not for the other kind")
    if person == bool(disks):
        raise UsageProblem(what="name the disks that are plugged in with --disk")


@contextmanager
def _address(
    listen: str | None, connect: str | None, timeout: float
) -> Iterator[Callable[[Talk], Outcome]]:
    """What carries a talk over the line that the options name."""
    from amana.handover import tcp

    if (listen is None) == (connect is None):
        raise UsageProblem(what="one side gives --listen, the other --connect")
    host, _, port = (listen or connect or "").rpartition(":")
    if not port.isdecimal() or (connect and not host):
        raise UsageProblem(what="an address is HOST:PORT; to listen, PORT alone will do")
    if connect:
        with tcp.connect(host, int(port), timeout) as channel:
            yield lambda talk: talk(channel)
        return
    with tcp.listening(host, int(port)) as listener:
        yield lambda talk: _first_who_greets(listener, talk, timeout)


def _first_who_greets(listener: Listener, talk: Talk, timeout: float) -> Outcome:
    """Threat: whoever calls first, a port scanner or a nuisance, would end the meeting. One who did
    not even greet has spent no words, so the next caller is heard."""
    deadline = time.monotonic() + timeout
    while True:
        with listener.accept(max(0.1, deadline - time.monotonic())) as channel:
            try:
                return talk(channel)
            except MeetingCut as cut:
                if not str(cut.fields["step"]).startswith(("hailed", "listening")):
                    raise
                output.say("somebody called who is not the one: sent away, still waiting")


def _show(outcome: Outcome, as_json: bool) -> None:
    from amana.errors import Incomplete

    result: dict[str, Any] = {
        "role": outcome.role.value,
        "standing": outcome.standing.value,
        "disks": list(outcome.disks),
        "receipt": str(outcome.receipt) if outcome.receipt else None,
        "declined": outcome.declined,
        "note": outcome.note,
        "words_tried_in_vain": max(outcome.spent),
    }
    output.show(result, as_json, output.rows)
    if outcome.declined:
        raise Incomplete(
            what=f"the disk was not taken: {outcome.declined}",
            next="mend it or bring another one, and run the same command again",
        )
