"""A capture from beginning to end: list, plan, hand out, commit in order.

The place of every record in the ledger is known when its batch is handed out, because a batch has
exactly one record a file; so batches run side by side and are committed in the order of handing
out. Whoever stops this at any instant loses at most the batches in flight.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import chain
from pathlib import Path

from amana.capture.batch import Job, Result, capture_batch, oddity_tag
from amana.capture.follow import FollowJob, follow_batch
from amana.capture.options import Options
from amana.capture.plan import InFlight, Planner, Thing
from amana.capture.pool import Workers
from amana.capture.probe import try_decode
from amana.capture.report import CaptureReport, Trouble
from amana.capture.walk import Entry, Listing, Oddity, check_sources, walk
from amana.core.durable import Disk
from amana.core.names import shown
from amana.errors import Interrupted
from amana.ports import Executor, Progress, silent
from amana.vault.index import seen_tag
from amana.vault.store import Commit, Vault
from amana.vault.waiting import Waiting, read_waiting, waiting_files

_WHAT = "capturing"


def capture(
    sources: Sequence[Path],
    vault: Vault,
    options: Options | None = None,
    *,
    progress: Progress = silent,
    executor: Executor | None = None,
) -> CaptureReport:
    """Capture what is new below `sources` into `vault`.

    Raises SourceMissing, SourceUnreadable before anything is done; NoSpace, WriteFailed,
    Interrupted after what was committed stays.
    """
    options = options or Options()
    check_sources(sources)
    started = time.monotonic()
    session = _Session(vault, options, progress, executor)
    try:
        session.list(sources)
        if not options.dry_run:
            session.work()
            session.follow()
    except KeyboardInterrupt:
        session.workers.abort()
        raise Interrupted from None
    finally:
        session.close()
    session.report.seconds = round(time.monotonic() - started, 3)
    return session.report


class _Session:
    def __init__(
        self, vault: Vault, options: Options, progress: Progress, executor: Executor | None
    ) -> None:
        self.report = CaptureReport(repaired=list(vault.repaired), dry_run=options.dry_run)
        self.workers = Workers(options.workers, vault.lock.handle, executor)
        self._vault = vault
        self._options = options
        self._progress = progress
        self._deadline = (
            time.monotonic() + options.time_limit if options.time_limit is not None else None
        )
        # Short of time, copies and records of everything come before the first original.
        self._now = options if options.time_limit is None else replace(options, originals=False)
        self._listing = Listing()
        self._odd: list[Oddity] = []
        self._flying = InFlight()
        self._pending: deque[tuple[Job, Future[Result]]] = deque()
        self._handed = 0
        self._bytes_done = 0

    def close(self) -> None:
        """End the workers and remove what they had begun."""
        if self._pending:
            self.workers.abort()
        self.workers.renew()
        self._vault.sweep()

    # -- listing --------------------------------------------------------------------------------

    def list(self, sources: Sequence[Path]) -> None:
        tags, key = self._vault.tags(), self._vault.state.index_key

        def seen(entry: Entry) -> bool:
            tag = seen_tag(key, entry.path, entry.size, entry.mtime_ns)
            return not self._options.again and tag in tags

        for thing in walk(sources, outside=[self._vault.path]):
            if isinstance(thing, Oddity):
                self._note(thing, oddity_tag(key, thing) in tags)
                continue
            self.report.files += 1
            if self._is_old(thing) or seen(thing):
                self.report.unchanged += 1
            else:
                self._listing.add(thing)
            if self.report.files % 1000 == 0:
                self._progress(self.report.files, None, "looking")

    def _is_old(self, entry: Entry) -> bool:
        return self._options.since is not None and entry.mtime_ns < self._options.since

    def _note(self, oddity: Oddity, known: bool) -> None:
        trouble = Trouble(shown(oddity.name), oddity.reason)
        (self.report.unreadable if oddity.unreadable else self.report.skipped).append(trouble)
        if not known:
            self._odd.append(oddity)

    def _things(self) -> Iterator[Thing]:
        files = self._listing.newest_first() if self._options.order == "newest" else self._listing
        return chain(self._odd, files)

    # -- working --------------------------------------------------------------------------------

    def work(self) -> None:
        options = self._options
        count = len(self._listing) + len(self._odd)
        planner = Planner(self._things(), count, self._listing.bytes, options, options.workers)
        window = 2 * max(1, options.workers)
        while True:
            while len(self._pending) < window and self._in_time():
                batch = planner.next(self._flying)
                if not batch:
                    break
                self._hand_out(batch)
            if not self._pending:
                break
            self._land()
        self.report.left = count - self._handed

    def follow(self) -> None:
        """Capture the originals whose copies were committed, now or by an earlier run."""
        paths = waiting_files(self._vault.path)
        pending: deque[tuple[Path, int, Future[Result]]] = deque()
        done = 0
        for path in [*paths, None]:
            while pending and (path is None or len(pending) >= 2 * max(1, self._options.workers)):
                self._land_originals(*pending.popleft())
                done += 1
                self._progress(done, len(paths), "originals that follow")
            if path is None:
                break
            waiting = read_waiting(self._vault.locker, path)
            if self._options.originals and self._in_time():
                pending.append((path, len(waiting.paths), self._follow(waiting)))
            else:
                self.report.originals_left += len(waiting.paths)

    def _follow(self, waiting: Waiting) -> Future[Result]:
        state = self._vault.state
        job = FollowJob(
            waiting,
            str(self._vault.path),
            state.index_key,
            state.tags,
            state.recipients,
            self._options.batch_bytes,
        )
        return self.workers.submit(follow_batch, job, *self._disk())

    def _land_originals(self, path: Path, count: int, future: Future[Result]) -> None:
        try:
            result = future.result()
        except BrokenProcessPool:
            self.workers.renew()
            result = self._follow(read_waiting(self._vault.locker, path)).result()
        report = self.report
        report.originals_left += result.left
        report.originals += result.originals
        report.bytes_read += result.bytes_read
        report.unreadable += result.lost
        if result.left == count:
            return  # their disk is away: nothing changes
        report.packs += result.originals_pack is not None
        pack, tags = result.originals_pack, result.tags
        self._vault.commit(Commit(tags=tags, originals=pack, waiting=result.waiting, settled=path))

    def _disk(self) -> tuple[Disk, ...]:
        """What a worker writes by: its own, or this process's where it works here."""
        return () if self.workers.expendable else (self._vault.disk,)

    def _in_time(self) -> bool:
        return self._deadline is None or time.monotonic() < self._deadline

    def _hand_out(self, batch: tuple[Thing, ...]) -> None:
        state = self._vault.state
        job = Job(
            batch,
            state.frontier.size + sum(len(job.entries) for job, _ in self._pending),
            str(self._vault.path),
            state.index_key,
            state.tags,
            state.recipients,
            self._now,
            expendable=self.workers.expendable,
            ledger=self._vault.signer.name,
        )
        self._handed += len(batch)
        self._flying.add(batch)
        self._pending.append((job, self._submit(job)))

    def _submit(self, job: Job) -> Future[Result]:
        return self.workers.submit(capture_batch, job, *self._disk())

    def _land(self) -> None:
        """Commit the oldest batch in flight."""
        job, future = self._pending[0]
        try:
            result = future.result()
        except BrokenProcessPool:
            result = self._carefully(job)
        self._vault.commit(
            Commit(
                result.leaves,
                result.tags,
                result.copies_pack,
                result.originals_pack,
                result.waiting,
            )
        )
        self._pending.popleft()
        self._flying.remove(job.entries)
        self._count(job, result)

    def _carefully(self, job: Job) -> Result:
        """A worker was killed: find the file that did it, leave its picture alone, and go on."""
        self.workers.renew()
        culprits: set[int] = set()
        for place, entry in enumerate(job.entries):
            try:
                if isinstance(entry, Entry):
                    self.workers.submit(try_decode, entry, self._options).result()
            except BrokenProcessPool:
                self.workers.renew()
                culprits.add(place)
        job = replace(job, plain=frozenset(culprits))
        try:
            result = self.workers.submit(capture_batch, job).result()
        except BrokenProcessPool:
            # It was not one picture: leave all of them alone. What fails now, fails for good.
            self.workers.renew()
            job = replace(job, plain=frozenset(range(len(job.entries))))
            result = self.workers.submit(capture_batch, job).result()
        # Whatever else was in flight died with the worker.
        later = list(self._pending)[1:]
        self._pending = deque([self._pending[0]])
        for other, future in later:
            finished = future.done() and not future.cancelled() and future.exception() is None
            self._pending.append((other, future if finished else self._submit(other)))
        return result

    def _count(self, job: Job, result: Result) -> None:
        report = self.report
        report.items += result.items
        report.copies += result.copies
        report.originals += result.originals
        report.again += result.again
        report.bytes_read += result.bytes_read
        report.packs += sum(p is not None for p in (result.copies_pack, result.originals_pack))
        report.unreadable += result.unreadable
        self._bytes_done += sum(e.size for e in job.entries if isinstance(e, Entry))
        self._progress(self._bytes_done, self._listing.bytes, _WHAT)
