"""`amana archive rebuild`: the catalogue made again from the sealed store alone.

What arrived is done once more, slip by slip, in the order of arrival, with the very code that
receiving uses. Every object is opened and held against its digest on the way: what a lost catalogue
said of it cannot be asked any more. The new catalogue is made beside the old one and takes its name
at the end; interrupted at any instant, the old one is as it was, and the next run begins anew.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amana.core.durable import Disk, speaking_errors
from amana.core.encoding import Json, parse
from amana.core.unseal import Identity, unseal, unseal_stream
from amana.errors import AmanaError, Malformed, NotProved
from amana.ledger.entry import Record, parse_record
from amana.ports import Progress, silent
from amana.reunite.archive import CATALOGUE, Archive
from amana.reunite.catalogue import KIND_ARRIVAL, KIND_READINGS
from amana.reunite.commit import Fresh, ReceiveReport, commit_checkpoint, commit_pack
from amana.reunite.commitment import accept_checkpoint
from amana.reunite.examine import Examined, Found, expectations, tag_of
from amana.reunite.keys import ARRIVAL, COPY, ORIGINAL, READINGS, RECORDS, object_name
from amana.reunite.proving import prove_all
from amana.reunite.readings import Readings, reading_of
from amana.reunite.slips import CHECKPOINT, found_of, parse_slip
from amana.vault.pack import COPIES

BEFORE = "catalogue.before"
_MAKING = ".tmp-catalogue.sqlite"
_BESIDE = ("", "-wal", "-shm")


@dataclass
class RebuildReport:
    """What the store gave back. `missing` and `damaged` are names in the store; packs of which
    something is missing count as `incomplete` and may be received again. `without_slip` are sets
    of records that came before slips were kept: of them times of arrival and altered arrivals are
    not known. `strange` counts objects that nothing speaks of."""

    packs: int = 0
    incomplete: int = 0
    without_slip: int = 0
    records: int = 0
    objects: int = 0
    checkpoints: int = 0
    readings: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    strange: int = 0

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def rebuild(
    folder: Path, identity: Identity, *, disk: Disk | None = None, progress: Progress = silent
) -> RebuildReport:
    """Make the catalogue of the archive in `folder` again. The old one is kept, under BEFORE.

    Raises NotOurs, BadKey, Damaged where the store's key is lost, InUse, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    for end in _BESIDE:
        disk.remove(folder / (_MAKING + end))
    with (
        Archive.open(folder, identity, disk=disk, catalogue=_MAKING) as archive,
        archive.exclusively(),
    ):
        archive.act("rebuilding the catalogue")
        report = _Rebuilding(archive, progress).run()
        archive.catalogue.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        archive.catalogue.db.execute("PRAGMA journal_mode = DELETE")
    _take_its_place(folder, disk)
    return report


def _take_its_place(folder: Path, disk: Disk) -> None:
    """The old catalogue steps aside first, then its log, which must never be read into the new
    one. In between there is no catalogue, and whoever opens the archive is told to rebuild."""
    with speaking_errors(folder):
        aside = f"{BEFORE}-{secrets.token_hex(4)}"
        for end in _BESIDE:
            if (folder / (CATALOGUE + end)).exists():
                disk.rename(folder / (CATALOGUE + end), folder / (aside + end))
        disk.rename(folder / _MAKING, folder / CATALOGUE)
        disk.sync_folder(folder)


@dataclass(frozen=True)
class _Kept:
    """One object of `records/`: its kind (keys.RECORDS, …), tag and the digest of the sealed."""

    kind: str
    tag: bytes
    sealed: bytes


class _Rebuilding:
    def __init__(self, archive: Archive, progress: Progress) -> None:
        self._archive, self._keys, self._progress = archive, archive.keys, progress
        self._catalogue = archive.catalogue
        self.report = RebuildReport()
        self._bad: set[str] = set()

    def run(self) -> RebuildReport:
        records, slips, readings = self._look()
        used: set[bytes] = set()
        for done, (kept, slip) in enumerate(self._in_order(slips)):
            if slip["kind"] == CHECKPOINT:
                self._checkpoint(kept, slip)
            else:
                tag = self._keys.tag(RECORDS, str(slip["records"]))
                used.add(tag)
                self._pack(kept, slip, records.get(tag))
            self._progress(done + 1, len(slips), "arrivals done again")
        for tag in sorted(set(records) - used):
            self._without_slip(records[tag])
        for kept in readings:
            self._readings(kept)
        prove_all(self._archive)
        (self.report.objects,) = self._catalogue.db.execute(
            "SELECT count(*) FROM object WHERE kind < 4"
        ).fetchone()
        stored = sum(1 for _ in self._archive.store.names())
        self.report.strange = max(0, stored - self.report.objects - len(self.report.damaged))
        return self.report

    # -- what lies in records/ -------------------------------------------------------------------

    def _look(self) -> tuple[dict[bytes, _Kept], list[_Kept], list[_Kept]]:
        """Sets of records by tag, slips, batches of readings. Only tags are held."""
        found: dict[str, list[_Kept]] = {RECORDS: [], ARRIVAL: [], READINGS: []}
        for count, name in enumerate(self._archive.records.names()):
            kept = self._kept(name)
            if kept is None:
                self.report.damaged.append(name)
            else:
                found[kept.kind].append(kept)
            self._progress(count + 1, None, "records looked at")
        return {k.tag: k for k in found[RECORDS]}, found[ARRIVAL], found[READINGS]

    def _kept(self, name: str) -> _Kept | None:
        try:
            sealed = self._archive.records.get(name)
            lines = unseal(sealed, [self._archive.identity], "records").rstrip(b"\0")
        except (AmanaError, KeyError, OSError):
            return None
        digest = hashlib.sha256(lines).hexdigest()
        for kind in (RECORDS, ARRIVAL, READINGS):
            tag = self._keys.tag(kind, digest)
            if object_name(tag) == name:
                return _Kept(kind, tag, hashlib.sha256(sealed).digest())
        return None

    def _lines(self, kept: _Kept) -> bytes:
        sealed = self._archive.records.get(object_name(kept.tag))
        return unseal(sealed, [self._archive.identity], "records").rstrip(b"\0")

    def _in_order(self, slips: list[_Kept]) -> Iterator[tuple[_Kept, Json]]:
        dated = []
        for kept in slips:
            slip = parse_slip(self._lines(kept))
            dated.append((int(slip["at"]), slip["kind"] != CHECKPOINT, kept.tag, kept))
        for _, _, _, kept in sorted(dated, key=lambda entry: entry[:3]):
            yield kept, parse_slip(self._lines(kept))

    # -- doing it again --------------------------------------------------------------------------

    def _pack(self, kept: _Kept, slip: Json, lines: _Kept | None) -> None:
        self._catalogue_slip(kept, int(slip["at"]))
        if lines is None:
            name = object_name(self._keys.tag(RECORDS, str(slip["records"])))
            self.report.missing.append(name)
            self.report.incomplete += 1
            return
        if self._catalogue.has_pack(str(slip["pack"])):
            return  # a slip of an interrupted run, and one of the run that ended
        found = found_of(slip)
        here, fresh = self._present(found)
        whole = len(here) == len(found)
        self._commit(lines, here, fresh, int(slip["at"]), str(slip["pack"]), whole)
        self.report.packs += whole
        self.report.incomplete += not whole

    def _without_slip(self, lines: _Kept) -> None:
        """Records from before slips were kept: whatever they speak of and is here, is here."""
        records = self._records(lines)
        wanted = [
            Found(
                COPY if series == COPIES else ORIGINAL,
                sha256,
                e.sha256,
                e.size,
                e.sha256,
                e.size,
                None,
            )
            for (series, sha256), e in expectations(records).items()
        ]
        held = [f for f in wanted if self._archive.store.has(object_name(tag_of(f, self._keys)))]
        here, fresh = self._present(tuple(held))
        now = int(self._archive.clock().timestamp())
        self._commit(lines, here, fresh, now, "", False)
        self.report.without_slip += 1

    def _records(self, lines: _Kept) -> tuple[Record, ...]:
        return tuple(parse_record(line) for line in self._lines(lines).split(b"\n")[:-1])

    def _present(self, found: tuple[Found, ...]) -> tuple[tuple[Found, ...], Fresh]:
        """Those whose bytes are here and are what they were; with digests of what is new."""
        here: list[Found] = []
        fresh: Fresh = {}
        for one in found:
            tag = tag_of(one, self._keys)
            name = object_name(tag)
            if tag not in fresh and not self._catalogue.has_object(tag):
                digest = None if name in self._bad else self._verified(name, one)
                if digest is None:
                    self._bad.add(name)
                    continue
                fresh[tag] = digest
            here.append(one)
        return tuple(here), fresh

    def _verified(self, name: str, found: Found) -> bytes | None:
        """The digest of a sealed object whose content is what it must be; else it is reported."""
        opened = _Opened(found.size)
        try:
            with self._archive.store.open(name) as reader:
                hashed = _Hashed(reader)
                unseal_stream(hashed, opened, [self._archive.identity], "an object")
        except KeyError:
            self.report.missing.append(name)
            return None
        except (AmanaError, OSError):
            self.report.damaged.append(name)
            return None
        if opened.digest() != found.actual or opened.padding_is_wrong:
            self.report.damaged.append(name)
            return None
        return hashed.digest()

    def _commit(
        self,
        lines: _Kept,
        here: tuple[Found, ...],
        fresh: Fresh,
        now: int,
        pack: str,
        whole: bool,
    ) -> None:
        content = self._lines(lines)
        digest = hashlib.sha256(content).hexdigest()
        records = tuple(parse_record(line) for line in content.split(b"\n")[:-1])
        if not self._catalogue.has_object(lines.tag):
            fresh[lines.tag] = lines.sealed
        examined = Examined(pack, 0, records, digest, b"", here)
        said = ReceiveReport()
        with self._catalogue.transaction():
            commit_pack(self._archive, examined, fresh, said, now)
            if whole:
                self._catalogue.add_pack(pack, lines.tag, now)
        self.report.records += said.records_new

    def _checkpoint(self, kept: _Kept, slip: Json) -> None:
        note, now = str(slip["note"]), int(slip["at"])
        self._catalogue_slip(kept, now)
        try:
            checkpoint, kit = accept_checkpoint(note, self._archive.kits())
        except (NotProved, Malformed):
            return  # its kit is not registered any more
        with self._catalogue.transaction():
            self.report.checkpoints += commit_checkpoint(self._archive, note, checkpoint, kit, now)

    def _catalogue_slip(self, kept: _Kept, now: int) -> None:
        with self._catalogue.transaction():
            self._catalogue.add_object(kept.tag, KIND_ARRIVAL, now, kept.sealed)

    def _readings(self, kept: _Kept) -> None:
        rows, edition, now = [], 0, 0
        for line in self._lines(kept).split(b"\n")[:-1]:
            fields = parse(line, "reading")
            read, whole = str(fields.pop("read")), bool(fields.pop("whole"))
            edition, now = int(fields.pop("edition")), int(fields.pop("at"))
            rows.append((reading_of(fields), read, whole))
        with self._catalogue.transaction():
            self._catalogue.add_object(kept.tag, KIND_READINGS, now, kept.sealed)
            Readings.of(self._archive).add(rows, edition, now)
        self.report.readings += len(rows)


class _Hashed:
    """Passes on what is read, and knows its SHA-256."""

    def __init__(self, reader: Any) -> None:
        self._reader, self._hash = reader, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data: bytes = self._reader.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> bytes:
        return self._hash.digest()


class _Opened:
    """The content of an object: the first `size` bytes are hashed, the rest must be zeros."""

    def __init__(self, size: int) -> None:
        self._left, self._hash = size, hashlib.sha256()
        self.padding_is_wrong = False

    def write(self, data: bytes, /) -> int:
        content, rest = data[: self._left], data[self._left :]
        self._hash.update(content)
        self._left -= len(content)
        self.padding_is_wrong |= any(rest)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept."""

    def digest(self) -> str:
        return "" if self._left else self._hash.hexdigest()
