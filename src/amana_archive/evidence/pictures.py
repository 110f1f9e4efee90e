"""Decoding pictures, in a confined process: veils for the grid, working copies for people.

Threat: a picture is a hostile file that nobody has opened yet, and this server holds the key. So no
picture is decoded in the server itself: a spawned worker without the key, confined by
`amana.reunite.confine`, gets the bytes and gives bytes back.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from amana.errors import AmanaError, CannotOpen
from amana_archive.lockup.standby import Standby

VEIL_SIDE, VEIL_QUALITY, VEIL_BLUR = 40, 30, 1.6
MAX_PIXELS = 120_000_000
MEMORY, SECONDS = 1 << 30, 60
TOOL = "amana working copy 1"
_WEBP_QUALITY = 90


@dataclass(frozen=True)
class Asked:
    """Bytes and what to make of them; without steps: a veil."""

    data: bytes
    steps: tuple[dict[str, Any], ...] | None = None


def make(asked: Asked) -> bytes:
    """Runs in the worker. Raises CannotOpen."""
    from PIL import Image  # only the worker loads decoders

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(io.BytesIO(asked.data)) as picture:
            return _veil(picture) if asked.steps is None else _derive(picture, asked.steps)
    except AmanaError:
        raise
    except Exception as error:  # decoders raise anything; the worker's answer is one kind of error
        raise CannotOpen(what="a picture", reason=type(error).__name__) from None


def _veil(picture: Any) -> bytes:
    from PIL import Image, ImageFilter, ImageOps

    picture.draft("L", (VEIL_SIDE, VEIL_SIDE))
    upright = ImageOps.exif_transpose(picture.convert("L"))
    square = ImageOps.fit(upright, (VEIL_SIDE, VEIL_SIDE), Image.Resampling.BOX)
    blurred = square.filter(ImageFilter.GaussianBlur(VEIL_BLUR))
    out = io.BytesIO()
    blurred.save(out, "WEBP", quality=VEIL_QUALITY, method=4)
    return out.getvalue()


def _derive(picture: Any, steps: tuple[dict[str, Any], ...]) -> bytes:
    """The steps in order; boxes are left, top, right, bottom in thousandths of the picture."""
    from PIL import ImageDraw, ImageEnhance, ImageOps

    made = ImageOps.exif_transpose(picture).convert("RGB")
    for step in steps:
        if step["do"] == "rotate":
            made = made.rotate(-int(step["degrees"]), expand=True)
        elif step["do"] == "brighten":
            made = ImageEnhance.Brightness(made).enhance(int(step["percent"]) / 100)
        elif step["do"] == "crop":
            made = made.crop(_pixels(step["box"], made.size))
        elif step["do"] == "cover":
            ImageDraw.Draw(made).rectangle(_pixels(step["box"], made.size), fill=(32, 32, 32))
        else:
            raise CannotOpen(what="a working copy", reason="an unknown step")
    out = io.BytesIO()
    # Lossless and without metadata: the same bytes every time, and no thumbnail of what is covered.
    made.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _pixels(box: list[int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (
        round(value * side / 1000) for value, side in zip(box, (*size, *size), strict=True)
    )
    return left, top, max(left + 1, right), max(top + 1, bottom)


# For all threads of the server.
darkroom = Standby(make, memory=MEMORY, seconds=SECONDS)


def check_steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps as they are recorded. Raises CannotOpen for impossible ones."""
    for step in steps:
        kind = step.get("do")
        box = step.get("box")
        good = (
            (kind == "rotate" and step.get("degrees") in (90, 180, 270))
            or (kind == "brighten" and 20 <= int(step.get("percent", 0)) <= 400)
            or (kind in ("crop", "cover") and _is_box(box))
        )
        if not good:
            raise CannotOpen(what="a working copy", reason=f"the step {kind!r} is not possible")
    if not 1 <= len(steps) <= 20:
        raise CannotOpen(what="a working copy", reason="one to twenty steps are possible")
    return steps


def _is_box(box: Any) -> bool:
    return (
        isinstance(box, list)
        and len(box) == 4
        and all(type(v) is int and 0 <= v <= 1000 for v in box)
        and box[0] < box[2]
        and box[1] < box[3]
    )
