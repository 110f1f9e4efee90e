"""A name in its parts: what is one part however it is written.

`Abd al-Rahman`, `Abdulrahman`, `Abderrahmane` are one part, `Nur al-Din` too. Articles fall away;
`ibn`, `bin`, `bint` say whose child somebody is and are no part themselves; `abu` and `umm` begin
one. Where a spelling may be read in two ways (is `Alaa` Laa with an article?) both are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from amana_archive.names.known import (
    ABBREVIATIONS,
    CONNECTORS,
    TITLES,
    alias,
    called,
    nickname,
    words_of,
)
from amana_archive.names.sounds import ARABIC, apart, fold, script, skeleton, sounds

MOST_PARTS = 8
LONGEST = 24

_BREAK = re.compile(r"[\s\-\u2010-\u2015_.,،;:/()\[\]]+")
_HUMP = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")  # AlAhmad, KhaledOmar
_WORD = re.compile(r"[^\W_]+")
_ARTICLES = words_of("al el ul il ol l ال ل")
_SUN = re.compile(r"(?:[aeiu])(sh|th|dh|[tdrznsl])")
_GLUED_LATIN = re.compile(
    r"(?:al|el|ul|il|a(?=(sh|[tdrznsl])\1)|e(?=(sh|[tdrznsl])\2))(?P<rest>.{3,})"
)
_ABD = words_of("abd abed abdal abdel abdul abdil abdol abdoul abdu abdl عبد عبدال")
_ABD_GLUED = re.compile(
    r"(?:abdou?l?l|abdul|abdal|abdel|abdil|abdol|abdl|abd(?:[aeiou]|ou)(?=([rsntdzs])\1)"
    r"|abd(?:[aeiou]|ou)(?=sh)|abd(?=[^aeiouw]))(?P<rest>.{3,})"
)
_DIN = words_of("din deen dine eddin eddine uddin uddeen addin aldin eldin aldeen eldeen edin")
_DIN_GLUED = re.compile(r"(?P<first>.{2,}?)(?:[aeiou]?[ld]?d(?:in|een|ine)|ettin|ud(?:in|een))$")
_ALLAH = words_of("allah ullah ollah alla ellah ala الله اله لله")
_BEGIN = {"abu": "abu", "abou": "abu", "abo": "abu", "bu": "abu", "bou": "abu", "ebu": "abu",
          "ابو": "ابو", "ابي": "ابو", "ابا": "ابو",
          "um": "um", "umm": "um", "oum": "um", "om": "um", "omm": "um", "ام": "ام"}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One way a part sounds. `why` is how it came about, `cost` what it takes off."""

    sounds: str
    why: str = ""
    cost: float = 0.0


@dataclass(frozen=True)
class Part:
    """One part of a name: as it was written, its folded letters, and how it may be read."""

    written: str
    letters: str
    readings: tuple[Reading, ...]

    @property
    def script(self) -> int:
        return script(self.letters)


@dataclass(frozen=True)
class Name:
    parts: tuple[Part, ...]
    children: bool = False  # somebody wrote ibn, bin, bint


def parts_of(text: str) -> Name:
    """The parts of a name in any spelling. Anything is a name; what is too much of one is cut."""
    written = _words(text[:400])
    written = [w for w in written if not (w[0] in TITLES and len(written) > 1)]
    tokens = [folded for folded, _ in written]
    kept = [w for n, w in enumerate(written) if not _is_article(tokens, n)]
    plain = [w for w in kept if w[0] not in CONNECTORS] or kept
    tokens = [folded for folded, _ in plain]
    parts: list[Part] = []
    place = 0
    while place < len(plain) and len(parts) < MOST_PARTS:
        part, used = _part(tokens, place)
        said = " ".join(word for _, word in plain[place : place + used])
        if part.readings:  # letters of a third script have no sounds here
            parts.append(replace(part, written=said))
        place += used
    return Name(tuple(parts), len(plain) != len(kept))


def _words(text: str) -> list[tuple[str, str]]:
    """(folded, as written) of each word."""
    found: list[tuple[str, str]] = []
    for piece in _BREAK.split(_HUMP.sub(" ", text)):
        folded = [w[:LONGEST] for w in _WORD.findall(fold(piece)) if not w.isdigit()]
        found += [(w, piece if len(folded) == 1 else w) for w in folded]
    return found


def _is_article(tokens: list[str], place: int) -> bool:
    token, last = tokens[place], place == len(tokens) - 1
    if last:
        return False
    if token in _ARTICLES:
        return True
    sun = _SUN.fullmatch(token)
    return sun is not None and tokens[place + 1].startswith(sun[1])


def _part(tokens: list[str], place: int) -> tuple[Part, int]:
    """The part that begins at `place`, and of how many words it is."""
    first = tokens[place]
    second = tokens[place + 1] if place + 1 < len(tokens) else ""
    if second and first in _ABD:
        return abd(f"{first} {second}", second), 2
    if second and first in _BEGIN:
        return begun(first, second), 2
    if second and (second in _DIN or second in ("الدين", "دين")):
        return compound(f"{first} {second}", first, _din(first)), 2
    if second and second in _ALLAH:
        return compound(f"{first} {second}", first, "الله" if script(first) == ARABIC else "ala"), 2
    return single(first), 1


def _din(beside: str) -> str:
    return "دين" if script(beside) == ARABIC else "din"


def single(token: str) -> Part:
    """One word, with what may be hidden in it."""
    glued = _ABD_GLUED.fullmatch(token)
    if glued:
        return abd(token, glued["rest"])
    if script(token) == ARABIC:
        if token.startswith("عبد") and len(token) >= 6:
            return abd(token, token[3:])
        if token.endswith("الدين") and len(token) >= 7:
            return compound(token, token[:-5], "دين")
    else:
        ended = _DIN_GLUED.fullmatch(token)
        if ended and len(ended["first"]) >= 3 and len(token) - len(ended["first"]) >= 4:
            return compound(token, ended["first"], "din")
    return Part(token, token, tuple(_readings(token)))


def _readings(token: str) -> list[Reading]:
    found = [Reading(sounds(token)), Reading(apart(token), "", 0.02)]
    rest = without_article(token)
    if rest:
        found.append(Reading(sounds(rest), "", 0.02))
    other = alias(token) or alias(rest) or nickname(called(sounds(token)))
    if other:
        why = "abbreviation" if token in ABBREVIATIONS else other.why
        # Through `single`, so that Abd and Din are taken apart as in any other name.
        found += [Reading(single(fold(n)).readings[0].sounds, why, other.cost) for n in other.names]
    return [r for r in found if r.sounds]


def without_article(token: str) -> str:
    """The word without a glued article; empty where there is none, or nothing would be left."""
    if script(token) == ARABIC:
        return token[2:] if token.startswith("ال") and len(token) >= 5 else ""
    glued = _GLUED_LATIN.fullmatch(token)
    return glued["rest"] if glued else ""


def abd(written: str, rest: str) -> Part:
    """Servant of: what stands after it is the name."""
    rest = without_article(rest) or rest
    if rest in _ALLAH or rest in ("lah", "لاه"):
        rest = "الله" if script(rest) == ARABIC else "ala"
    head = "عبد" if script(rest) == ARABIC else "abd"
    letters = head + rest
    found = sounds(head) + sounds(rest)
    return Part(written, letters, (Reading(found), *_alone(rest, 0.3)))


def begun(first: str, second: str) -> Part:
    head = _BEGIN[first]
    rest = without_article(second) or second
    return Part(
        f"{first} {second}",
        head + rest,
        (Reading(sounds(head) + sounds(rest)), *_alone(rest, 0.25)),
    )


def compound(written: str, first: str, last: str) -> Part:
    found = sounds(without_article(first) or first) + sounds(last)
    return Part(written, first + last, (Reading(found), *_alone(first, 0.3)))


def _alone(rest: str, cost: float) -> list[Reading]:
    """People leave the beginning out."""
    found = sounds(rest)
    return [Reading(found, "missing", cost)] if len(skeleton(found)) >= 2 else []


def joined(first: Part, second: Part) -> Part:
    """Two parts as if somebody had left the space out."""
    rest = without_article(second.letters)
    ends = [second.readings[0].sounds, sounds(rest)] if rest else [second.readings[0].sounds]
    found = tuple(Reading(first.readings[0].sounds + end, "joined", 0.03) for end in ends)
    return Part(
        f"{first.written} {second.written}", first.letters + (rest or second.letters), found
    )
