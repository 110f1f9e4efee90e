"""A timestamp token in a dossier: what it must hold beside what ledger/timestamp.py asks. No I/O.

- the chain is plain PEM, each certificate signed by the next, the last by itself: that one is to be
  trusted;
- the kept request asked for this very thing: its imprint and its nonce are the token's.

`verifier/verify_dossier.py` asks `openssl ts` the same: two implementations, one answer.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from amana.dossier.ledger_rules import Token
from amana.errors import Malformed, NotProved
from amana.ledger.der import elements
from amana.ledger.timestamp import request_nonce, verify_reply

_CERTIFICATE = re.compile(
    b"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n"
)
_WHAT = "the token"
_OCTET_STRING = 0x04


def check_token(token: Token) -> datetime:
    """The time `token` states. Raises NotProved, Malformed, BadKey."""
    if asked_digest(token.request) != hashlib.sha256(token.stamped).digest():
        raise NotProved(what=_WHAT, reason="its request asked for something else")
    nonce = request_nonce(token.request)
    return verify_reply(token.stamped, token.response, [root_of(token.chain)], nonce).time


def root_of(chain: bytes) -> x509.Certificate:
    """The last certificate of a PEM chain: the one to trust. Raises NotProved.

    Each certificate must be signed by the next, the last by itself: so no byte of the chain can
    be changed unnoticed, though the reply may carry the same certificates again.
    """
    found = _CERTIFICATE.findall(chain)
    if not found or b"".join(found) != chain:
        raise NotProved(what=_WHAT, reason="its certificates are not plain PEM")
    try:
        certificates = [_certificate(block) for block in found]
        for one, issuer in pairwise([*certificates, certificates[-1]]):
            one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        reason = f"its certificates do not make a chain ({type(error).__name__})"
        raise NotProved(what=_WHAT, reason=reason) from None
    return certificates[-1]


def _certificate(block: bytes) -> x509.Certificate:
    text = b"".join(block.split(b"\n")[1:-2])
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data) != text:
        raise ValueError
    return x509.load_der_x509_certificate(data)


def asked_digest(request: bytes) -> bytes:
    """The imprint in a TimeStampReq. Raises Malformed."""
    spans = list(elements(request, 0, len(request)))
    inside = list(elements(request, *spans[0][2:])) if len(spans) == 1 else []
    imprint = list(elements(request, *inside[1][2:])) if len(inside) > 1 else []
    if len(imprint) != 2 or imprint[1][0] != _OCTET_STRING:
        raise Malformed(what="time-stamp request", reason="no imprint")
    return request[imprint[1][2] : imprint[1][3]]
