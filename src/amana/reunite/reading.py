"""`amana archive read`: look into every file that is held, and keep what could be read.

Objects are opened here, looked into by confined workers that hold no key (`look.py`), their scanned
pages read by tesseract in its own cage; then a batch is kept: sealed into the store, and committed
in one transaction. Run again, it goes on with what has no reading yet. A file whose pages could not
be read because tesseract was missing is asked again once it is there.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any

from amana.core.encoding import canonical
from amana.errors import AmanaError
from amana.ledger.entry import parse_record
from amana.ports import Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.cards.recognise import MACHINE
from amana.reunite.catalogue import KIND_READINGS
from amana.reunite.keys import COPY, ORIGINAL, READINGS, object_name
from amana.reunite.look import MAX_BYTES, Asked, Seen, look
from amana.reunite.readings import NumberRead, Reading, Readings
from amana.reunite.store import seal_object
from amana.reunite.tesseract import Engine, engine
from amana.reunite.workers import Workers

# What reads now; with a higher one everything is read once more, and the old readings stay.
EDITION = 1
_BATCH = 32
_MEMORY, _SECONDS = 2 << 30, 120
_LOOKUP = """
  SELECT r.id, r.closed, o.tag IS NULL
  FROM record r LEFT JOIN object o ON o.tag = r.original LEFT JOIN object c ON c.tag = r.copy
  WHERE r.kind = 1 AND r.id > ? AND coalesce(o.tag, c.tag) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM reading d WHERE d.object = coalesce(o.tag, c.tag)
                    AND d.edition >= ? AND (d.whole OR NOT ?))
    AND NOT EXISTS (SELECT 1 FROM record e WHERE e.original = r.original AND e.id < r.id
                    AND e.kind = 1)
  ORDER BY r.id LIMIT 500"""


@dataclass
class ReadReport:
    """What one run read: `files` looked into, of them `cards` with `numbers`, `texts` with words,
    `pages` read by tesseract, `unread` pages that nobody read, `trouble` files with a reason.

    `tesseract` is its name, or says that it is missing; `lacking` its missing languages.
    """

    tesseract: str
    lacking: list[str] = field(default_factory=list)
    files: int = 0
    cards: int = 0
    numbers: int = 0
    texts: int = 0
    pages: int = 0
    unread: int = 0
    trouble: list[dict[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class _Job:
    original: str
    path: str
    side: str
    read: str
    size: int
    media_type: str


def read_all(
    archive: Archive, *, progress: Progress = silent, using: Engine | str | None = "found"
) -> ReadReport:
    """Read everything that is held and was not read yet. `using` is tesseract, None to do without.

    Raises Locked, WriteFailed, NoSpace; what is wrong with one file is in the report.
    """
    reader = engine() if isinstance(using, str) else using
    report = ReadReport(
        reader.name if reader else "not installed: scanned pages stay unread",
        list(reader.lacking) if reader else [],
    )
    with archive.exclusively():
        total = _count(archive, reader)
        for batch in _batches(_read(archive, _jobs(archive, reader), reader)):
            _keep(archive, batch)
            _tell(report, batch)
            progress(report.files, total, "files read")
    return report


Made = tuple[_Job, Reading, int, bool]


def _count(archive: Archive, reader: Engine | None) -> int:
    query = f"SELECT count(*) FROM ({_LOOKUP.rpartition('ORDER')[0]})"  # noqa: S608 - a constant
    (count,) = archive.catalogue.db.execute(query, (0, EDITION, reader is not None)).fetchone()
    return int(count)


def _jobs(archive: Archive, reader: Engine | None) -> Iterator[_Job]:
    """What is to be read: the original where it is here, else the copy; each file once."""
    last = 0
    while True:
        rows = archive.catalogue.db.execute(_LOOKUP, (last, EDITION, reader is not None)).fetchall()
        for number, closed, is_copy in rows:
            last = number
            record = parse_record(archive.keys.open_row(closed))
            original, section = record.original, record.copy if is_copy else record.original
            if section is None:
                continue
            yield _Job(
                original["sha256"],
                original["path"],
                COPY if is_copy else ORIGINAL,
                section["sha256"],
                section["size"],
                section["media_type"],
            )
        if not rows:
            return


def _read(archive: Archive, jobs: Iterator[_Job], reader: Engine | None) -> Iterator[Made]:
    """Each job with its reading: workers look ahead, threads wait for tesseract."""
    ahead = os.cpu_count() or 1
    running: deque[Future[Made]] = deque()
    with (
        Workers(look, memory=_MEMORY, seconds=_SECONDS) as workers,
        ThreadPoolExecutor(ahead) as pool,
    ):
        while group := list(islice(jobs, 4 * ahead)):
            opened = [_opened(archive, job) for job in group]
            asked = [piece for piece in opened if isinstance(piece, Asked)]
            answers = iter([answer for _, answer in workers.results(asked)])
            for job, piece in zip(group, opened, strict=True):
                seen = next(answers) if isinstance(piece, Asked) else piece
                if isinstance(seen, AmanaError):
                    seen = Seen("not read", trouble=seen.message)
                running.append(pool.submit(_finish, job, seen, reader))
            while len(running) > 2 * ahead:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _opened(archive: Archive, job: _Job) -> Asked | Seen:
    if job.size > MAX_BYTES:
        return Seen("not read", trouble=f"larger than {MAX_BYTES >> 20} MiB")
    try:
        return Asked(archive.read(job.side, job.read, job.size), job.media_type)
    except KeyError:
        return Seen("not read", trouble="it is not in the store")
    except AmanaError as error:
        return Seen("not read", trouble=error.message)


def _finish(job: _Job, seen: Seen, reader: Engine | None) -> Made:
    """The reading of one file; how many pages tesseract read; whether nothing is left to read."""
    texts, sure, unread, trouble = [seen.text] if seen.text else [], [], seen.unread, seen.trouble
    for page in seen.pages:
        if reader is None:
            unread += 1
            trouble = trouble or "tesseract is not installed"
            continue
        try:
            said = reader.read(page)
        except AmanaError as error:
            unread, trouble = unread + 1, trouble or error.message
            continue
        texts += [said.text] if said.text else []
        sure += [said.confidence] if said.text else []
    pages = len(seen.pages) - (unread - seen.unread)
    machines = [MACHINE] if job.media_type.startswith("image/") else []
    machines += [reader.name] if reader and pages else []
    reading = Reading(
        cursor=0,
        original=job.original,
        side=job.side,
        how=seen.how + (" + tesseract" if pages else ""),
        machine="; ".join(machines),
        text=_sound("\n\n".join(texts)),
        confidence=round(sum(sure) / len(sure)) if sure else None,
        unread=unread,
        trouble=_sound(trouble)[:300],
        numbers=tuple(
            NumberRead(n.value, n.script, round(100 * n.confidence), n.corners, n.line, n.place)
            for n in seen.numbers
        ),
    )
    return job, reading, pages, not (seen.pages and reader is None)


def _sound(text: str) -> str:
    """Without what no JSON and no database may hold: halves of characters, and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _batches(made: Iterator[Made]) -> Iterator[list[Made]]:
    while batch := list(islice(made, _BATCH)):
        yield batch


def _keep(archive: Archive, batch: Sequence[Made]) -> None:
    """Into the store, then into the catalogue, which is when it counts."""
    rows = [(reading, job.read, whole) for job, reading, _, whole in batch]
    now = int(archive.clock().timestamp())
    lines = readings_lines(rows, EDITION, now)
    tag = archive.keys.tag(READINGS, sha256(lines).hexdigest())
    sealed = archive.records.replace(object_name(tag), seal_object(lines, archive.card.recipients))
    archive.records.flush()
    with archive.catalogue.transaction():
        archive.catalogue.add_object(tag, KIND_READINGS, now, sealed)
        Readings.of(archive).add(rows, EDITION, now)


def readings_lines(rows: Sequence[tuple[Reading, str, bool]], edition: int, now: int) -> bytes:
    """A batch as it is sealed: one line for each (spec/store.md, section 3)."""
    return b"".join(
        canonical(
            {"read": read, "whole": whole, "edition": edition, "at": now, **reading.to_json()}
        )
        + b"\n"
        for reading, read, whole in rows
    )


def _tell(report: ReadReport, batch: Sequence[Made]) -> None:
    for job, reading, pages, _ in batch:
        report.files += 1
        report.cards += bool(reading.numbers)
        report.numbers += len(reading.numbers)
        report.texts += bool(reading.text)
        report.pages += pages
        report.unread += reading.unread
        if reading.trouble:
            report.trouble.append({"what": job.path, "reason": reading.trouble})
