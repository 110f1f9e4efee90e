"""A meeting with devices: the machine's table, run over a channel, for the one who gives and the
one who takes.

What the two sides say is in session.py, what they may do is in machine.py, what they sign is in
receipts.py; here the events are read off the line and the acts carried out, durable ones first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from amana.core.encoding import Json, b64, unb64, utc
from amana.errors import AmanaError, Malformed, MeetingCut, MeetingRefused, UsageProblem
from amana.handover import receipts, words
from amana.handover.card import WORD_SETS, Card, Progress
from amana.handover.endings import cut_outcome, words_left
from amana.handover.hand import Hand
from amana.handover.machine import DURABLE, Act, Event, Phase, Role, Standing, step
from amana.handover.reading import Reader
from amana.handover.side import AGAIN, Check, OfferedDisk, public_key
from amana.ports import Channel, Clock, system_clock

__all__ = ["Check", "OfferedDisk", "Outcome", "give", "take"]

HOW = "in person, with devices"


@dataclass(frozen=True)
class Outcome:
    """How a meeting ended that was not cut. `receipt`: the sealed one, None after a refusal of the
    disk. `declined`: the taker's reason. `note`: what else this hand must know. `spent`: word sets
    that were tried in vain before, as giver and taker count them: someone may have tried to pass
    for the other."""

    role: Role
    standing: Standing
    disks: tuple[int, ...]
    receipt: Path | None
    declined: str
    spent: tuple[int, int]
    note: str = ""


def give(
    hand: Hand,
    channel: Channel,
    disks: Mapping[int, bytes],
    *,
    seal_number: str | Mapping[int, str] = "none",
    clock: Clock = system_clock,
) -> Outcome:
    """Hand disks over: `disks` maps their numbers to the digests of their manifests (32 bytes, or
    empty); none for a route that leads a person. Call again after a cut.

    Raises MeetingRefused, MeetingCut, UsageProblem, Malformed, WriteFailed.
    """
    seals = dict.fromkeys(disks, seal_number) if isinstance(seal_number, str) else dict(seal_number)
    wanted: list[Json] = [
        {"n": n, "seal": seals.get(n, "none"), "manifest": _digest(disks[n]), "condition": ""}
        for n in sorted(disks)
    ]
    strange = set(disks) - set(hand.card.disks)
    if strange or (hand.card.kind == receipts.DISK and not disks):
        raise UsageProblem(what=f"this card is for the disks {list(hand.card.disks)}")
    # Before the greeting, which may spend words.
    receipts.check_disks(wanted, hand.card.kind == receipts.PERSON, draft=True)
    return _Talk(hand, channel, Role.GIVER, clock, wanted).run()


def take(
    hand: Hand, channel: Channel, check: Check | None = None, *, clock: Clock = system_clock
) -> Outcome:
    """Take disks over, or meet a person. `check` looks at each disk that is offered.

    Raises MeetingRefused, MeetingCut, UsageProblem, WriteFailed.
    """
    if hand.card.kind == receipts.DISK and check is None:
        raise UsageProblem(what="a disk is not taken unseen: a check is needed")
    return _Talk(hand, channel, Role.TAKER, clock, [], check).run()


def _digest(manifest: bytes) -> str:
    return b64(manifest) if manifest else ""


class _Talk(Reader):
    """One side, from the greeting to the end of the line."""

    def run(self) -> Outcome:
        self._may_begin()
        event = Event.BEGIN
        while True:
            self._advance(event)
            if self.phase is Phase.OVER:
                return self._outcome()
            try:
                self.message = self.line.receive()
                event = self._classify()
            except Malformed as error:
                self.reason = error.message
                event = Event.BAD
            except MeetingCut:
                event = Event.CUT

    def _may_begin(self) -> None:
        if self.hand.card.revoked:
            raise UsageProblem(what="this card was revoked")
        finished = self.progress.standing is Standing.HANDED
        if finished or (self.meeting is None and self.progress.standing is not Standing.HELD):
            raise UsageProblem(what=f"this card has no one to meet as {self.role}, or not yet")
        if not self._can():
            raise MeetingRefused(reason="none of its words are left", left=words_left(0))

    def _advance(self, event: Event) -> None:
        """Carry out one row: what is durable is on the disk before anything leaves."""
        row = step(self.role, self.phase, self.progress.standing, event)
        asked = self.phase
        for act in row.acts:
            if act in DURABLE:
                getattr(self, _ACTS[act])()
        if row.standing:
            self.progress = replace(self.progress, standing=row.standing)
        self._save()
        self.phase = row.to
        try:
            for act in row.acts:
                if act not in DURABLE and act in _ACTS:
                    getattr(self, _ACTS[act])()
        except MeetingCut:
            raise self._cut(self.phase, broken=False) from None
        if Act.REFUSED in row.acts:
            left = words_left(len(self._can()))
            raise MeetingRefused(reason=self.reason or "the words do not fit", left=left)
        if Act.BROKEN in row.acts or Act.CUT in row.acts:
            raise self._cut(asked, broken=Act.BROKEN in row.acts)

    def _cut(self, asked: Phase, *, broken: bool) -> MeetingCut:
        outcome = cut_outcome(self.role, asked, self.progress.standing, len(self._can()))
        why = f" ({self.reason or 'a message altered or out of order'})" if broken else ""
        return MeetingCut(step=f"{asked.value}{why}", outcome=outcome)

    def _save(self) -> None:
        card = self.hand.with_leg(self.role, self.meeting, self.progress)
        if self.progress.standing is Standing.HELD and self.link:
            card = replace(card, former=self.link)
            card = self._with_next(card)
        if card != self.hand.card:
            self.hand.save(card)

    def _with_next(self, card: Card) -> Card:
        onward = self.message.get("onward")
        if not (card.onward and onward):
            return card
        try:
            return card.opened(unb64(onward, "onward words"))
        except AmanaError:
            # The disk is his all the same; the archive must send him his next meeting anew.
            self.note = "the next meeting on this card did not open: tell the archive"
            return card

    def _outcome(self) -> Outcome:
        statement = self.statement or {}
        spent = statement.get("spent", [self.progress.spent, 0])
        return Outcome(
            role=self.role,
            standing=self.progress.standing,
            disks=tuple(int(d["n"]) for d in statement.get("disks", [])),
            receipt=self.receipt,
            declined=self.declined,
            spent=(spent[0], spent[1]),
            note=self.note,
        )

    # -- acts: durable ------------------------------------------------------------------------

    def _spend(self) -> None:
        self.progress = replace(self.progress, spent=max(self.progress.spent, self.use))

    def _remember(self) -> None:
        if self.keys and self.use != AGAIN:
            self.progress = replace(self.progress, resume=self.keys.resume)

    def _draft(self) -> None:
        if self.progress.draft is not None and self.progress.standing is Standing.OFFERED:
            # What was offered once is offered again: the other may have signed it.
            if self.progress.draft["disks"] != self.wanted:
                self.note = "the offer of the former talk stood: its disks and seals were signed"
            return
        card = self.hand.card
        meeting = self._met()
        draft: Json = {
            "v": receipts.VERSION,
            "kind": card.kind,
            "giver": b64(public_key(meeting)),
            "taker": b64(meeting.other),
            "set": card.set_id,
            "disks": self.wanted,
            "time": utc(self.clock(), coarse=True),
            "how": HOW,
            "why": card.why,
            "former": b64(card.former),
            "spent": [self._tried(), 0],
        }
        self.progress = replace(self.progress, draft=receipts.check_statement(draft, draft=True))

    def _sign(self) -> None:
        """The one-time key signs; the signature is made again, the same, whenever it is sent.

        From here on both remember the talk, so words, time and place go, even if the line is cut
        for ever: a giver whose last message was lost does not keep them for a searcher."""
        self.progress = replace(self.progress, statement=self.statement, spent=WORD_SETS)
        blank = (bytes(words.MEETING_WORDS),) * WORD_SETS
        self.meeting = replace(self._met(), when="", where="", word_sets=blank)

    def _seal_half(self) -> None:
        self._put(receipts.to_bytes(self._stated(), self._mine(), None))

    def _seal(self) -> None:
        pair = (self._mine(), self.progress.theirs)
        giver, taker = pair if self.role is Role.GIVER else pair[::-1]
        self._put(receipts.to_bytes(self._stated(), taker, giver))
        self.link = receipts.link(self._stated())
        self.hand.put_parcel(self.parcel)

    def _put(self, receipt: bytes) -> None:
        self.receipt = self.hand.put_receipt(self._met().seed, receipt)

    def _forget(self) -> None:
        """Keep nothing that names the other: no key, word, time or place. The taker still keeps
        the talk's secret, so that a giver whose line was cut can learn that all is done."""
        resume = self.progress.resume if self.role is Role.TAKER else b""
        self.progress = Progress(self.progress.standing, 0, resume, link=self.link)
        self.meeting = None

    # -- acts: said ---------------------------------------------------------------------------

    def _send_hail(self) -> None:
        if self.role is Role.GIVER:
            self.line.send({"v": 1, "step": "hail", "can": self._can(), "tag": self._tag()})
            return
        self.exchange = self._exchange()
        share = b64(self.exchange.share)
        self.line.send({"v": 1, "step": "hail", "use": self.use, "spake": share})

    def _send_proof(self) -> None:
        if self.keys is None or self.exchange is None:
            raise MeetingCut(step="the proof", outcome="nothing was said")
        fields: Json = {"proof": b64(self.keys.proof(self.role))}
        if self.role is Role.GIVER:
            fields["spake"] = b64(self.exchange.share)
        self.line.send_proof(fields)
        if self.role is Role.TAKER:
            self.line.start_sealing(self.keys)

    def _send_refuse(self) -> None:
        self._try_to_say({"v": 1, "step": "refuse"})

    def _send_offer(self) -> None:
        if self.keys:
            self.line.start_sealing(self.keys)
        self.line.send({"step": "offer", "draft": self.progress.draft})

    def _send_accept(self) -> None:
        signature = b64(self._mine())
        self.line.send({"step": "accept", "statement": self._stated(), "signature": signature})

    def _send_decline(self) -> None:
        self._try_to_say({"step": "decline", "reason": self.declined})

    def _send_signed(self) -> None:
        fields: Json = {"step": "signed", "signature": b64(self._mine())}
        fields["onward"] = b64(self._met().onward)
        fields["parcel"] = [b64(data) for data in self.hand.parcel()]
        self.line.send(fields)

    def _send_done(self) -> None:
        self._try_to_say({"step": "done", "link": b64(self.link or self.progress.link)})

    def _try_to_say(self, fields: Json) -> None:
        """The last word of a talk: all is settled on this side, whether it arrives or not."""
        try:
            self.line.send(fields)
        except MeetingCut:
            return


_ACTS = {
    Act.SPEND: "_spend",
    Act.REMEMBER: "_remember",
    Act.DRAFT: "_draft",
    Act.SIGN: "_sign",
    Act.SEAL_HALF: "_seal_half",
    Act.SEAL: "_seal",
    Act.FORGET: "_forget",
    Act.SEND_HAIL: "_send_hail",
    Act.SEND_PROOF: "_send_proof",
    Act.SEND_REFUSE: "_send_refuse",
    Act.SEND_OFFER: "_send_offer",
    Act.SEND_ACCEPT: "_send_accept",
    Act.SEND_DECLINE: "_send_decline",
    Act.SEND_SIGNED: "_send_signed",
    Act.SEND_DONE: "_send_done",
}
