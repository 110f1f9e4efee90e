"""A timestamp token in a dossier: what it must hold beside what ledger/timestamp.py asks. No I/O.

- the chain's last certificate is the one to trust, and it is plain PEM, with nothing between;
- the kept request asked for this very thing: its imprint and its nonce are the token's.

`verifier/verify_dossier.py` asks `openssl ts` the same: two implementations, one answer.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from amana.dossier.ledger_rules import Token
from amana.errors import Malformed, NotProved
from amana.ledger.der import elements
from amana.ledger.timestamp import parse_roots, request_nonce, verify_reply

_CERTIFICATE = re.compile(
    b"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n"
)
_WHAT = "the token"
_OCTET_STRING = 0x04


def check_token(token: Token) -> datetime:
    """The time `token` states. Raises NotProved, Malformed, BadKey."""
    if asked_digest(token.request) != hashlib.sha256(token.stamped).digest():
        raise NotProved(what=_WHAT, reason="its request asked for something else")
    roots = parse_roots(root_of(token.chain))
    return verify_reply(token.stamped, token.response, roots, request_nonce(token.request)).time


def root_of(chain: bytes) -> bytes:
    """The last certificate of a PEM chain: the one to trust. Raises NotProved."""
    found = _CERTIFICATE.findall(chain)
    if not found or b"".join(found) != chain:
        raise NotProved(what=_WHAT, reason="its certificates are not plain PEM")
    return bytes(found[-1])


def asked_digest(request: bytes) -> bytes:
    """The imprint in a TimeStampReq. Raises Malformed."""
    spans = list(elements(request, 0, len(request)))
    inside = list(elements(request, *spans[0][2:])) if len(spans) == 1 else []
    imprint = list(elements(request, *inside[1][2:])) if len(inside) > 1 else []
    if len(imprint) != 2 or imprint[1][0] != _OCTET_STRING:
        raise Malformed(what="time-stamp request", reason="no imprint")
    return request[imprint[1][2] : imprint[1][3]]
