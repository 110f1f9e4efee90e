"""Where the values come from that are looked for: an unlocked archive's records; and those that a
dossier discloses on purpose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from amana.reunite.archive import Archive
from amana.reunite.inventory import inventory
from amana_archive.publication.scan.known import Known, of_record

_DISCLOSED = ("data/records/*.jsonl", "data/redacted/*.jsonl")


def of_archive(archive: Archive) -> Known:
    """Every item of an archive. Raises Locked."""
    return joined(of_record(item.record.fields) for item in inventory(archive).items())


def of_dossier(folder: Path) -> Known:
    """What a dossier's own records say: it was meant to leave with it."""
    return joined(of_record(fields) for fields in _records(folder))


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    for pattern in _DISCLOSED:
        for path in sorted(folder.glob(pattern)):
            for line in path.read_bytes().splitlines():
                said = json.loads(line)
                fields = said.get("fields", said)  # a redacted line holds what is left
                if isinstance(fields, dict) and fields.get("kind") in ("item", None):
                    yield fields


def joined(many: Iterable[Known]) -> Known:
    """All of them as one; faster than joining pairs."""
    gathered: dict[str, set[Any]] = {}
    for one in many:
        for name, values in vars(one).items():
            gathered.setdefault(name, set()).update(values)
    return Known(**{name: frozenset(values) for name, values in gathered.items()})
