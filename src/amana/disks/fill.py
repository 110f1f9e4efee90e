"""Filling disks from a vault: any k of n suffice, in one place or one disk at a time.

What a fill does, in order; a crash anywhere is set right by the next fill:

    1. the disks' signed indexes are held against what the vault remembers of the set (see adopt)
    2. each disk that is plugged in gets the pieces of earlier stripes that it lacks
    3. packs that are in no stripe yet are coded, a stripe at a time, onto the disks that are there
    4. every few gigabytes: the vault remembers the stripes (the commit), then index, label and note
       of each disk are brought up to date

Nothing is opened here: sealed packs go out as they lie in the vault. The copies' packs travel too
(docs/decisions/0401): they are a few per cent of the bytes, and with them a disk set is complete
even where no mail ever arrived.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.disks.adopt import adopt
from amana.disks.content import seal_content
from amana.disks.extend import extend
from amana.disks.filling import Work, begin, catch_up, commit, look
from amana.disks.join import Wish, join
from amana.disks.layout import CHECKPOINT, CONTENT, README
from amana.disks.pool import workers
from amana.disks.reading import Reader
from amana.disks.readme import README_TEXT
from amana.disks.report import Report
from amana.disks.state import SetState, SetStore
from amana.disks.target import Target
from amana.ports import Progress, silent
from amana.vault.checkpoint import CHECKPOINT_FILE
from amana.vault.manifest import committed_packs
from amana.vault.store import Vault


@dataclass(frozen=True)
class DiskFilled:
    """One medium after a fill: its disk number, how many stripes it holds of how many it should,
    bytes written now, whether it is full, and why it was given up, if it was."""

    path: str
    disk: int
    medium: str
    held: int
    stripes: int
    bytes: int
    full: bool
    failure: str


@dataclass(frozen=True)
class FillReport(Report):
    """`packs`: newly placed; `bytes`: written to all disks; `vkey`: the set's verifier key;
    `unfit`: packs that the vault no longer has as it committed them, with the reason;
    `absent`: numbers of disks that are not complete yet, here or elsewhere; `seconds`: of work."""

    set_id: str
    vkey: str
    k: int
    n: int
    stripes: int
    packs: int
    bytes: int
    disks: tuple[DiskFilled, ...]
    unfit: tuple[tuple[str, str], ...]
    absent: tuple[int, ...]
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether all packs are on every disk of the set now."""
        return not self.unfit and not self.absent and not any(d.failure for d in self.disks)


def fill(
    vault: Vault,
    disks: Sequence[Path],
    *,
    any_k: int,
    of: int | None = None,
    wish: Wish | None = None,
    progress: Progress = silent,
    disk_io: Disk | None = None,
    reader: Reader | None = None,
) -> FillReport:
    """Put the vault's packs on `disks` (folders), of which any `any_k` will suffice.

    A disk that belongs to a set of this vault is continued; an empty one becomes the next number
    that has no disk yet. `of`: how many disks the set has (as many as are given). A disk that fails
    or fills up is left, and told of in the report; the others go on. Raises UsageProblem,
    SourceMissing, NotOurs, AlreadyThere, Malformed, NoSpace or WriteFailed (no disk is left, or the
    vault cannot be written).
    """
    started = time.monotonic()
    disk_io, reader, wish = disk_io or Disk(), reader or Reader(), wish or Wish()
    store = SetStore(vault.path, vault.locker, disk_io)
    state, known, targets = join(store.load(), disks, (any_k, of), wish, reader)
    adopt(store, state, known, reader)
    if not state.content:
        state.content = seal_content(state.vkey, vault.signer, vault.state.recipients)
    extras = _extras(vault, state, wish.with_readme)
    packs = committed_packs(vault.path)
    with workers() as pool:
        work = Work(store, state, targets, packs, extras, disk_io, reader, progress, pool)
        begin(work)
        fresh = look(work)
        catch_up(work)
        extend(work, fresh)
        commit(work)
    failures = [t.failure for t in targets if t.failure]
    if failures and len(failures) == len(targets):
        raise failures[0]
    return _report(work, time.monotonic() - started)


def _extras(vault: Vault, state: SetState, with_readme: bool) -> dict[str, bytes]:
    extras = {CONTENT: state.content}
    checkpoint = vault.path / CHECKPOINT_FILE
    if checkpoint.is_file():
        extras[CHECKPOINT] = checkpoint.read_bytes()
    if with_readme:
        extras[README] = README_TEXT.encode("utf-8")
    return extras


def _report(work: Work, seconds: float) -> FillReport:
    state = work.state
    return FillReport(
        set_id=state.set_id,
        vkey=state.vkey,
        k=state.k,
        n=state.n,
        stripes=state.stripes,
        packs=work.placed,
        bytes=sum(t.written for t in work.targets),
        disks=tuple(_filled(t, state.stripes) for t in work.targets),
        unfit=tuple(sorted(work.unfit.items())),
        absent=tuple(d for d in range(1, state.n + 1) if not state.disk_is_whole(d)),
        seconds=seconds,
    )


def _filled(target: Target, stripes: int) -> DiskFilled:
    return DiskFilled(
        path=str(target.path),
        disk=target.disk,
        medium=target.medium,
        held=len(target.held),
        stripes=stripes,
        bytes=target.written,
        full=target.full,
        failure=target.failure.message if target.failure else "",
    )
