"""What the vault remembers of its disk sets, sealed to the source's own locker.

    sets/<random>.age   the head of a set: its key, its code, its media, the names of its segments
    sets/<random>.age   a segment: the lines that one commit added to the set's index

A head and a segment look alike, and all are padded: a searcher sees that disks were made, and not
how many. Order of a commit: the segment, then the head (THE COMMIT POINT), then the disks. A
segment that no head names was left by a crash, and is removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.ids import is_id, new_id
from amana.core.locker import Locker
from amana.core.padding import padme
from amana.core.sign import SEED_BYTES, Signer
from amana.disks.layout import key_name, set_id_of
from amana.disks.manifest import Head, Label, Stripe, new_head, parse_stripe
from amana.errors import Malformed

FOLDER = "sets"
_LEAST = 8192
_SUFFIX = ".age"


@dataclass
class SetState:
    """One set as the vault knows it. `segments` are (name, bytes of index lines); `media` are
    labels: which medium holds which stripes of which disk; `content` is the sealed content file."""

    name: str
    seed: bytes = field(repr=False)
    k: int
    n: int
    content: bytes = b""
    stripes: int = 0
    segments: list[tuple[str, int]] = field(default_factory=list)
    media: dict[str, Label] = field(default_factory=dict)

    @classmethod
    def new(cls, k: int, n: int) -> SetState:
        state = cls(new_id(), Signer.generate("set").seed, k, n)
        new_head(state.public, k, n)
        return state

    @property
    def public(self) -> bytes:
        return Signer("set", self.seed).verifier.public

    @property
    def set_id(self) -> str:
        return set_id_of(self.public)

    @property
    def signer(self) -> Signer:
        return Signer(key_name(self.set_id), self.seed)

    @property
    def free_numbers(self) -> list[int]:
        """The disks that no medium holds anything of. One that a crash left empty is free."""
        taken = {label.disk for label in self.media.values() if label.held}
        return [d for d in range(1, self.n + 1) if d not in taken]

    @property
    def vkey(self) -> str:
        return self.signer.verifier.vkey

    def held(self, disk: int) -> int:
        """How many stripes the media of `disk` hold together."""
        held: set[int] = set()
        for label in self.media.values():
            if label.disk == disk:
                for first, last in label.held:
                    held.update(range(first, last + 1))
        return len(held)

    def disk_is_whole(self, disk: int) -> bool:
        """Whether the media of `disk` together hold every stripe."""
        made = any(label.disk == disk for label in self.media.values())
        return made and self.held(disk) >= self.stripes

    def to_bytes(self) -> bytes:
        fields: Json = {
            "v": 1,
            "kind": "set",
            "seed": b64(self.seed),
            "k": self.k,
            "n": self.n,
            "content": b64(self.content),
            "stripes": self.stripes,
            "segments": [list(s) for s in self.segments],
            "media": [b64(label.to_bytes()) for label in self.media.values()],
        }
        return canonical(fields)

    @classmethod
    def from_fields(cls, name: str, fields: Json) -> SetState:
        """Raises Malformed."""
        segments, media = fields.get("segments"), fields.get("media")
        if (
            not has_version(fields, 1)
            or not isinstance(segments, list)
            or not isinstance(media, list)
        ):
            raise Malformed(what="state of a disk set", reason="version, segments or media")
        labels = [Label.from_bytes(unb64(m, "label")) for m in media]
        return cls(
            name,
            unb64(fields.get("seed"), "seed", SEED_BYTES),
            _integer(fields, "k"),
            _integer(fields, "n"),
            unb64(fields.get("content"), "content"),
            _integer(fields, "stripes"),
            [(str(s[0]), int(s[1])) for s in segments],
            {label.medium: label for label in labels},
        )


def _integer(fields: Json, name: str) -> int:
    value: Any = fields.get(name)
    if type(value) is not int:
        raise Malformed(what="state of a disk set", reason=name)
    return value


class SetStore:
    """The vault's sets. Only the one who opened the vault can read them."""

    def __init__(self, vault: Path, locker: Locker, disk: Disk) -> None:
        self._folder = vault / FOLDER
        self._locker = locker
        self._disk = disk

    def load(self) -> list[SetState]:
        """Every set; what a crash left behind is removed. Raises CannotOpen, Malformed."""
        if not self._folder.is_dir():
            return []
        self._disk.sweep(self._folder)
        states, segments = [], []
        for path in sorted(self._folder.glob("*" + _SUFFIX)):
            content = self._read(path.stem)
            if content.startswith(b'{"content"'):  # canonical order: a head begins with it
                fields = parse(content.partition(b"\n")[0], "state of a disk set")
                states.append(SetState.from_fields(path.stem, fields))
            else:
                segments.append(path.stem)
        known = {name for state in states for name, _ in state.segments}
        for name in segments:
            if name not in known:
                self._disk.remove(self._path(name))
        return states

    def commit(self, state: SetState, stripes: list[Stripe]) -> None:
        """Make `stripes` and the state's media count. Raises NoSpace, WriteFailed."""
        self._disk.make_folder(self._folder)
        if stripes:
            lines = b"".join(stripe.line() for stripe in stripes)
            name = new_id()
            self._write(name, lines)
            state.segments.append((name, len(lines)))
            state.stripes = stripes[-1].number
        self._write(state.name, state.to_bytes() + b"\n")

    def index(self, state: SetState, offset: int = 0) -> Iterator[bytes]:
        """The bytes of the set's index from `offset` on, a segment at a time."""
        at = 0
        for name, size in state.segments:
            if at + size > offset:
                yield self._read(name)[:size][max(0, offset - at) :]
            at += size

    def stripes(self, state: SetState) -> Iterator[Stripe]:
        head = Head(state.public, state.k, state.n, state.stripes, 0, ())
        number = 1
        for data in self.index(state):
            for line in data.split(b"\n")[:-1]:
                yield parse_stripe(line, head, number)
                number += 1

    def _path(self, name: str) -> Path:
        return self._folder / (name + _SUFFIX)

    def _read(self, name: str) -> bytes:
        if not is_id(name):
            raise Malformed(what="state of a disk set", reason="a file of another name")
        return self._locker.open_own(self._path(name).read_bytes(), "the state of a disk set")

    def _write(self, name: str, content: bytes) -> None:
        padded = content.ljust(max(_LEAST, padme(len(content))))
        self._disk.write_whole(self._path(name), self._locker.seal(padded))
