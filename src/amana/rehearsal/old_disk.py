"""A disk of old copies, made before Amana: re-saved, cropped, renamed, without records.

Somebody brings them to the archive. What they show can be matched with the originals; the ledger
does not vouch for it, and a person must confirm it.
"""

from __future__ import annotations

import importlib.util
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from amana.ports import Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.inventory import Inventory, Item

OLD_COPIES = 12


@dataclass(frozen=True)
class OldCopies:
    """`right`: proposed for the picture they were made of; `wrong`: for another; `person`: left to
    a person, or not found."""

    brought: int
    right: int
    wrong: int
    person: int


def able() -> bool:
    """Whether the archive's extra is installed: perceptual hashes and their search."""
    return all(importlib.util.find_spec(name) for name in ("pdqhash", "faiss"))


def bring(
    folder: Path, archive: Archive, found: Inventory, seed: int, progress: Progress = silent
) -> OldCopies:
    """Make the disk in `folder` from a few originals of the archive, and match it."""
    # Only here, because it needs the archive's extra.
    from amana.reunite.matching import match_archive  # noqa: PLC0415

    chance = random.Random(seed)  # noqa: S311 - a mishap must be repeatable, not secret
    photographs = [
        item
        for item in found.items("reunited")
        if item.record.original["media_type"] in ("image/jpeg", "image/png")
        and item.record.copy
        and "again" not in item.record.fields
    ]
    chosen = chance.sample(photographs, min(OLD_COPIES, len(photographs)))
    truth = _make(folder, archive, chosen, chance)
    result = match_archive(folder, archive, progress=progress)
    right = wrong = 0
    for entry in result["matches"]:
        digest = truth.get(entry["copy"])
        if entry["state"] == "matched" and digest:
            right += entry["original_sha256"] == digest
            wrong += entry["original_sha256"] != digest
    return OldCopies(len(truth), right, wrong, len(truth) - right - wrong)


def _make(
    folder: Path, archive: Archive, chosen: Sequence[Item], chance: random.Random
) -> dict[str, str]:
    """Write the copies; the truth: file name → SHA-256 of the original it was made of."""
    folder.mkdir(parents=True)
    truth = {}
    for number, item in enumerate(chosen):
        original = archive.evidence(item.origin, item.seq).original
        if original is None:
            continue
        name = f"IMG-{chance.randrange(10**6):06d}-{number}.jpg"
        (folder / name).write_bytes(_old_copy(original(), chance))
        truth[name] = str(item.record.original["sha256"])
    return truth


def _old_copy(data: bytes, chance: random.Random) -> bytes:
    with Image.open(io.BytesIO(data)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    cut = chance.choice((0.0, 0.02, 0.04))
    left, top = int(picture.width * cut), int(picture.height * cut)
    picture = picture.crop((left, top, picture.width - left, picture.height - top))
    picture.thumbnail((chance.choice((480, 640)),) * 2)
    if chance.random() < 0.25:
        picture = ImageOps.grayscale(picture).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=chance.randrange(40, 80))
    return out.getvalue()
