"""Where a store is kept: a local folder, or a bucket; the archive's own, or its replica."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.errors import AlreadyThere, UsageProblem
from amana.reunite.catalogue import KINDS_OF_RECORDS
from amana.reunite.store import LocalStore, Store

S3_SCHEME = "s3://"
PLACE_FILE = "store-place.txt"
OBJECTS, RECORDS = "objects", "records"


@dataclass(frozen=True)
class Place:
    """The two stores of an archive or of a replica: `<place>/objects` and `<place>/records`."""

    objects: Store
    records: Store

    def of(self, kind: int) -> Store:
        """The one in which objects of this kind (catalogue.KIND_…) lie."""
        return self.records if kind in KINDS_OF_RECORDS else self.objects


def open_place(place: str, disk: Disk | None = None) -> Place:
    """The stores below a folder, made where they are missing, or below `s3://bucket/prefix`.

    Raises WriteFailed, UsageProblem without the archive's libraries.
    """
    if place.startswith(S3_SCHEME):
        return Place(_bucket(f"{place}/{OBJECTS}"), _bucket(f"{place}/{RECORDS}"))
    disk = disk or Disk()
    stores = []
    for name in (OBJECTS, RECORDS):
        folder = Path(place) / name
        if not folder.is_dir():
            disk.make_folder(folder)
        stores.append(LocalStore(folder, disk))
    return Place(*stores)


def stored_place(archive: Path) -> str:
    """Where the archive in this folder keeps its objects: in itself, unless it says otherwise."""
    path = archive / PLACE_FILE
    return path.read_text("utf-8").strip() if path.exists() else str(archive)


def keep_in(archive: Path, place: str, disk: Disk | None = None) -> None:
    """From now on the objects of a still empty archive lie at `place`. Raises AlreadyThere."""
    place = place.rstrip("/")
    for store in (open_place(stored_place(archive)), open_place(place)):
        if next(store.objects.names(), None) is not None:
            raise AlreadyThere(path=f"the store of {archive}, or {place},")
    (disk or Disk()).write_whole(archive / PLACE_FILE, f"{place}\n".encode())


def working_folder(archive: str, work: Path | None, disk: Disk | None = None) -> Path:
    """The archive's folder behind `--archive`: that folder itself, or, for `s3://…`, the folder
    `work`, which keeps keys, ledger and catalogue and from now on its objects there.

    Raises UsageProblem, AlreadyThere where `work` or the bucket holds objects of something else.
    """
    if not archive.startswith(S3_SCHEME):
        return Path(archive)
    place = archive.rstrip("/")
    if work is None:
        raise UsageProblem(
            what=f"{place} holds sealed objects only: say with --work which folder holds the "
            "archive's keys, ledger and catalogue"
        )
    kept = stored_place(work)
    if kept.startswith(S3_SCHEME) and kept != place:
        raise UsageProblem(what=f"the archive in {work} keeps its objects in {kept}")
    if kept != place:
        keep_in(work, place, disk)
    return work


def _bucket(url: str) -> Store:
    try:
        from amana.reunite.s3 import S3Store  # noqa: PLC0415 - the archive's libraries only
    except ImportError:
        raise UsageProblem(
            what="for s3:// install the archive's libraries: amana[archive]"
        ) from None
    return S3Store(url)
