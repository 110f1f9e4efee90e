"""The archive's folder, locked or unlocked.

    archive.json             the public keys (ArchiveCard)
    people/*.json            the registered kits (PublicKit)
    inbox/                   what mail and disks brought, sealed
    objects/                 every original and copy, sealed again, each on its own
    records/                 the records' lines as they came, sealed: the catalogue's second self
    catalogue.sqlite         the index: tags, closed rows, states
    store-key.age            the store's secret, sealed to the archive
    ledger/                  the archive's own acts

Unlocked means: the identity that the trustees joined is in this process's memory, nowhere else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import canonical, parse
from amana.core.merkle import Tree
from amana.core.padding import pad, unpad
from amana.core.seal import seal
from amana.core.unseal import Identity, unseal
from amana.errors import AlreadyThere, BadKey, Damaged, Locked, Malformed, NotOurs, NotProved
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit
from amana.ledger.book import Book
from amana.ledger.entry import Record, parse_record
from amana.ports import Clock, system_clock
from amana.reunite.catalogue import GOOD, REBUILD, Catalogue, CheckpointRow
from amana.reunite.examine import Keys
from amana.reunite.keys import COPY, ORIGINAL, StoreKeys, object_name
from amana.reunite.places import Place, open_place, stored_place
from amana.reunite.store import Store
from amana.trustees.archive_keys import OFFICE_FILE, open_archive
from amana.vault.lock import Lock

CARD, CATALOGUE, STORE_KEY_FILE = "archive.json", "catalogue.sqlite", "store-key.age"
PEOPLE, INBOX = "people", "inbox"
_KEY_BYTES = 256
TRUSTEES_NEEDED = 2


@dataclass(frozen=True)
class Evidence:
    """What shows that one item was committed: the record, the signed note of the checkpoint that
    arrived first of those that cover it, and the inclusion proof (hashes of 32 bytes) of leaf
    `record.seq` in the tree of `size`. `original` and `copy` open the bytes, None where they are
    not held; their digests are checked again on opening."""

    record: Record
    origin: str
    note: str
    size: int
    root: bytes
    proof: tuple[bytes, ...]
    committed_at: int
    original: Callable[[], bytes] | None
    copy: Callable[[], bytes] | None


class Archive:
    """One archive. Made by `create` or `open`; `close` forgets the keys."""

    def __init__(
        self,
        folder: Path,
        card: ArchiveCard,
        identity: Identity | None,
        disk: Disk,
        clock: Clock,
        catalogue: str = CATALOGUE,
    ) -> None:
        self.folder, self.card, self.disk, self.clock = folder, card, disk, clock
        self._identity = identity
        for name in (PEOPLE, INBOX):
            if not (folder / name).is_dir():
                disk.make_folder(folder / name)
        self.place: Place = open_place(stored_place(folder), disk)
        self._refuse_to_forget(folder / catalogue)
        self.catalogue = Catalogue(folder / catalogue)
        self._keys = self._open_store_key() if identity else None
        self._trees: dict[int, Tree] = {}
        self.book = self._open_book() if identity else None

    @classmethod
    def create(cls, folder: Path, card: ArchiveCard, disk: Disk | None = None) -> Archive:
        """A new, locked archive. Raises AlreadyThere, WriteFailed."""
        disk = disk or Disk()
        if (folder / CARD).exists():
            raise AlreadyThere(path=str(folder))
        disk.make_folder(folder)
        disk.write_whole(folder / CARD, card.to_bytes())
        return cls(folder, card, None, disk, system_clock)

    @classmethod
    def open(
        cls,
        folder: Path,
        identity: Identity | None = None,
        *,
        disk: Disk | None = None,
        clock: Clock = system_clock,
        catalogue: str = CATALOGUE,
    ) -> Archive:
        """The archive at `folder`; unlocked when its identity is given. `catalogue` is another
        name of the index where that is being made again.

        Raises NotOurs, BadKey when the identity is another archive's, Damaged, CannotOpen.
        """
        try:
            card = ArchiveCard.from_bytes((folder / CARD).read_bytes())
        except (OSError, Malformed, BadKey):
            raise NotOurs(path=str(folder), expected="an archive") from None
        if identity is not None and identity.recipient not in card.recipients:
            raise BadKey(expected="this archive's identity", reason="its public key is another one")
        return cls(folder, card, identity, disk or Disk(), clock, catalogue)

    def close(self) -> None:
        """Lock: the keys are dropped, the catalogue is closed."""
        self._identity = self._keys = self.book = None
        self._trees.clear()
        self.catalogue.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """One receiver at a time. Raises InUse."""
        lock = None if os.name == "nt" else Lock(self.folder)  # there, SQLite alone refuses
        try:
            yield
        finally:
            if lock:
                lock.release()

    @property
    def store(self) -> Store:
        """Where originals and copies lie."""
        return self.place.objects

    @property
    def records(self) -> Store:
        """Where the records' lines lie, pack by pack."""
        return self.place.records

    def _refuse_to_forget(self, catalogue: Path) -> None:
        """Threat: a lost catalogue, silently begun anew, makes an archive that looks empty."""
        if catalogue.name != CATALOGUE or catalogue.exists():
            return
        if next(self.records.names(), None) is not None:
            raise Damaged(path=str(catalogue), reason=f"it is missing; {REBUILD}")

    # -- keys -----------------------------------------------------------------------------------

    @property
    def locked(self) -> bool:
        return self._identity is None

    @property
    def identity(self) -> Identity:
        """Raises Locked."""
        if self._identity is None:
            raise Locked(needed=TRUSTEES_NEEDED)
        return self._identity

    @property
    def keys(self) -> StoreKeys:
        """Raises Locked."""
        if self._keys is None:
            raise Locked(needed=TRUSTEES_NEEDED)
        return self._keys

    @property
    def opening(self) -> Keys:
        """What a worker needs to open packs and seal objects. Raises Locked."""
        return Keys(self.identity, self.card.recipients)

    def _open_store_key(self) -> StoreKeys:
        path = self.folder / STORE_KEY_FILE
        if path.exists():
            opened = unseal(path.read_bytes(), [self.identity], "the store's key")
            return StoreKeys(bytes.fromhex(unpad(opened).decode("ascii", "replace")))
        if next(self.store.names(), None) is not None:
            raise Damaged(path=str(path), reason="it is missing, though there are objects")
        keys = StoreKeys.generate()
        sealed = seal(pad(keys.secret.hex().encode(), _KEY_BYTES), self.card.recipients)
        self.disk.write_whole(path, sealed)
        return keys

    def _open_book(self) -> Book | None:
        """The archive's own ledger; None for a bare folder that no office was made for."""
        if not (self.folder / OFFICE_FILE).exists():
            return None
        keys = open_archive(self.folder)
        return keys.book(keys.open_office([self.identity]), self.disk, self.clock)

    def act(self, name: str, **fields: object) -> None:
        """Write an act into the archive's own ledger. When this raises, the act must not happen.

        Raises WriteFailed, NoSpace, InUse, Damaged.
        """
        if self.book is not None:
            self.book.append({"act": name, **fields})

    def kits(self) -> list[PublicKit]:
        """The registered kits. Raises Malformed for a file that is none."""
        paths = sorted((self.folder / PEOPLE).glob("*.json"))
        return [PublicKit.from_bytes(path.read_bytes()) for path in paths]

    def register(self, kit: PublicKit) -> Path:
        """Keep the public half of a kit; whose signatures count from now on."""
        name = kit.public.hex()[:16]
        path = self.folder / PEOPLE / f"{kit.role}-{name}.json"
        self.disk.write_whole(path, kit.to_bytes())
        return path

    # -- objects --------------------------------------------------------------------------------

    def read(self, kind: str, sha256: str, size: int) -> bytes:
        """One object's bytes (`kind` is keys.ORIGINAL or keys.COPY), its digest checked again.

        Raises KeyError where it is not held, CannotOpen, Damaged, Locked.
        """
        name = object_name(self.keys.tag(kind, sha256))
        opened = unseal(self.store.get(name), [self.identity], "an object of the store")
        data = opened[:size]
        if hashlib.sha256(data).hexdigest() != sha256 or any(opened[size:]):
            raise Damaged(path=name, reason="its content is not what its name stands for")
        return data

    def read_records(self, tag: bytes) -> list[Record]:
        """The records of one pack as they came. Raises KeyError, CannotOpen, Malformed."""
        sealed = self.records.get(object_name(tag))
        opened = unseal(sealed, [self.identity], "records")
        return [parse_record(line) for line in opened.rstrip(b"\0").split(b"\n")[:-1]]

    # -- evidence -------------------------------------------------------------------------------

    def evidence(self, origin: str, seq: int) -> Evidence:
        """Everything that proves one item. Raises NotProved, Locked."""
        ledger, record = self._find(origin, seq)
        head = self._first_covering(ledger, seq)
        tree = self._tree(ledger, head.size)
        note = parse(self.keys.open_row(head.closed), "checkpoint row")["note"]
        return Evidence(
            record=record,
            origin=origin,
            note=str(note),
            size=head.size,
            root=head.root,
            proof=tuple(tree.inclusion(seq, head.size)),
            committed_at=head.arrived,
            original=self._opener(ORIGINAL, record.original),
            copy=self._opener(COPY, record.copy) if record.copy else None,
        )

    def note(self, origin: str) -> str | None:
        """The signed note of the largest proved checkpoint of a ledger, or None."""
        for ledger in self.catalogue.ledgers():
            good = [c for c in self.catalogue.checkpoints(ledger.id) if c.verdict == GOOD]
            if ledger.origin == origin and good:
                closed = max(good, key=lambda c: c.size).closed
                return str(parse(self.keys.open_row(closed), "checkpoint row")["note"])
        return None

    def _find(self, origin: str, seq: int) -> tuple[int, Record]:
        what = f"record {seq} of {origin}"
        row = self.catalogue.db.execute(
            "SELECT l.id, r.closed, r.seq < l.proved FROM record r JOIN ledger l ON l.id = r.ledger"
            " WHERE l.origin = ? AND r.seq = ? AND r.refuted = 0 AND r.kind = 1 LIMIT 1",
            (origin, seq),
        ).fetchone()
        if row is None:
            raise NotProved(what=what, reason="no such record of an item is here")
        if not row[2]:
            raise NotProved(what=what, reason="no checkpoint that arrived covers it yet")
        return int(row[0]), parse_record(self.keys.open_row(row[1]))

    def _first_covering(self, ledger: int, seq: int) -> CheckpointRow:
        for head in self.catalogue.checkpoints(ledger):
            if head.verdict == GOOD and head.size > seq:
                return head
        raise NotProved(what=f"record {seq}", reason="no checkpoint that arrived covers it")

    def _tree(self, ledger: int, size: int) -> Tree:
        tree = self._trees.setdefault(ledger, Tree())
        if tree.size < size:
            for seq, leaf, refuted in self.catalogue.leaves(ledger, tree.size):
                if seq >= size:
                    break
                if not refuted:
                    tree.append(leaf)
        return tree

    def _opener(self, kind: str, section: dict[str, object]) -> Callable[[], bytes] | None:
        sha256, size = str(section["sha256"]), int(str(section["size"]))
        if not self.catalogue.has_object(self.keys.tag(kind, sha256)):
            return None
        return lambda: self.read(kind, sha256, size)


def checkpoint_row(note: str, signer: PublicKit) -> bytes:
    """A checkpoint's note and who signed it, as they go into a closed row."""
    return canonical({"note": note, "codename": signer.codename})
