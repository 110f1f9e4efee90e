"""What an archive knows of its originals and must not let out, and the forms it could leave in.

Threat: somebody who serves those the pictures prove guilty has the published site and his own
files. One serial number, one exact size, one digest or one path is enough to tell him which of his
cameras, disks and men it was.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# What EXIF calls things that name one camera, one lens, one owner.
_SERIALS = (
    *("BodySerialNumber", "SerialNumber", "InternalSerialNumber", "CameraSerialNumber"),
    *("LensSerialNumber", "ImageUniqueID", "OwnerName", "CameraOwnerName", "Artist"),
    *("HostComputer", "UserComment", "Copyright", "ImageDescription"),
)
_CAMERAS = ("Model", "LensModel")
_TIMES = ("DateTimeOriginal", "DateTimeDigitized", "DateTime")
# Shorter ones stand in any text by chance.
_LEAST_SERIAL, _LEAST_NAME, _LEAST_SIZE = 5, 6, 10_000
_FEWEST_DIGEST_HEX = 16


@dataclass(frozen=True)
class Known:
    """Values by what they are. `texts` are others that must not leave: accounts, contacts."""

    digests: frozenset[str] = frozenset()  # SHA-256, hex
    sizes: frozenset[int] = frozenset()  # bytes
    paths: frozenset[str] = frozenset()
    serials: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()  # YYYY-MM-DD HH:MM:SS
    places: frozenset[str] = frozenset()  # decimal degrees, as text
    texts: frozenset[str] = frozenset()

    def without(self, meant: Known) -> Known:
        """What is left when all of `meant` is meant to leave."""
        left = {name: getattr(self, name) - getattr(meant, name) for name in _FIELDS}
        return replace(self, **left)

    def cameras_only(self) -> Known:
        """Whose camera it was, without what it took."""
        return Known(serials=self.serials, cameras=self.cameras)

    def joined(self, other: Known) -> Known:
        return Known(**{name: getattr(self, name) | getattr(other, name) for name in _FIELDS})

    def __len__(self) -> int:
        return sum(len(getattr(self, name)) for name in _FIELDS)


_FIELDS = ("digests", "sizes", "paths", "serials", "cameras", "times", "places", "texts")


def of_record(fields: Mapping[str, Any]) -> Known:
    """What one record of an item (spec/record.md) tells that leads to the source."""
    original, copy = fields.get("original", {}), fields.get("copy") or {}
    photo = fields.get("photo") or {}
    exif = photo.get("exif") if isinstance(photo, Mapping) else None
    exif = exif if isinstance(exif, Mapping) else {}
    parts = [part for part in (original, copy) if isinstance(part, Mapping)]
    texts = [str(fields[name]) for name in ("ledger", "salt") if fields.get(name)]
    path = str(original.get("path", ""))
    return Known(
        digests=frozenset(str(p["sha256"]) for p in parts if p.get("sha256")),
        sizes=frozenset(int(p["size"]) for p in parts if p.get("size", 0) >= _LEAST_SIZE),
        paths=frozenset([path, *_names(path)] if path else ()),
        serials=frozenset(_texts(exif, _SERIALS, _LEAST_SERIAL)),
        cameras=frozenset(_texts(exif, _CAMERAS, _LEAST_SERIAL)),
        times=frozenset(_time(text) for text in _texts(exif, _TIMES, 19)),
        places=frozenset(_places(exif)),
        texts=frozenset(texts),
    )


def _names(path: str) -> Iterator[str]:
    """The file's own name; and without its ending, as people copy it into words, where it is no
    plain word but has a number in it."""
    name = path.rsplit("/", 1)[-1]
    stem = name.rpartition(".")[0]
    if len(name) >= _LEAST_NAME:
        yield name
    if len(stem) >= _LEAST_NAME and any(c.isdigit() for c in stem):
        yield stem


def _texts(exif: Mapping[str, Any], names: Iterable[str], least: int) -> Iterator[str]:
    for name in names:
        text = str(exif.get(name, "")).strip().strip("\0")
        if len(text) >= least and len(set(text)) > 2:  # 000000 is no serial number
            yield text


def _time(text: str) -> str:
    return text[:10].replace(":", "-") + " " + text[11:19]


def _places(exif: Mapping[str, Any]) -> Iterator[str]:
    for name in ("GPSLatitude", "GPSLongitude"):
        found = re.findall(r"\d+\.\d{3,}", str(exif.get(name, "")))
        yield from (text[: text.index(".") + 4] for text in found)


# --- the forms ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Needle:
    """Bytes to look for: `raw` in every byte of a file, others in its text, in lower case."""

    kind: str
    said: str
    form: bytes
    raw: bool = False
    whole: bool = False  # only where no digit or letter stands beside it


@dataclass
class Needles:
    """Every form of what is known, ready to be searched for."""

    needles: list[Needle] = field(default_factory=list)

    @classmethod
    def of(cls, known: Known) -> Needles:
        made = cls()
        for digest in sorted(known.digests):
            made.needles += _digest(digest)
        for size in sorted(known.sizes):
            made.needles += _size(size)
        plain = (("path", known.paths), ("serial number", known.serials))
        for kind, values in (*plain, ("camera", known.cameras), ("text", known.texts)):
            for text in sorted(values):
                made.needles += _text(kind, text)
        for text in sorted(known.times):
            made.needles += _moment(text)
        made.needles += [
            Needle("place", text, text.encode(), whole=False) for text in sorted(known.places)
        ]
        return made


def _digest(digest: str) -> Iterator[Needle]:
    """Hex (a beginning of it is enough), raw, base64 of either alphabet at any alignment."""
    raw = bytes.fromhex(digest)
    yield Needle("digest", digest, digest[:_FEWEST_DIGEST_HEX].encode())
    yield Needle("digest", digest, raw[:16], raw=True)
    for shift in range(3):
        # What stands before shifts base64 by 0, 1 or 2 bytes; the middle is the same each time.
        text = base64.b64encode(b"\0" * shift + raw)[4 * bool(shift) : 36].rstrip(b"=")
        yield Needle("digest", digest, text, raw=True)
        yield Needle("digest", digest, text.replace(b"+", b"-").replace(b"/", b"_"), raw=True)


def _size(size: int) -> Iterator[Needle]:
    plain = str(size)
    yield Needle("exact size", plain, plain.encode(), whole=True)
    for mark in (",", ".", " ", "\u00a0", "\u202f", "'", "_"):
        grouped = f"{size:,}".replace(",", mark)
        yield Needle("exact size", plain, grouped.encode(), whole=True)


def _text(kind: str, text: str) -> Iterator[Needle]:
    for form in {text, text.replace("/", "\\")}:
        folded = form.casefold()
        yield Needle(kind, text, folded.encode("utf-8"))
        yield Needle(kind, text, form.encode("utf-16-le"), raw=True)
        yield Needle(kind, text, form.encode("utf-16-be"), raw=True)


def _moment(text: str) -> Iterator[Needle]:
    day, clock = text.split(" ", 1) if " " in text else (text, "")
    for mark in ("-", ":", ".", "/", ""):
        for between in (" ", "t", "_", ""):
            said = day.replace("-", mark) + between + (clock if mark else clock.replace(":", ""))
            yield Needle("exact time", text, said.encode(), whole=True)
