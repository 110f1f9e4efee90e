"""What a verifier says: one line for each check by its code (spec/dossier.md), and what stays
unproved, as clearly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# In the order of work, each with what it answers, for people.
CODES: dict[str, str] = {
    "bag": "the folder is a BagIt 1.0 bag, complete by its own count",
    "tagmanifest": "the bag's own papers are unchanged",
    "manifest": "every file has the SHA-256 that the manifest says",
    "files": "no file is missing, none was slipped in",
    "sheet": "the sheet that says what is in the dossier can be read in one way only",
    "seal": "the archive's key sealed exactly this dossier",
    "checkpoint": "every ledger's heads are signed by its key, and only grow",
    "consistency": "every later head continues the earlier one: nothing was rewritten",
    "witness": "the cosignatures of outside witnesses hold",
    "timestamp": "independent time authorities saw these heads at the time they say",
    "inclusion": "every item's entry stands in its ledger under a signed head",
    "record": "every disclosed record is, byte for byte, the entry that was committed",
    "redaction": "redacted records leave out what they say, and give no way to guess it",
    "item": "every entry is accounted for: given, withheld with a reason, or absent with a reason",
    "original": "every original is, byte for byte, what its record committed to",
    "copy": "every copy is, byte for byte, what its record committed to",
    "working": "every working copy descends from evidence by recorded acts",
    "custody": "the chain of custody holds",
    "disclosure": "the statement who discloses what to whom can be read",
}


@dataclass(frozen=True)
class Check:
    """One check: `name` is its code; `detail` says what was examined, or what is wrong."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Verdict:
    """`ok` is true when every check passed. `not_proved` is as much part of the answer.
    `facts` holds what was found on the way: keys, times, counts."""

    ok: bool
    checks: list[Check]
    not_proved: list[str]
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def failed(self) -> list[str]:
        return [check.name for check in self.checks if not check.ok]


class Findings:
    """Collects what is wrong, by code, and what was examined."""

    def __init__(self) -> None:
        self.wrong: dict[str, list[str]] = {}
        self.examined: dict[str, list[str]] = {}
        self.open_questions: list[str] = []
        self.facts: dict[str, object] = {}

    def fail(self, code: str, detail: str) -> None:
        self.wrong.setdefault(code, []).append(detail)

    def note(self, code: str, detail: str) -> None:
        self.examined.setdefault(code, []).append(detail)

    def unproved(self, what: str) -> None:
        if what not in self.open_questions:
            self.open_questions.append(what)

    def verdict(self) -> Verdict:
        checks = [Check(code, code not in self.wrong, self._detail(code)) for code in CODES]
        return Verdict(not self.wrong, checks, list(self.open_questions), self.facts)

    def _detail(self, code: str) -> str:
        wrong = self.wrong.get(code)
        if wrong:
            more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            return "; ".join(wrong[:3]) + more
        return "; ".join(self.examined.get(code, [])) or "nothing to check"
