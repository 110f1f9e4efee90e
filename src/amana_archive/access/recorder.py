"""One entry in the archive's ledger before every act; many people, one signature.

Entries of requests that wait at the same moment are appended together under one checkpoint, so
that fifty reviewers do not queue for fifty signatures. Each request still returns only when its own
entry is on the medium; if it cannot be written, all that waited raise, and none of them shows
anything.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amana.core.encoding import Json, canonical
from amana.errors import AmanaError
from amana.ledger.book import Book
from amana.ledger.entry import Record

_REMEMBERED = 20_000


@dataclass
class _Waiting:
    fields: Json
    record: Record | None = None
    error: BaseException | None = None


class Recorder:
    """Thread-safe appends to `book`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._writing = threading.Lock()
        self._fresh: list[Record] = []

    @property
    def origin(self) -> str:
        return self._book.origin

    @property
    def size(self) -> int:
        return self._book.size

    def checkpoint(self) -> str:
        return self._book.checkpoint()

    def record(self, fields: Json) -> Record:
        """The entry of one act, on the medium when this returns.

        Raises WriteFailed, NoSpace, InUse, Malformed, Damaged: then the act must not happen.
        """
        return self.record_all([fields])[0]

    def record_all(self, acts: Sequence[Json]) -> list[Record]:
        """The entries of several acts, all of them or none. Raises as `record`."""
        for fields in acts:
            canonical(fields)  # one malformed act must not take others down with it
        mine = [_Waiting(fields) for fields in acts]
        with self._queueing:
            self._queue += mine
        with self._writing:
            if any(one.record is None and one.error is None for one in mine):
                self._write_all()
        for one in mine:
            if one.error is not None:
                raise one.error
        return [one.record for one in mine if one.record is not None]

    def records(self, start: int = 0) -> Iterator[Record]:
        """The committed entries from `start` on: from memory where this process wrote them all,
        else from the ledger itself, which others (`archive receive`) write, too."""
        with self._queueing:
            fresh, self._fresh = self._fresh, []
        wanted = [r for r in fresh if r.seq >= start]
        if wanted and wanted[0].seq == start and wanted[-1].seq == start + len(wanted) - 1:
            yield from wanted
            start += len(wanted)
        if start >= self.size:
            return
        for record in self._book.records():
            if record.seq >= start:
                yield record

    def _write_all(self) -> None:
        with self._queueing:
            batch, self._queue = self._queue, []
        try:
            records = self._book.append_all([waiting.fields for waiting in batch])
        except (AmanaError, OSError) as error:
            for waiting in batch:
                waiting.error = error
            return
        except BaseException as error:
            for waiting in batch:
                waiting.error = error
            raise
        for waiting, record in zip(batch, records, strict=True):
            waiting.record = record
        with self._queueing:
            self._fresh = (self._fresh + records)[-_REMEMBERED:]
