"""One disk against its own signed index, without any key: every file, every block.

Whoever knows the set's id or verifier key (from a card, from the archive) also learns that it is
that set's disk; without them the check still shows that nothing on it changed since it was signed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amana.disks.damage import Damage, DamagedFile, report
from amana.disks.identify import settle_numbers
from amana.disks.layout import INDEX, position_of
from amana.disks.manifest import Head
from amana.disks.media import DiskSet, Medium, open_set, read_stripes
from amana.disks.pool import workers
from amana.disks.reading import Reader
from amana.disks.report import Report
from amana.disks.target import good_index
from amana.disks.verify import verify_piece
from amana.errors import NotProved
from amana.ports import Progress, silent

_MAX_EXTRA = 1 << 20


@dataclass(frozen=True)
class CheckReport(Report):
    """`disk`: its number; `stripes`: of the set, as this disk's note knows it; `files` and `bytes`:
    read and good; `damaged`: files with bad blocks, or missing though the label says they were
    written; `elsewhere`: stripes whose piece was never on this medium; `problems`: with note,
    label, index or sealed files, in words; `unknown`: stripes whose line in the index is lost."""

    set_id: str
    vkey: str
    disk: int
    k: int
    n: int
    stripes: int
    files: int
    bytes: int
    damaged: tuple[DamagedFile, ...]
    elsewhere: int
    unknown: int
    problems: tuple[str, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether all that was written to this medium is on it, unchanged."""
        return not self.damaged and not self.problems and not self.unknown

    @property
    def complete(self) -> bool:
        """Whether it is also all that this disk of the set should hold."""
        return self.ok and not self.elsewhere


def check(
    disk: Path,
    vkey: str | None = None,
    *,
    set_id: str | None = None,
    progress: Progress = silent,
    reader: Reader | None = None,
) -> CheckReport:
    """Read the whole of `disk` and prove it, block by block.

    Raises NotOurs (nothing of a set is there), NotProved (another set, or no whole note on it: then
    the other disks of the set are needed, see `repair`).
    """
    started = time.monotonic()
    reader = reader or Reader()
    found = open_set([disk], reader, vkey=vkey, set_id=set_id)
    settle_numbers(found, reader)
    medium, head = found.media[0], found.head
    if medium.disk is None:
        raise NotProved(what=str(disk), reason="neither its label nor its files tell its number")
    tally = _read(found, medium, reader, progress)
    return CheckReport(
        set_id=head.set_id,
        vkey=head.vkey,
        disk=medium.disk,
        k=head.k,
        n=head.n,
        stripes=head.stripes,
        files=tally.files,
        bytes=tally.bytes,
        damaged=report(tally.damage),
        elsewhere=tally.elsewhere,
        unknown=head.stripes - tally.seen,
        problems=(*medium.problems, *_index_and_extras(medium, head, reader)),
        seconds=time.monotonic() - started,
    )


@dataclass
class _Tally:
    files: int = 0
    bytes: int = 0
    elsewhere: int = 0
    seen: int = 0
    damage: list[Damage] = field(default_factory=list)


def _read(found: DiskSet, medium: Medium, reader: Reader, progress: Progress) -> _Tally:
    tally, head = _Tally(), found.head
    with workers() as pool:
        for stripe in read_stripes(head, found.media, reader):
            tally.seen += 1
            progress(stripe.number, head.stripes, "checking")
            position = position_of(medium.disk or 1, stripe.number, head.n)
            piece = stripe.pieces[position]
            if not piece.size:
                continue
            bad = verify_piece(medium.path / stripe.name(position), piece, reader, pool)
            if bad is None:
                tally.files, tally.bytes = tally.files + 1, tally.bytes + piece.size
            elif bad.missing and medium.label and not medium.label.holds(stripe.number):
                tally.elsewhere += 1
            else:
                tally.damage.append(bad)
    return tally


def _index_and_extras(medium: Medium, head: Head, reader: Reader) -> Sequence[str]:
    problems = []
    if good_index(medium.path, head, reader) < head.index_size:
        problems.append(f"{INDEX} is damaged")
    for extra in head.extras:
        data = reader.whole(medium.path / extra.name, _MAX_EXTRA)
        if data is None or hashlib.sha256(data).hexdigest() != extra.sha256:
            problems.append(f"{extra.name} is damaged or missing")
    return problems
