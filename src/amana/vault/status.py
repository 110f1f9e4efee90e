"""What the source may know of his vault without his passphrase: packs and space."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from amana.core.encoding import Json
from amana.vault.manifest import COPIES, ORIGINALS, committed_packs
from amana.vault.store import STATE_FILE
from amana.vault.waiting import waiting_files


@dataclass(frozen=True)
class VaultStatus:
    """Sizes in bytes. `missing`: packs that were committed and are not there. `waiting`: batches
    whose originals are still to be captured. `can_be_added_to`: the vault was not forgotten."""

    copies_packs: int
    copies_bytes: int
    originals_packs: int
    originals_bytes: int
    missing: int
    waiting: int
    free_bytes: int
    can_be_added_to: bool

    def to_json(self) -> Json:
        return asdict(self)


def vault_status(path: Path) -> VaultStatus:
    """Raises NotOurs, Damaged."""
    packs = committed_packs(path)
    sizes = {
        series: [p.size for p in packs if p.series == series] for series in (COPIES, ORIGINALS)
    }
    return VaultStatus(
        copies_packs=len(sizes[COPIES]),
        copies_bytes=sum(sizes[COPIES]),
        originals_packs=len(sizes[ORIGINALS]),
        originals_bytes=sum(sizes[ORIGINALS]),
        missing=sum(not p.size for p in packs),
        waiting=len(waiting_files(path)),
        free_bytes=shutil.disk_usage(path).free,
        can_be_added_to=(path / STATE_FILE).is_file(),
    )
