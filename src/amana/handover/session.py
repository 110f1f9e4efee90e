"""The line of one meeting: SPAKE2, proof of the key both ways, then sealed messages in order.

    giver → taker   hail    which word sets are left, and a tag of the former talk if there was one
    taker → giver   hail    which of them to use, Y
    giver → taker   proof   X, HMAC(giver's proof key, transcript)
    taker → giver   proof   HMAC(taker's proof key, transcript)

SPAKE2 (Abdalla and Pointcheval, CT-RSA 2005) is the library `spake2` on Ed25519, which confirms
nothing: a wrong word gives two keys and no error, hence the proofs, over every byte exchanged so
far. A listener learns nothing that he could test words against; who takes part can test one guess.

After that each message is ChaCha20-Poly1305 under a key of its direction and a counter: altered,
replayed, reflected or reordered messages do not open.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from spake2 import SPAKE2_A, SPAKE2_B

from amana.core import labels
from amana.core.encoding import Json, canonical, parse
from amana.core.padding import pad, unpad
from amana.errors import Malformed
from amana.handover.machine import Role
from amana.ports import Channel

MAX_MESSAGE = 65536
# All greetings have one length, so have all sealed messages, and the one with the parcel of
# receipts its own: how many receipts travel would tell how far the route has come.
GREETING_BYTES, SEALED_BYTES, PARCEL_BYTES = 512, 4096, 62_000
PROOF_BYTES = 32


class Line:
    """Greetings in the clear, then sealed messages. Raises Malformed for what does not fit."""

    def __init__(self, channel: Channel, role: Role) -> None:
        self._channel, self._role = channel, role
        self._transcript = hashlib.sha256()
        self._sealer: _Direction | None = None
        self._opener: _Direction | None = None

    @property
    def is_sealed(self) -> bool:
        return self._opener is not None

    def send(self, fields: Json) -> None:
        if self._sealer is None:
            data = pad(canonical(fields), GREETING_BYTES)
            self._transcript.update(_digest(data))
        else:
            least = PARCEL_BYTES if "parcel" in fields else SEALED_BYTES
            data = self._sealer.seal(pad(canonical(fields), least))
        self._channel.send(data)

    def receive(self) -> Json:
        """The next message. Raises MeetingCut, Malformed."""
        data = self._channel.receive()
        if len(data) > MAX_MESSAGE:
            raise Malformed(what="message", reason="longer than 64 KiB")
        if self._opener is not None:
            return parse(unpad(self._opener.open(data)), "message")
        fields = parse(unpad(data), "greeting")
        if fields.get("step") != "proof":
            self._transcript.update(_digest(data))
        return fields

    def transcript(self, giver_share: bytes) -> bytes:
        """Everything said so far, and the giver's share, as 32 bytes."""
        sofar = self._transcript.copy()
        sofar.update(_digest(giver_share))
        return sofar.digest()

    def send_proof(self, fields: Json) -> None:
        self._channel.send(pad(canonical({**fields, "step": "proof"}), GREETING_BYTES))

    def start_sealing(self, keys: SessionKeys) -> None:
        mine, theirs = keys.giver_line, keys.taker_line
        if self._role is Role.TAKER:
            mine, theirs = theirs, mine
        self._sealer, self._opener = _Direction(mine), _Direction(theirs)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class _Direction:
    def __init__(self, key: bytes) -> None:
        self._cipher, self._count = ChaCha20Poly1305(key), 0

    def _nonce(self) -> bytes:
        self._count += 1
        return self._count.to_bytes(12, "big")

    def seal(self, data: bytes) -> bytes:
        return self._cipher.encrypt(self._nonce(), data, None)

    def open(self, data: bytes) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(), data, None)
        except InvalidTag:
            raise Malformed(what="message", reason="altered, repeated or out of order") from None


class SessionKeys:
    """What follows from one SPAKE2 key and one transcript."""

    def __init__(self, shared: bytes, transcript: bytes) -> None:
        self._secret, self._transcript = shared, transcript
        self.giver_line = self._derive(labels.MEETING_CHANNEL + labels.MEETING_GIVER)
        self.taker_line = self._derive(labels.MEETING_CHANNEL + labels.MEETING_TAKER)
        self.resume = self._derive(labels.MEETING_RESUME)

    def _derive(self, label: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt=self._transcript, info=label).derive(self._secret)

    def proof(self, role: Role) -> bytes:
        label = labels.MEETING_CONFIRM_GIVER if role is Role.GIVER else labels.MEETING_CONFIRM_TAKER
        return hmac.new(self._derive(label), self._transcript, hashlib.sha256).digest()

    def proves(self, role: Role, proof: bytes) -> bool:
        return hmac.compare_digest(self.proof(role), proof)


def resume_tag(secret: bytes) -> bytes:
    """Lets two sides see that they remember the same talk; 8 bytes, tells nothing of the secret."""
    return HKDF(SHA256(), 8, salt=None, info=labels.MEETING_RESUME + b"tag").derive(secret)


class Exchange:
    """One side's half of SPAKE2, for the meeting's id and one password."""

    def __init__(self, role: Role, password: bytes, meeting: bytes) -> None:
        kind: Any = SPAKE2_A if role is Role.GIVER else SPAKE2_B
        giver, taker = labels.MEETING_GIVER + meeting, labels.MEETING_TAKER + meeting
        self._side = kind(password, idA=giver, idB=taker)
        self.share: bytes = self._side.start()

    def finish(self, theirs: bytes) -> bytes:
        """The shared key (32 bytes). Raises Malformed for what is no share of the other side."""
        try:
            key: bytes = self._side.finish(theirs)
        except Exception as error:
            # The library raises many kinds for points off the curve, reflections and wrong sides.
            raise Malformed(what="share", reason=type(error).__name__) from None
        return key
