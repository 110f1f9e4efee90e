"""The little of DER that time-stamp replies need: walking, and putting a set in order.

Why: OpenSSL writes the certificates of a reply in the order of its configuration, while DER asks
for a sorted SET. Strict readers (rfc3161-client) reject such replies, which are most real ones
that carry a chain. The set is outside of what is signed, so sorting it changes no meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from amana.errors import Malformed

_SEQUENCE, _CONTEXT_0 = 0x30, 0xA0
_MAX_LENGTH_BYTES = 4


def elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag, start, start of content, end) of each element in `data[start:end]`.

    Raises Malformed for indefinite or overlong lengths, high tags, and content beyond the end.
    """
    while start < end:
        tag, content, length = _header(data, start, end)
        if tag & 0x1F == 0x1F or content + length > end:
            raise Malformed(what="DER", reason="an element that does not fit")
        yield tag, start, content, content + length
        start = content + length


def _header(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    if start + 2 > end:
        raise Malformed(what="DER", reason="cut off")
    tag, first = data[start], data[start + 1]
    if first < 0x80:
        return tag, start + 2, first
    count = first & 0x7F
    if not 1 <= count <= _MAX_LENGTH_BYTES or start + 2 + count > end:
        raise Malformed(what="DER", reason="a length that does not fit")
    return tag, start + 2 + count, int.from_bytes(data[start + 2 : start + 2 + count], "big")


def with_sorted_certificates(reply: bytes) -> bytes:
    """A TimeStampResp (RFC 3161) whose `SignedData.certificates` stand in DER order.

    The length stays. A reply without a token, or without certificates, is returned as it is.
    Raises Malformed.
    """
    certificates = _certificates(reply)
    if certificates is None:
        return reply
    start, end = certificates
    parts = [reply[a:b] for _, a, _, b in elements(reply, start, end)]
    return reply[:start] + b"".join(sorted(parts)) + reply[end:]


def _certificates(reply: bytes) -> tuple[int, int] | None:
    response = _child(reply, (0, len(reply)), 0, _SEQUENCE)
    token = response and _child(reply, response, 1, _SEQUENCE)
    content = token and _child(reply, token, 1, _CONTEXT_0)
    signed = content and _child(reply, content, 0, _SEQUENCE)
    return _child(reply, signed, 3, _CONTEXT_0) if signed else None


def _child(data: bytes, span: tuple[int, int], index: int, tag: int) -> tuple[int, int] | None:
    """The content of the `index`th element inside `span`, if it has this tag."""
    for number, (found, _, content, end) in enumerate(elements(data, *span)):
        if number == index:
            return (content, end) if found == tag else None
    return None
