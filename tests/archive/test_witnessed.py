"""The head of the archive's ledger is cosigned by others; the auditor sees when, by whom, and where
it failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World, browser_of

from amana.core.sign import Signer
from amana.ledger.witness import cosignatures, cosigner
from amana.ledger.witness_http import Witness, WitnessServer
from amana.trustees.archive_keys import open_archive


@pytest.fixture
def witness(here: World, tmp_path: Path) -> Iterator[tuple[WitnessServer, Signer, Path]]:
    """A real witness, named in the archive's folder."""
    from amana_archive.access.models import Cosigned

    signer = Signer.generate("witness.example.org/1")
    log = open_archive(here.kept.folder).reader().verifier
    named = here.kept.folder / "web" / "witnesses.txt"
    with WitnessServer(Witness(tmp_path, signer, {log.name: [log]}), "127.0.0.1", 0) as server:
        named.write_text(f"# ours\n\n{server.url} {cosigner(signer).vkey}\n")
        yield server, signer, tmp_path
    named.unlink()
    Cosigned.objects.all().delete()


def log_page(here: World) -> str:
    return str(browser_of(here.people["auditor"]).get("/log").content.decode())


def test_without_a_witness_the_page_says_so(here: World) -> None:
    assert "nobody outside this archive has seen the head" in log_page(here)


def test_a_head_is_cosigned_and_shown(here: World, witness: Any) -> None:
    from amana_archive.access import witnessing
    from amana_archive.access.models import Cosigned

    _, signer, _ = witness
    assert "Has not cosigned any head yet" in log_page(here)
    auditor = browser_of(here.people["auditor"])
    assert auditor.post("/log/witness").status_code == 302
    row = Cosigned.objects.get()
    assert cosignatures(row.note, [cosigner(signer)])[0].witness == signer.name
    page = log_page(here)
    assert signer.name in page
    assert f"Saw {row.size} entries" in page
    assert row.note.splitlines()[0] in page
    # A second head continues the first: the witness compares, with a proof.
    auditor.post("/log/witness")
    later = Cosigned.objects.latest("pk")
    assert later.size > row.size
    assert witnessing.standing(here.opened)[0].newest == later


def test_what_was_kept_is_verified_before_it_is_shown(here: World, witness: Any) -> None:
    from amana_archive.access import witnessing
    from amana_archive.access.models import Cosigned

    assert witnessing.ask_all(here.opened) == 1
    row = Cosigned.objects.get()
    lines = row.note.splitlines()
    lines[1] = str(row.size + 1)
    Cosigned.objects.create(
        witness=row.witness, size=row.size + 1, time=row.time, note="\n".join(lines) + "\n"
    )
    [one] = witnessing.standing(here.opened)
    assert one.newest == row


def test_a_witness_that_saw_another_history_is_shown(here: World, witness: Any) -> None:
    """It remembers more entries than there are: somebody cut the ledger, or forked it."""
    from amana_archive.access import witnessing
    from amana_archive.access.models import Cosigned

    _, _, memory = witness
    assert witnessing.ask_all(here.opened) == 1
    [note] = memory.glob("*.note")
    lines = note.read_text().splitlines()
    lines[1] = "999999"
    note.write_text("\n".join(lines) + "\n")
    assert witnessing.ask_all(here.opened) == 0
    page = log_page(here)
    assert "Did not cosign when it was last asked" in page
    assert "999999 entries" in page
    assert Cosigned.objects.count() == 1


def test_it_asks_by_itself_when_something_happened(here: World, witness: Any) -> None:
    from amana_archive.access import witnessing
    from amana_archive.access.audit import record
    from amana_archive.access.models import Cosigned

    assert witnessing.is_due(here.opened)
    stop = threading.Event()
    rounds: list[int] = []

    def finish() -> None:
        rounds.append(Cosigned.objects.count())
        if len(rounds) == 2:
            record(here.opened, None, "test.one")
            record(here.opened, None, "test.two")
        if len(rounds) == 3:
            stop.set()

    witnessing.keep_asking(here.opened, stop, finish, every=0)
    assert rounds[:3] == [1, 1, 2]
