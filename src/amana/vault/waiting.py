"""Originals that are still to come: batches whose copies and records were committed first.

Each is one file `waiting/NNNNNN.age`, sealed to the source's own locker and padded: it holds the
very record lines of the batch and where its files lay. It is written before the state that counts
it, and removed after the commit of its originals; what a crash leaves in between is worked off
without storing anything twice, because the index knows the bytes.

Threat: with the passphrase, these files tell the names of what still waits. They are the one thing
in a vault that does; docs/threat-model/vault.md says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.locker import Locker
from amana.core.names import pack_name, pack_number
from amana.core.padding import pad, unpad
from amana.errors import CannotOpen, Malformed

WAITING = "waiting"
_LEAST_BYTES = 1 << 14


@dataclass(frozen=True)
class Waiting:
    """`lines`: every record of the batch. `paths`: for some of them, by their place in `lines`,
    the path (bytes) of the file whose original is to come."""

    lines: tuple[bytes, ...]
    paths: dict[int, bytes]

    def to_bytes(self) -> bytes:
        fields: Json = {
            "v": 1,
            "lines": [line.decode("utf-8") for line in self.lines],
            "places": sorted(self.paths),
            "paths": [b64(self.paths[place]) for place in sorted(self.paths)],
        }
        return pad(canonical(fields), _LEAST_BYTES)

    @classmethod
    def from_bytes(cls, data: bytes) -> Waiting:
        """Raises Malformed."""
        fields = parse(unpad(data), "list of what waits")
        lines = _texts(fields.get("lines"))
        paths = [unb64(path, "path") for path in _texts(fields.get("paths"))]
        places = fields.get("places")
        if (
            not has_version(fields, 1)
            or not isinstance(places, list)
            or len(places) != len(paths)
            or any(type(p) is not int or not 0 <= p < len(lines) for p in places)
        ):
            raise Malformed(what="list of what waits", reason="version or places")
        found = dict(zip(places, paths, strict=True))
        return cls(tuple(line.encode("utf-8") for line in lines), found)


def _texts(value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Malformed(what="list of what waits", reason="not a list of texts")
    return value


def waiting_files(vault: Path) -> list[Path]:
    """The files of the batches that wait, oldest first."""
    folder = vault / WAITING
    return sorted(p for p in folder.glob("*.age") if pack_number(p.name)) if folder.is_dir() else []


def write_waiting(disk: Disk, locker: Locker, vault: Path, number: int, content: bytes) -> None:
    disk.write_whole(vault / WAITING / pack_name(number), locker.seal(content))


def read_waiting(locker: Locker, path: Path) -> Waiting:
    """Raises CannotOpen where it is damaged, Malformed."""
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise CannotOpen(what=path.name, reason=str(error.strerror)) from None
    return Waiting.from_bytes(locker.open_own(sealed, path.name))
