"""What a sender remembers between two runs: an append-only file of sealed frames of one size.

    key.age    the journal's key, sealed to the kit's locker
    journal    frames: nonce (12 bytes) ‖ ChaCha20-Poly1305(a JSON object padded to 320) (336)

Threat: a seized sender's state must not tell which packs went where, nor when. Frames are all
alike; their number says about how many letters there were, no more. A frame's place is bound to it
(associated data), so that none can be dropped from the middle, moved or doubled. Nonces are random:
a torn tail is overwritten, and no nonce may meet two contents.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from amana.core.durable import Disk
from amana.core.encoding import Json, canonical, parse
from amana.core.locker import Locker
from amana.core.padding import unpad
from amana.errors import CannotOpen, Damaged, Malformed

KEY_FILE, JOURNAL_FILE = "key.age", "journal"
_CONTENT, _NONCE, _TAG = 320, 12, 16
FRAME = _NONCE + _CONTENT + _TAG
_KEY_BYTES = 32


class Journal:
    """Entries are JSON objects of at most 319 bytes, in the order they were appended."""

    def __init__(self, folder: Path, key: bytes, disk: Disk) -> None:
        self._path = folder / JOURNAL_FILE
        self._cipher = ChaCha20Poly1305(key)
        self._disk = disk
        self._count = 0

    @classmethod
    def open(cls, folder: Path, locker: Locker, disk: Disk | None = None) -> Journal:
        """The journal in `folder`, made if there is none. Raises CannotOpen, WriteFailed."""
        disk = disk or Disk()
        disk.make_folder(folder)
        disk.sweep(folder)
        key_file = folder / KEY_FILE
        if key_file.exists():
            key = locker.open_own(key_file.read_bytes(), "the sender's state")
        else:
            key = os.urandom(_KEY_BYTES)
            disk.write_whole(key_file, locker.seal(key))
        if len(key) != _KEY_BYTES:
            raise CannotOpen(what="the sender's state", reason="its key has another length")
        return cls(folder, key, disk)

    def entries(self) -> Iterator[Json]:
        """Every whole entry; a torn last one is passed over and will be overwritten.

        Raises Damaged where a frame before the last was altered.
        """
        self._count = 0
        if not self._path.exists():
            return
        with self._path.open("rb") as stream:
            while len(frame := stream.read(FRAME)) == FRAME:
                yield self._read(frame)
                self._count += 1

    def append(self, entry: Json) -> None:
        """Add one entry, durably. `entries` must have been read to its end before."""
        content = (canonical(entry) + b"\n").ljust(_CONTENT)
        if len(content) != _CONTENT:
            raise Malformed(what="journal entry", reason="too long")
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, content, self._place(self._count))
        self._disk.append(self._path, self._count * FRAME, nonce + sealed)
        self._count += 1

    def _read(self, frame: bytes) -> Json:
        try:
            content = self._cipher.decrypt(frame[:_NONCE], frame[_NONCE:], self._place(self._count))
        except InvalidTag:
            raise Damaged(path=str(self._path), reason=f"entry {self._count} was altered") from None
        return parse(unpad(content), "journal entry")

    @staticmethod
    def _place(count: int) -> bytes:
        return count.to_bytes(8, "big")
