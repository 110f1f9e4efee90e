"""Shards wait on disk until their set is complete; then the pack is made, checked and kept.

    inbox/sets/<set>/set.json     what the letters of the set agree on
    inbox/sets/<set>/<index>      a shard whose letter kept every rule
    inbox/sets/<set>/done         the pack is complete; its shards are gone
    inbox/packs/<sha256 of the sealed pack>.age
    inbox/checkpoints/<sha256>.age

What lies here is sealed to the trustees. A set belongs to one sender's key: nobody else's letter
can be put into it, so nobody else's can spoil it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import Json, b64, canonical, parse, unb64
from amana.core.erasure import MAX_SHARDS, Code, combine
from amana.core.seal import Writer
from amana.core.sign import PUBLIC_BYTES
from amana.errors import AmanaError, Malformed
from amana.mail.letter import Header, Letter, Reply, ShardSet

PACKS, CHECKPOINTS, SETS = "packs", "checkpoints", "sets"
_META, _DONE = "set.json", "done"
_SLICE = 1 << 18
_MAX_CHECKPOINTS = 100_000
NEW, DUPLICATE, COMPLETE = "new", "duplicate", "complete"


@dataclass
class Collected:
    """A set as far as it has come: `have` is a bit for each shard that is there."""

    of: ShardSet
    sender: bytes
    folder: Path
    n: int
    reply: Reply | None = None
    have: int = 0
    done: bool = False

    @property
    def count(self) -> int:
        return self.of.k if self.done else self.have.bit_count()

    def indices(self) -> list[int]:
        return [i for i in range(MAX_SHARDS) if self.have >> i & 1]


@dataclass
class Shelf:
    """All that has come into an inbox."""

    inbox: Path
    disk: Disk
    sets: dict[str, Collected] = field(default_factory=dict)
    checkpoints: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, inbox: Path, disk: Disk | None = None) -> Shelf:
        """The shelf in `inbox`, made if there is none. Raises WriteFailed, Malformed."""
        shelf = cls(inbox, disk or Disk())
        for name in (PACKS, CHECKPOINTS, SETS):
            shelf.disk.make_folder(inbox / name)
            shelf.disk.sweep(inbox / name)
        for collected in read_shelf(inbox).values():
            shelf.disk.sweep(collected.folder)
            if collected.done:
                _clear(collected, shelf.disk)
            shelf.sets[collected.folder.name] = collected
        shelf.checkpoints = {path.stem for path in (inbox / CHECKPOINTS).glob("*.age")}
        return shelf

    def add(self, letter: Letter) -> str:
        """Keep what a checked letter brings, durably: NEW, DUPLICATE, or COMPLETE when its pack
        is made by it. Raises WriteFailed, NoSpace."""
        self._keep_checkpoint(letter.checkpoint)
        collected = self._set(letter.header)
        index = letter.header.index
        if collected.done or collected.have >> index & 1:
            return DUPLICATE
        self.disk.write_whole(collected.folder / str(index), letter.shard)
        collected.have |= 1 << index
        return COMPLETE if self._try_complete(collected) else NEW

    def _keep_checkpoint(self, sealed: bytes) -> None:
        name = hashlib.sha256(sealed).hexdigest()
        if sealed and name not in self.checkpoints and len(self.checkpoints) < _MAX_CHECKPOINTS:
            self.disk.write_whole(self.inbox / CHECKPOINTS / f"{name}.age", sealed)
            self.checkpoints.add(name)

    def _set(self, header: Header) -> Collected:
        of, name = header.of, set_name(header.of, header.sender)
        if name not in self.sets:
            folder = self.inbox / SETS / name
            self.disk.make_folder(folder)
            self.sets[name] = Collected(of, header.sender, folder, header.n, header.reply)
            self._write_meta(self.sets[name])
            if (self.inbox / PACKS / f"{of.sha256}.age").exists():
                self._finish(self.sets[name])  # it came in another set
        collected = self.sets[name]
        collected.n = max(collected.n, header.n)
        if header.reply is not None and header.reply != collected.reply:
            collected.reply = header.reply
            self._write_meta(collected)
        return collected

    def _write_meta(self, collected: Collected) -> None:
        of, reply = collected.of, collected.reply
        fields: Json = {"v": 1, "k": of.k, "n": collected.n, "size": of.size, "pack": of.sha256}
        fields["sender"] = b64(collected.sender)
        if reply is not None:
            fields["reply"] = [reply.address, reply.recipient]
        self.disk.write_whole(collected.folder / _META, canonical(fields))

    def _try_complete(self, collected: Collected) -> bool:
        if collected.have.bit_count() < collected.of.k:
            return False
        target = self.inbox / PACKS / f"{collected.of.sha256}.age"
        if not target.exists() and not self._make(collected, target):
            return False
        self._finish(collected)
        return True

    def _finish(self, collected: Collected) -> None:
        self.disk.write_whole(collected.folder / _DONE, b"")
        collected.done = True
        _clear(collected, self.disk)

    def _make(self, collected: Collected, target: Path) -> bool:
        """Write the pack from the first choice of k shards that gives its digest."""
        for choice in _choices(collected):
            try:
                with self.disk.replacing(target) as temporary:
                    if restore(collected, choice, temporary) != collected.of.sha256:
                        raise _WrongDigest
            except _WrongDigest:
                continue
            return True
        return False


class _WrongDigest(AmanaError):
    """the shards give another pack than was announced

    nothing of it was kept; a further letter may help"""


def set_name(of: ShardSet, sender: bytes) -> str:
    """The folder of a set. The sender's key is part of it: no other sender can add to it."""
    return hashlib.sha256(sender + of.set_id.encode()).hexdigest()[:32]


def restore(collected: Collected, choice: list[int], out: Writer) -> str:
    """Write the sealed pack from the shards in `choice` (k indices); returns its SHA-256 (hex).

    Memory: k slices of 256 KiB.
    """
    of = collected.of
    recipe = Code(of.k, MAX_SHARDS).recipe(choice)
    digest, left = hashlib.sha256(), of.size
    streams = {i: (collected.folder / str(i)).open("rb") for i in choice}
    try:
        for shard in range(of.k):
            for start in range(0, of.shard_bytes, _SLICE):
                wanted = [shard] if shard in streams else choice
                slices = []
                for i in wanted:
                    streams[i].seek(start)
                    slices.append(streams[i].read(min(_SLICE, of.shard_bytes - start)))
                part = slices[0] if shard in streams else combine(recipe[shard], slices)
                part = part[:left]
                left -= len(part)
                digest.update(part)
                out.write(part)
    finally:
        for stream in streams.values():
            stream.close()
    return digest.hexdigest()


def _choices(collected: Collected) -> Iterator[list[int]]:
    """The first k shards; then, should a sender's broken machine have made a bad one, the first k
    without each of them in turn."""
    have, k = collected.indices(), collected.of.k
    yield have[:k]
    for left_out in have[:k] if len(have) > k else []:
        yield [i for i in have if i != left_out][:k]


def read_shelf(inbox: Path) -> dict[str, Collected]:
    """The sets in an inbox by name, changing nothing. Raises Malformed."""
    folders = sorted((inbox / SETS).iterdir()) if (inbox / SETS).is_dir() else []
    return {folder.name: _load(folder) for folder in folders if (folder / _META).exists()}


def _load(folder: Path) -> Collected:
    fields = parse((folder / _META).read_bytes(), "set")
    try:
        of = ShardSet(int(fields["k"]), int(fields["size"]), str(fields["pack"]))
        sender = unb64(fields["sender"], "sender", PUBLIC_BYTES)
        reply = Reply(*map(str, fields["reply"])) if "reply" in fields else None
        collected = Collected(of, sender, folder, int(fields["n"]), reply)
    except (KeyError, TypeError, ValueError):
        raise Malformed(what="set", reason=f"{folder.name} lacks a field") from None
    collected.done = (folder / _DONE).exists()
    for path in folder.iterdir():
        if path.name.isdigit() and path.stat().st_size == of.shard_bytes:
            collected.have |= 1 << int(path.name)
    return collected


def _clear(collected: Collected, disk: Disk) -> None:
    """Remove the shards of a complete set. A crash in between leaves some; the next run goes on."""
    for path in collected.folder.iterdir():
        if path.name.isdigit():
            disk.remove(path)
    collected.have = 0
