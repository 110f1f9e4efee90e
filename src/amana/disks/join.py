"""Which disk of which set a folder is, or becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.disks.layout import OWN_FILES
from amana.disks.media import Medium, open_medium
from amana.disks.reading import Reader
from amana.disks.state import SetState
from amana.disks.target import Target
from amana.errors import AlreadyThere, NotOurs, SourceMissing, UsageProblem


@dataclass(frozen=True)
class Wish:
    """What the user may say beyond k and n. `continues`: new disks go on where the full disk of
    this number stopped; `lost`: the disks of these numbers are gone and are made anew; `new_set`:
    begin another set whatever there is; `with_readme`: the disks may introduce themselves."""

    continues: int | None = None
    lost: tuple[int, ...] = ()
    new_set: bool = False
    with_readme: bool = False


def join(
    states: Sequence[SetState],
    paths: Sequence[Path],
    code: tuple[int, int | None],
    wish: Wish,
    reader: Reader,
) -> tuple[SetState, list[Medium], list[Target]]:
    """The set to be filled, those of `paths` that are disks of it already, and a target for each
    path. `code`: k, and n where it was said.

    Raises UsageProblem, SourceMissing, NotOurs (a disk of a set that is not this vault's),
    AlreadyThere (files in the way).
    """
    known, new = _sort(paths, reader)
    state = _set_of(states, known, (code[0], code[1] or len(known) + len(new)), wish)
    if state.k != code[0] or code[1] not in (None, state.n):
        raise UsageProblem(what=f"this set is any {state.k} of {state.n}")
    for medium in [m for m, label in state.media.items() if label.disk in wish.lost]:
        del state.media[medium]
    targets = [_known_target(medium) for medium in known]
    targets += _new_targets(state, new, wish, [t.disk for t in targets])
    order = [path.resolve() for path in paths]
    return state, known, sorted(targets, key=lambda target: order.index(target.path))


def _sort(paths: Sequence[Path], reader: Reader) -> tuple[list[Medium], list[Path]]:
    """Those that are disks of a set already, and empty ones; each folder once."""
    if not paths:
        raise UsageProblem(what="no disk was named")
    known: list[Medium] = []
    new: list[Path] = []
    for path in dict.fromkeys(p.resolve() for p in paths):
        if not path.is_dir():
            raise SourceMissing(path=str(path))
        try:
            known.append(open_medium(path, reader))
        except NotOurs:
            if any((path / name).exists() for name in OWN_FILES):
                raise AlreadyThere(path=str(path)) from None
            new.append(path)
    ids = [m.label.medium for m in known if m.label]
    if len(set(ids)) < len(ids):
        raise UsageProblem(what="the same disk was given twice, or one is a copy of another")
    return known, new


def _set_of(
    states: Sequence[SetState], known: Sequence[Medium], code: tuple[int, int], wish: Wish
) -> SetState:
    ids = {_id_of(medium) for medium in known}
    if len(ids) > 1:
        raise UsageProblem(what="these disks are of different sets")
    if ids:
        state = next((s for s in states if s.set_id in ids), None)
        if state is None:
            raise NotOurs(path=str(known[0].path), expected="a disk of a set of this vault")
        return state
    if not wish.new_set:
        for state in states:
            free = state.free_numbers or wish.continues or wish.lost
            if (state.k, state.n) == code and free:
                return state
    return SetState.new(*code)


def _id_of(medium: Medium) -> str:
    if medium.label is None or (medium.head and medium.head.set_id != medium.label.set_id):
        raise NotOurs(path=str(medium.path), expected="a disk with a whole label; repair it first")
    return medium.label.set_id


def _known_target(medium: Medium) -> Target:
    assert medium.label is not None
    return Target(medium.path, medium.label.disk, medium.label.medium, new=False)


def _new_targets(
    state: SetState, new: Sequence[Path], wish: Wish, present: Sequence[int]
) -> list[Target]:
    if wish.continues is not None:
        if not 1 <= wish.continues <= state.n:
            raise UsageProblem(what=f"this set has no disk {wish.continues}")
        return [Target(path, wish.continues) for path in new]
    free = [d for d in state.free_numbers if d not in present]
    if len(new) > len(free):
        raise UsageProblem(
            what=f"the set has {state.n} disks, and {len(free)} of them without a disk yet; for "
            f"{len(new)} new disks say which is continued (--continues) or lost (--lost)"
        )
    return [Target(path, disk) for path, disk in zip(new, free, strict=False)]
