"""Erasure coding: k data shards and m parity shards, of which any k restore the rest.

A systematic Cauchy Reed-Solomon code over GF(2**8), polynomial 0x11D: parity row i (k <= i < n)
weighs data shard j with the inverse of (i xor j). Byte for byte the parity of ISA-L's
`gf_gen_cauchy1_matrix`; the tests hold it against that library.

A damaged shard decodes silently to rubbish: callers check every shard's digest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np

from amana.errors import Malformed, TooFewPieces

_POLYNOMIAL = 0x11D
MAX_SHARDS = 255


@cache
def _tables() -> tuple[list[int], list[int]]:
    exponents, logarithms = [0] * 510, [0] * 256
    value = 1
    for power in range(255):
        exponents[power] = exponents[power + 255] = value
        logarithms[value] = power
        value <<= 1
        if value & 0x100:
            value ^= _POLYNOMIAL
    return exponents, logarithms


def _multiply(a: int, b: int) -> int:
    exponents, logarithms = _tables()
    return exponents[logarithms[a] + logarithms[b]] if a and b else 0


def _inverse(a: int) -> int:
    exponents, logarithms = _tables()
    return exponents[255 - logarithms[a]]


@cache
def _products(a: int) -> bytes:
    """The table for `bytes.translate` that multiplies every byte by `a`."""
    return bytes(_multiply(a, b) for b in range(256))


class Code:
    """The code with `k` data shards among `n` in all; 1 <= k <= n <= 255."""

    def __init__(self, k: int, n: int) -> None:
        if not 1 <= k <= n <= MAX_SHARDS:
            raise Malformed(what="erasure code", reason=f"{k} of {n}")
        self.k, self.n = k, n

    def row(self, index: int) -> list[int]:
        """The weights of the k data shards in shard `index`."""
        if index < self.k:
            return [int(j == index) for j in range(self.k)]
        return [_inverse(index ^ j) for j in range(self.k)]

    def parity(self, data: Sequence[bytes]) -> list[bytes]:
        """The n - k parity shards of k data shards of one length."""
        if len(data) != self.k or len({len(shard) for shard in data}) != 1:
            raise Malformed(what="erasure code", reason="data shards of different lengths")
        return [_combine(self.row(i), data) for i in range(self.k, self.n)]

    def shard(self, index: int, data: Sequence[bytes]) -> bytes:
        """The one shard `index`, data or parity, of k data shards of one length."""
        return data[index] if index < self.k else _combine(self.row(index), data)

    def recipe(self, have: Sequence[int]) -> dict[int, list[int]]:
        """How every data shard missing from `have` (k indices, ascending) is made: its weights over
        `have`. Only as many equations are solved as parity shards stand in.

        Raises TooFewPieces.
        """
        if len(have) < self.k:
            raise TooFewPieces(what="a set", have=len(have), need=self.k)
        present = [j for j in have if j < self.k]
        parity = [self.row(i) for i in have if i >= self.k]
        missing = [j for j in range(self.k) if j not in set(present)]
        solved = _invert([[row[j] for j in missing] for row in parity])
        recipes = {}
        for shard, line in zip(missing, solved, strict=True):
            known = _times(line, [[row[j] for j in present] for row in parity])
            recipes[shard] = known + line
        return recipes

    def restore(self, pieces: Mapping[int, bytes], wanted: Iterable[int]) -> dict[int, bytes]:
        """The shards `wanted`, from any k `pieces` of one length, by shard index.

        Raises TooFewPieces. The pieces must be known to be whole: no damage is noticed here.
        """
        wanted = list(wanted)
        have = sorted(i for i in pieces if 0 <= i < self.n)[: self.k]
        missing = [i for i in wanted if i not in pieces]
        if len(have) < self.k and missing:
            raise TooFewPieces(what="a set", have=len(have), need=self.k)
        found = {i: pieces[i] for i in wanted if i in pieces}
        if missing:
            inverse = _invert([self.row(i) for i in have])
            chosen = [pieces[i] for i in have]
            for i in missing:
                found[i] = _combine(_times(self.row(i), inverse), chosen)
        return found


def combine(weights: Sequence[int], shards: Sequence[bytes]) -> bytes:
    """The sum of shards of one length, each weighed."""
    return _combine(weights, shards)


def _combine(weights: Sequence[int], shards: Sequence[bytes]) -> bytes:
    total = np.zeros(len(shards[0]), dtype=np.uint8)
    for weight, shard in zip(weights, shards, strict=True):
        if weight:
            product = shard if weight == 1 else bytes(shard).translate(_products(weight))
            np.bitwise_xor(total, np.frombuffer(product, dtype=np.uint8), out=total)
    return total.tobytes()


def _times(row: Sequence[int], matrix: Sequence[Sequence[int]]) -> list[int]:
    product = [0] * len(matrix[0])
    for weight, line in zip(row, matrix, strict=True):
        for column, value in enumerate(line):
            product[column] ^= _multiply(weight, value)
    return product


def _invert(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """Gauss-Jordan over GF(2**8); every k rows of the code are independent."""
    size = len(matrix)
    work = [[*row, *(int(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = next(r for r in range(column, size) if work[r][column])
        work[column], work[pivot] = work[pivot], work[column]
        scale = _inverse(work[column][column])
        work[column] = [_multiply(scale, value) for value in work[column]]
        for r in range(size):
            factor = work[r][column]
            if r != column and factor:
                work[r] = [
                    a ^ _multiply(factor, b) for a, b in zip(work[r], work[column], strict=True)
                ]
    return [row[size:] for row in work]
