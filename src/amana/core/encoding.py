"""One way to write every structure down: canonical JSON (RFC 8785) without floats, and base64.

Numbers are integers below 2**53 and keys are ASCII, so that sorting by code point is the sorting
by UTF-16 unit that RFC 8785 asks for; the tests hold this against an independent implementation.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from amana.errors import Malformed

Json = dict[str, Any]
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonical(value: Json) -> bytes:
    """The one byte string that stands for `value`: UTF-8, sorted keys, no spaces, no line break.

    Raises Malformed for what the format cannot hold: floats, integers of 2**53 and more, keys that
    are not ASCII strings, lone surrogates.
    """
    _check(value, MAX_DEPTH)
    try:
        data = orjson.dumps(value, option=_CANONICAL)
    except (ValueError, TypeError) as error:
        raise Malformed(what="structure", reason=str(error)) from None
    if not data.isascii():  # then a key may be the reason
        _check_keys(value)
    return data


def parse(data: bytes, what: str) -> Json:
    """Read a canonical JSON object; `what` names it in errors.

    Raises Malformed unless `data` is byte for byte what `canonical` writes: so a structure has one
    spelling only, and no duplicate key, float or hidden space passes.
    """
    try:
        value = orjson.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed(what=what, reason=f"not JSON ({type(error).__name__})") from None
    if not isinstance(value, dict):
        raise Malformed(what=what, reason="not an object")
    if canonical(value) != data:
        raise Malformed(what=what, reason="not in canonical form")
    return value


def _check(value: Any, depth: int) -> None:
    """Only what the encoder would let pass: floats, other types, depth.

    Leaves are looked at in their container's loop: records are written by the 100,000.
    """
    kind = type(value)
    if kind is dict:
        value = value.values()
    elif kind is not list:
        raise Malformed(what="structure", reason=f"a value of type {kind.__name__}")
    if depth == 0:
        raise Malformed(what="structure", reason="nested too deeply")
    for item in value:
        kind = type(item)
        if kind is str or kind is int or kind is bool or item is None:
            continue  # integers beyond 53 bits are the encoder's to refuse, and keys that are none
        _check(item, depth - 1)


def _check_keys(value: Any) -> None:
    if type(value) is dict:
        if not "".join(value).isascii():
            raise Malformed(what="structure", reason="a key that is not ASCII text")
        value = value.values()
    elif type(value) is not list:
        return
    for item in value:
        _check_keys(item)


def has_version(fields: Json, version: int) -> bool:
    """Whether `v` is that very number: `true` equals 1 in Python, and in no other reader."""
    return type(fields.get("v")) is int and fields["v"] == version


def b64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unb64(text: object, what: str, size: int | None = None) -> bytes:
    """Strict inverse of `b64`; `size` in bytes is checked when given. Raises Malformed."""
    if not isinstance(text, str):
        raise Malformed(what=what, reason="not base64 text")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(what=what, reason="not base64") from None
    if b64(data) != text:
        raise Malformed(what=what, reason="not canonical base64")
    if size is not None and len(data) != size:
        raise Malformed(what=what, reason=f"{len(data)} bytes instead of {size}")
    return data


def utc(moment: datetime, *, coarse: bool = False) -> str:
    """RFC 3339 in UTC, to the second; to the day at noon when `coarse`."""
    moment = moment.astimezone(UTC)
    if coarse:
        moment = moment.replace(hour=12, minute=0, second=0)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_utc(text: object) -> bool:
    return isinstance(text, str) and len(text) == 20 and _is_utc(text)


@lru_cache(maxsize=1024)  # one sitting has few different seconds
def _is_utc(text: str) -> bool:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) is not None
    except ValueError:
        return False


def utc_ns(nanoseconds: int) -> str:
    """RFC 3339 in UTC with nine decimals: a file's time without loss, from 0001 to 9999."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}.{fraction:09d}Z"


def parse_utc_ns(text: str) -> int:
    """Nanoseconds since 1970 from what `utc_ns` wrote. Raises Malformed."""
    try:
        moment = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        seconds = (moment - _EPOCH) // timedelta(seconds=1)
        nanoseconds = seconds * 1_000_000_000 + int(text[20:29])
        if utc_ns(nanoseconds) != text:
            raise ValueError
    except (ValueError, TypeError):
        raise Malformed(what="time", reason=f"{text!r:.40}") from None
    return nanoseconds
