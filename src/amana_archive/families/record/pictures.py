"""Photographs of the living: decoded in a confined process, encoded again, kept in the store.

Threat: a family's file may be hostile, and this server holds keys; and what a telephone writes into
a picture (where, when, which telephone) leads to the family. So no picture is decoded here, and of
what comes back nothing is left but the pixels, at a size that is enough to look at.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from amana.errors import CannotOpen
from amana_archive.lockup.standby import Standby

SIDE, QUALITY = 1400, 88
MAX_BYTES = 8 << 20
MAX_PIXELS = 80_000_000
MEMORY, SECONDS = 1 << 30, 30


@dataclass(frozen=True)
class Developed:
    """A JPEG without metadata, and its size in pixels."""

    data: bytes
    width: int
    height: int


def develop(data: bytes) -> Developed:
    """Runs in the worker. Raises CannotOpen."""
    from PIL import Image, ImageOps  # only the worker loads decoders

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        bare = Image.frombytes("RGB", upright.size, upright.tobytes())
        out = io.BytesIO()
        bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    except Exception as error:  # decoders raise anything; the worker's answer is one kind of error
        raise CannotOpen(what="a picture", reason=type(error).__name__) from None
    return Developed(out.getvalue(), *bare.size)


studio = Standby(develop, memory=MEMORY, seconds=SECONDS)


def developed(data: bytes) -> Developed:
    """Raises CannotOpen for what is no picture, too large, or takes too long."""
    if not 0 < len(data) <= MAX_BYTES:
        raise CannotOpen(what="a picture", reason="it is empty or larger than 8 MB")
    return studio.answer(data)
