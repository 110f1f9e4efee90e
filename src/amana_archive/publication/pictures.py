"""A picture as the world gets it: decoded, made small, and drawn anew from its pixels.

Nothing of the file it came from is copied but colours: no metadata, no profile, no thumbnail, no
size that the original had. Runs in a confined process: the file is hostile until shown otherwise.
What sensors leave in the pixels themselves is weakened by the smaller size and the coarse JPEG, and
not proved gone: docs/threat-model/publication.md.
"""

from __future__ import annotations

import io
import threading
from typing import Any

from amana.errors import AmanaError, CannotOpen
from amana.reunite.workers import Workers
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


class Easel:
    """One confined worker, started when first needed."""

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._workers: Workers[bytes, tuple[bytes, int, int]] | None = None

    def redraw(self, data: bytes) -> tuple[bytes, int, int]:
        """Raises CannotOpen."""
        with self._one:
            if self._workers is None:
                self._workers = Workers(redraw, processes=1, memory=MEMORY, seconds=SECONDS)
            for _, answer in self._workers.results([data]):
                if isinstance(answer, AmanaError):
                    raise answer
                return answer
        raise CannotOpen(what="a picture", reason="no answer")

    def close(self) -> None:
        with self._one:
            if self._workers is not None:
                self._workers.__exit__()
                self._workers = None


easel = Easel()
