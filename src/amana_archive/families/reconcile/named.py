"""Names of the missing among the words of documents and notes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from amana_archive.families.reconcile.facts import Family, Found
from amana_archive.families.reconcile.weigh import Reason
from amana_archive.names import LIKELY, Match, NameIndex

LONGEST_NAME = 4  # words
MAX_WINDOWS = 4_000  # of one case
PERHAPS = 0.85  # of LIKELY: shown as a hint
_WORD = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*")
_BREAK = re.compile(r"[\n.;:،؛,()\[\]!?؟/|]")

Names = dict[int, list[Reason]]  # by the case's key


def look(family: Family, found: Iterable[Found]) -> Names:
    """For each case the best likeness of one of the family's spellings, if there is any."""
    windows = [
        ((one.case.pk, text), [text]) for one in found for text in _windows("\n".join(one.texts))
    ]
    names = [name for name in family.names if len(_WORD.findall(name)) > 1]
    if not windows or not names:
        return {}
    index = NameIndex(windows)
    best: dict[int, tuple[float, str, Match]] = {}
    for name in names:
        for match in index.find(name, limit=30):
            key: int = match.key[0]  # type: ignore[index]
            if key not in best or match.score > best[key][0]:
                best[key] = match.score, name, match
    made: Names = defaultdict(list)
    for key, (score, name, match) in best.items():
        if score >= LIKELY:
            made[key].append(Reason("name", 3, name, match.spelling, match.reasons))
        elif score >= LIKELY * PERHAPS:
            made[key].append(Reason("name perhaps", 1, name, match.spelling, match.reasons))
    return made


def _windows(text: str) -> list[str]:
    """Two to four words in a row, not across a full stop or a line."""
    made: dict[str, None] = {}
    for part in _BREAK.split(text):
        words = _WORD.findall(part)
        for size in range(2, LONGEST_NAME + 1):
            for at in range(len(words) - size + 1):
                made[" ".join(words[at : at + size])] = None
                if len(made) >= MAX_WINDOWS:
                    return list(made)
    return list(made)
