"""What everybody may know of the archive: the public keys that its kits are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.hybrid import is_hybrid
from amana.core.seal import check_recipient
from amana.errors import Malformed, NotOurs, UsageProblem


@dataclass(frozen=True)
class ArchiveCard:
    """`recipients`: the trustees' age keys, which open packs. `mailbox`: the low age key of the
    fetching machine, which opens envelopes only. `answers`: the Ed25519 public key (32 bytes) that
    signs what this machine answers; empty where it answers nothing."""

    recipients: tuple[str, ...]
    mailbox: str
    answers: bytes = b""

    def to_bytes(self) -> bytes:
        fields: Json = {"v": 1, "recipients": list(self.recipients), "mailbox": self.mailbox}
        if self.answers:
            fields["answers"] = b64(self.answers)
        return canonical(fields) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> ArchiveCard:
        """Raises Malformed, BadKey."""
        fields = parse(data.removesuffix(b"\n"), "archive card")
        recipients: Any = fields.get("recipients")
        if not has_version(fields, 1) or not isinstance(recipients, list) or not recipients:
            raise Malformed(what="archive card", reason="version or recipients")
        checked = tuple(check_recipient(str(r)) for r in recipients)
        answers = unb64(fields["answers"], "archive card", 32) if "answers" in fields else b""
        return cls(checked, check_recipient(str(fields.get("mailbox"))), answers)

    @classmethod
    def from_file(cls, path: Path) -> ArchiveCard:
        """From archive.json. Raises NotOurs, Malformed, BadKey."""
        try:
            return cls.from_bytes(path.read_bytes())
        except OSError:
            raise NotOurs(path=str(path), expected="an archive card") from None


def combine(cards: Sequence[ArchiveCard]) -> ArchiveCard:
    """One card for archives that share the evidence: whatever is sealed to it, each opens alone.

    Letters go to the mailbox of the first. Raises UsageProblem.
    """
    if not cards:
        raise UsageProblem(what="at least one archive must be named")
    recipients = dict.fromkeys(r for card in cards for r in card.recipients)
    if len({is_hybrid(recipient) for recipient in recipients}) > 1:
        raise UsageProblem(what="archives with hybrid and with classical keys cannot share a kit")
    return ArchiveCard(tuple(recipients), cards[0].mailbox, cards[0].answers)
