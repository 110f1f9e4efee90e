"""Opening packs in confined workers, on all cores: what `receive` does unless told otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from amana.errors import AmanaError
from amana.reunite.examine import Examined, Keys, examine
from amana.reunite.inboxes import Arrival
from amana.reunite.slots import Room, Slots, Span, attach, make_slots
from amana.reunite.workers import Workers, current_cage

if TYPE_CHECKING:  # a worker need not load all of the archive
    from amana.reunite.archive import Archive

Outcome = tuple[Arrival, Examined | AmanaError]
_Asked = tuple[Path, Keys, int]
_Answer = tuple[Examined, list[Span | None], str]


def examined_confined(waiting: Sequence[Arrival], archive: Archive) -> Iterator[Outcome]:
    """Each pack with what was found in it, or why it was refused; in order."""
    if not waiting:
        return
    processes = min(len(waiting), os.cpu_count() or 1)
    # One for each that is worked on, one for each waiting to be, one for what is being stored.
    count = processes + 2
    slots = make_slots(count)
    asked = [(arrival.path, archive.opening, n % count) for n, arrival in enumerate(waiting)]
    prepare = partial(attach, slots.names()) if slots else None
    try:
        with Workers(_examine, processes=processes, prepare=prepare) as workers:
            for arrival, (_, answer) in zip(waiting, workers.results(asked), strict=True):
                yield arrival, answer if isinstance(answer, AmanaError) else _whole(answer, slots)
    finally:
        if slots:
            slots.close()


def _examine(asked: _Asked) -> _Answer:
    """In the worker. What it sealed lies in its slot already; only where is told."""
    path, keys, slot = asked
    room = Room(slot)
    examined = examine(path, keys, room.take)
    spans = [room.span(found.sealed) for found in examined.found]
    found = tuple(
        replace(f, sealed=b"") if span else f for f, span in zip(examined.found, spans, strict=True)
    )
    lines = bytes(examined.records_sealed)
    return replace(examined, found=found, records_sealed=lines), spans, str(current_cage())


def _whole(answer: _Answer, slots: Slots | None) -> Examined:
    examined, spans, cage = answer
    found = tuple(
        replace(f, sealed=slots.at(span)) if span and slots else f
        for f, span in zip(examined.found, spans, strict=True)
    )
    return replace(examined, found=found, cage=cage)
