"""RFC 3161 tokens over a signed checkpoint: what to ask, and what an answer is worth. No I/O.

The token is over the *signed note*, not over a photograph: it says that this head of this ledger,
signed by this key, existed at that time, and so everything that the head commits to.

A reply is worth something when all of this holds: the request was granted; the imprint is the
SHA-256 of the note; the nonce is the one that was sent (a replayed reply is refused); the signature
is by a certificate that leads to one of `roots` at the time of the token; and that certificate has
the critical extended key usage timeStamping, and nothing else was changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from amana.errors import BadKey, Malformed, NotProved
from amana.ledger.der import elements, with_sorted_certificates

SHA256_OID = "2.16.840.1.101.3.4.2.1"
MAX_REPLY = 1 << 20


@dataclass(frozen=True)
class Request:
    """A TimeStampReq (`der`) and the random number in it that the answer must repeat."""

    der: bytes
    nonce: int


@dataclass(frozen=True)
class Timestamp:
    """What a verified token says."""

    time: datetime
    serial: int
    policy: str
    authority: str


def new_request(note: bytes) -> Request:
    """A request for a token over `note`, by SHA-256, with a nonce, asking for certificates."""
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    assert request.nonce is not None  # it was asked for
    return Request(request.as_bytes(), request.nonce)


def parse_roots(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file, to be trusted as roots. Raises BadKey."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise BadKey(expected="a PEM file of certificates", reason=str(error)) from None


def read_reply(reply: bytes) -> TimeStampResponse:
    """A reply, parsed but not verified. Raises Malformed, NotProved where it grants nothing."""
    if len(reply) > MAX_REPLY:
        raise Malformed(what="time-stamp reply", reason="longer than 1 MiB")
    try:
        response = decode_timestamp_response(with_sorted_certificates(reply))
        granted = response.status == 0
        _ = response.tst_info.gen_time if granted else None
    except (ValueError, TypeError, OverflowError) as error:
        raise Malformed(what="time-stamp reply", reason=str(error)[:200]) from None
    if not granted:
        raise NotProved(what="the time", reason=f"the authority refused: {response.status_string}")
    return response


def verify_reply(
    note: bytes, reply: bytes, roots: list[x509.Certificate], nonce: int | None = None
) -> Timestamp:
    """What `reply` proves of `note` under `roots`. Raises Malformed, NotProved.

    `nonce` is checked when given: at the moment of asking always, later from the kept request.
    """
    response = read_reply(reply)
    info = response.tst_info
    if info.message_imprint.hash_algorithm.dotted_string != SHA256_OID:
        raise NotProved(what="the time", reason="its digest is not SHA-256")
    if info.message_imprint.message != hashlib.sha256(note).digest():
        raise NotProved(what="the time", reason="the token is over something else")
    if nonce is not None and info.nonce != nonce:
        raise NotProved(what="the time", reason="the token answers another request")
    builder = VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify_message(response, note)
    except (VerificationError, ValueError) as error:
        raise NotProved(what="the time", reason=_explain(str(error))) from None
    return Timestamp(
        info.gen_time, info.serial_number, info.policy.dotted_string, _authority(response)
    )


def request_nonce(request: bytes) -> int | None:
    """The nonce in a kept request. Raises Malformed."""
    spans = list(elements(request, 0, len(request)))
    if len(spans) != 1:
        raise Malformed(what="time-stamp request", reason="not one structure")
    _, _, start, end = spans[0]
    inside = list(elements(request, start, end))[2:]  # after the version and the imprint
    return next((int.from_bytes(request[a:b], "big") for tag, _, a, b in inside if tag == 2), None)


def _explain(error: str) -> str:
    if "certificate verify error" in error:
        return "its certificate does not lead to a trusted root, or was not valid then"
    return "its signature is wrong" if "signature" in error else error[:200]


def _authority(response: TimeStampResponse) -> str:
    """The name of who signed, as its certificate in the reply has it."""
    for signer in response.signed_data.signer_infos:
        for der in response.signed_data.certificates:
            certificate = x509.load_der_x509_certificate(der)
            if certificate.serial_number == signer.serial_number:
                return certificate.subject.rfc4514_string()
    return ""
