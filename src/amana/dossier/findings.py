"""What a verifier says: one line for each check by its code (spec/dossier.md), and what stays
unproved, as clearly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amana.dossier.texts import open_question

# In the order of work; texts.json says for people what each of them answers.
CODES = (
    *("bag", "tagmanifest", "manifest", "files", "sheet", "seal"),
    *("checkpoint", "consistency", "witness", "timestamp", "inclusion", "record", "redaction"),
    *("item", "original", "copy", "working", "custody", "disclosure"),
)


NOTHING = "nothing to check"


@dataclass(frozen=True)
class Check:
    """One check: `name` is its code; `detail` says what was examined, or what is wrong."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Open:
    """Something that a dossier does not prove: the key of a sentence in texts.json, its parts."""

    key: str
    parts: tuple[object, ...] = ()

    def say(self, language: str = "en") -> str:
        return open_question(language, self.key, *self.parts)


@dataclass(frozen=True)
class Verdict:
    """`ok` is true when every check passed. `not_proved` is as much part of the answer.
    `facts` holds what was found on the way: keys, times, counts."""

    ok: bool
    checks: list[Check]
    open: list[Open]
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def not_proved(self) -> list[str]:
        return [question.say() for question in self.open]

    @property
    def failed(self) -> list[str]:
        return [check.name for check in self.checks if not check.ok]


class Findings:
    """Collects what is wrong, by code, and what was examined."""

    def __init__(self) -> None:
        self.wrong: dict[str, list[str]] = {}
        self.examined: dict[str, list[str]] = {}
        self.open: list[Open] = []
        self.facts: dict[str, object] = {}

    def fail(self, code: str, detail: str) -> None:
        self.wrong.setdefault(code, []).append(detail)

    def note(self, code: str, detail: str) -> None:
        self.examined.setdefault(code, []).append(detail)

    def unproved(self, key: str, *parts: object) -> None:
        self.open.append(Open(key, parts))

    def verdict(self) -> Verdict:
        checks = [Check(code, code not in self.wrong, self._detail(code)) for code in CODES]
        return Verdict(not self.wrong, checks, list(self.open), self.facts)

    def _detail(self, code: str) -> str:
        wrong = self.wrong.get(code)
        if wrong:
            more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            return "; ".join(wrong[:3]) + more
        return "; ".join(self.examined.get(code, [])) or NOTHING
