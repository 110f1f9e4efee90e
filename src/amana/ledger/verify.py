"""What a ledger proves, decided on bytes alone, without reading or asking anything.

1. These records are the ledger of this checkpoint: their leaves, in the order of `seq` from 0 and
   with none left out, give its size and its root.
2. This record is in the ledger of this checkpoint: its leaf, at its own `seq`, with the proof,
   gives the root. A record whose `seq` is another place is not that entry.
3. This checkpoint continues that one: the same origin, no fewer entries, and a proof from root to
   root. A checkpoint of the same size and another root is a fork, of a smaller size a rollback.
4. A checkpoint says something only if the ledger's own key signed it (checkpoint.open_checkpoint).

Each function raises NotProved with the reason, and returns nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amana.core.merkle import Frontier, verify_consistency, verify_inclusion
from amana.errors import NotProved
from amana.ledger.checkpoint import Checkpoint
from amana.ledger.entry import Record

_CHUNK = 4096


def whole_ledger(records: Iterable[Record], checkpoint: Checkpoint) -> None:
    """That `records`, in order, are all entries of `checkpoint`. Raises NotProved."""
    leaves: list[bytes] = []
    frontier = Frontier()
    seq = -1
    for seq, record in enumerate(records):
        if record.seq != seq:
            raise NotProved(what=f"entry {seq}", reason=f"a record says it is entry {record.seq}")
        leaves.append(record.leaf)
        if len(leaves) == _CHUNK:
            frontier, leaves = frontier.append(leaves), []
    same_tree(frontier.append(leaves), checkpoint)


def same_tree(frontier: Frontier, checkpoint: Checkpoint) -> None:
    """That a tree is the one of `checkpoint`. Raises NotProved."""
    if frontier.size != checkpoint.size:
        raise NotProved(
            what="the ledger",
            reason=f"{frontier.size} entries, but its checkpoint counts {checkpoint.size}",
        )
    if frontier.root() != checkpoint.root:
        raise NotProved(what="the ledger", reason="its entries give another root than signed")


def included(record: Record, proof: Sequence[bytes], checkpoint: Checkpoint) -> None:
    """That `record` is an entry of `checkpoint`, at its own place. Raises NotProved."""
    verify_inclusion(record.leaf, record.seq, checkpoint.size, proof, checkpoint.root)


def continues(new: Checkpoint, old: Checkpoint, proof: Sequence[bytes]) -> None:
    """That `new` keeps every entry of `old` and only adds. Raises NotProved."""
    what = f"that checkpoint {new.size} continues {old.size}"
    if new.origin != old.origin:
        raise NotProved(what=what, reason="they are of two ledgers")
    if new.size < old.size:
        raise NotProved(what=what, reason="rollback: the ledger became shorter")
    if new.size == old.size and new.root != old.root:
        raise NotProved(what=what, reason="fork: one size, two roots")
    if old.size == 0:
        if proof:
            raise NotProved(what=what, reason="a proof from an empty ledger must be empty")
        return
    verify_consistency(old.size, new.size, proof, old.root, new.root)
