"""How a set stands: from its disks, without keys; or from the vault, for the one who opened it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.disks.identify import settle_numbers
from amana.disks.media import Medium, open_set
from amana.disks.reading import Reader
from amana.disks.report import Report
from amana.disks.state import SetState, SetStore
from amana.vault.manifest import committed_packs
from amana.vault.store import Vault


@dataclass(frozen=True)
class MediumStatus:
    """`held` of `stripes`: as its label says; nothing is read but labels and notes."""

    path: str
    disk: int | None
    held: int
    stripes: int
    free: int | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class DisksStatus(Report):
    """`here`: numbers of the disks that are plugged in; `absent`: of those that are not."""

    set_id: str
    vkey: str
    k: int
    n: int
    stripes: int
    here: tuple[int, ...]
    absent: tuple[int, ...]
    media: tuple[MediumStatus, ...]
    foreign: tuple[str, ...]
    twice: tuple[str, ...]
    forked: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether as many disks are here as restoring the set takes (if they are whole)."""
        return len(self.here) >= self.k


@dataclass(frozen=True)
class SetStatus(Report):
    """A set as its vault remembers it: of each disk number, how many of the stripes its media hold;
    `waiting`: packs in the vault that are in no stripe of the set yet."""

    set_id: str
    vkey: str
    k: int
    n: int
    stripes: int
    disks: tuple[tuple[int, int], ...]
    waiting: int

    @property
    def complete(self) -> bool:
        return not self.waiting and all(held >= self.stripes for _, held in self.disks)


def status(
    disks: Sequence[Path],
    *,
    vkey: str | None = None,
    set_id: str | None = None,
    reader: Reader | None = None,
) -> DisksStatus:
    """What `disks` are, and whether they suffice. Raises NotOurs, NotProved, UsageProblem."""
    reader = reader or Reader()
    found = open_set(disks, reader, vkey=vkey, set_id=set_id)
    settle_numbers(found, reader)
    head, here = found.head, found.numbers
    return DisksStatus(
        set_id=head.set_id,
        vkey=head.vkey,
        k=head.k,
        n=head.n,
        stripes=head.stripes,
        here=tuple(sorted(here)),
        absent=tuple(d for d in range(1, head.n + 1) if d not in here),
        media=tuple(_medium(m, reader) for m in found.media),
        foreign=tuple(map(str, found.foreign)),
        twice=tuple(map(str, found.twice)),
        forked=tuple(map(str, found.forked)),
    )


def _medium(medium: Medium, reader: Reader) -> MediumStatus:
    held = medium.label.held if medium.label else ()
    try:
        free: int | None = reader.free(medium.path)
    except OSError:
        free = None
    return MediumStatus(
        path=str(medium.path),
        disk=medium.disk,
        held=sum(last - first + 1 for first, last in held),
        stripes=medium.stripes,
        free=free,
        problems=tuple(medium.problems),
    )


def vault_sets(vault: Vault, *, disk_io: Disk | None = None) -> tuple[SetStatus, ...]:
    """The sets that were filled from `vault`. Raises CannotOpen, Malformed, NotOurs, Damaged."""
    store = SetStore(vault.path, vault.locker, disk_io or Disk())
    packs = {pack.sha256 for pack in committed_packs(vault.path)}
    return tuple(_set(store, state, packs) for state in store.load())


def _set(store: SetStore, state: SetState, packs: set[str]) -> SetStatus:
    placed = {p.pack for s in store.stripes(state) for p in s.pieces if p.pack}
    return SetStatus(
        set_id=state.set_id,
        vkey=state.vkey,
        k=state.k,
        n=state.n,
        stripes=state.stripes,
        disks=tuple((d, state.held(d)) for d in range(1, state.n + 1)),
        waiting=len(packs - placed),
    )
