"""The signed note of a set and the lines of its index: bytes in, trust decisions out. No I/O.

The rules, each of which alone refuses a note or a line:

1. the key in the note makes the set id in its first line, and signed the note;
2. where the caller knows the key or the set, they are the same;
3. 1 <= k <= n <= 64; blocks and chunks have the sizes of this version;
4. there is one digest for each chunk of the index;
5. a stripe's line is canonical, carries the next number, and names n pieces;
6. a piece has one digest for each of its blocks, and is not larger than PIECE;
7. parity is as long as the longest data piece, which is not empty;
8. only data names a pack, and a part of a pack lies inside it.

Nothing here is private: a note and an index tell how many packs of which (padded) size there are,
and not a word of what is in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.ids import is_id, is_sha256
from amana.core.sign import PUBLIC_BYTES, Signer, Verifier, open_note, parse_note, sign_note
from amana.disks.layout import BLOCK, CHUNK, MAX_DISKS, PIECE, key_name, piece_name, set_id_of
from amana.errors import Malformed, NotProved

DIGEST = 32
VERSION = 1
_WHAT = "disk note"
_LINE = "line of the index"


@dataclass(frozen=True)
class Extra:
    """A further file that every disk carries, as the note vouches for it."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Head:
    """What a signed note says of a set: its code (any k of n), how many stripes it has, the
    index's size in bytes and the SHA-256 of each of its chunks."""

    public: bytes
    k: int
    n: int
    stripes: int
    index_size: int
    chunks: tuple[bytes, ...]
    extras: tuple[Extra, ...] = ()

    @cached_property
    def set_id(self) -> str:
        return set_id_of(self.public)

    @property
    def vkey(self) -> str:
        return Verifier(key_name(self.set_id), self.public).vkey

    def chunk_size(self, number: int) -> int:
        return min(CHUNK, self.index_size - number * CHUNK)

    def text(self) -> str:
        fields: Json = {
            "v": VERSION,
            "key": b64(self.public),
            "k": self.k,
            "n": self.n,
            "block": BLOCK,
            "stripes": self.stripes,
            "index": {
                "size": self.index_size,
                "chunk": CHUNK,
                "sha256": b64(b"".join(self.chunks)),
            },
            "files": [{"name": e.name, "size": e.size, "sha256": e.sha256} for e in self.extras],
        }
        return f"{key_name(self.set_id)}\n{canonical(fields).decode('ascii')}\n"

    def signed(self, seed: bytes) -> bytes:
        """The note, signed by the set's key."""
        return str(sign_note(self.text(), [Signer(key_name(self.set_id), seed)])).encode()


def new_head(public: bytes, k: int, n: int) -> Head:
    """The head of a set without stripes. Raises Malformed for a k or n that cannot be."""
    _check(1 <= k <= n <= MAX_DISKS, f"any {k} of {n}")
    return Head(public, k, n, 0, 0, ())


def open_head(data: bytes, vkey: str | None = None, set_id: str | None = None) -> Head:
    """The head in a note, proved by its own key and, where known, by the expected one.

    Raises Malformed, NotProved.
    """
    try:
        note = data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Malformed(what=_WHAT, reason="not UTF-8") from None
    head = _parse_head(parse_note(note).text)
    verifier = Verifier(key_name(head.set_id), head.public)
    open_note(note, [verifier])
    if (vkey and Verifier.parse(vkey) != verifier) or (set_id and set_id != head.set_id):
        raise NotProved(what="the disk", reason="it belongs to another set")
    return head


def _parse_head(text: str) -> Head:
    origin, _, line = text.partition("\n")
    fields = parse(line.removesuffix("\n").encode("utf-8"), _WHAT)
    _check(fields.get("v") == VERSION, "another version")
    index, files = fields.get("index"), fields.get("files")
    _check(fields.get("block") == BLOCK, "another block size")
    _check(isinstance(index, dict) and index.get("chunk") == CHUNK, "another chunk size")
    assert isinstance(index, dict)
    digests = unb64(index.get("sha256"), _WHAT)
    size = _natural(index.get("size"), _WHAT)
    _check(len(digests) == DIGEST * -(-size // CHUNK), "digests do not match the index's size")
    _check(isinstance(files, list), "no list of files")
    public = unb64(fields.get("key"), _WHAT, PUBLIC_BYTES)
    _check(origin == key_name(set_id_of(public)), "its key does not make its set id")
    k, n = _natural(fields.get("k"), _WHAT), _natural(fields.get("n"), _WHAT)
    stripes = _natural(fields.get("stripes"), _WHAT)
    _check(1 <= k <= n <= MAX_DISKS, f"any {k} of {n}")
    _check(bool(stripes) == bool(size), "stripes without an index")
    return Head(
        public, k, n, stripes, size, _split(digests), tuple(_parse_extra(f) for f in files or [])
    )


def _parse_extra(fields: object) -> Extra:
    if not isinstance(fields, dict):
        raise Malformed(what=_WHAT, reason="a file that is no object")
    name, sha256 = fields.get("name"), fields.get("sha256")
    # Threat: a name must never lead out of the disk's own folder.
    plain = isinstance(name, str) and name.isascii() and name.replace(".", "").isalnum()
    if not isinstance(name, str) or not plain or not isinstance(sha256, str):
        raise Malformed(what=_WHAT, reason="a file without name or digest")
    _check(is_sha256(sha256), "a file's digest")
    return Extra(name, _natural(fields.get("size"), _WHAT), sha256)


@dataclass(frozen=True)
class Piece:
    """One piece of a stripe: its size in bytes and the SHA-256 of each block, joined.

    Data names the pack (SHA-256 of the whole sealed pack, hex) that it is, or the part of it that
    begins `at` byte of the pack's size `of`. A data piece of size 0 does not exist on any disk.
    """

    size: int
    blocks: bytes
    pack: str = ""
    at: int = 0
    of: int = 0

    @property
    def whole(self) -> bool:
        """Whether the piece is a pack that any age opens, as it lies there."""
        return bool(self.pack) and self.at == 0 and self.of == self.size

    @property
    def count(self) -> int:
        return len(self.blocks) // DIGEST

    def digest(self, block: int) -> bytes:
        return self.blocks[DIGEST * block : DIGEST * (block + 1)]

    def length(self, block: int) -> int:
        """Bytes of `block` that the piece really has; beyond it the code sees zeros."""
        return max(0, min(BLOCK, self.size - block * BLOCK))

    def fields(self) -> Json:
        fields: Json = {"size": self.size, "blocks": b64(self.blocks)}
        if self.pack:
            fields["pack"] = self.pack
            if not self.whole:
                fields |= {"at": self.at, "of": self.of}
        return fields


@dataclass(frozen=True)
class Stripe:
    """k data pieces and n - k parity pieces, any k of which restore the rest, block by block."""

    number: int
    pieces: tuple[Piece, ...]

    @cached_property
    def size(self) -> int:
        return max(p.size for p in self.pieces)

    @property
    def count(self) -> int:
        """How many blocks the longest piece has."""
        return -(-self.size // BLOCK)

    def name(self, position: int) -> str:
        return piece_name(self.number, whole=self.pieces[position].whole)

    def line(self) -> bytes:
        """The index's line, line break included."""
        fields: Json = {"stripe": self.number, "pieces": [p.fields() for p in self.pieces]}
        return canonical(fields) + b"\n"


def parse_stripe(line: bytes, head: Head, number: int | None = None) -> Stripe:
    """A line of the index without its line break. Raises Malformed."""
    fields = parse(line, _LINE)
    pieces = fields.get("pieces")
    found = _natural(fields.get("stripe"), _LINE)
    _require(number is None or found == number, f"stripe {found} in the place of {number}")
    _require(1 <= found <= head.stripes, "a number beyond the set")
    if not isinstance(pieces, list) or len(pieces) != head.n:
        raise Malformed(what=_LINE, reason=f"not {head.n} pieces")
    stripe = Stripe(found, tuple(_parse_piece(p, i < head.k) for i, p in enumerate(pieces)))
    longest = max(p.size for p in stripe.pieces[: head.k])
    _require(longest > 0, "a stripe without data")
    _require(all(p.size == longest for p in stripe.pieces[head.k :]), "parity of another length")
    return stripe


def _parse_piece(fields: object, data: bool) -> Piece:
    if not isinstance(fields, dict):
        raise Malformed(what=_LINE, reason="a piece that is no object")
    size, blocks = _natural(fields.get("size"), _LINE), unb64(fields.get("blocks"), _LINE)
    _require(size <= PIECE, "a piece too large")
    _require(len(blocks) == DIGEST * -(-size // BLOCK), "digests do not match a piece's size")
    pack = fields.get("pack", "")
    _require(bool(pack) == (data and size > 0), "a pack named where none can be, or not named")
    if not pack:
        return Piece(size, blocks)
    _require(is_sha256(pack), "a pack's digest")
    if "at" not in fields and "of" not in fields:
        return Piece(size, blocks, pack, 0, size)
    at, of = _natural(fields.get("at"), _LINE), _natural(fields.get("of"), _LINE)
    _require(size < of and at + size <= of and at % BLOCK == 0, "a part outside its pack")
    return Piece(size, blocks, pack, at, of)


@dataclass(frozen=True)
class Label:
    """Which disk of which set a medium claims to be, and which stripes were written to it.

    Not signed, so that a lost disk can be made again without any key; a false label harms nobody,
    since every block must match the signed index all the same.
    """

    set_id: str
    disk: int
    medium: str
    held: tuple[tuple[int, int], ...] = ()

    def to_bytes(self) -> bytes:
        held = [list(pair) for pair in self.held]
        fields: Json = {"v": VERSION, "set": self.set_id, "disk": self.disk}
        return canonical({**fields, "medium": self.medium, "held": held}) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Label:
        """Raises Malformed."""
        fields = parse(data.removesuffix(b"\n"), "label")
        set_id, medium, held = fields.get("set"), fields.get("medium"), fields.get("held")
        disk = _natural(fields.get("disk"), "label")
        if (
            not isinstance(set_id, str)
            or not isinstance(medium, str)
            or not has_version(fields, VERSION)
        ):
            raise Malformed(what="label", reason="version, set or medium")
        if not (is_id(set_id) and is_id(medium) and 1 <= disk <= MAX_DISKS):
            raise Malformed(what="label", reason="set, medium or disk")
        return cls(set_id, disk, medium, _parse_ranges(held))

    def holds(self, stripe: int) -> bool:
        return any(first <= stripe <= last for first, last in self.held)


def ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as (first, last) pairs: a terabyte's stripes in a few bytes."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def _parse_ranges(value: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list):
        raise Malformed(what="label", reason="no list of stripes")
    found: list[tuple[int, int]] = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Malformed(what="label", reason="a range of another form")
        first, last = (_natural(x, "label") for x in pair)
        if not 1 <= first <= last or (found and found[-1][1] >= first):
            raise Malformed(what="label", reason="ranges out of order")
        found.append((first, last))
    return tuple(found)


class IndexDigests:
    """The size of an index and the digest of each of its chunks, as it grows."""

    def __init__(self) -> None:
        self.size = 0
        self._done: list[bytes] = []
        self._rest = b""

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self._rest += data
        while len(self._rest) >= CHUNK:
            self._done.append(hashlib.sha256(self._rest[:CHUNK]).digest())
            self._rest = self._rest[CHUNK:]

    def chunks(self) -> tuple[bytes, ...]:
        last = [hashlib.sha256(self._rest).digest()] if self._rest else []
        return (*self._done, *last)


def _split(digests: bytes) -> tuple[bytes, ...]:
    return tuple(digests[at : at + DIGEST] for at in range(0, len(digests), DIGEST))


def _natural(value: object, what: str) -> int:
    if type(value) is not int or value < 0:
        raise Malformed(what=what, reason="a number that is none")
    return value


def _check(condition: bool, reason: str) -> None:
    if not condition:
        raise Malformed(what=_WHAT, reason=reason)


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Malformed(what=_LINE, reason=reason)


def same_so_far(old: Sequence[bytes], old_size: int, new: Sequence[bytes]) -> bool:
    """Whether an older index's whole chunks are the newer one's; its last, unfinished chunk is for
    the caller to compare, who has the bytes."""
    whole = old_size // CHUNK
    return len(new) >= len(old) and tuple(old[:whole]) == tuple(new[:whole])
