"""The tree against the definitions of RFC 6962, written down naively, for any size."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.core.merkle import Frontier, Tree, verify_consistency, verify_inclusion
from amana.errors import NotProved


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962, 2.1.2: SUBPROOF."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*proof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*proof(m - k, leaves[k:], False), mth(leaves[:k])]


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[bytes], int, int]:
    """(leaves, the index of one, a size of before)"""
    size = draw(st.integers(1, 300))
    salt = draw(st.binary(max_size=4))
    leaves = [hashlib.sha256(salt + bytes([n & 255, n >> 8])).digest() for n in range(size)]
    return leaves, draw(st.integers(0, size - 1)), draw(st.integers(1, size))


@given(trees(), st.lists(st.integers(1, 40), max_size=6))
def test_roots_and_proofs_are_those_of_the_definitions(
    drawn: tuple[list[bytes], int, int], steps: list[int]
) -> None:
    leaves, index, old = drawn
    tree, frontier, done = Tree.of(leaves), Frontier(), 0
    for step in [*steps, len(leaves)]:  # in any batches
        frontier = frontier.append(leaves[done : done + step])
        done = min(len(leaves), done + step)
    assert tree.root() == frontier.root() == mth(leaves)
    assert tree.root(old) == mth(leaves[:old])
    assert tree.inclusion(index) == path(index, leaves)
    assert tree.consistency(old) == proof(old, leaves)
    verify_inclusion(leaves[index], index, len(leaves), path(index, leaves), mth(leaves))
    verify_consistency(old, len(leaves), proof(old, leaves), mth(leaves[:old]), mth(leaves))


@given(trees(), st.data())
def test_a_proof_of_anything_else_is_refused(
    drawn: tuple[list[bytes], int, int], data: st.DataObject
) -> None:
    leaves, index, _ = drawn
    size, root, good = len(leaves), mth(leaves), path(index, leaves)
    other = data.draw(st.integers(0, size - 1))
    if leaves[other] != leaves[index]:
        with pytest.raises(NotProved):
            verify_inclusion(leaves[other], index, size, good, root)
        with pytest.raises(NotProved):
            verify_inclusion(leaves[index], other, size, good, root)
    for wrong in (good[1:], [*good, root], [root, *good]):
        if wrong != good:
            with pytest.raises(NotProved):
                verify_inclusion(leaves[index], index, size, wrong, root)


def test_a_proof_in_ten_million_is_below_a_kilobyte() -> None:
    """The length of a path is known without the tree: at most ceil(log2 n) hashes."""
    size = 10_000_000
    longest = max(_depth(index, size) for index in (0, 1, size // 2, size - 1, 7_654_321))
    assert 32 * longest <= 1000


def _depth(index: int, size: int) -> int:
    depth = 0
    while size > 1:
        k = split(size)
        index, size = (index, k) if index < k else (index - k, size - k)
        depth += 1
    return depth
