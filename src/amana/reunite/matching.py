"""Matching from end to end: read the pictures, match, propose."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from amana.core.encoding import Json
from amana.ports import Executor, Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.group import propose
from amana.reunite.match import MATCHED, Match, Matcher
from amana.reunite.pictures import Gathered, archive_originals, folder_files, gather
from amana.reunite.prints import Prints
from amana.reunite.proposals import proposals
from amana.reunite.readings import Readings

PRINTS_FILE = "prints.sqlite"
COPIES_FILE = "prints-of-copies.sqlite"
_SURELY_READ = 95
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
# Fewer copies are compared before other processes would have begun.
_WORTH_A_POOL = 48


def match_folders(
    copies: Path,
    originals: Path,
    *,
    cases: bool = False,
    progress: Progress = silent,
    executor: Executor | None = None,
) -> Json:
    """Match a folder against a folder. Fingerprints lie, closed with a key that dies with this
    process, in a temporary file: memory stays flat, and nothing is kept. `executor` of processes
    for the comparing; by default one of our own. Raises SourceMissing."""
    with (
        tempfile.TemporaryDirectory(prefix="amana-prints-") as folder,
        closing(Prints(Path(folder) / PRINTS_FILE)) as kept,
        closing(Prints(Path(folder) / COPIES_FILE)) as asked,
    ):
        held = gather(folder_files(originals), kept, progress)
        return _match(copies, asked, kept, held, cases, progress, executor)


def match_archive(
    copies: Path,
    archive: Archive,
    *,
    cases: bool = False,
    progress: Progress = silent,
    executor: Executor | None = None,
) -> Json:
    """Match a folder against the originals of an unlocked archive. The fingerprints of both are
    kept (closed) beside the catalogue: the next time only what is new is looked at, on either side.
    Raises Locked."""
    archive.act("matching by picture", copies=str(copies.name))
    with (
        closing(Prints(archive.folder / PRINTS_FILE, archive.keys)) as kept,
        closing(Prints(archive.folder / COPIES_FILE, archive.keys)) as asked,
    ):
        held = gather(archive_originals(archive), kept, progress)
        readings = Readings.of(archive)
        return _match(copies, asked, kept, held, cases, progress, executor, readings)


def _match(
    copies: Path,
    asked: Prints,
    originals: Prints,
    held: Gathered,
    cases: bool,
    progress: Progress,
    executor: Executor | None,
    readings: Readings | None = None,
) -> Json:
    found = gather(folder_files(copies), asked, progress)
    # Only what is in this folder now: what was kept of another disk is not asked again.
    places = [picture.place for picture in found.pictures]
    with _workers(executor, len(places)) as workers:
        matcher = Matcher(originals, executor=workers)
        matches = matcher.match(asked, places, progress=progress)
    result = proposals(matches, found, held)
    if cases:
        numbers = _numbers(readings, matches, held) if readings is not None else {}
        result |= _cases(asked, found, numbers)
    return result


def _numbers(readings: Readings, matches: Sequence[Match], held: Gathered) -> dict[int, str]:
    """What was read on the card of the original of each copy that was matched by itself; only where
    one number was read whole, and nearly surely: a wrong one would part what belongs together."""
    digest = {picture.place: picture.sha256 for picture in held.pictures}
    numbers = {}
    for match in matches:
        if match.state != MATCHED or match.original is None:
            continue
        if (reading := readings.get(digest[match.original])) is not None:
            read = {n.value for n in reading.numbers if n.confidence >= _SURELY_READ}
            if len(read) == 1 and "?" not in (value := read.pop()):
                numbers[match.copy] = value
    return numbers


def _cases(asked: Prints, found: Gathered, numbers: Mapping[int, str]) -> Json:
    name = {picture.place: picture.name for picture in found.pictures}
    groups = propose(asked, list(name), names=name, numbers=numbers)
    twins = [[name[place] for place in group] for group in groups.twins]
    twins += [names for names in found.names.values() if len(names) > 1]
    return {"cases": [[name[p] for p in group] for group in groups.cases], "twins": twins}


@contextmanager
def _workers(executor: Executor | None, count: int) -> Iterator[Executor | None]:
    """The executor handed in; else processes on all cores where there is enough to do."""
    if executor is not None or count < _WORTH_A_POOL or (os.cpu_count() or 1) < 2:
        yield executor
        return
    # One thread in each process: a library of linear algebra would otherwise start as many again.
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as own:
            yield own
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
