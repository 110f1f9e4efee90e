"""Words that can be said aloud: 128 things of daily life, each in English, French and Arabic.

A word is an index below 128, seven bits; the same index is the same thing in every language, so
that two people who share none can still point. In each language any two words differ in at least
two letters (tests/unit/test_handover_words.py), counted after accents, hamza and ta marbuta are
folded away.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from importlib.resources import files

from amana.errors import Malformed

LANGUAGES = ("en", "fr", "ar")
COUNT = 128
# What is said at a meeting: the giver's challenge, the taker's answer, the giver's counter-answer.
CHALLENGE, ANSWER, COUNTER = 3, 2, 2
MEETING_WORDS = CHALLENGE + ANSWER + COUNTER
PARTING_WORDS = 3
ONWARD_WORDS = 8
_FOLDED = str.maketrans("أإآىةؤئ", "ااايهوي")


def draw(count: int) -> bytes:
    """`count` different words at random, one byte (below 128) each: a word said twice confuses."""
    return bytes(secrets.SystemRandom().sample(range(COUNT), count))


def check(words: bytes, count: int, what: str) -> bytes:
    """`words` itself, if these are `count` words. Raises Malformed."""
    if len(words) != count or any(index >= COUNT for index in words):
        raise Malformed(what=what, reason=f"not {count} words")
    return words


def spell(words: bytes, language: str) -> list[str]:
    """The words as they are said in `language` (`en`, `fr`, `ar`)."""
    column = LANGUAGES.index(language)
    return [_table()[index][column] for index in words]


def phrase(words: bytes, language: str) -> str:
    return " ".join(spell(words, language))


def read(text: str) -> bytes:
    """The words in `text`, in any of the languages, accents and case apart. Raises Malformed."""
    spoken = [folded(word) for word in text.replace("-", " ").replace(",", " ").split()]
    index = _index()
    unknown = [word for word in spoken if word not in index]
    if unknown:
        raise Malformed(what="words", reason=f"{unknown[0][:40]!r} is not in the list")
    return bytes(index[word] for word in spoken)


def split(words: bytes) -> tuple[bytes, bytes, bytes]:
    """Challenge, answer and counter-answer of a meeting's words."""
    return words[:CHALLENGE], words[CHALLENGE : CHALLENGE + ANSWER], words[CHALLENGE + ANSWER :]


def folded(word: str) -> str:
    """A word without case, accents and the spellings that people vary."""
    plain = unicodedata.normalize("NFKD", word.casefold().translate(_FOLDED))
    return "".join(c for c in plain if not unicodedata.combining(c)).replace("ـ", "")


@cache
def _table() -> tuple[tuple[str, ...], ...]:
    text = files("amana.handover").joinpath("words.txt").read_text(encoding="utf-8")
    return tuple(tuple(line.split()) for line in text.splitlines())


@cache
def _index() -> dict[str, int]:
    """Every form; one that stands in two languages means the same thing in both."""
    return {folded(form): number for number, row in enumerate(_table()) for form in row}
