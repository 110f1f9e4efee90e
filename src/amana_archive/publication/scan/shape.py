"""What a file that leaves may consist of: a picture is pixels and nothing beside them.

A list of what is allowed, not of what is forbidden: a marker that nobody thought of is a finding.
Sources: ISO/IEC 10918-1 (JPEG), W3C PNG third edition, WHATWG HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
# Markers of a baseline or progressive JPEG without any application segment but a bare JFIF.
_JPEG_NAMES = {0xC0: "SOF0", 0xC2: "SOF2", 0xC4: "DHT", 0xDB: "DQT", 0xDD: "DRI", 0xDA: "SOS"}
_JFIF_BYTES = 14
_INSIDE = (
    (b"\xff\xd8\xff", "a picture (JPEG) inside the file"),
    (b"\x89PNG\r\n", "a picture (PNG) inside the file"),
    (b"Exif\0\0", "an EXIF block"),
    (b"http://ns.adobe.com/", "an XMP block"),
    (b"<x:xmpmeta", "an XMP block"),
    (b"8BIM", "a Photoshop block"),
    (b"ICC_PROFILE\0", "a colour profile"),
    (b"acspAPPL", "a colour profile"),
    (b"Nikon\0", "a maker note (Nikon)"),
    (b"OLYMPUS\0", "a maker note (Olympus)"),
    (b"OLYMP\0", "a maker note (Olympus)"),
    (b"FUJIFILM\x0c", "a maker note (Fujifilm)"),
    (b"Panasonic\0", "a maker note (Panasonic)"),
    (b"SONY DSC \0", "a maker note (Sony)"),
    (b"Apple iOS\0", "a maker note (Apple)"),
    (b"ftypheic", "a picture (HEIC) inside the file"),
    (b"II*\0\x08\0\0\0", "a TIFF header"),
    (b"MM\0*\0\0\0\x08", "a TIFF header"),
)
# A PDF/A has both; exiftool says what is in them.
_IN_PDF = frozenset({"an XMP block", "a colour profile"})
_HTML = (
    (re.compile(rb"<!--"), "a comment"),
    (re.compile(rb"<\s*script", re.I), "a script"),
    (re.compile(rb"<\s*(?:iframe|object|embed|form|input|base|applet|link[^>]+preconnect)", re.I), "an element that loads or sends"),  # noqa: E501
    (re.compile(rb"\son[a-z]+\s*=", re.I), "an inline script"),
    (re.compile(rb"(?:src|href|action|srcset|url)\s*[=(]\s*[\"']?\s*(?:[a-z][a-z+.-]*:)?//", re.I), "an address of somebody else"),  # noqa: E501
    (re.compile(rb"(?:src|href|action)\s*=\s*[\"']?\s*(?:javascript|data|file|blob):", re.I), "an address that is no file"),  # noqa: E501
    (re.compile(rb"<meta[^>]+(?:generator|author|geo\.)", re.I), "a word about who made it"),
)  # fmt: skip


def faults(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """(kind, what) of everything in a file that has no business in its kind."""
    ending = name.rpartition(".")[2].lower()
    if ending == "png":
        yield from _png(data)
    elif ending in ("jpg", "jpeg"):
        yield from _jpeg(data)
    elif ending == "pdf":
        yield from _pdf(data)
    elif ending in ("html", "css"):
        yield from (("page", what) for pattern, what in _HTML if pattern.search(data))
    yield from (found for found in _inside(data) if ending != "pdf" or found[1] not in _IN_PDF)


def _pdf(data: bytes) -> Iterator[tuple[str, str]]:
    """A PDF may be written on at its end, and keeps what it said before."""
    end = data.find(b"%%EOF")
    if not data.startswith(b"%PDF-") or end < 0:
        yield "shape", "it is called a PDF and is none"
    elif data[end + 5 :].strip(b"\r\n"):
        yield "appended", f"{len(data) - end - 5} bytes after the document's end"


def _inside(data: bytes) -> Iterator[tuple[str, str]]:
    for mark, what in _INSIDE:
        start = 4 if mark in (b"\xff\xd8\xff", b"\x89PNG\r\n") else 0  # beginning as one is no leak
        if data.find(mark, start) >= 0:
            yield "metadata", what


def _png(data: bytes) -> Iterator[tuple[str, str]]:
    if not data.startswith(_PNG):
        yield "shape", "it is called a PNG and is none"
        return
    place, last = len(_PNG), b""
    while place + 12 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if kind not in _PNG_CHUNKS:
            yield "metadata", f"a PNG chunk {kind!r}"
        place, last = place + 12 + size, kind
        if kind == b"IEND":
            break
    if last != b"IEND" or place > len(data):
        yield "shape", "the PNG is cut short"
    elif place != len(data):
        yield "appended", f"{len(data) - place} bytes after the picture's end"


def _jpeg(data: bytes) -> Iterator[tuple[str, str]]:
    if not data.startswith(b"\xff\xd8"):
        yield "shape", "it is called a JPEG and is none"
        return
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xD9:
        marker = data[place + 1]
        size = int.from_bytes(data[place + 2 : place + 4], "big")
        body = data[place + 4 : place + 2 + size]
        yield from _segment(marker, body)
        place += 2 + size
        if marker == 0xDA:
            place = _after_scan(data, place)
    if data[place : place + 2] != b"\xff\xd9":
        yield "shape", "the JPEG is cut short, or goes on in a way of its own"
    elif place + 2 != len(data):
        yield "appended", f"{len(data) - place - 2} bytes after the picture's end"


def _segment(marker: int, body: bytes) -> Iterator[tuple[str, str]]:
    if marker == 0xE0:
        # JFIF: its last two bytes are the size of a thumbnail.
        if body[:5] != b"JFIF\0" or len(body) != _JFIF_BYTES or body[-2:] != b"\0\0":
            yield "metadata", "an APP0 segment that is no bare JFIF: perhaps a thumbnail"
    elif marker not in _JPEG_NAMES:
        yield "metadata", f"a JPEG segment 0x{marker:02X}"


def _after_scan(data: bytes, place: int) -> int:
    """Where the next marker stands: 0xFF00 is a pixel's byte, 0xFFD0 to 0xFFD7 restart."""
    while place + 1 < len(data):
        place = data.find(b"\xff", place)
        if place < 0:
            return len(data)
        follows = data[place + 1 : place + 2]
        if follows != b"\0" and not b"\xd0" <= follows <= b"\xd7":
            return place
        place += 2
    return len(data)
