"""A disk that knows more than the vault: the vault was put back from an older copy of itself.

Threat: a fill that trusted such a vault would give the next stripes' numbers a second time, and
write over pieces that are good. So before anything is written, every disk's signed index is held
against the vault's. Stripes that only the disk knows are taken over: the set's own key signed them.
Where the two went different ways the disk is refused, and left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from amana.disks.layout import INDEX
from amana.disks.manifest import Head, IndexDigests, Stripe
from amana.disks.media import Medium, read_stripes
from amana.disks.reading import Reader
from amana.disks.state import SetState, SetStore
from amana.errors import Damaged, NotOurs

_TOGETHER = 500  # stripes a segment of the vault's memory


def adopt(store: SetStore, state: SetState, media: Sequence[Medium], reader: Reader) -> int:
    """Bring the vault's memory of a set up to the disks that are here; how many stripes it learnt.

    Raises NotOurs (a disk of another branch of the set), Damaged (a disk that knows more, but
    whose index is not whole), NoSpace, WriteFailed.
    """
    noted = [(m, m.head) for m in media if m.head]
    before = state.stripes
    for medium, head in sorted(noted, key=lambda pair: -pair[1].stripes):
        if head.stripes > state.stripes:
            _take_over(store, state, medium, head, reader)
    _compare(store, state, noted)
    return state.stripes - before


def _take_over(
    store: SetStore, state: SetState, medium: Medium, head: Head, reader: Reader
) -> None:
    if head.k != state.k or head.n != state.n or head.public != state.public:
        raise _of_another_branch(medium)
    theirs = _whole_index(medium, head, reader)
    for ours, other in zip(store.stripes(state), theirs, strict=False):
        if ours != other:
            raise _of_another_branch(medium)
    theirs = islice(_whole_index(medium, head, reader), state.stripes, None)
    while batch := list(islice(theirs, _TOGETHER)):
        store.commit(state, batch)


def _whole_index(medium: Medium, head: Head, reader: Reader) -> Iterator[Stripe]:
    for number, stripe in enumerate(read_stripes(head, [medium], reader), 1):
        if stripe.number != number:
            break
        yield stripe
        if number == head.stripes:
            return
    if head.stripes:
        reason = f"{INDEX} is not whole, and this vault knows less than the disk; repair it first"
        raise Damaged(path=str(medium.path), reason=reason)


def _compare(store: SetStore, state: SetState, noted: Sequence[tuple[Medium, Head]]) -> None:
    """Every disk's index must be the beginning of the vault's, or all of it."""
    waiting = sorted(noted, key=lambda pair: pair[1].stripes)
    digests = IndexDigests()
    for stripe in store.stripes(state):
        while waiting and waiting[0][1].stripes < stripe.number:
            _same(digests, *waiting.pop(0))
        digests.add(stripe.line())
    for medium, head in waiting:
        _same(digests, medium, head)


def _same(digests: IndexDigests, medium: Medium, head: Head) -> None:
    if (head.index_size, head.chunks) != (digests.size, digests.chunks()):
        raise _of_another_branch(medium)


def _of_another_branch(medium: Medium) -> NotOurs:
    return NotOurs(
        path=str(medium.path),
        expected="a disk as this vault filled it: the vault or the disk was put back in time, and "
        "both were written since; keep it for the archive, and fill an empty disk with --new-set",
    )
