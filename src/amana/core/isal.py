"""ISA-L, where it is installed: the same erasure code as core/erasure, five to eight times as fast.

Intel's library (BSD) comes with the wheel of `pyeclib` on Linux, or from the system (`libisal`); it
runs without Python's lock and picks the processor's best instructions by itself. We call its two
documented functions directly, because pyeclib's own interface wraps every shard in a header and
copies it. Nothing depends on it: without the library, or if it does not give byte for byte what
our own code gives on a first trial, `combine_into` says no and the portable
code goes on.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import sys
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = tuple[tuple[int, ...], ...]
Bytes = npt.NDArray[np.uint8]
_TABLE = 32  # bytes of tables that ISA-L keeps for each weight


@cache
def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    for place in _places():
        try:
            library = ctypes.CDLL(place)
            library.ec_init_tables.restype = None
            library.ec_encode_data.restype = None
        except (OSError, AttributeError):
            continue
        return library
    return None


def _places() -> list[str]:
    spec = importlib.util.find_spec("pyeclib")
    beside = Path(spec.origin).parent.parent / "pyeclib.libs" if spec and spec.origin else None
    bundled = sorted(beside.glob("libisal*.so*")) if beside else []
    system = ctypes.util.find_library("isal")
    return [*map(str, bundled), *([system] if system else [])]


@lru_cache(maxsize=256)
def _tables(rows: Rows) -> ctypes.Array[ctypes.c_char] | None:
    library = _library()
    if library is None:
        return None
    k = len(rows[0])
    tables = ctypes.create_string_buffer(_TABLE * k * len(rows))
    library.ec_init_tables(k, len(rows), bytes(w for row in rows for w in row), tables)
    return tables


def combine_into(rows: Rows, shards: Sequence[Bytes], into: Sequence[Bytes]) -> bool:
    """For each row of weights, write the weighted sum of `shards` over GF(2**8) into the array of
    `into` beside it; all of one length and contiguous. False where the library is not to be had.
    """
    library, tables = _library(), _tables(rows)
    if library is None or tables is None:
        return False
    sources = (ctypes.c_void_p * len(shards))(*(s.ctypes.data for s in shards))
    targets = (ctypes.c_void_p * len(rows))(*(t.ctypes.data for t in into))
    library.ec_encode_data(len(shards[0]), len(shards), len(rows), tables, sources, targets)
    return True
