"""What two people who write the same word differently have in common.

Arabic: NFKC; harakat and tatweel dropped; alef, hamza carriers, alef maqsura, ta marbuta folded;
digits of every script made Western; case folded. Neither database does this itself: FTS5 keeps
harakat, and PostgreSQL's `arabic` leaves a leading waw. So both are given the same tokens.
"""

from __future__ import annotations

import re
import unicodedata

_FOLD = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",
        "ؤ": "و", "ئ": "ي", "ء": None,
        "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ـ": None,
    }
)  # fmt: skip
_WORD = re.compile(r"\w+")
_ARABIC = re.compile(r"[\u0621-\u064a]")
# Prefixed particles, longest first: and-the, with-the, like-the, for-the, the, and.
_PREFIXES = ("وال", "بال", "كال", "فال", "لل", "ال", "و")
LEAST_STEM = 3
MAX_TOKENS = 20_000
MAX_LETTERS = 200  # of one word; PostgreSQL takes 2,046 bytes


def normalise(text: str) -> str:
    """The folded text, words separated as they were."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(_FOLD))
    kept = (c for c in decomposed if not unicodedata.combining(c))
    folded = "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in kept)
    return folded.translate(_FOLD).casefold()


def words(text: str) -> list[str]:
    """The words of a text, folded; underscores separate."""
    found = _WORD.findall(normalise(text).replace("_", " "))
    return [word[:MAX_LETTERS] for word in found]


def stem(word: str) -> str:
    """An Arabic word without its prefixed particle; any other word as it is."""
    if _ARABIC.match(word):
        for prefix in _PREFIXES:
            if word.startswith(prefix) and len(word) - len(prefix) >= LEAST_STEM:
                return word[len(prefix) :]
    return word


def tokens(text: str) -> list[str]:
    """What is put in the index for a text: its words, and their stems where they differ."""
    found: dict[str, None] = {}
    for word in words(text):
        found[word] = None
        found[stem(word)] = None
        if len(found) >= MAX_TOKENS:
            break
    return list(found)


def alternatives(word: str) -> list[str]:
    """What a word that somebody typed may stand for: itself, or its stem."""
    return list(dict.fromkeys((word, stem(word))))
