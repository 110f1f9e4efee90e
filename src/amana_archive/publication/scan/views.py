"""The ways in which bytes can hide in a file: packed, escaped, encoded. Each view of a file is
searched like the file itself."""

from __future__ import annotations

import base64
import binascii
import html
import io
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator

_DEEPEST = 3
_LARGEST = 64 << 20
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[\s:.-]?){24,}")
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)
_TAG = re.compile(r"<[^<>]{0,500}>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def views(data: bytes, name: str = "", depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """(where, bytes): the file itself first, then everything that is packed into it."""
    yield name, data
    if depth >= _DEEPEST:
        return
    for where, inner in _packed(data):
        yield from views(inner, f"{name}: {where}" if name else where, depth + 1)


def _packed(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:4] == b"PK\x03\x04":
        yield from _zip(data)
    if data[:2] == b"\x1f\x8b":
        yield from _inflated("gzip", data, 31)
    for found in _PDF_STREAM.finditer(data):
        yield from _inflated("a stream of the PDF", found.group(1), 15)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _png(data)
    yield from _decoded(data)


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for entry in packed.infolist():
                if entry.file_size <= _LARGEST:
                    yield entry.filename, packed.read(entry)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error):
        return  # its shape is another check's finding; its bytes were searched


def _png(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Compressed chunks of a PNG: text, profile. Its pixels are pixels."""
    for kind in (b"zTXt", b"iTXt", b"iCCP"):
        place = data.find(kind)
        while place >= 0:
            size = int.from_bytes(data[place - 4 : place], "big")
            body = data[place + 4 : place + 4 + min(size, _LARGEST)]
            for start in _zlib_starts(body):
                yield from _inflated(kind.decode(), body[start:], 15)
            place = data.find(kind, place + 4)


def _zlib_starts(body: bytes) -> Iterator[int]:
    for mark in _ZLIB:
        place = body.find(mark)
        if place >= 0:
            yield place


def _inflated(where: str, data: bytes, bits: int) -> Iterator[tuple[str, bytes]]:
    """Whatever can be inflated of it, also where its end is damaged."""
    work = zlib.decompressobj(bits)
    try:
        plain = work.decompress(data, _LARGEST)
    except zlib.error:
        return
    if plain:
        yield where, plain


def _decoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    for found in _BASE64.finditer(data):
        plain = _unbase64(found.group())
        if plain:
            yield "base64", plain
    for found in _HEX.finditer(data):
        try:
            yield "hex", bytes.fromhex(re.sub(rb"[\s:.-]", b"", found.group()).decode())
        except ValueError:
            continue


def _unbase64(text: bytes) -> bytes:
    plain = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(plain[: len(plain) // 4 * 4], validate=True)
    except binascii.Error:
        return b""


def readings(data: bytes) -> Iterator[bytes]:
    """The text of some bytes in lower case, as it stands and with its escapes undone: HTML
    entities, percent signs, JSON's \\uXXXX, tags; digits of other scripts as ASCII."""
    text = data.decode("utf-8", "replace")
    seen = {text}
    for undo in (html.unescape, urllib.parse.unquote, _unescaped, _untagged):
        seen.add(undo(text))
    seen |= {_unescaped(html.unescape(urllib.parse.unquote(text)))}
    for one in seen:
        yield _western(one).casefold().encode("utf-8")


def _untagged(text: str) -> str:
    """As it is read on the page: marks inside a number or a name part nothing."""
    return html.unescape(_TAG.sub("", text))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).replace("\\/", "/")


_DIGITS = {ord(c): str(n % 10) for n, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}


def _western(text: str) -> str:
    return text.translate(_DIGITS)
