"""Names of the missing among the words of documents and notes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from amana_archive.families.reconcile.facts import Family, Found
from amana_archive.families.reconcile.weigh import Reason
from amana_archive.names import LIKELY, Match, NameIndex
from amana_archive.names.parts import parts_of
from amana_archive.names.sounds import skeleton

LONGEST_NAME = 4  # words
MAX_WINDOWS = 4_000  # of one case
SHOWN = 50
PERHAPS = 0.85  # of LIKELY: shown as a hint
_WORD = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*")
_BREAK = re.compile(r"[\n.;:،؛,()\[\]!?؟/|]")

Names = dict[int, list[Reason]]  # by the case's key


def look(family: Family, found: Iterable[Found]) -> Names:
    """For each case the best likeness of one of the family's spellings, if there is any."""
    names = [name for name in family.names if len(_WORD.findall(name)) > 1]
    if not names:
        return {}
    near = _Near(names)
    windows = [((one.case.pk, text), [text]) for one in found for text in near.windows(one.texts)]
    if not windows:
        return {}
    index = NameIndex(windows)
    best: dict[int, tuple[float, str, Match]] = {}
    for name in names:
        for match in index.find(name, limit=SHOWN):
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


class _Near:
    """Where in a text a name may stand: two of its parts must sound like words there (one, of a
    name of two parts), so that only few places are compared in full."""

    def __init__(self, names: list[str]) -> None:
        parts = [[_bones(word) for word in _WORD.findall(name)] for name in names]
        self._bones = frozenset(bone for name in parts for bones in name for bone in bones)
        self._needed = 1 if any(len(name) == 2 for name in parts) else 2

    def windows(self, texts: Iterable[str]) -> list[str]:
        """Two to four words in a row, not across a full stop or a line."""
        made: dict[str, None] = {}
        for text in texts:
            for part in _BREAK.split(text):
                words = _WORD.findall(part)
                hits = [bool(_bones(word) & self._bones) for word in words]
                for at, size in _places(hits, self._needed):
                    made[" ".join(words[at : at + size])] = None
                    if len(made) >= MAX_WINDOWS:
                        return list(made)
        return list(made)


def _places(hits: list[bool], needed: int) -> Iterator[tuple[int, int]]:
    if sum(hits) < needed:
        return
    for size in range(2, LONGEST_NAME + 1):
        for at in range(len(hits) - size + 1):
            if sum(hits[at : at + size]) >= needed:
                yield at, size


@lru_cache(maxsize=200_000)
def _bones(word: str) -> frozenset[str]:
    """The consonants that are heard in a word, however it may be read."""
    readings = [reading for part in parts_of(word).parts for reading in part.readings]
    return frozenset(skeleton(reading.sounds) for reading in readings)
