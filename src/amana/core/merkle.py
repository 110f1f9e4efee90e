"""The Merkle tree of RFC 6962 (section 2.1): appending, roots, proofs and their verification.

A hash is 32 bytes of SHA-256. Appending needs only a frontier; proofs need the leaves.
Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from amana.core.labels import MERKLE_LEAF, MERKLE_NODE
from amana.errors import Malformed, NotProved

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(MERKLE_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(MERKLE_NODE + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """The roots of the complete subtrees of a tree of `size` leaves, largest first: all that
    appending needs, a few hundred bytes for any size."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise Malformed(what="tree frontier", reason="size and hashes do not agree")

    def append(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        size, hashes = self.size, list(self.hashes)
        for leaf in leaf_hashes:
            node, carry = leaf, size
            while carry & 1:
                node = node_hash(hashes.pop(), node)
                carry >>= 1
            hashes.append(node)
            size += 1
        return Frontier(size, tuple(hashes))

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


@dataclass
class Tree:
    """All levels of a tree in memory (64 bytes a leaf): roots and proofs for any size so far."""

    _levels: list[bytearray] = field(default_factory=lambda: [bytearray()])

    @classmethod
    def of(cls, leaf_hashes: Iterable[bytes]) -> Tree:
        tree = cls()
        for leaf in leaf_hashes:
            tree.append(leaf)
        return tree

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> None:
        node, level = leaf, 0
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            row = self._levels[level]
            row += node
            if (len(row) // HASH_BYTES) & 1:
                return
            node = node_hash(bytes(row[-64:-32]), bytes(row[-32:]))
            level += 1

    def leaf(self, index: int) -> bytes:
        return self._node(0, index)

    def root(self, size: int | None = None) -> bytes:
        size = self._checked(self.size if size is None else size)
        return self._span(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of leaf `index` in the tree of the first `size` leaves."""
        size = self._checked(self.size if size is None else size)
        if not 0 <= index < size:
            raise NotProved(what=f"entry {index}", reason=f"the tree holds {size} entries")
        return self._path(index, 0, size)

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree of `old` leaves is a prefix of that of `size` leaves."""
        size = self._checked(self.size if size is None else size)
        if not 0 < old <= size:
            raise NotProved(what=f"a tree of {old}", reason=f"the tree holds {size} entries")
        return self._subproof(old, 0, size, complete=True)

    def _checked(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise NotProved(what=f"a tree of {size}", reason=f"only {self.size} entries are known")
        return size

    def _node(self, level: int, index: int) -> bytes:
        return bytes(self._levels[level][HASH_BYTES * index : HASH_BYTES * (index + 1)])

    def _span(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            return self._node(width.bit_length() - 1, start // width)
        middle = start + _split(width)
        return node_hash(self._span(start, middle), self._span(middle, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._span(middle, end)]
        return [*self._path(index, middle, end), self._span(start, middle)]

    def _subproof(self, old: int, start: int, end: int, *, complete: bool) -> list[bytes]:
        if old == end - start:
            return [] if complete else [self._span(start, end)]
        half = _split(end - start)
        middle = start + half
        if old <= half:
            inner = self._subproof(old, start, middle, complete=complete)
            return [*inner, self._span(middle, end)]
        inner = self._subproof(old - half, middle, end, complete=False)
        return [*inner, self._span(start, middle)]


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """RFC 9162, 2.1.3.2. Raises NotProved."""
    if not 0 <= index < size:
        raise NotProved(what=f"entry {index}", reason=f"outside a tree of {size}")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0 or len(p) != HASH_BYTES:
            raise NotProved(what=f"entry {index}", reason="its inclusion proof has a wrong form")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn or r != root:
        raise NotProved(what=f"entry {index}", reason="its inclusion proof gives another root")


def verify_consistency(
    old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> None:
    """RFC 9162, 2.1.4.2. Raises NotProved."""
    what = f"that the ledger of {size} continues that of {old}"
    if not 0 < old <= size or any(len(p) != HASH_BYTES for p in proof):
        raise NotProved(what=what, reason="the proof has a wrong form")
    if old == size:
        if proof or old_root != root:
            raise NotProved(what=what, reason="two roots for one size")
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise NotProved(what=what, reason="the proof is empty")
    if _fold_consistency(old, size, path) != (old_root, root):
        raise NotProved(what=what, reason="the proof gives other roots")


def _fold_consistency(old: int, size: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None
