"""What a sender knows of its letters: which set each pack became, which letters have gone.

Kept in the sealed journal, one entry a fact:

    {"pack": sha256 of the sealed pack, "size", "k", "n", "bytes"}    a pack was split
    {"gone": [id, index], "by": account, "at": seconds, "bytes"}      a letter has gone
    {"more": id, "n"}                                                 fresh parity is planned
    {"again": id, "lost": bits}       letters to be sent once more: the code has no fresh one
    {"safe": id}                                          the archive says: complete
    {"answered": seconds}                                 the latest answer acted upon
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from amana.core.encoding import Json
from amana.errors import Malformed
from amana.mail.journal import Journal
from amana.mail.letter import ShardSet
from amana.mail.split import Split


@dataclass
class Sending:
    """One pack on its way: its split, the letters that have gone (a bit each; `at`: when, in unix
    seconds), and whether the archive has said that it is complete."""

    split: Split
    gone: int = 0
    safe: bool = False
    at: dict[int, int] = field(default_factory=dict)

    def waiting(self) -> list[int]:
        """The planned letters that have not gone."""
        if self.safe:
            return []
        return [i for i in range(self.split.n) if not self.gone >> i & 1]

    @property
    def sent(self) -> int:
        return self.gone.bit_count()


@dataclass(frozen=True)
class Gone:
    """When which account took how many bytes: what daily budgets are counted from."""

    by: str
    at: int
    size: int


@dataclass
class Outbox:
    """The sendings by digest of their pack, rebuilt from the journal and written to it."""

    journal: Journal
    by_pack: dict[str, Sending] = field(default_factory=dict)
    by_set: dict[str, Sending] = field(default_factory=dict)
    spent: list[Gone] = field(default_factory=list)
    answered: int = 0

    @classmethod
    def load(cls, journal: Journal, since: int = 0) -> Outbox:
        """Read everything; budgets need only what has gone after `since` (unix seconds).

        Raises Damaged, Malformed.
        """
        outbox = cls(journal)
        for entry in journal.entries():
            try:
                outbox._apply(entry, since)
            except (KeyError, TypeError, ValueError) as error:
                raise Malformed(what="the sender's state", reason=repr(error)) from None
        return outbox

    @property
    def menu(self) -> list[int]:
        """The sizes of attachments that this sender uses already."""
        return sorted({sending.split.letter_bytes for sending in self.by_set.values()})

    def begin(self, split: Split) -> Sending:
        """Remember a new split, before its first letter."""
        of = split.of
        self._note(
            {
                "pack": of.sha256,
                "size": of.size,
                "k": of.k,
                "n": split.n,
                "bytes": split.letter_bytes,
            }
        )
        return self.by_set[of.set_id]

    def has_gone(self, set_id: str, index: int, gone: Gone) -> None:
        """Remember that a letter has been handed over."""
        self._note({"gone": [set_id, index], "by": gone.by, "at": gone.at, "bytes": gone.size})

    def extend(self, set_id: str, n: int) -> None:
        """Remember that the set has n letters now: fresh parity."""
        self._note({"more": set_id, "n": n})

    def send_again(self, set_id: str, lost: int) -> None:
        """Remember that the letters `lost` (a bit each) must go once more."""
        self._note({"again": set_id, "lost": f"{lost:x}"})

    def answer_read(self, at: int) -> None:
        """Remember the time of the latest answer."""
        self._note({"answered": at})

    def is_safe(self, set_id: str) -> None:
        """Remember that the archive has the pack."""
        self._note({"safe": set_id})

    def sendings(self) -> Iterator[Sending]:
        yield from self.by_set.values()

    def _note(self, entry: Json) -> None:
        self.journal.append(entry)
        self._apply(entry, 0)

    def _apply(self, entry: Json, since: int) -> None:
        if "pack" in entry:
            of = ShardSet(entry["k"], entry["size"], entry["pack"])
            sending = Sending(Split(of, entry["n"], entry["bytes"]))
            self.by_set[of.set_id] = self.by_pack[of.sha256] = sending
        elif "gone" in entry:
            set_id, index = entry["gone"]
            self.by_set[set_id].gone |= 1 << int(index)
            self.by_set[set_id].at[int(index)] = int(entry["at"])
            if entry["at"] >= since:
                self.spent.append(Gone(entry["by"], entry["at"], entry["bytes"]))
        elif "more" in entry:
            sending = self.by_set[entry["more"]]
            sending.split = replace(sending.split, n=entry["n"])
        elif "again" in entry:
            self.by_set[entry["again"]].gone &= ~int(entry["lost"], 16)
        elif "answered" in entry:
            self.answered = int(entry["answered"])
        elif "safe" in entry:
            self.by_set[entry["safe"]].safe = True
