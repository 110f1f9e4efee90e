"""A small upright picture of almost anything, decoded no larger than it must be.

Runs in the workers only. Threat: every byte here was chosen by somebody else. Sizes are looked at
before pixels are decoded; limits of time and memory stand around (capture/limits.py).
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from amana.capture.exif import read_exif, read_tiff_exif
from amana.core.encoding import Json

# What a decoder may be asked to unfold. A JPEG is decoded at a fraction of its size, unless it is
# progressive: then all its coefficients stand in memory first.
MAX_PIXELS = 64_000_000
MAX_PIXELS_PROGRESSIVE = 128_000_000
MAX_PIXELS_JPEG = 600_000_000
_PDF_PAGES = 4
_MOST_TEXT = 16_384
_ORIENTATION = 0x0112
_WHITE = (255, 255, 255)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS_JPEG
# Pillow warns of strange files on standard error; what we think of them is in the report.
warnings.filterwarnings("ignore", module="PIL")
ImageFile.LOAD_TRUNCATED_IMAGES = False


class NoPicture(Exception):
    """No picture could be made; says why, in a few words."""


@dataclass(frozen=True)
class Picture:
    """`image`: RGB or grey, upright, at most the size asked for, without any metadata. `photo`:
    the fields of the record: `width` and `height` as stored, `orientation`, `exif`, `pages`."""

    image: Image.Image
    photo: Json = field(default_factory=dict)


def decode(data: bytes | os.PathLike[str], kind: str, size: int) -> Picture:
    """The picture in `data` (the bytes, or the path of a large file), its longer side `size`
    pixels at most. Raises NoPicture."""
    try:
        decoder = _video if kind.startswith("video/") else _DECODERS.get(kind, _still)
        return decoder(data, size)
    except (NoPicture, MemoryError):
        raise
    except Exception as error:
        raise NoPicture(_why(error)) from None


def _why(error: Exception) -> str:
    text = str(error).strip().split("\n")[0][:120]
    if isinstance(error, UnidentifiedImageError):
        return "no picture that is known here"
    return f"damaged or of an unknown form ({text or type(error).__name__})"


def fit(width: int, height: int, size: int) -> tuple[int, int]:
    """The dimensions within a square of `size`, never enlarged, never zero."""
    scale = min(1.0, size / max(width, height, 1))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _open(data: bytes | os.PathLike[str]) -> Any:
    return io.BytesIO(data) if isinstance(data, bytes) else data


# --- stills ------------------------------------------------------------------------------------


def _still(data: bytes | os.PathLike[str], size: int) -> Picture:
    with Image.open(_open(data)) as image:
        return _reduce(image, size)


def _heif(data: bytes | os.PathLike[str], size: int) -> Picture:
    import pillow_heif  # noqa: PLC0415 - slow to import, rarely needed

    pillow_heif.register_heif_opener(thumbnails=False)
    return _still(data, size)


def _reduce(image: Image.Image, size: int) -> Picture:
    width, height = image.size
    _check_pixels(image)
    exif = read_exif(image)
    orientation = exif.get("Orientation", 1)
    photo: Json = {"width": width, "height": height, "orientation": orientation, "exif": exif}
    if not isinstance(orientation, int):
        photo["orientation"] = 1
    pages = getattr(image, "n_frames", 1)
    if pages > 1:
        photo["pages"] = pages
    target = fit(width, height, size)
    # The exact target, not a square box: draft() would choose twice the size.
    image.draft("RGB", target)
    small = _flat(image, target)
    small.info = {}
    return Picture(_upright(small, photo["orientation"]), photo)


def _check_pixels(image: Image.Image) -> None:
    width, height = image.size
    limit = MAX_PIXELS
    if image.format == "JPEG":
        limit = MAX_PIXELS_PROGRESSIVE if image.info.get("progressive") else MAX_PIXELS_JPEG
    if width * height > limit:
        raise NoPicture(f"too large to be unfolded safely ({width} × {height} pixels)")


def _flat(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """`image` reduced to `target`, as RGB or grey on white."""
    if image.mode in ("RGB", "L"):
        return _resized(image, target)
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return _grey(image, target)
    if "A" in image.getbands() or "transparency" in image.info:
        layered = _resized(image.convert("RGBA"), target)
        ground = Image.new("RGB", target, _WHITE)
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return _resized(image.convert("RGB"), target)


def _resized(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    image.load()
    return (
        image.copy()
        if image.size == target
        else image.resize(target, Image.Resampling.HAMMING, reducing_gap=3.0)
    )


def _grey(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Sixteen bits and more of grey, stretched between its darkest and lightest value."""
    wide = image.convert("F").resize(target)
    low, high = wide.getextrema()
    step = 255.0 / (high - low) if high > low else 1.0  # type: ignore[operator]
    return wide.point(lambda v: v * step - low * step).convert("L")  # type: ignore[operator]


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image.transpose(turn) if turn is not None else image


# --- what holds a picture ------------------------------------------------------------------------


def _raw(data: bytes | os.PathLike[str], size: int) -> Picture:
    import rawpy  # noqa: PLC0415

    with rawpy.imread(_open(data) if isinstance(data, bytes) else os.fspath(data)) as raw:
        thumb = raw.extract_thumb()
        sizes = raw.sizes
    if thumb.format == rawpy.ThumbFormat.JPEG:
        picture = _still(bytes(thumb.data), size)
    else:
        picture = _reduce(Image.fromarray(cast(Any, thumb.data)), size)
    turned = {3: 3, 5: 8, 6: 6}.get(sizes.flip, 1)
    photo = {**picture.photo, "width": sizes.width, "height": sizes.height}
    photo["exif"] = _raw_exif(data, picture.photo["exif"])
    if photo["orientation"] == 1 and turned != 1:
        return Picture(_upright(picture.image, turned), {**photo, "orientation": turned})
    return Picture(picture.image, photo)


def _raw_exif(data: bytes | os.PathLike[str], of_preview: Json) -> Json:
    """The camera's own tags. What LibRaw writes into a preview (a date of 1970) is not evidence."""
    with io.BytesIO(data) if isinstance(data, bytes) else Path(data).open("rb") as stream:
        if stream.read(4) in (b"II*\0", b"MM\0*"):
            return read_tiff_exif(stream)
    return {} if str(of_preview.get("Software", "")).startswith("dcraw") else of_preview


def _pdf(data: bytes | os.PathLike[str], size: int) -> Picture:
    """The first pages, up to four, as one sheet; their text beside it, if it is short."""
    import pypdfium2  # noqa: PLC0415

    document = pypdfium2.PdfDocument(data if isinstance(data, bytes) else os.fspath(data))
    try:
        count = len(document)
        shown = min(count, _PDF_PAGES)
        side = size if shown == 1 else size // 2
        pages, text = [], ""
        for number in range(shown):
            page = document[number]
            width, height = page.get_size()
            if number == 0:
                first = (max(1, round(width)), max(1, round(height)))
            scale = side / max(width, height, 1.0)
            pages.append(page.render(scale=scale).to_pil().convert("RGB"))
            text += page.get_textpage().get_text_bounded() + "\n"
    finally:
        document.close()
    photo: Json = {"width": first[0], "height": first[1], "pages": count}
    if text.strip() and len(text) <= _MOST_TEXT:
        photo["text"] = text.strip().encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return Picture(pages[0] if shown == 1 else _sheet(pages, side), photo)


def _sheet(pages: list[Image.Image], side: int) -> Image.Image:
    columns = 2
    rows = -(-len(pages) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side), _WHITE)
    for place, page in enumerate(pages):
        fitted = ImageOps.contain(page, (side, side))
        sheet.paste(fitted, (place % columns * side, place // columns * side))
    return sheet


def _video(data: bytes | os.PathLike[str], size: int) -> Picture:
    """One frame, from a tenth of the way in: the first is often black."""
    import av  # noqa: PLC0415

    source = _open(data) if isinstance(data, bytes) else os.fspath(data)
    with av.open(source, mode="r", metadata_errors="replace") as container:
        if not container.streams.video:
            raise NoPicture("a film without a picture")
        stream = container.streams.video[0]
        if stream.width * stream.height > MAX_PIXELS:
            raise NoPicture(f"too large to be unfolded safely ({stream.width} × {stream.height})")
        length = int(container.duration or 0)
        if length > 1_000_000:
            container.seek(length // 10)
        frame = next(container.decode(stream), None)
        if frame is None:
            raise NoPicture("a film without a frame")
        image = frame.to_image()
        turned = {90: 8, 180: 3, 270: 6}.get(getattr(frame, "rotation", 0) % 360, 1)
        tags = {str(k)[:64]: str(v)[:1024] for k, v in container.metadata.items() if k.isascii()}
    picture = _reduce(image, size)
    photo: Json = {"width": stream.width, "height": stream.height, "orientation": turned}
    photo |= {"seconds": length // 1_000_000, "exif": _clean(tags)}
    return Picture(_upright(picture.image, turned), photo)


def _clean(tags: dict[str, str]) -> Json:
    return {k: v.encode("utf-8", "replace").decode("utf-8") for k, v in tags.items()}


_DECODERS: dict[str, Callable[[bytes | os.PathLike[str], int], Picture]] = {
    "image/heic": _heif,
    "image/x-raw": _raw,
    "application/pdf": _pdf,
}
