"""Padmé: lengths that say little (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files
and Communication with PURBs", PETS 2019, algorithm 1).

Threat: the adversary owns the same originals, so an exact size is a confession. A Padmé length
leaks O(log log n) bits at an overhead of at most 12 %, and of less than 3 % above 1 MB.
"""

from __future__ import annotations

from amana.errors import Malformed

BLOCK = 512


def padme(length: int) -> int:
    """The least Padmé length that is not below `length` (bytes)."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def padme_blocks(length: int) -> int:
    """As `padme`, in whole blocks of 512 bytes, as a tar wants it; itself a Padmé length."""
    return padme(-(-length // BLOCK)) * BLOCK


def pad(data: bytes, least: int) -> bytes:
    """`data`, a line break, and spaces up to `least` bytes, or to a Padmé length above that."""
    return (data + b"\n").ljust(max(least, padme(len(data) + 1)))


def unpad(data: bytes) -> bytes:
    """The inverse of `pad`. Raises Malformed where the padding is anything but spaces."""
    content, line_break, padding = data.partition(b"\n")
    if not line_break or padding.strip(b" "):
        raise Malformed(what="padded structure", reason="its padding holds something")
    return content
