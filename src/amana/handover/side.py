"""What one side of a meeting knows while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amana.core.encoding import Json, b64
from amana.core.sign import Signer
from amana.errors import UsageProblem
from amana.handover import receipts, words
from amana.handover.card import Meeting, Progress
from amana.handover.hand import Hand
from amana.handover.machine import Phase, Role
from amana.handover.session import Exchange, Line, SessionKeys, resume_tag
from amana.ports import Channel, Clock

AGAIN = 0  # in a greeting: the secret of the former talk, instead of a word set's number


@dataclass(frozen=True)
class OfferedDisk:
    """What the giver says of a disk; the taker's check compares it with the disk itself.

    `manifest`: SHA-256 of its signed manifest (32 bytes), or empty where it was not told.
    """

    number: int
    seal: str
    manifest: bytes
    set_id: str
    set_vkey: str


Check = Callable[[OfferedDisk], str]
"""Look at the disk in hand: return its condition in a few words, raise an AmanaError to refuse."""


class Side:
    """The state of one side, forgotten when the line is cut; `progress` alone is durable."""

    def __init__(
        self,
        hand: Hand,
        channel: Channel,
        role: Role,
        clock: Clock,
        wanted: list[Json],
        check: Check | None = None,
    ) -> None:
        self.hand, self.role, self.clock = hand, role, clock
        self.wanted, self.check = wanted, check
        self.line = Line(channel, role)
        self.phase = Phase.IDLE
        self.meeting: Meeting | None = hand.meeting(role)
        self.progress: Progress = hand.progress(role)
        self.use = AGAIN
        self.message: Json = {}
        self.exchange: Exchange | None = None
        self.keys: SessionKeys | None = None
        self.hails: list[Json] = []
        self.outbox: list[Json] = []
        self.reason = ""
        self.declined = ""
        self.note = ""
        self.statement: Json | None = self.progress.statement
        self.link = self.progress.link
        self.receipt: Path | None = None
        self.parcel: list[bytes] = []

    def _can(self) -> list[int]:
        """The former talk's secret first (0), then the numbers of the word sets left."""
        left = self.meeting.word_sets if self.meeting else ()
        again = [AGAIN] if self.progress.resume else []
        return again + [n for n in range(1, len(left) + 1) if n > self.progress.spent]

    def _tried(self) -> int:
        """Word sets that were spent before the one that led to this talk."""
        return max(0, self.progress.spent - 1)

    def _tag(self) -> str:
        return b64(resume_tag(self.progress.resume)) if self.progress.resume else ""

    def _exchange(self) -> Exchange:
        if self.use == AGAIN or self.meeting is None:
            return Exchange(self.role, self.progress.resume, b"")
        chosen = self.meeting.word_sets[self.use - 1]
        password = words.phrase(chosen, "en").encode()
        return Exchange(self.role, password, self.meeting.id.encode())

    def _met(self) -> Meeting:
        if self.meeting is None:
            raise UsageProblem(what="this meeting is over")
        return self.meeting

    def _mine(self) -> bytes:
        return receipts.sign(self._stated(), self._met().seed)

    def _stated(self) -> Json:
        if self.statement is None:
            raise UsageProblem(what="nothing was signed yet")
        return self.statement


def public_key(meeting: Meeting) -> bytes:
    return Signer("leg", meeting.seed).verifier.public
