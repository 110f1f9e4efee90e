"""The commands as people run them: two terminals, a real disk set, words told later, a report."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from handover_cast import PASSPHRASE

from amana.cli.main import app
from amana.cli.output import guarded
from amana.core.seal import seal
from amana.disks.fill import fill
from amana.handover import route, tcp, words
from amana.handover.hand import Hand
from amana.kits.kit import Kit, create_kit, open_kit
from amana.trustees.archive_keys import IDENTITY_FILE, new_archive
from amana.vault.store import Commit, SealedPack, Vault

AMANA = Path(sys.executable).parent / "amana"
NAMES = ("heron", "lynx", "harbour")


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [AMANA, *map(str, arguments), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AMANA_PASSPHRASE": PASSPHRASE, "COLUMNS": "200"},
    )


def end(process: subprocess.Popen[str], code: int = 0) -> dict[str, Any]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    return json.loads(out) if out else {"error": err}


def run(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    """In this process, which is quicker; what needs two at once is started."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        ended = guarded(lambda: app([*map(str, arguments), "--json"], prog_name="amana"))
    assert ended == code, err.getvalue()
    return json.loads(out.getvalue()) if out.getvalue() else {"error": err.getvalue()}


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMANA_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(route, "WORK_FACTOR", 6)


@pytest.fixture
def field(tmp_path: Path) -> Path:
    """An archive, three couriers' kits, a set of three disks of which two suffice."""
    keys = new_archive(tmp_path / "archive")
    for name in NAMES:
        kit = create_kit(
            tmp_path / name / "kit", "courier", name, keys.card, PASSPHRASE, work_factor=4
        )
        (tmp_path / f"{name}.json").write_bytes(kit.public.to_bytes())
    source = create_kit(
        tmp_path / "source", "source", "caesar", keys.card, PASSPHRASE, work_factor=4
    )
    with Vault.create(tmp_path / "vault", source) as vault:
        _add_pack(vault, source)
        _add_pack(vault, source)
        disks = [tmp_path / "disks" / str(n) for n in (1, 2, 3)]
        for disk in disks:
            disk.mkdir(parents=True)
        fill(vault, disks, any_k=2)
    return tmp_path


def _add_pack(vault: Vault, kit: Kit) -> None:
    data = seal(os.urandom(5000), kit.archive.recipients)
    temporary = vault.path / "originals" / ".tmp-test"
    temporary.write_bytes(data)
    pack = SealedPack(str(temporary), hashlib.sha256(data).hexdigest(), len(data))
    vault.commit(Commit([bytes(32)], [], None, pack))


def plan(field: Path, *more: str) -> dict[str, Any]:
    couriers = [x for n in NAMES for x in ("--courier", field / f"{n}.json")]
    legs = ["--leg", "Monday at seven|the old mill", "--leg", "Friday|the bakery"]
    return run(
        "route", "plan", field / "route", "--archive", field / "archive" / "archive.json",
        *couriers, *legs, "--set", field / "disks" / "1", "--disk", "1", "--disk", "2", *more,
    )  # fmt: skip


def accept(field: Path, made: dict[str, Any]) -> None:
    for name, card in zip(NAMES, made["cards"], strict=True):
        run("route", "accept", card, field / name / "card", "--kit", field / name / "kit")


def own(field: Path, name: str) -> list[str | Path]:
    return [field / name / "card", "--kit", field / name / "kit"]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def opened(field: Path, name: str) -> Hand:
    return Hand.open(field / name / "card", open_kit(field / name / "kit", PASSPHRASE))


def custody(field: Path, command: str, *more: str | Path, code: int = 0) -> dict[str, Any]:
    return run(
        "custody", command, *more, "--plan", field / "route" / "plan.age", "--archive",
        field / "archive", "--identity", field / "archive" / IDENTITY_FILE, code=code,
    )  # fmt: skip


def test_two_terminals_a_disk_and_words_told_later(field: Path) -> None:
    made = plan(field, "--sheets", "ar")
    assert [Path(s).read_bytes()[:5] for s in made["sheets"]] == [b"%PDF-"] * 3
    accept(field, made)
    shown = run("route", "show", *own(field, "lynx"))
    assert shown["before"]["where"] == "the old mill"
    assert shown["after"] is None
    assert shown["after_is_sealed"]

    # One terminal each; the taker reads the whole disk before he signs.
    port = free_port()
    disks = ["--disk", field / "disks" / "1", "--disk", f"2={field / 'disks' / '2'}"]
    giver = start(
        "handover", "give", *own(field, "heron"), *disks, "--seal", "4711",
        "--listen", f"127.0.0.1:{port}",
    )  # fmt: skip
    taker = start(
        "handover", "take", *own(field, "lynx"), *disks, "--thorough",
        "--connect", f"127.0.0.1:{port}",
    )  # fmt: skip
    assert end(taker)["standing"] == "held"
    assert end(giver)["disks"] == [1, 2]

    # The next meeting has no devices: words are spoken, and noted at home.
    shown = run("route", "show", *own(field, "lynx"))
    assert shown["after"]["where"] == "the bakery"
    parting = {n: opened(field, n) for n in ("lynx", "harbour")}
    heard = words.phrase(parting["harbour"].card.take.parting, "en")
    told = ("--disk", "1", "--disk", "2", "--seal", "4711")
    run("handover", "told", *own(field, "lynx"), "--as", "giver", "--heard", heard, *told)
    run("route", "sheet", *own(field, "harbour"), field / "sheet.pdf")
    incomplete = custody(field, "verify", "--receipts", field / "lynx" / "card" / "outbox", code=22)
    assert [e["proof"] for e in incomplete["chain"]] == ["signed", "told"]

    # The other telephones the archive.
    heard = words.phrase(parting["lynx"].card.give.parting, "fr")
    inbox = field / "inbox"
    run(
        "custody", "enter", inbox, "--archive", field / "archive" / "archive.json", "--from",
        "taker", "--heard", heard, *told, "--condition", "seal whole", "--day", "2026-03-06",
    )  # fmt: skip
    both = ["--receipts", inbox, "--receipts", field / "lynx" / "card" / "outbox"]
    full = custody(field, "verify", *both)
    assert full["intact"]
    assert full["arrived"] == [1, 2]
    assert full["chain"][0]["conditions"]["1"].startswith("every block read, sound")
    custody(field, "report", field / "custody.pdf", *both)
    assert (field / "custody.pdf").read_bytes().startswith(b"%PDF-")


def test_a_nuisance_on_the_port_is_sent_away(field: Path) -> None:
    card = plan_of_a_person(field)
    run("route", "accept", card, field / "p", "--kit", field / "heron" / "kit")
    other = str(Path(card).with_name("2.age"))
    run("route", "accept", other, field / "q", "--kit", field / "harbour" / "kit")
    port = free_port()
    person = ("--person", "--timeout", "30")
    taker = start(
        "handover", "take", field / "q", "--kit", field / "harbour" / "kit", *person,
        "--listen", f"127.0.0.1:{port}",
    )  # fmt: skip
    with tcp.connect("127.0.0.1", int(port), 20) as nuisance:
        nuisance.send(b"GET / HTTP/1.1")
    given = run(
        "handover", "give", field / "p", "--kit", field / "heron" / "kit", *person,
        "--connect", f"127.0.0.1:{port}",
    )  # fmt: skip
    assert given["standing"] == "handed"
    assert end(taker)["standing"] == "held"


def test_a_wrong_disk_is_declined(field: Path) -> None:
    accept(field, plan(field))
    port = free_port()
    giver = start(
        "handover", "give", *own(field, "heron"), "--disk", field / "disks" / "1",
        "--connect", f"127.0.0.1:{port}",
    )  # fmt: skip
    taker = start(
        "handover", "take", *own(field, "lynx"), "--disk", f"1={field / 'disks' / '2'}",
        "--listen", f"127.0.0.1:{port}",
    )  # fmt: skip
    assert "its label says disk 2" in end(taker, 40)["declined"]
    assert end(giver, 40)["standing"] == "declined"


def test_a_lost_card_is_revoked_by_command(field: Path) -> None:
    accept(field, plan(field))
    made = run(
        "route", "revoke", field / "route" / "plan.age", field / "anew", "--archive",
        field / "archive", "--identity", field / "archive" / IDENTITY_FILE, "--seized", "lynx",
        "--courier", field / "heron.json", "--courier", field / "harbour.json",
        "--leg", "Sunday|the ferry",
    )  # fmt: skip
    assert made["legs_that_stand"] == 0
    run(
        "route",
        "accept",
        made["cards"][0],
        field / "heron" / "card",
        "--kit",
        field / "heron" / "kit",
    )
    assert run("route", "show", *own(field, "heron"))["after"]["where"] == "the ferry"


def test_names_are_sealed_only_by_trustees(field: Path) -> None:
    names = field / "names.txt"
    names.write_text("heron = A. Person\nlynx = B. Person\n", encoding="utf-8")
    arguments = ["custody", "annex", names, field / "annex.age", "--archive", field / "archive"]
    assert "locked" in run(*arguments, code=12)["error"]
    run(*arguments, "--identity", field / "archive" / IDENTITY_FILE)
    sealed = (field / "annex.age").read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1")
    assert b"Person" not in sealed


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--listen", "7000", "--connect", "127.0.0.1:7000"], 2, "one side gives --listen"),
        (["--connect", "nowhere"], 2, "HOST:PORT"),
        (["--connect", "127.0.0.1:9", "--timeout", "0.1"], 32, "does not answer"),
        (["--listen", "127.0.0.1:0", "--timeout", "0.1"], 32, "nobody came"),
    ],
)
def test_one_clear_line_for_what_cannot_be(
    field: Path, arguments: list[str], code: int, text: str
) -> None:
    run("route", "accept", plan_of_a_person(field), field / "p", "--kit", field / "heron" / "kit")
    done = run(
        "handover", "give", field / "p", "--kit", field / "heron" / "kit", "--person", *arguments,
        code=code,
    )  # fmt: skip
    assert text in done["error"]


def test_only_the_number_of_legs_is_given(field: Path) -> None:
    couriers = [x for n in NAMES for x in ("--courier", field / f"{n}.json")]
    card = ("--archive", field / "archive" / "archive.json", "--person")
    made = run("route", "plan", field / "bare", *card, *couriers, "--legs", "2")
    assert made["legs"] == 2
    both = ("--legs", "2", "--leg", "Monday|the mill")
    assert "--legs" in run("route", "plan", field / "x", *card, *couriers, *both, code=2)["error"]


def plan_of_a_person(field: Path) -> str:
    made = run(
        "route", "plan", field / "persons", "--archive", field / "archive" / "archive.json",
        "--courier", field / "heron.json", "--courier", field / "harbour.json", "--leg",
        "Monday|the ferry", "--person",
    )  # fmt: skip
    card: str = made["cards"][0]
    return card
