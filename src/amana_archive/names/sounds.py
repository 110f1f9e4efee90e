"""The sounds of a name part, one letter a sound, the same for Arabic and Latin letters.

Neither script writes everything: Arabic leaves short vowels out, Latin spellings write one Arabic
letter in five ways. So nothing is decided here that a spelling leaves open: letters become sounds
(`g` stays `g`, although it may stand for a jim, a ghayn or a qaf), and `COSTS` says how far two
sounds are from each other and what it costs to leave one out. All tables are our own, from the
common romanisations: English, French, German, Turkish, Persian, Kurdish, and chat digits.

Sounds: b p t T(th) d D(dad) Q(dh) j g G(gh) q k x(kh) X(ch) S(sh) C(tch) c s z Z(zh) H h(final)
f v l m n r; vowels a e i o u, and what Arabic writes: A(alef) Y(ya) y(final ya) W(waw) 3(ayn)
@(ta marbuta).
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from amana_archive.search.normalise import normalise

SOUNDS = "abcdefghijklmnopqrstuvwxyzACDGHQSTWXYZ3@"
NUMBER = {sound: n + 1 for n, sound in enumerate(SOUNDS)}  # 0 is "nothing"
SIZE = len(SOUNDS) + 1

_ARABIC = {
    "ا": "A", "ب": "b", "پ": "p", "ت": "t", "ث": "T", "ج": "j", "چ": "C", "ح": "H", "خ": "x",
    "د": "d", "ذ": "Q", "ر": "r", "ز": "z", "ژ": "Z", "س": "s", "ش": "S", "ص": "s", "ض": "D",
    "ط": "t", "ظ": "Q", "ع": "3", "غ": "G", "ف": "f", "ڤ": "v", "ق": "q", "ك": "k", "گ": "g",
    "ل": "l", "م": "m", "ن": "n", "ه": "H", "و": "W", "ي": "Y", "ة": "@", "ڨ": "g", "ڵ": "l",
    "ێ": "Y", "ۆ": "W", "ە": "e", "ھ": "H", "ڕ": "r", "ۇ": "W",
}  # fmt: skip
# What must be seen before accents are dropped: they are letters of their own.
_LETTERS = str.maketrans(
    {
        "ş": "sh", "Ş": "sh", "ș": "sh", "š": "sh", "Š": "sh", "ç": "tch", "Ç": "tch", "č": "tch",
        "ğ": "gh", "Ğ": "gh", "ġ": "gh", "Ġ": "gh", "ı": "i", "İ": "i", "ž": "zh", "ḥ": "h",
        "Ḥ": "h", "ḫ": "kh", "ẖ": "kh", "Ḫ": "kh", "ḏ": "dh", "ṯ": "th", "ǧ": "j", "ø": "o",
        "æ": "a", "œ": "o", "ß": "ss", "ə": "a", "Ə": "a", "ñ": "n", "ð": "dh", "ł": "l",
        "ʿ": "", "ʾ": "", "'": "", "’": "", "‘": "", "`": "", "´": "", "ʼ": "", "\u02bb": "",
        "\u0640": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "",
        "\u200b": "", "\u202a": "", "\u202b": "", "\u202c": "",
        "۽": " ", "،": " ",
    }
)  # fmt: skip
_MARBUTA = re.compile(r"ة(?=\W|_|$)")
# Longest first; French, English, German, Turkish ways of writing one sound.
_LATIN = [
    ("tsch", "C"), ("dsch", "j"), ("tch", "C"), ("tsh", "C"), ("sch", "S"), ("dsh", "j"),
    ("sh", "S"), ("ch", "X"), ("kh", "x"), ("gh", "G"), ("th", "T"), ("dh", "Q"), ("dj", "j"),
    ("zh", "Z"), ("ph", "f"), ("ck", "k"), ("qu", "k"), ("ou", "u"), ("oo", "u"), ("ee", "i"),
    ("ii", "i"), ("aa", "a"), ("uu", "u"), ("y", "Y"), ("w", "W"), ("h", "H"), ("x", "ks"),
]  # fmt: skip
_CHAT = {"2": "", "3": "3", "5": "x", "6": "t", "7": "H", "8": "G", "9": "q"}
_LATIN_PARTS = re.compile("|".join([*(a for a, _ in _LATIN), r"[a-z]", r"\d"]))
_LATIN_SOUND = {**dict(_LATIN), **_CHAT}
_PAIRS = re.compile(r"(?<=[a-z])([std])h(?=[aeiouy])")
_TWICE = re.compile(r"(.)\1+")
_SCRIPT = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")

ARABIC, LATIN = 0, 1


def fold(text: str) -> str:
    """A name's letters as they are compared: no accents, no harakat, hamza and alef forms one.

    Only a final ta marbuta is kept apart, because it may be a vowel or a t.
    """
    kept = _MARBUTA.sub("\0", text.translate(_LETTERS))
    # NUL is no letter: it comes through the normaliser untouched.
    return normalise(kept).replace("\0", "ة").translate(_LETTERS)


def script(part: str) -> int:
    return ARABIC if _SCRIPT.search(part) else LATIN


def sounds(part: str) -> str:
    """The sounds of a folded part; doubled ones are one."""
    if script(part) == ARABIC:
        found = "".join(_ARABIC.get(c, "") for c in part)
        found = re.sub(r"(?<=.)H$", "@", found)  # a ta marbuta is often written without dots
        found = re.sub(r"(?<=.)Y$", "y", found)  # and an alef maqsura with them
    else:
        found = "".join(
            _LATIN_SOUND.get(p, p) for p in _LATIN_PARTS.findall(part) if p not in "014"
        )
        found = re.sub(r"(?<=[aeou])H$", "h", found)  # -ah: a ta marbuta, or nothing, or an h
        found = re.sub(r"(?<=[^aeiouYW])e$", "", found)  # French: Rahmane, Nasserdine
    return _TWICE.sub(r"\1", found)


# --- how far sounds are from each other -----------------------------------------------------------

_VOWELS = "aeiou"
# What it costs that a sound is there in one spelling only: within Arabic, within Latin, between
# them. Arabic leaves short vowels out, but not long ones; Latin spellings leave out neither.
_H = {"@": 0.12, "H": 0.45, "h": 0.1}
_LEFT_OUT = (
    {"A": 0.4, "Y": 0.6, "y": 0.5, "W": 0.6, "3": 0.5, **_H},
    {"Y": 0.5, "W": 0.5, "3": 0.2, **dict.fromkeys(_VOWELS, 0.28), **_H},
    {"A": 0.3, "Y": 0.4, "y": 0.3, "W": 0.4, "3": 0.22, **dict.fromkeys(_VOWELS, 0.1), **_H},
)
BETWEEN_SCRIPTS = 2
_NEAR = [
    # the same sound, written by different people
    ("kq", 0.06), ("kc", 0.08), ("qc", 0.12), ("SX", 0.08), ("jg", 0.18), ("gG", 0.1), ("gq", 0.16),
    ("Gq", 0.2), ("xX", 0.15), ("xk", 0.22), ("Xk", 0.25), ("CX", 0.12), ("Cj", 0.25), ("cj", 0.15),
    ("cs", 0.25), ("CS", 0.3), ("xH", 0.3), ("gk", 0.25), ("Gx", 0.35), ("Gk", 0.4),
    ("Gr", 0.4),
    ("Tt", 0.12), ("Ts", 0.18), ("Qd", 0.15), ("Qz", 0.12), ("QD", 0.1), ("Dd", 0.03), ("Dz", 0.2),
    ("dt", 0.35), ("sz", 0.25), ("TQ", 0.35), ("Sj", 0.5), ("SC", 0.3), ("Ss", 0.35), ("Sc", 0.4),
    ("Zj", 0.08), ("Zz", 0.25), ("ZS", 0.4), ("zj", 0.5),
    ("bp", 0.15), ("fv", 0.12), ("vb", 0.35), ("Wv", 0.1), ("pf", 0.4), ("mn", 0.6), ("lr", 0.7),
    ("jY", 0.3), ("@t", 0.15), ("@H", 0.05), ("@h", 0.0), ("hH", 0.0), ("hx", 0.3), ("ht", 0.2),
    ("@a", 0.0), ("@e", 0.02), ("@i", 0.15), ("@A", 0.08),
    # what Arabic writes against vowels
    ("Aa", 0.0), ("Ae", 0.08), ("Ai", 0.25), ("Ao", 0.15), ("Au", 0.35), ("AY", 0.35), ("AW", 0.5),
    ("yi", 0.0), ("ya", 0.03), ("ye", 0.03), ("yY", 0.0), ("yA", 0.03), ("yh", 0.1), ("y@", 0.15),
    ("Yi", 0.0), ("Ye", 0.05), ("Ya", 0.25), ("Yo", 0.4), ("Yu", 0.4), ("YW", 0.6),
    ("Wu", 0.0), ("Wo", 0.02), ("Wa", 0.3), ("We", 0.35), ("Wi", 0.4),
    ("3a", 0.08), ("3o", 0.12), ("3u", 0.12), ("3i", 0.12), ("3e", 0.1), ("3A", 0.15), ("3q", 0.6),
    # vowels
    ("ae", 0.1), ("ai", 0.3), ("ei", 0.12), ("ou", 0.06), ("ao", 0.25), ("au", 0.3), ("eo", 0.3),
    ("eu", 0.3), ("iu", 0.35), ("io", 0.35),
]  # fmt: skip

Table = npt.NDArray[np.float32]


def _leaving_out(cheap: dict[str, float]) -> Table:
    costs = np.ones(SIZE, dtype=np.float32)
    costs[0] = 0.0
    for sound, cost in cheap.items():
        costs[NUMBER[sound]] = cost
    return costs


def _between(out: Table) -> Table:
    """Substitution: never dearer than leaving both out."""
    costs: Table = np.minimum(1.0, out[:, None] + out[None, :]).astype(np.float32)
    for pair, cost in _NEAR:
        a, b = NUMBER[pair[0]], NUMBER[pair[1]]
        costs[a, b] = costs[b, a] = cost
    np.fill_diagonal(costs, 0.0)
    return costs


# By ARABIC, LATIN, BETWEEN_SCRIPTS.
OUT = tuple(_leaving_out(cheap) for cheap in _LEFT_OUT)
BETWEEN = tuple(_between(out) for out in OUT)
# How much of a name a sound is: what a cost is measured against.
MASS = _leaving_out(
    {**dict.fromkeys(_VOWELS, 0.25), "A": 0.3, "Y": 0.4, "y": 0.35, "W": 0.4, "3": 0.25, **_H}
)


def apart(part: str) -> str:
    """The sounds where `sh`, `th`, `dh` are two letters (Eshaq, Fathi); empty where none are."""
    if script(part) == ARABIC or not _PAIRS.search(part):
        return ""
    return sounds(_PAIRS.sub(r"\1'h", part))


def numbers(sounds: str) -> list[int]:
    return [NUMBER[s] for s in sounds]


# Coarse classes for a first look: sounds that are often confused are one class, vowels none.
_CLASSES = ("bp", "fv", "tTdDQszZ", "jgGqkxXcCS", "l", "m", "n", "r", "H")
CLASSES = len(_CLASSES)
CLASS = {sound: n for n, group in enumerate(_CLASSES) for sound in group}


def skeleton(sounds: str) -> str:
    """The consonants' classes in order: the same for most spellings of a name."""
    found = "".join(str(CLASS[s]) for s in sounds if s in CLASS and s != "H")
    return _TWICE.sub(r"\1", found)
