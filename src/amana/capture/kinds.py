"""What a file is: told by its first bytes, and by its name only where those say too little.

A name proves nothing, but it says what somebody expected: `holiday.jpg` that holds no picture is
worth telling.
"""

from __future__ import annotations

import mimetypes

OTHER = "application/octet-stream"
HEAD_BYTES = 1 << 12

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"FUJIFILMCCD-RAW", "image/x-raw"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"IIRO", "image/x-raw"),
    (b"IIU\x00", "image/x-raw"),
    (b"%PDF-", "application/pdf"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"FLV\x01", "video/x-flv"),
    (b"0&\xb2u\x8ef\xcf\x11", "video/x-ms-wmv"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_AUDIO_BRANDS = frozenset((b"M4A ", b"M4B "))
# Camera raw files are TIFF inside: their name alone says that an embedded preview is to be sought.
_RAW_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mos"),
        *(
            "mrw",
            "nef",
            "nrw",
            "orf",
            "pef",
            "raf",
            "raw",
            "rw2",
            "rwl",
            "sr2",
            "srf",
            "srw",
            "x3f",
        ),
    )
)
_PICTURE_SUFFIXES = frozenset(
    f".{name}"
    for name in ("jpg", "jpeg", "jpe", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "avif")
)
_OFFICE = {
    f".{suffix}": f"application/vnd.{kind}"
    for suffix, kind in (
        ("docx", "openxmlformats-officedocument.wordprocessingml.document"),
        ("xlsx", "openxmlformats-officedocument.spreadsheetml.sheet"),
        ("pptx", "openxmlformats-officedocument.presentationml.presentation"),
        ("odt", "oasis.opendocument.text"),
        ("ods", "oasis.opendocument.spreadsheet"),
        ("msg", "ms-outlook"),
    )
} | {".eml": "message/rfc822", ".mbox": "application/mbox"}
_ZIPPED = frozenset(("application/zip", "application/x-ole-storage"))


def media_type(head: bytes, name: bytes) -> str:
    """The media type of a file that begins with `head` (up to 4,096 bytes) and is called `name`."""
    suffix = _suffix(name)
    found = _by_magic(head)
    if suffix in _RAW_SUFFIXES and found in (None, "image/tiff", "image/x-raw", "video/mp4"):
        return "image/x-raw" if found else OTHER
    if found in _ZIPPED or found is None:
        return _by_name(suffix, found or OTHER)
    return found


def expects_picture(kind: str, name: bytes) -> bool:
    """Whether a copy is to be made, or its lack to be told."""
    return (
        kind.startswith(("image/", "video/"))
        or kind == "application/pdf"
        or _suffix(name) in _PICTURE_SUFFIXES | _RAW_SUFFIXES
    ) and kind != "image/svg+xml"


def _by_magic(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF":
        riff = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
        return riff.get(head[8:12], "application/octet-stream")
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "video/mp2t"
    return None


def _by_brand(brand: bytes) -> str:
    if brand in _HEIF_BRANDS:
        return "image/heic"
    if brand in _AVIF_BRANDS:
        return "image/avif"
    if brand in _AUDIO_BRANDS:
        return "audio/mp4"
    return {b"crx ": "image/x-raw", b"qt  ": "video/quicktime"}.get(brand, "video/mp4")


def _by_name(suffix: str, otherwise: str) -> str:
    guess = _OFFICE.get(suffix) or mimetypes.types_map.get(suffix)
    # A name that promises a picture over bytes that hold none is not believed.
    if guess is None or (guess.startswith(("image/", "video/")) and guess != "image/svg+xml"):
        return otherwise
    return guess


def _suffix(name: bytes) -> str:
    _, dot, suffix = name.rpartition(b".")
    return (dot + suffix).decode("ascii", "replace").lower() if dot and b"/" not in suffix else ""
