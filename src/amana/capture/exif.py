"""What a picture says of itself, as plain strings and whole numbers.

All of it goes into the sealed record, place included, and none into the copy's own bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from amana.core.encoding import MAX_INTEGER, Json, b64

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
# Where the picture keeps its own thumbnail or plain pointers: no statement about the photograph.
_LEFT_OUT = frozenset((0x8769, 0x8825, 0xA005, 0x014A))
_MOST_BYTES = 256
_MOST_TEXT = 4096
_MOST_VALUES = 64
_MOST_TAGS = 512


def read_exif(image: Image.Image) -> Json:
    """The tags of a picture by name; those of the place in a section `GPS`. Never raises."""
    return _read(image.getexif)


def read_tiff_exif(stream: BinaryIO) -> Json:
    """As `read_exif`, of a file that is TIFF inside, as most camera raw files are."""

    def load() -> Image.Exif:
        exif = Image.Exif()
        stream.seek(0)
        exif.load_from_fp(stream)
        return exif

    return _read(load)


def _read(load: Callable[[], Image.Exif]) -> Json:
    try:
        exif = load()
        found = _named(dict(exif), ExifTags.TAGS)
        found |= _named(exif.get_ifd(_EXIF_IFD), ExifTags.TAGS)
        if place := _named(exif.get_ifd(_GPS_IFD), ExifTags.GPSTAGS):
            found["GPS"] = place
    except Exception as error:
        return {"unreadable": type(error).__name__}
    return found


def _named(tags: dict[int, Any], names: dict[int, str]) -> Json:
    named: Json = {}
    for tag, value in list(tags.items())[:_MOST_TAGS]:
        if tag not in _LEFT_OUT:
            named[names.get(tag, f"0x{tag:04x}")] = _plain(value)
    return named


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one line a kind
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if abs(value) <= MAX_INTEGER else str(value)
    if isinstance(value, IFDRational):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value[:_MOST_VALUES]]
    if isinstance(value, float):
        return repr(value)
    return _text(str(value))


def _text(value: str) -> str:
    # Lone surrogates have no UTF-8; cameras pad with NUL.
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return clean.strip("\0 ").replace("\0", "")[:_MOST_TEXT]


def _bytes(value: bytes) -> Any:
    stripped = value.rstrip(b"\0")
    if stripped.isascii() and stripped.decode("ascii").isprintable():
        return stripped.decode("ascii")[:_MOST_TEXT]
    if len(value) <= _MOST_BYTES:
        return "base64:" + b64(value)
    return f"{len(value)} bytes, in the original"
