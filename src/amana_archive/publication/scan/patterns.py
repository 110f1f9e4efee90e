"""What leads to a source whoever he is: places, paths, names that cameras give, long digests. Found
by its form, without knowing the archive."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PATTERNS = (
    ("path", re.compile(rb"(?<![\w/.])/(?:home|media|mnt|users|volumes|var|tmp|root|storage|sdcard|private)/[\w.-]+")),  # noqa: E501
    ("path", re.compile(rb"(?<![a-z])[a-z]:\\[\w$ .-]+")),
    ("path", re.compile(rb"file:/+[\w%.-]")),
    ("path", re.compile(rb"\bdcim[/\\]|[/\\]\d{3}(?:canon|nikon|_fuji|olymp|apple|msdcf)\b")),
    ("camera's name", re.compile(rb"\b(?:dsc[nf_]?|img|mvi|pict|p\d{3}|_dsc|_mg)_?\d{4,8}\.(?:jpe?g|nef|cr[23w]|arw|dng|raf|orf|tiff?|mov|mp4)\b")),  # noqa: E501
    ("place", re.compile(rb"(?<![\d.])-?\d{1,3}\.\d{4,}\s*[,;/ ]\s*-?\d{1,3}\.\d{4,}(?![\d.])")),
    ("place", re.compile("\\d{1,3}\\s*°\\s*\\d{1,2}\\s*['’′]\\s*\\d{1,2}(?:\\.\\d+)?\\s*[\"”″]?\\s*[nsew]".encode())),  # noqa: E501
    ("place", re.compile(rb"\bgeo:-?\d|gpslatitude|gpslongitude|gpsposition")),
    ("mail address", re.compile(rb"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b")),
    ("network address", re.compile(rb"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\d.])")),
    ("exact time", re.compile(rb"\b(?:19|20)\d\d[-:]\d\d[-:]\d\d[t _]\d\d:\d\d")),
)  # fmt: skip
_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32,128}(?![0-9a-f])")
_SERIAL = re.compile(rb"serial ?number|body ?serial|lens ?serial|maker ?note|shutter ?count")


def found(text: bytes, meant: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(kind, what) of everything in lower-case `text` that has such a form. `meant` are digests
    that are meant to be there: those of the files that leave."""
    for kind, pattern in _PATTERNS:
        hit = pattern.search(text)
        if hit:
            yield kind, hit.group().decode("utf-8", "replace")
    for hit in _DIGEST.finditer(text):
        digest = hit.group().decode("ascii")
        if digest not in meant:
            yield "digest", digest
    hit = _SERIAL.search(text)
    if hit:
        yield "serial number", hit.group().decode("utf-8", "replace")
