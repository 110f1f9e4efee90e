"""Makes dossiers behind the pages: one at a time, in a thread, sealed as they grow.

What a lock or a crash interrupts is begun anew when the archive opens next; its sealed parts are
swept away. Nothing of it was ever plain on the disk (see sealed_parcel).
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import Error, connection, transaction
from django.utils import timezone

from amana.core.durable import Disk
from amana.dossier import layout
from amana.dossier.build import compose
from amana.dossier.gather import case_from_archive
from amana.errors import AmanaError, Locked
from amana.ports import Progress
from amana.reunite.archive import Archive
from amana.trustees.archive_keys import open_archive
from amana_archive.access.audit import record
from amana_archive.courts import sealed_parcel
from amana_archive.courts.models import Dossier
from amana_archive.courts.wanted import wanted_of
from amana_archive.lockup.opened import Opened

# What makes two dossiers the same evidence: everything but who gets it, when, and what was done
# since. The same rule stands in docs/court as a line for grep.
_EVIDENCE = ("items.jsonl", "records/", "redacted/", "originals/", "copies/", "working/")

_one = threading.Lock()
_state = threading.Lock()
_progress: dict[int, tuple[int, int]] = {}
_threads: list[threading.Thread] = []


class _Span:
    """One unlocked span of the archive: work stops when it ends."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._over = threading.Event()

    def check(self) -> None:
        """Raises Locked."""
        if self._over.is_set() or self._opened.archive.locked:
            raise Locked(needed=2)

    def end(self) -> None:
        """Threat: a builder that outlives the lock would keep the key in memory."""
        self._over.set()
        with _state:
            waiting = list(_threads)
        for thread in waiting:
            thread.join(timeout=10)


_spans: dict[int, _Span] = {}


def _span(opened: Opened) -> _Span:
    with _state:
        if id(opened) not in _spans:
            _spans.clear()
            _spans[id(opened)] = _Span(opened)
            opened.closing.insert(0, _spans[id(opened)].end)
        return _spans[id(opened)]


def resume(opened: Opened) -> None:
    """After unlocking: what was interrupted is made anew; what nobody names is swept away."""
    with transaction.atomic():
        interrupted = Dossier.objects.filter(state=Dossier.State.BUILDING)
        interrupted.update(state=Dossier.State.WAITING, folder="", parts=[])
    named = Dossier.objects.exclude(folder="").values_list("folder", flat=True)
    sealed_parcel.sweep(root_of(opened), set(named))
    for dossier in Dossier.objects.filter(state=Dossier.State.WAITING).order_by("pk"):
        start(opened, dossier.pk)


def start(opened: Opened, key: int) -> None:
    """Make one dossier in a thread of its own."""
    span = _span(opened)

    def run() -> None:
        try:
            with _one:
                _make(opened, key, span)
        except (AmanaError, Error):
            return  # locked meanwhile: begun anew after the next unlock
        finally:
            with _state:
                _progress.pop(key, None)
                _threads.remove(threading.current_thread())
            connection.close()

    thread = threading.Thread(target=run, name="dossier", daemon=True)
    with _state:
        _threads.append(thread)
    thread.start()


def wait(seconds: float = 60.0) -> None:
    """Until all that was started is made."""
    with _state:
        waiting = list(_threads)
    for thread in waiting:
        thread.join(seconds)


def progress_of(dossier: Dossier) -> int | None:
    """Per cent of the evidence's bytes, while it is made."""
    with _state:
        done, total = _progress.get(dossier.pk, (0, 0))
    return 100 * done // total if total else None


def root_of(opened: Opened) -> Path:
    return opened.archive.folder / "web" / sealed_parcel.FOLDER


def folder_of(opened: Opened, dossier: Dossier) -> Path:
    return root_of(opened) / dossier.folder


def forget(opened: Opened, dossier: Dossier) -> None:
    """The receiver has it: the sealed parts go."""
    if dossier.folder:
        sealed_parcel.remove(folder_of(opened, dossier))


# --- one dossier ---------------------------------------------------------------------------------


def _make(opened: Opened, key: int, span: _Span) -> None:
    span.check()
    folder = secrets.token_hex(16)
    mine = Dossier.objects.filter(pk=key, state=Dossier.State.WAITING)
    if not mine.update(state=Dossier.State.BUILDING, folder=folder):
        return
    dossier = Dossier.objects.select_related("disclosure__case", "asked__proposal__to").get(pk=key)
    try:
        made = _build(opened, dossier, span)
    except Locked:
        raise
    except AmanaError as error:
        sealed_parcel.remove(folder_of(opened, dossier))
        with contextlib.suppress(AmanaError):
            record(opened, None, "dossier.failed", disclosure=dossier.disclosure_id)
        trouble = {"state": Dossier.State.FAILED, "trouble": error.message[:300], "folder": ""}
        Dossier.objects.filter(pk=key).update(**trouble)
        return
    with transaction.atomic():
        case, disclosure = dossier.disclosure.case_id, dossier.disclosure_id
        number, manifest = made["number"], made["manifest"]
        about = {"dossier": number, "manifest": manifest, "case": case}
        record(opened, None, "dossier.made", disclosure=disclosure, **about)
        Dossier.objects.filter(pk=key).update(state=Dossier.State.READY, **made)


def _build(opened: Opened, dossier: Dossier, span: _Span) -> dict[str, Any]:
    archive, folder = opened.archive, folder_of(opened, dossier)
    with Archive.open(archive.folder, archive.identity) as mine:
        signer = open_archive(archive.folder).open_office([archive.identity]).signer
        wanted = wanted_of(opened, dossier, signer.verifier)
        case = case_from_archive(mine, wanted, signer, enter=opened.recorder.record)
        name = f"dossier-{case.id[:8]}"
        writer = sealed_parcel.SealedZip(folder, name, archive.card.recipients, Disk(), span.check)
        report = compose(writer, case, path=folder, progress=_progress_to(dossier.pk))
        parts = writer.end()
    manifest = writer.digests[layout.MANIFEST].sha256
    contents = evidence_lines({path: d.sha256 for path, d in writer.digests.items()})
    return {
        "number": report.id,
        "parts": parts,
        "bytes": sum(part["size"] for part in parts),
        "files": len(writer.digests),
        "manifest": manifest,
        "seal": writer.seal.decode("utf-8"),
        "contents": contents,
        "contents_digest": hashlib.sha256(contents.encode()).hexdigest(),
        "made": timezone.now(),
    }


def _progress_to(key: int) -> Progress:
    def update(done: int, total: int | None, what: str) -> None:
        with _state:
            _progress[key] = (done, total or 0)

    return update


def evidence_lines(digests: Mapping[str, str]) -> str:
    """The lines of the manifest that are evidence: digest, two spaces, path; ascending."""
    wanted = tuple(layout.DATA + name for name in _EVIDENCE)
    chosen = sorted(path for path in digests if path.startswith(wanted))
    return "".join(f"{digests[path]}  {path}\n" for path in chosen)
