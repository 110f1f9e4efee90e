"""Packs: a batch of records and of the bytes they speak of, as one padded tar, sealed as one age
file. spec/pack.md is normative; anyone with the identity opens one by `age -d | tar x`.

The reader is stricter than tar on purpose. Threat: a pack may come from somebody who found the
archive's public key on a card. So every header must be, byte for byte, the one that the writer
makes for its name and size: no link, device, odd name, hidden owner or second spelling passes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from amana.core.names import parse_content_name
from amana.core.padding import BLOCK, padme_blocks
from amana.core.seal import Reader, Writer, seal_stream
from amana.errors import Malformed
from amana.ledger.entry import ITEM, MAX_LINE, Record, parse_record

RECORDS = "records.jsonl"
COPIES, ORIGINALS = "copies", "originals"
MAX_RECORDS = 1 << 16
MAX_RECORDS_BYTES = 1 << 28
MAX_SIZE = (1 << 53) - 1
CHUNK = 1 << 20
# A plain ustar header holds eleven octal digits; what is larger takes a pax header before it.
_USTAR_LIMIT = 8**11
_PAX_NAME = "pax"
_PAX_SIZE = re.compile(rb"(\d+) size=(\d+)\n")


@dataclass(frozen=True)
class Member:
    """What goes into a pack beside the records: `chunks` must be `size` bytes in all."""

    name: str
    size: int
    chunks: Iterable[bytes]


# --- writing -----------------------------------------------------------------------------------


def write_pack(
    writer: Writer, recipients: Sequence[str], records: Sequence[Record], members: Sequence[Member]
) -> None:
    """Seal a pack of `records` and `members` to `writer`, streamed: memory does not grow.

    Raises BadKey, Malformed for a name that no pack may hold or a member that is not of its size.
    """
    seal_stream(_ChunkReader(pack_chunks(records, members)), writer, recipients)


def pack_chunks(records: Sequence[Record], members: Sequence[Member]) -> Iterator[bytes]:
    """The padded tar itself, before sealing, in chunks."""
    lines = b"".join(record.line + b"\n" for record in records)
    used = 0
    for member in [Member(RECORDS, len(lines), [lines]), *members]:
        if member.name != RECORDS or used:
            parse_content_name(member.name)
        header = _header(member.name, member.size)
        tail = bytes(-member.size % BLOCK)
        yield header
        yield from _exactly(member)
        yield tail
        used += len(header) + member.size + len(tail)
    length = padme_blocks(used + 2 * BLOCK)
    yield from _zeros(length - used)


def packed_length(record_bytes: int, sizes: Iterable[int]) -> int:
    """Length in bytes of the padded tar of `record_bytes` of lines and members of `sizes`."""
    used = sum(len(_header("", n)) + n + -n % BLOCK for n in [record_bytes, *sizes])
    return padme_blocks(used + 2 * BLOCK)


def _exactly(member: Member) -> Iterator[bytes]:
    left = member.size
    for chunk in member.chunks:
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        raise Malformed(what="pack", reason=f"{member.name} is not of the size it announced")


def _zeros(count: int) -> Iterator[bytes]:
    for start in range(0, count, CHUNK):
        yield bytes(min(CHUNK, count - start))


def _header(name: str, size: int) -> bytes:
    if size < _USTAR_LIMIT:
        return _block(name, size, b"0")
    # POSIX pax: "<length of this line in decimal> size=<size>\n"
    body = f" size={size}\n".encode()
    total = len(body) + 2
    total += len(str(total)) - 2
    line = str(total).encode() + body
    return _block(_PAX_NAME, len(line), b"x") + line.ljust(BLOCK, b"\0") + _block(name, 0, b"0")


def _block(name: str, size: int, kind: bytes) -> bytes:
    """One ustar header: owner 0, mode 0600, time 0; a time or an owner would be a trace."""
    start = name.encode("ascii").ljust(100, b"\0") + b"0000600\0" + b"0000000\0" * 2
    start += b"%011o\0" % size + b"%011o\0" % 0
    rest = kind + bytes(100) + b"ustar\x0000" + bytes(80)
    block = (start + b" " * 8 + rest).ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


class _ChunkReader:
    """A plain reader over chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return bytes(self._rest) + b"".join(self._chunks)
        parts: list[memoryview] = []
        while size > 0:
            if not self._rest:
                self._rest = memoryview(next(self._chunks, b""))
                if not self._rest:
                    if (again := next(self._chunks, None)) is None:
                        break
                    self._rest = memoryview(again)
                    continue
            part, self._rest = self._rest[:size], self._rest[size:]
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


# --- reading -----------------------------------------------------------------------------------


@dataclass
class OpenMember:
    """A member that is being read: read it before asking for the next.

    `sha256` is the digest in its name: that of the ORIGINAL, in either series. Whether the bytes
    have that digest is for the caller to check against the record.
    """

    name: str
    series: str
    sha256: str
    suffix: str
    size: int
    _stream: Reader = field(repr=False)
    _left: int = field(default=-1, repr=False)

    def __post_init__(self) -> None:
        self._left = self.size

    def chunks(self) -> Iterator[bytes]:
        """What is left of it, in chunks of at most 1 MiB. Raises Malformed on a short pack."""
        while self._left:
            yield self.read(min(CHUNK, self._left))

    def read(self, size: int = -1, /) -> bytes:
        """`size` bytes, fewer only at the end of the member: it is itself a plain reader."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = _exact(self._stream, wanted)
        self._left -= wanted
        return data


class Pack:
    """An opened pack: `records`, read at once, and `members()`, to be gone through once."""

    def __init__(self, stream: Reader) -> None:
        self._stream = stream
        name, size, self._used = self._next_header() or ("", 0, 0)
        if name != RECORDS:
            raise _malformed(f"its first member is not {RECORDS}")
        self.records = _parse_records(_read_bounded(stream, size))
        self._used += size + self._skip_padding(size)
        self._announced = {r.original["sha256"] for r in self.records if r.kind == ITEM}

    def members(self) -> Iterator[OpenMember]:
        """Each member in turn. Only when this ends without an error was the whole well formed.

        Raises Malformed.
        """
        seen: set[str] = set()
        series = ""
        while (header := self._next_header()) is not None:
            name, size, header_bytes = header
            own_series, sha256, suffix = parse_content_name(name)
            if name in seen or (series and own_series != series):
                raise _malformed(f"{name} stands twice or among another series")
            if sha256 not in self._announced:
                raise _malformed(f"no record announces {name}")
            seen.add(name)
            series = own_series
            member = OpenMember(name, series, sha256, suffix, size, self._stream)
            yield member
            for _ in member.chunks():
                pass
            self._used += header_bytes + size + self._skip_padding(size)
        self._check_end()

    def _next_header(self) -> tuple[str, int, int] | None:
        """(name, size, bytes used by the header), or None at the first zero block."""
        block = _exact(self._stream, BLOCK)
        if not any(block):
            return None
        name, size = _parse_block(block)
        if block[156:157] != b"x":
            if block != _header(name, size):
                raise _malformed("a header of another form")
            return name, size, BLOCK
        pax = _exact(self._stream, BLOCK)
        line = _PAX_SIZE.fullmatch(pax.rstrip(b"\0"))
        last = _exact(self._stream, BLOCK)
        name, size = _parse_block(last)[0], int(line[2]) if line and len(line[2]) < 17 else 0
        if not _USTAR_LIMIT <= size <= MAX_SIZE or block + pax + last != _header(name, size):
            raise _malformed("a header of another form")
        return name, size, 3 * BLOCK

    def _skip_padding(self, size: int) -> int:
        padding = _exact(self._stream, -size % BLOCK)
        if any(padding):
            raise _malformed("its padding holds something")
        return len(padding)

    def _check_end(self) -> None:
        """All that is left must be zeros, up to exactly the padded length."""
        left = padme_blocks(self._used + 2 * BLOCK) - self._used - BLOCK
        while left:
            chunk = _exact(self._stream, min(CHUNK, left))
            if any(chunk):
                raise _malformed("its padding holds something")
            left -= len(chunk)
        if self._stream.read(1):
            raise _malformed("it goes on after its end")


def read_pack(stream: Reader | bytes) -> Pack:
    """The records and members of an OPENED pack (the tar). Opening is not done here.

    Raises Malformed, now or while its members are gone through.
    """
    return Pack(io.BytesIO(stream) if isinstance(stream, bytes) else stream)


def _parse_block(block: bytes) -> tuple[str, int]:
    name, digits = block[:100].rstrip(b"\0"), block[124:135]
    if not name.isascii() or not re.fullmatch(rb"[0-7]{11}", digits):
        raise _malformed("a header of another form")
    return name.decode("ascii"), int(digits, 8)


def _read_bounded(stream: Reader, size: int) -> bytes:
    if size > MAX_RECORDS_BYTES:
        raise _malformed("too many records")
    return _exact(stream, size)


def _parse_records(data: bytes) -> tuple[Record, ...]:
    if data and not data.endswith(b"\n"):
        raise _malformed("its last record has no line break")
    lines = data.split(b"\n")[:-1]
    if len(lines) > MAX_RECORDS or any(len(line) > MAX_LINE for line in lines):
        raise _malformed("too many records, or too long a one")
    records = tuple(parse_record(line) for line in lines)
    for one, following in pairwise(records):
        if following.seq <= one.seq:
            raise _malformed("its records are not in the order of their ledger")
    return records


def _exact(stream: Reader, size: int) -> bytes:
    """`size` bytes, however little a read gives. Raises Malformed at an early end."""
    data = stream.read(size) if size else b""
    if len(data) == size:
        return data
    parts = [data]
    left = size - len(data)
    while left:
        data = stream.read(left)
        if not data:
            raise _malformed("it ends too early")
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


def _malformed(reason: str) -> Malformed:
    return Malformed(what="pack", reason=reason)
