"""A time-stamp authority behind HTTP (RFC 3161, section 3.4).

What the authority learns: our address, the moment, and the SHA-256 of a signed note, which says
nothing to it.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from amana.errors import AuthorityFailed, UsageProblem
from amana.ledger.timestamp import MAX_REPLY

_REPLY_TYPE = "application/timestamp-reply"


class HttpAuthority:
    """Implements ports.TimestampAuthority. `timeout` in seconds."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise UsageProblem(what=f"{url!r} is not the address of a time authority")
        self.url = url
        self._timeout = timeout

    def query(self, request: bytes) -> bytes:
        """The raw TimeStampResp, nothing verified. Raises AuthorityFailed."""
        headers = {"Content-Type": "application/timestamp-query", "User-Agent": ""}
        call = urllib.request.Request(self.url, request, headers)  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(call, timeout=self._timeout) as answer:  # noqa: S310
                kind = answer.headers.get_content_type()
                reply: bytes = answer.read(MAX_REPLY + 1)
        except (OSError, http.client.HTTPException) as error:
            raise AuthorityFailed(url=self.url, reason=_short(error)) from None
        if kind != _REPLY_TYPE or len(reply) > MAX_REPLY:
            raise AuthorityFailed(url=self.url, reason=f"its answer is {kind}, not a token")
        return reply


def _short(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP status {error.code}"
    return str(getattr(error, "reason", error))[:200] or type(error).__name__
