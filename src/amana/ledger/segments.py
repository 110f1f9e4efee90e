"""How a book keeps its entries: segments of 4,096 entries, one line or several a line.

An open segment line is a record's line. A sealed one is `{"leaves":[…],"sealed":"…"}`: the leaf
hashes (salted, so they say nothing) in clear, and the record lines as one age file in base64, so
that the tree can be rebuilt without a key and the content be read with `base64 -d | age -d`.

Threat: the archive's ledger says who looked at which case. On a seized server it must be as closed
as the evidence itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.encoding import b64, canonical, parse, unb64
from amana.core.locker import Locker
from amana.core.merkle import HASH_BYTES
from amana.errors import CannotOpen, Malformed
from amana.ledger.entry import Record, parse_record

SEGMENT = 4096  # entries a file
_BATCH = 256  # entries a sealed line
_MAX_LINE = 1 << 29


def segment_path(folder: Path, number: int) -> Path:
    return folder / "entries" / f"{number:06d}.jsonl"


@dataclass(frozen=True)
class StoredLine:
    """One line of a segment: its bytes with the line break, and the leaves that it stands for."""

    line: bytes
    leaves: tuple[bytes, ...]

    def records(self, lockers: Sequence[Locker] = ()) -> list[Record]:
        """The records behind the line, compared with its leaves. Raises Malformed, CannotOpen."""
        lines = [self.line[:-1]]
        if _is_sealed(self.line):
            sealed = unb64(parse(self.line[:-1], "ledger segment")["sealed"], "ledger segment")
            lines = _open(sealed, lockers).removesuffix(b"\n").split(b"\n")
        records = [parse_record(line) for line in lines]
        if tuple(r.leaf for r in records) != self.leaves:
            raise Malformed(what="ledger segment", reason="its entries are not those of its leaves")
        return records


def store(records: Sequence[Record], locker: Locker | None) -> list[StoredLine]:
    """The lines that keep `records`, which must lie in one segment."""
    if locker is None:
        return [StoredLine(r.line + b"\n", (r.leaf,)) for r in records]
    return [_seal(records[i : i + _BATCH], locker) for i in range(0, len(records), _BATCH)]


def read_lines(data: bytes) -> Iterator[StoredLine]:
    """The complete, well-formed lines at the beginning of `data`; what follows is passed over,
    as the tail of an interrupted append is."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        try:
            yield _stored(data[start : end + 1])
        except Malformed:
            return
        start = end + 1


def _seal(records: Sequence[Record], locker: Locker) -> StoredLine:
    leaves = tuple(r.leaf for r in records)
    sealed = locker.seal(b"".join(r.line + b"\n" for r in records))
    fields = {"leaves": [b64(leaf) for leaf in leaves], "sealed": b64(sealed)}
    return StoredLine(canonical(fields) + b"\n", leaves)


def _open(sealed: bytes, lockers: Sequence[Locker]) -> bytes:
    problem = CannotOpen(what="the ledger's entries", reason="they are sealed; no key was given")
    for locker in lockers:
        try:
            return locker.open_own(sealed, "the ledger's entries")
        except CannotOpen as error:
            problem = error
    raise problem


def _stored(line: bytes) -> StoredLine:
    if len(line) > _MAX_LINE:
        raise Malformed(what="ledger segment", reason="a line that is too long")
    if not _is_sealed(line):
        return StoredLine(line, (parse_record(line[:-1]).leaf,))
    fields = parse(line[:-1], "ledger segment")
    leaves = fields.get("leaves")
    if not isinstance(leaves, list) or not 0 < len(leaves) <= _BATCH:
        raise Malformed(what="ledger segment", reason="its leaves")
    unb64(fields.get("sealed"), "ledger segment")
    return StoredLine(line, tuple(unb64(x, "leaf", HASH_BYTES) for x in leaves))


def _is_sealed(line: bytes) -> bool:
    return line.startswith(b'{"leaves":')
