"""What is remembered of a picture for matching: PDQ hashes and a small square of it.

PDQ: Facebook's perceptual hash of 256 bits (Davis, Rosen: "The TMK+PDQF Video-Hashing Algorithm
and the PDQ Image-Hashing Algorithm", 2019), through `pdqhash`. Runs in a confined worker.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image, ImageOps

from amana.core.encoding import canonical, parse
from amana.errors import CannotOpen, Malformed
from amana.reunite.squares import COLOUR, SIDE, Square, pressed

Bytes = NDArray[np.uint8]
# Hashes are taken of a picture of _WORK pixels at most; squares of one of _MOST, decoded to no less
# than _DRAFT. A square of a square would differ from a copy's by how either was reduced.
_WORK, _DRAFT, _MOST = 256, 512, 1280
_CUT = 0.1
_COSINES = np.cos(
    np.pi
    / 64
    * (np.arange(64, dtype=np.float32) + 0.5)
    * np.arange(1, 17, dtype=np.float32)[:, None]
).astype(np.float32)
_MAX_PIXELS = 400_000_000
_FRAME_STEP, _FRAME_LEAST = 10.0, 0.015

# The eight ways to turn and mirror a square, in the order of pdqhash.compute_dihedral.
TURNS: tuple[Callable[[Bytes], Bytes], ...] = (
    lambda a: a,
    lambda a: np.rot90(a, 1),
    lambda a: np.rot90(a, 2),
    lambda a: np.rot90(a, 3),
    lambda a: a[::-1],
    lambda a: a[:, ::-1],
    lambda a: np.rot90(a, 1)[::-1],
    lambda a: np.rot90(a, 1)[:, ::-1],
)
TURN_NAMES = (
    "as it is",
    "turned left",
    "turned by half",
    "turned right",
    "upside down",
    "mirrored",
    "turned left and mirrored",
    "turned right and mirrored",
)


@dataclass(frozen=True)
class View:
    """One reading of a picture. `hashes`: 32 bytes for each of TURNS, by PDQ; `plain`: 32 bytes
    by `plain_hash`; `grey`: SIDE x SIDE, the whole picture pressed into a square; `colour`: its Cb
    and Cr, 2 x COLOUR x COLOUR."""

    hashes: Bytes
    plain: Bytes
    grey: Bytes
    colour: Bytes

    def square(self, longest: int, turn: int = 0) -> Square:
        """What is laid over another, turned by one of TURNS (its colours stay)."""
        grey = self.grey if not turn else np.ascontiguousarray(TURNS[turn](self.grey))
        return Square(grey, self.colour, longest)


@dataclass(frozen=True)
class Fingerprint:
    """`whole`; `inner`, without a frame of one colour where there is one; `crops`:
    9 x 32 bytes by `plain_hash`, of what is left when a tenth of either side is cut away, here or
    there. `taken`, `camera` from EXIF, empty where absent."""

    width: int
    height: int
    quality: int
    whole: View
    inner: View | None
    crops: Bytes
    taken: str
    camera: str

    @property
    def longest(self) -> int:
        """The longer side, in pixels."""
        return max(self.width, self.height)


def fingerprint(data: bytes) -> Fingerprint:
    """Decode, reduced, and look. Raises CannotOpen for what is no picture or a damaged one."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                raise CannotOpen(what="the picture", reason="it claims too many pixels")
            size, exif = opened.size, opened.getexif()
            taken = str(exif.get_ifd(0x8769).get(0x9003, "") or exif.get(0x0132, ""))
            camera = " ".join(str(exif.get(tag, "")) for tag in (0x010F, 0x0110)).strip()
            picture = _reduced(opened)
    except (OSError, ValueError, SyntaxError, ArithmeticError, Image.DecompressionBombError) as e:
        raise CannotOpen(what="the picture", reason=str(e)[:200]) from None
    return _of(picture, size, taken.strip("\0 "), camera.strip("\0 "))


def _reduced(opened: Image.Image) -> Image.Image:
    scale = _DRAFT / max(opened.size)
    if scale < 1:
        opened.draft("RGB", (round(opened.width * scale), round(opened.height * scale)))
    picture = ImageOps.exif_transpose(opened)
    if picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    picture.thumbnail((_MOST, _MOST), Image.Resampling.BOX)
    return picture


def _hashed(picture: Image.Image) -> Image.Image:
    """The picture that hashes are taken of."""
    work = picture.copy()
    work.thumbnail((_WORK, _WORK), Image.Resampling.BOX)
    return work


def _of(picture: Image.Image, size: tuple[int, int], taken: str, camera: str) -> Fingerprint:
    work = _hashed(picture)
    hashes, quality = _hashes(work)
    grey = work.convert("L")
    return Fingerprint(
        width=size[0],
        height=size[1],
        quality=quality,
        whole=View(hashes, plain_hash(grey, (0, 0, *grey.size)), *pressed(picture)),
        inner=_inner(picture),
        crops=np.stack([plain_hash(grey, part) for part in _parts(*grey.size)]),
        taken=taken,
        camera=camera,
    )


def _inner(picture: Image.Image) -> View | None:
    box = frame_inside(np.asarray(picture.convert("L")))
    if box is None:
        return None
    part = picture.crop(box)
    work = _hashed(part)
    plain = plain_hash(work.convert("L"), (0, 0, *work.size))
    return View(_hashes(work)[0], plain, *pressed(part))


def plain_hash(grey: Image.Image, box: tuple[float, float, float, float]) -> Bytes:
    """PDQ's own steps (64 x 64, the lowest 16 x 16 of the cosine transform, above its median) on a
    part of a picture, without its filter and colours: 10 of them in the time of one. To be compared
    with its like only."""
    small = np.asarray(grey.resize((64, 64), Image.Resampling.BOX, box=box), np.float32)
    waves = _COSINES @ small @ _COSINES.T
    return np.packbits(waves.ravel() > np.median(waves))


def _parts(width: int, height: int) -> list[tuple[float, float, float, float]]:
    """Nine boxes of nine tenths of either side."""
    steps = [_CUT * k / 2 for k in range(3)]
    return [
        (x * width, y * height, (x + 1 - _CUT) * width, (y + 1 - _CUT) * height)
        for y in steps
        for x in steps
    ]


def _hashes(picture: Image.Image) -> tuple[Bytes, int]:
    vectors, quality = pdqhash.compute_dihedral(_pixels(picture))
    return np.packbits(np.asarray(vectors, np.uint8), axis=1), int(quality)


def _pixels(picture: Image.Image) -> Bytes:
    return np.ascontiguousarray(np.asarray(picture.convert("RGB")))


def frame_inside(grey: Bytes) -> tuple[int, int, int, int] | None:
    """The box inside a frame of one colour, or None where there is no such frame."""
    height, width = grey.shape
    corner = float(grey[0, 0])

    def plain(line: Bytes) -> bool:
        values = line.astype(np.float32)
        return bool(values.std() < _FRAME_STEP and abs(values.mean() - corner) < _FRAME_STEP)

    top = next((i for i in range(height) if not plain(grey[i])), height)
    left = next((i for i in range(width) if not plain(grey[:, i])), width)
    bottom = next((i for i in range(height) if not plain(grey[height - 1 - i])), height)
    right = next((i for i in range(width) if not plain(grey[:, width - 1 - i])), width)
    inside = (left, top, width - right, height - bottom)
    seen = max(top, bottom) >= _FRAME_LEAST * height or max(left, right) >= _FRAME_LEAST * width
    if not seen or inside[2] - inside[0] < width // 3 or inside[3] - inside[1] < height // 3:
        return None
    # One line more on each framed side: the frame's edge is blurred by the reduction.
    grown = tuple(v + (1 if v and i < 2 else -1 if i >= 2 else 0) for i, v in enumerate(inside))
    return grown[0], grown[1], grown[2], grown[3]


# --- as bytes ------------------------------------------------------------------------------------

_VIEW = 8 * 32 + 32 + SIDE * SIDE + 2 * COLOUR * COLOUR


def to_bytes(found: Fingerprint) -> bytes:
    """For a closed row; `from_bytes` is the inverse."""
    head = canonical(
        {
            "width": found.width,
            "height": found.height,
            "quality": found.quality,
            "taken": found.taken,
            "camera": found.camera,
        }
    )
    views = [found.whole, *([found.inner] if found.inner else [])]
    parts = [x.tobytes() for v in views for x in (v.hashes, v.plain, v.grey, v.colour)]
    return b"".join([head, b"\n", found.crops.tobytes(), *parts])


def from_bytes(data: bytes) -> Fingerprint:
    """Raises Malformed."""
    head, _, rest = data.partition(b"\n")
    fields = parse(head, "fingerprint")
    if len(rest) not in (288 + _VIEW, 288 + 2 * _VIEW):
        raise Malformed(what="fingerprint", reason="its length")
    inner = _view_from(rest[288 + _VIEW :]) if len(rest) > 288 + _VIEW else None
    return Fingerprint(
        width=int(fields["width"]),
        height=int(fields["height"]),
        quality=int(fields["quality"]),
        whole=_view_from(rest[288 : 288 + _VIEW]),
        inner=inner,
        crops=np.frombuffer(rest[:288], np.uint8).reshape(9, 32),
        taken=str(fields["taken"]),
        camera=str(fields["camera"]),
    )


def _view_from(data: bytes) -> View:
    array = np.frombuffer(data, np.uint8)
    end = 288 + SIDE * SIDE
    return View(
        array[:256].reshape(8, 32),
        array[256:288],
        array[288:end].reshape(SIDE, SIDE),
        array[end:].reshape(2, COLOUR, COLOUR),
    )
