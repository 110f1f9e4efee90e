"""One small unlocked archive for all tests of the web, and a standing cast: one person a role, a
colleague without rights, and nobody."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.unseal import Identity
from amana.kits.kit import create_kit
from amana.rehearsal.draw import draw_set
from amana.reunite.archive import Archive
from amana.reunite.open import receive
from amana.trustees.archive_keys import IDENTITY_FILE, new_archive
from amana.trustees.shares import split
from amana.vault.store import Vault

PHOTOGRAPHS = 8
ARABIC_NOTE = "شهادة عن السجن العسكري رقم ٢٢٧، كتبها أحمد عبد الله.\nA testimony.\n"


@dataclass(frozen=True)
class Kept:
    """An archive folder that holds a few drawn photographs, and its trustees' words."""

    folder: Path
    identity: Identity
    shares: list[str]


def make_archive(root: Path, photographs: int = PHOTOGRAPHS, seed: int = 4) -> Kept:
    keys = new_archive(root / "archive")
    identity = Identity.from_file((root / "archive" / IDENTITY_FILE).read_text())
    (root / "archive" / IDENTITY_FILE).unlink()
    photos = root / "photos"
    draw_set(photos, photographs, seed)
    (photos / "testimony.txt").write_text(ARABIC_NOTE, encoding="utf-8")
    kit = create_kit(root / "kit", "source", "caesar", keys.card, "only a test", work_factor=10)
    keys.register(kit.public)
    with Vault.create(root / "vault", kit) as vault:
        capture([photos], vault, Options(workers=0))
    with Archive.open(keys.folder, identity) as archive:
        receive(archive, [root / "vault"])
    return Kept(keys.folder, identity, split(identity, 2, 3))


def temporary_root() -> Path:
    return Path(tempfile.mkdtemp(prefix="amana-web-"))
