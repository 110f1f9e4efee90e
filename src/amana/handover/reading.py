"""What came in, turned into the machine's events: every claim of the other side is checked here."""

from __future__ import annotations

from dataclasses import replace

from amana.core.encoding import Json, b64, has_version, unb64
from amana.core.names import shown
from amana.core.sign import SIGNATURE_BYTES
from amana.errors import AmanaError, Malformed
from amana.handover import receipts
from amana.handover.machine import Event, Phase, Role, Standing
from amana.handover.session import SessionKeys
from amana.handover.side import AGAIN, OfferedDisk, Side, public_key

_MAX_SEALED_RECEIPT = 8192


class Reader(Side):
    """A side that can tell what was said to it."""

    def _classify(self) -> Event:
        """Raises Malformed for what is of no known form."""
        name = self.message.get("step")
        if self.phase in (Phase.HAILED, Phase.LISTENING):
            return self._hail(name)
        if self.phase in (Phase.PROVING, Phase.PROVING_AGAIN):
            return self._proof(name)
        readers = _GIVER_READS if self.role is Role.GIVER else _TAKER_READS
        if not isinstance(name, str) or name not in readers:
            return Event.BAD
        event: Event = getattr(self, readers[name])()
        return event

    def _hail(self, name: object) -> Event:
        if name == "refuse":
            self.reason = "the other side has no words left in common"
            return Event.HAIL_NONE
        if name != "hail" or not has_version(self.message, 1):
            return Event.BAD
        common = self._offered() if self.role is Role.TAKER else self._chosen()
        if common is None:
            self.reason = "no words are left that both cards hold"
            return Event.HAIL_NONE
        self.use = common
        if self.role is Role.GIVER:
            self.exchange = self._exchange()
            self._agree(unb64(self.message.get("spake"), "share"), self.exchange.share)
        return Event.HAIL_AGAIN if self.use == AGAIN else Event.HAIL_WORDS

    def _offered(self) -> int | None:
        """Of what the giver can, the first that the taker can, too; the former talk before all."""
        can = self.message.get("can")
        if not isinstance(can, list):
            raise Malformed(what="greeting", reason="what the giver can")
        same = self.message.get("tag") == self._tag()
        both = [n for n in self._can() if n in can and (n != AGAIN or same)]
        return both[0] if both else None

    def _chosen(self) -> int:
        use = self.message.get("use")
        if type(use) is not int or use not in self._can():
            raise Malformed(what="greeting", reason="words that are not there")
        return use

    def _proof(self, name: object) -> Event:
        if name == "refuse":
            self.reason = "the other side refused our words"
            return Event.PROOF_BAD
        if name != "proof":
            return Event.BAD
        if self.role is Role.TAKER and self.exchange:
            share = unb64(self.message.get("spake"), "share")
            self._agree(share, share)
        other = Role.TAKER if self.role is Role.GIVER else Role.GIVER
        proof = unb64(self.message.get("proof"), "proof")
        good = self.keys is not None and self.keys.proves(other, proof)
        return Event.PROOF_GOOD if good else Event.PROOF_BAD

    def _agree(self, theirs: bytes, giver_share: bytes) -> None:
        if self.exchange:
            key = self.exchange.finish(theirs)
            self.keys = SessionKeys(key, self.line.transcript(giver_share))

    def _accept(self) -> Event:
        statement = receipts.check_statement(self.message.get("statement"))
        signature = unb64(self.message.get("signature"), "signature", SIGNATURE_BYTES)
        if self.progress.draft is None or self.meeting is None:
            return Event.BAD
        if not receipts.completes(statement, self.progress.draft):
            self.reason = "the other signed something else than was offered"
            return Event.BAD
        if self.statement is not None and self.statement != statement:
            self.reason = "the other signed twice, and differently"
            return Event.BAD
        if not receipts.signed_by(statement, self.meeting.other, signature):
            self.reason = "the other's signature does not hold"
            return Event.BAD
        self.statement = statement
        self.progress = replace(self.progress, theirs=signature)
        return Event.ACCEPT

    def _decline(self) -> Event:
        self.declined = shown(str(self.message.get("reason", ""))[:200])
        return Event.DECLINE

    def _done(self) -> Event:
        same = self.statement is not None and self.message.get("link") == b64(
            receipts.link(self.statement)
        )
        return Event.DONE if same else Event.BAD

    def _offer(self) -> Event:
        draft = receipts.check_statement(self.message.get("draft"), draft=True)
        if self.progress.standing is Standing.HELD:
            return Event.OFFER_SAME
        if self.progress.standing is Standing.SIGNED:
            same = self.statement is not None and receipts.completes(self.statement, draft)
            return Event.OFFER_SAME if same else Event.OFFER_OTHER
        self._must_be_mine(draft)
        try:
            conditions = [self._look(disk) for disk in draft["disks"]]
        except AmanaError as error:
            self.declined = error.message
            return Event.OFFER_UNSOUND
        except OSError as error:
            self.declined = f"the disk cannot be read: {error.strerror or error}"
            return Event.OFFER_UNSOUND
        disks = [{**d, "condition": c} for d, c in zip(draft["disks"], conditions, strict=True)]
        spent = [draft["spent"][0], self._tried()]
        self.statement = {**draft, "disks": disks, "spent": spent}
        self.progress = replace(self.progress, draft=draft)
        return Event.OFFER_SOUND

    def _must_be_mine(self, draft: Json) -> None:
        """Threat: a giver who was proved may still offer what the card does not speak of."""
        card, meeting = self.hand.card, self.meeting
        giver, taker = receipts.keys(draft)
        if meeting is None or (giver, taker) != (meeting.other, public_key(meeting)):
            raise Malformed(what="offer", reason="keys of another meeting")
        if (draft["kind"], draft["set"]) != (card.kind, card.set_id):
            raise Malformed(what="offer", reason="another set than the card's")
        if not {d["n"] for d in draft["disks"]} <= set(card.disks):
            raise Malformed(what="offer", reason="disks that the card does not name")

    def _look(self, disk: Json) -> str:
        card = self.hand.card
        manifest = unb64(disk["manifest"], "manifest's digest")
        offered = OfferedDisk(disk["n"], disk["seal"], manifest, card.set_id, card.set_vkey)
        found = self.check(offered) if self.check else "not checked"
        return shown(found)[: receipts.MAX_TEXT] or "sound"

    def _signed(self) -> Event:
        signature = unb64(self.message.get("signature"), "signature", SIGNATURE_BYTES)
        if self.statement is None or self.meeting is None:
            return Event.BAD
        if not receipts.signed_by(self.statement, self.meeting.other, signature):
            self.reason = "the other's signature does not hold"
            return Event.BAD
        parcel = self.message.get("parcel")
        if not isinstance(parcel, list):
            raise Malformed(what="message", reason="no parcel")
        self.parcel = [_sealed(item) for item in parcel]
        self.progress = replace(self.progress, theirs=signature)
        return Event.SIGNED


def _sealed(item: object) -> bytes:
    """Threat: a parcel is written to the taker's disk: nothing but sealed receipts may be in it."""
    data = unb64(item, "parcel")
    if not data.startswith(b"age-encryption.org/v1\n") or len(data) > _MAX_SEALED_RECEIPT:
        raise Malformed(what="parcel", reason="something that is no sealed receipt")
    return data


_GIVER_READS = {"accept": "_accept", "decline": "_decline", "done": "_done"}
_TAKER_READS = {"offer": "_offer", "signed": "_signed"}
