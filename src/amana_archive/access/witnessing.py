"""The head of the archive's ledger is shown to others, who cosign it: so nobody, not even who holds
the archive's key, can later show another history to whoever asks a witness.

Witnesses are named in `web/witnesses.txt` of the archive's folder, one a line: an address and a key
(C2SP vkey, as `amana ledger witness new` prints it). Whoever can write there could name his own:
so the auditor's page shows which keys are trusted, to be compared with what the witnesses say of
themselves. A witness learns the address of this server and how many entries there are, no entry.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import Error, connection

from amana.core.merkle import Tree
from amana.core.sign import Verifier
from amana.errors import AmanaError, NotProved
from amana.ledger.checkpoint import open_checkpoint
from amana.ledger.witness import cosignatures
from amana.ledger.witness_http import cosign_head
from amana.trustees.archive_keys import open_archive
from amana_archive.access.audit import record
from amana_archive.access.models import Act, Cosigned, Person
from amana_archive.lockup.opened import Opened

WITNESSES_FILE = "witnesses.txt"
EVERY = 3600.0  # seconds
_asking = threading.Lock()


@dataclass(frozen=True)
class Named:
    """A witness that this archive asks. `key` is its vkey."""

    url: str
    key: str

    @property
    def verifier(self) -> Verifier:
        """Raises BadKey."""
        return Verifier.parse(self.key)


@dataclass(frozen=True)
class Standing:
    """What is known of one witness: its newest cosignature that verifies, and its last failure."""

    name: str
    key: str
    newest: Cosigned | None
    behind: int  # entries that were written since
    failure: Act | None


def named(folder: Path) -> list[Named]:
    """Those of `web/witnesses.txt`; empty lines and lines that begin with # are passed over."""
    path = folder / "web" / WITNESSES_FILE
    if not path.exists():
        return []
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return [Named(*line) for line in lines if len(line) == 2 and not line[0].startswith("#")]


def ask_all(opened: Opened, by: Person | None = None) -> int:
    """Have the present head cosigned by every witness; how many did.

    A witness that cannot be reached, or refuses, is an entry in the ledger, which the auditor sees.
    """
    done = 0
    with _asking:
        for one in named(opened.archive.folder):
            try:
                _ask(opened, one)
                done += 1
            except AmanaError as error:
                record(opened, by, "head.not-witnessed", witness=one.url, reason=error.message)
    return done


def _ask(opened: Opened, one: Named) -> None:
    reader, witness = open_archive(opened.archive.folder).reader(), one.verifier
    note = reader.checkpoint()
    checkpoint = open_checkpoint(note, reader.verifier)
    # Entries may be written while this reads: the tree is that of the note, no larger.
    tree = Tree.of(islice(reader.leaves(), checkpoint.size))
    if tree.root() != checkpoint.root:
        raise NotProved(what="the ledger", reason="its entries give another root than its head")
    cosigned = cosign_head(one.url, note, tree, witness)
    [seen] = cosignatures(cosigned, [witness])
    Cosigned.objects.create(
        witness=seen.witness, size=checkpoint.size, time=seen.time, note=cosigned
    )


def is_due(opened: Opened) -> bool:
    """Whether somebody did anything since the witnesses saw the head."""
    witnesses = named(opened.archive.folder)
    newest = Cosigned.objects.order_by("-size").first()
    # What was written only because a witness was asked is no reason to ask again.
    return bool(witnesses) and (
        newest is None or opened.recorder.size > newest.size + len(witnesses)
    )


def standing(opened: Opened) -> list[Standing]:
    """Of every witness that is named: verified now, not believed because it was kept."""
    size = opened.recorder.size
    return [_standing(one, size) for one in named(opened.archive.folder)]


def _standing(one: Named, size: int) -> Standing:
    failures = Act.objects.filter(act="head.not-witnessed", fields__contains=one.url)
    failure = failures.order_by("-seq").first()
    try:
        witness = one.verifier
    except AmanaError:
        return Standing(one.url, one.key, None, size, failure)
    rows = Cosigned.objects.filter(witness=witness.name).order_by("-size", "-pk")
    newest = next((row for row in rows[:5] if _verifies(row, witness)), None)
    behind = size - newest.size if newest else size
    if newest is not None and failure is not None and failure.seq < newest.size:
        failure = None
    return Standing(witness.name, one.key, newest, behind, failure)


def _verifies(row: Cosigned, witness: Verifier) -> bool:
    try:
        return bool(cosignatures(row.note, [witness]))
    except AmanaError:
        return False


def keep_asking(
    opened: Opened, stop: threading.Event, finish: Callable[[], None], every: float = EVERY
) -> None:
    """Ask now and then, until `stop`. `finish` closes what this thread opened."""
    try:
        while not stop.is_set():
            if is_due(opened):
                ask_all(opened)
            finish()
            stop.wait(every)
    except (AmanaError, Error):
        return  # locked meanwhile: the next unlock asks again
    finally:
        finish()


def start_asking(opened: Opened) -> None:
    """In a thread of its own, which ends when the archive locks."""
    stop = threading.Event()
    opened.closing.append(stop.set)
    job = (opened, stop, connection.close)
    threading.Thread(target=keep_asking, args=job, name="witnesses", daemon=True).start()
