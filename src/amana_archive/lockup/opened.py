"""Everything that exists only while unlocked: the store, the ledger, the catalogue's key."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from amana.core.labels import WEB_ATTEMPT, WEB_DATABASE
from amana.errors import AmanaError, NotOurs
from amana.reunite.archive import Archive
from amana_archive.access.recorder import Recorder
from amana_archive.lockup.standby import close_all
from amana_archive.sealed_sqlite import keyring


@dataclass
class Opened:
    """One unlocked span. `recorder` writes in the archive's ledger; `attempt_key` names failed
    sign-ins (32 bytes)."""

    archive: Archive
    recorder: Recorder
    attempt_key: bytes = field(repr=False)
    closing: list[Callable[[], None]] = field(default_factory=list)

    def close(self, reason: str) -> None:
        """Lock: say so in the ledger, close the catalogue, drop the keys."""
        with contextlib.suppress(AmanaError):  # a full disk must not keep the archive open
            self.recorder.record({"act": "archive.locked", "reason": reason})
        for finish in self.closing:
            with contextlib.suppress(Exception):  # whatever it is, the keys must go
                finish()
        keyring.forget()
        _drop(self.archive)
        close_all()  # last: a worker in the middle of a file must not keep the keys waiting


def open_with(archive: Archive) -> Opened:
    """Take an unlocked `archive` into use. Raises NotOurs where it has no ledger of its own."""
    if archive.book is None:
        raise NotOurs(path=str(archive.folder), expected="an archive with a ledger of its own")
    # The store's own index is for the thread that receives; the web reads objects only.
    archive.catalogue.close()
    secret = archive.keys.secret
    keyring.hold(_derive(secret, WEB_DATABASE))
    opened = Opened(archive, Recorder(archive.book), _derive(secret, WEB_ATTEMPT))
    try:
        opened.recorder.record({"act": "archive.unlocked"})
        for prepare in _preparations:
            prepare(opened)
    except BaseException:
        keyring.forget()
        _drop(archive)
        raise
    return opened


_preparations: list[Callable[[Opened], None]] = []
_registering = threading.Lock()


def on_unlock(prepare: Callable[[Opened], None]) -> Callable[[Opened], None]:
    """Register what must be done before the first page: migrations, the index of the ledger."""
    with _registering:
        if prepare not in _preparations:
            _preparations.append(prepare)
    return prepare


def _drop(archive: Archive) -> None:
    # SQLite's connections belong to the thread that made them; this one is closed already.
    with contextlib.suppress(sqlite3.ProgrammingError):
        archive.close()


def _derive(secret: bytes, label: bytes) -> bytes:
    return hmac.new(secret, label, hashlib.sha256).digest()
