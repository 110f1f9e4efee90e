"""A searcher: given a folder that was seized, and the very files that were captured, what is found?

He owns the originals. He looks for their names, their digests (hexadecimal, raw, base64), their
exact sizes (as a file's size, as decimal text, as binary numbers), and the exact count of them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SHORTEST_NAME = 6
SMALLEST_SIZE = 4_096


def confessions(seized: Path, captured: Iterable[Path], counts: Iterable[int] = ()) -> list[str]:
    """Everything in `seized` that betrays one of `captured`, or one of the exact `counts`."""
    captured = list(captured)
    needles = dict(_needles(captured))
    sizes = {path.stat().st_size for path in captured}
    sizes = {size for size in sizes if size >= SMALLEST_SIZE}
    numbers = {str(n) for n in (*sizes, *counts)}
    found: list[str] = []
    for path in sorted(p for p in seized.rglob("*") if p.is_file()):
        data = path.read_bytes()
        where = path.relative_to(seized)
        found += [f"{where}: {what}" for needle, what in needles.items() if needle in data]
        found += [
            f"named {where}: {what}" for n, what in needles.items() if n in os.fsencode(where)
        ]
        if len(data) in sizes:
            found.append(f"{where}: has the exact size of a captured file")
        found += [
            f"{where}: the number {n.decode()}" for n in _numbers(data) if n.decode() in numbers
        ]
    return found


def _needles(captured: list[Path]) -> Iterator[tuple[bytes, str]]:
    for path in captured:
        data = path.read_bytes()
        for name in {path.name, path.stem}:
            if len(name) >= SHORTEST_NAME:
                yield os.fsencode(name), f"the name {name!a}"
        for digest in (hashlib.sha256(data), hashlib.sha1(data), hashlib.md5(data)):
            what = f"{digest.name} of {path.name}"
            yield digest.hexdigest().encode(), what
            yield digest.hexdigest().upper().encode(), what
            yield digest.digest(), f"raw {what}"
            yield base64.b64encode(digest.digest()), f"base64 {what}"
        if len(data) >= SMALLEST_SIZE:
            yield len(data).to_bytes(8, "little"), f"the binary size of {path.name}"
            yield len(data).to_bytes(8, "big"), f"the binary size of {path.name}"


def _numbers(data: bytes) -> Iterator[bytes]:
    """Decimal numbers that stand by themselves, in files that are text."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return
    # The time of day in a letter's Date is no count; `"items":43` is one.
    data = re.sub(rb"\b\d\d:\d\d:\d\d\b", b"", data)
    yield from set(re.findall(rb"(?<![0-9A-Za-z+/=.])\d+(?![0-9A-Za-z+/=.])", data))
