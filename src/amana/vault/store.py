"""The vault itself: created, opened after whatever happened to it, and committed to.

A commit, in order; each line is durable before the next begins:

    packs        synced, temporary -> final name, then their folders (written by workers before)
    waiting      the list of originals to follow, if the batch has one
    SHA256SUMS   their lines, at the offset that the state knows
    index        their tags, behind those that the state counts
    state.age    replaced: THE COMMIT POINT
    checkpoint   re-derived from the state; never before it, or a crash would fork the ledger

Opening undoes whatever stands beyond the state, so a crash at any instant loses at most the batch
in flight. Nothing that was sealed can be opened from here: only the state, which is the source's
own, is.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from amana.core.durable import CONSTANT_TIME, TEMPORARY, Disk, speaking_errors
from amana.core.locker import Locker
from amana.core.names import pack_name, pack_number
from amana.core.sign import Signer
from amana.errors import AlreadyThere, Damaged, NotOurs, WriteFailed
from amana.kits.kit import KEY_FILE, Kit
from amana.vault.checkpoint import CHECKPOINT_FILE, seal_checkpoint
from amana.vault.index import (
    INDEX_FILE,
    Tags,
    append_tags,
    create_index,
    index_is_whole,
)
from amana.vault.lock import Lock
from amana.vault.manifest import COPIES, ORIGINALS, SERIES, SUMS, parse_sums, sums_line
from amana.vault.state import State
from amana.vault.waiting import WAITING, waiting_files, write_waiting

STATE_FILE = "state.age"
RECIPIENTS_FILE = "recipients.txt"


@dataclass(frozen=True)
class SealedPack:
    """A pack that a worker wrote, whole, under a temporary name inside the vault.

    `sha256` (hex) and `size` are of the sealed file.
    """

    temporary: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Commit:
    """What one batch adds: its records' leaf hashes in order, its index tags, its packs."""

    leaves: Sequence[bytes] = ()
    tags: Sequence[bytes] = ()
    copies: SealedPack | None = None
    originals: SealedPack | None = None
    # Originals that are to follow (see waiting.py), and the list that this batch has worked off.
    waiting: bytes | None = None
    settled: Path | None = None


class Vault:
    """An open vault. Use as a context manager, or `close()` it: it holds a lock."""

    def __init__(self, path: Path, locker: Locker, state: State, disk: Disk, lock: Lock) -> None:
        self.path = path
        self.locker = locker
        self.state = state
        self.disk = disk
        self.lock = lock
        self.repaired: list[str] = []
        self._sound = True

    # -- creating and opening -----------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, kit: Kit, disk: Disk | None = None) -> Vault:
        """A new vault in a new or empty folder, opened. Raises AlreadyThere, NoSpace, WriteFailed.

        A creation that was cut off is simply done again: without `state.age` there is no vault.
        """
        disk = disk or Disk()
        if (path / STATE_FILE).exists() or (path.exists() and _strangers(path)):
            raise AlreadyThere(path=str(path))
        for folder in (path, *(path / name for name in (*SERIES, WAITING))):
            disk.make_folder(folder)
        lock = Lock(path)
        try:
            state = State.new(kit.signer.seed, kit.archive.recipients)
            vault = cls(path, kit.locker, state, disk, lock)
            vault._begin(kit.key_file)
            vault._recover()
        except BaseException:
            lock.release()
            raise
        return vault

    def _begin(self, key_file: bytes) -> None:
        recipients = "".join(f"{r}\n" for r in self.state.recipients)
        self.disk.write_whole(self.path / RECIPIENTS_FILE, recipients.encode())
        self.disk.write_whole(self.path / KEY_FILE, key_file)
        self.disk.write_whole(self.path / SUMS, b"")
        create_index(self.disk, self.path)
        self._write_state(self.state)

    @classmethod
    def open(
        cls,
        path: Path,
        passphrase: str | None = None,
        *,
        locker: Locker | None = None,
        disk: Disk | None = None,
    ) -> Vault:
        """The vault at `path`, set right after whatever happened to it; `repaired` tells what.

        Raises NotOurs, InUse, WrongPassphrase, CannotOpen (another locker), Damaged, WriteFailed.
        """
        disk = disk or Disk()
        try:
            key_file = (path / KEY_FILE).read_bytes()
            sealed = (path / STATE_FILE).read_bytes()
        except OSError:
            raise NotOurs(path=str(path), expected="a vault that can be added to") from None
        if locker is None:
            locker = Locker.open(passphrase or "", key_file, str(path))
        state = State.from_bytes(locker.open_own(sealed, "the vault's state"))
        lock = Lock(path)
        try:
            vault = cls(path, locker, state, disk, lock)
            # Another Amana may have committed between our reading and our locking.
            vault.state = State.from_bytes(
                locker.open_own((path / STATE_FILE).read_bytes(), "the vault's state")
            )
            vault._recover()
        except BaseException:
            lock.release()
            raise
        return vault

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._still()
        self.lock.release()

    # -- what it knows ------------------------------------------------------------------------

    @property
    def signer(self) -> Signer:
        """The source's key under the name (origin) of this vault's ledger."""
        return self.state.signer

    @property
    def size(self) -> int:
        """The number of records committed so far: the next record's `seq`."""
        return self.state.frontier.size

    def tags(self) -> Tags:
        """The index as committed, for asking."""
        return Tags(self.path / INDEX_FILE).follow(self.state.tags)

    # -- committing ---------------------------------------------------------------------------

    def commit(self, batch: Commit) -> State:
        """Make `batch` count; the state after it.

        Raises NoSpace, WriteFailed: then whether it counts is known only when the vault is opened
        again, and this object takes no further commit.
        """
        if not self._sound:
            raise WriteFailed(path=str(self.path), reason="an earlier write failed")
        self._sound = False
        old = self.state
        lines, counts = self._place(batch)
        if batch.waiting is not None:
            counts["waiting"] = old.waiting + 1
            write_waiting(self.disk, self.locker, self.path, old.waiting + 1, batch.waiting)
        with speaking_errors(self.path):
            self.disk.append(self.path / SUMS, old.sums, lines)
            append_tags(self.disk, self.path, old.tags, batch.tags)
            new = old.advanced(
                batch.leaves,
                {**counts, "sums": old.sums + len(lines), "tags": old.tags + len(batch.tags)},
            )
            self._write_state(new)
        if batch.settled is not None:
            # Its originals count now. A crash before this line finds their tags in the index.
            with speaking_errors(batch.settled):
                self.disk.remove(batch.settled)
        self._sound = True
        self._still()
        return new

    def _place(self, batch: Commit) -> tuple[bytes, dict[str, int]]:
        """Give the packs their names; the lines for SHA256SUMS and the new counts."""
        lines, counts = b"", {}
        for series, pack in ((COPIES, batch.copies), (ORIGINALS, batch.originals)):
            if pack is None:
                continue
            number = getattr(self.state, series) + 1
            folder = self.path / series
            with speaking_errors(folder):
                # Here, not in the worker: it decodes the next batch while the disk is waited for.
                self.disk.sync_file(Path(pack.temporary))
                self.disk.rename(Path(pack.temporary), folder / pack_name(number))
                self.disk.sync_folder(folder)
            lines += sums_line(series, number, pack.sha256)
            counts[series] = number
        return lines, counts

    def _write_state(self, state: State) -> None:
        self.disk.write_whole(self.path / STATE_FILE, self.locker.seal(state.to_bytes()))
        self.state = state
        self.disk.write_whole(self.path / CHECKPOINT_FILE, seal_checkpoint(state))

    def _still(self) -> None:
        """Folders carry times, too. No promise: a crash leaves the time of the last change."""
        for name in (*SERIES, WAITING, "."):
            folder = self.path / name
            with contextlib.suppress(OSError):
                os.utime(folder, (CONSTANT_TIME, CONSTANT_TIME))

    # -- setting right ------------------------------------------------------------------------

    def sweep(self) -> int:
        """Remove temporary files, when no worker is writing any; how many there were."""
        return sum(self.disk.sweep(self.path / folder) for folder in (".", *SERIES, WAITING))

    def _recover(self) -> None:
        for folder in (*SERIES, WAITING):
            self.disk.make_folder(self.path / folder)
        cut = self.sweep()
        for path in waiting_files(self.path):
            if (pack_number(path.name) or 0) > self.state.waiting:
                with speaking_errors(path):
                    self.disk.remove(path)
        cut += sum(self._remove_beyond(series) for series in SERIES)
        cut += self._cut_sums()
        if cut:
            self.repaired.append("an unfinished batch was removed; its files are captured again")
        if not index_is_whole(self.path, self.state.tags):
            # The index only saves work: without it every file is read and stored once more.
            self.repaired.append("the index was damaged and begins anew")
            create_index(self.disk, self.path)
            self.state = replace(self.state, tags=0)
            self.disk.write_whole(self.path / STATE_FILE, self.locker.seal(self.state.to_bytes()))
        # Always: whether the one on the disk is of this state cannot be seen without the archive.
        self.disk.write_whole(self.path / CHECKPOINT_FILE, seal_checkpoint(self.state))

    def _remove_beyond(self, series: str) -> int:
        folder = self.path / series
        beyond = [
            path
            for path in folder.iterdir()
            if (pack_number(path.name) or 0) > getattr(self.state, series)
        ]
        if len(beyond) > 1:
            # A crash leaves one. More means that the state went back in time, and then these packs
            # are evidence: nothing is removed, nothing is added.
            raise Damaged(
                path=str(self.path / STATE_FILE),
                reason="it is older than the packs beside it; start a new vault, and keep this one",
            )
        with speaking_errors(folder):
            for path in beyond:
                self.disk.remove(path)
                self.disk.sync_folder(folder)
        return len(beyond)

    def _cut_sums(self) -> int:
        """Cut SHA256SUMS to what the state counts. Raises Damaged where it holds less."""
        path = self.path / SUMS
        try:
            data = path.read_bytes()
        except OSError:
            data = b""
        kept = data[: self.state.sums]
        if len(kept) < self.state.sums or len(parse_sums(kept, str(path))) != (
            self.state.copies + self.state.originals
        ):
            raise Damaged(path=str(path), reason="it holds fewer packs than were committed")
        if len(data) == len(kept) and path.exists():
            return 0
        self.disk.append(path, 0, kept)
        return 1


def _strangers(path: Path) -> bool:
    """Whether a folder without state holds anything but what an interrupted creation left."""
    own = {RECIPIENTS_FILE, KEY_FILE, SUMS, INDEX_FILE, WAITING, *SERIES}
    try:
        names = {entry.name for entry in path.iterdir()}
        inside = [
            e for series in SERIES if (path / series).is_dir() for e in (path / series).iterdir()
        ]
    except OSError:
        return True
    return bool(inside) or any(n not in own and not n.startswith(TEMPORARY) for n in names)
