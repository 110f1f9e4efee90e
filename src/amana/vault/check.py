"""Is every pack of a vault whole, as it was committed? Asked without any key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.encoding import Json
from amana.ports import Progress, silent
from amana.vault.manifest import PackFile, committed_packs

_CHUNK = 1 << 20


@dataclass
class CheckReport:
    """`packs` and `size` (bytes) are of those that are whole; `troubles` names the others."""

    packs: int = 0
    size: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.troubles

    def to_json(self) -> Json:
        return {
            "whole": self.whole,
            "packs": self.packs,
            "bytes": self.size,
            "troubles": self.troubles,
        }


def check_vault(path: Path, *, progress: Progress = silent) -> CheckReport:
    """Read every committed pack and compare its digest with SHA256SUMS.

    Raises NotOurs, Damaged where SHA256SUMS itself is not readable as one.
    """
    report = CheckReport()
    packs = committed_packs(path)
    total = sum(pack.size for pack in packs)
    done = 0
    for pack in packs:
        trouble = _trouble(pack)
        if trouble:
            report.troubles.append(f"{pack.name}: {trouble}")
        else:
            report.packs += 1
            report.size += pack.size
        done += pack.size
        progress(done, total, "checking packs")
    return report


def _trouble(pack: PackFile) -> str:
    digest = hashlib.sha256()
    try:
        for chunk in _chunks(pack.path):
            digest.update(chunk)
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "" if digest.hexdigest() == pack.sha256 else "not as it was committed"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
