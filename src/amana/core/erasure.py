"""Erasure coding: k data shards and m parity shards, of which any k restore the rest.

A systematic Cauchy Reed-Solomon code over GF(2**8), polynomial 0x11D: parity row i (k <= i < n)
weighs data shard j with the inverse of (i xor j). Byte for byte the parity of ISA-L's
`gf_gen_cauchy1_matrix`; the tests hold it against that library.

A damaged shard decodes silently to rubbish: callers check every shard's digest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

import numpy as np

from amana.core import isal
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
        return _combine_all([self.row(i) for i in range(self.k, self.n)], data)

    def shard(self, index: int, data: Sequence[bytes]) -> bytes:
        """The one shard `index`, data or parity, of k data shards of one length."""
        return data[index] if index < self.k else _combine_all([self.row(index)], data)[0]

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

    def parity_into(self, data: Sequence[isal.Bytes], into: Sequence[isal.Bytes]) -> None:
        """As `parity`, from k arrays into n - k arrays of the same length, without a copy."""
        _combine_into([self.row(i) for i in range(self.k, self.n)], data, into)

    def restore_into(
        self, pieces: Mapping[int, isal.Bytes], missing: Sequence[int], into: Sequence[isal.Bytes]
    ) -> None:
        """As `restore`, from arrays into the arrays beside `missing`. Raises TooFewPieces."""
        have = sorted(pieces)[: self.k]
        if len(have) < self.k:
            raise TooFewPieces(what="a set", have=len(have), need=self.k)
        rows = _decoding(self.k, self.n, tuple(have), tuple(missing))
        _combine_into(rows, [pieces[i] for i in have], into)

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
            rows = [list(row) for row in _decoding(self.k, self.n, tuple(have), tuple(missing))]
            chosen = [pieces[i] for i in have]
            found |= zip(missing, _combine_all(rows, chosen), strict=True)
        return found


def combine(weights: Sequence[int], shards: Sequence[bytes]) -> bytes:
    """The sum of shards of one length, each weighed."""
    return _combine_all([weights], shards)[0]


@lru_cache(maxsize=256)
def _decoding(
    k: int, n: int, have: tuple[int, ...], missing: tuple[int, ...]
) -> tuple[tuple[int, ...], ...]:
    """The weights of the shards `have` in each of the `missing`; the same for block after block."""
    code = Code(k, n)
    inverse = _invert([code.row(i) for i in have])
    return tuple(tuple(_times(code.row(i), inverse)) for i in missing)


def _combine_all(rows: Sequence[Sequence[int]], shards: Sequence[bytes]) -> list[bytes]:
    arrays = [np.frombuffer(shard, dtype=np.uint8) for shard in shards]
    results = [np.empty(len(arrays[0]), dtype=np.uint8) for _ in rows]
    _combine_into(rows, arrays, results)
    return [result.tobytes() for result in results]


def _combine_into(
    rows: Sequence[Sequence[int]], shards: Sequence[isal.Bytes], into: Sequence[isal.Bytes]
) -> None:
    if rows and not (_agrees() and isal.combine_into(tuple(map(tuple, rows)), shards, into)):
        for weights, total in zip(rows, into, strict=True):
            _combine(weights, shards, total)


@cache
def _agrees() -> bool:
    """Whether ISA-L is there and agrees, byte for byte, with the code that it stands in for."""
    rows = ((1, 2, 3), (0x8E, 0, 0xFF), (0, 0, 0))
    shards = [np.arange(j, 1021 + j, dtype=np.uint32).astype(np.uint8) for j in (0, 31, 62)]
    theirs = [np.empty(1021, dtype=np.uint8) for _ in rows]
    if not isal.combine_into(rows, shards, theirs):
        return False
    ours = np.empty(1021, dtype=np.uint8)
    for weights, result in zip(rows, theirs, strict=True):
        _combine(weights, shards, ours)
        if not np.array_equal(ours, result):
            return False
    return True


def _combine(weights: Sequence[int], shards: Sequence[isal.Bytes], total: isal.Bytes) -> None:
    """The portable way: a table for each weight, and exclusive or."""
    total[:] = 0
    for weight, shard in zip(weights, shards, strict=True):
        if weight == 1:
            np.bitwise_xor(total, shard, out=total)
        elif weight:
            product = shard.tobytes().translate(_products(weight))
            np.bitwise_xor(total, np.frombuffer(product, dtype=np.uint8), out=total)


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
