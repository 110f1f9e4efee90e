"""The small part of a fingerprint: what is searched, and when and with what it was taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.core.encoding import canonical, parse
from amana.core.padding import pad, unpad
from amana.errors import Malformed
from amana.reunite.picture import Fingerprint

Bytes = NDArray[np.uint8]
_HASHES = 32 + 9 * 32
# The name of a camera must not show in the length of a row.
_HEAD = 256


@dataclass(frozen=True)
class Brief:
    """`whole`: 32 bytes, PDQ of the picture as it is; `crops`: 9 x 32 bytes, as in Fingerprint;
    `taken` and `camera` from EXIF, empty where absent."""

    whole: Bytes
    crops: Bytes
    taken: str
    camera: str


def brief_of(found: Fingerprint) -> Brief:
    return Brief(found.whole.hashes[0], found.crops, found.taken, found.camera)


def brief_to_bytes(brief: Brief) -> bytes:
    """For a closed row; `brief_from` is the inverse."""
    head = canonical({"taken": brief.taken, "camera": brief.camera})
    return brief.whole.tobytes() + brief.crops.tobytes() + pad(head, _HEAD)


def brief_from(data: bytes) -> Brief:
    """Raises Malformed."""
    if len(data) < _HASHES + _HEAD:
        raise Malformed(what="fingerprint", reason="its length")
    fields = parse(unpad(data[_HASHES:]), "fingerprint")
    hashes = np.frombuffer(data[:_HASHES], np.uint8).reshape(10, 32)
    return Brief(hashes[0], hashes[1:], str(fields["taken"]), str(fields["camera"]))
