"""A picture as the world gets it: decoded, made small, and drawn anew from its pixels.

Nothing of the file it came from is copied but colours: no metadata, no profile, no thumbnail, no
size that the original had. Runs in a confined process: the file is hostile until shown otherwise.
What sensors leave in the pixels themselves is weakened by the smaller size and the coarse JPEG, and
not proved gone: docs/threat-model/publication.md.
"""

from __future__ import annotations

import io
from typing import Any

from amana.errors import AmanaError, CannotOpen
from amana_archive.lockup.standby import Standby
from amana_archive.publication.dataset import MOST_SIDE

MEMORY, SECONDS = 1 << 30, 60
_QUALITY = 74
_MAX_PIXELS = 120_000_000


def redraw(data: bytes) -> tuple[bytes, int, int]:
    """(JPEG, width, height). Runs in the worker. Raises CannotOpen."""
    from PIL import Image  # only the worker loads decoders

    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return _drawn(picture)
    except AmanaError:
        raise
    except Exception as error:  # decoders raise anything
        raise CannotOpen(what="a picture", reason=type(error).__name__) from None


def _drawn(picture: Any) -> tuple[bytes, int, int]:
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    # A new picture that has never had anything but these bytes: no `info` to be saved along.
    fresh = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=False)
    return out.getvalue(), fresh.width, fresh.height


easel = Standby(redraw, memory=MEMORY, seconds=SECONDS)
