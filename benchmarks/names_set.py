"""A set of people with known variants of their names, drawn anew from a seed.

How a variant comes about knows nothing of how names are matched: spellings are drawn from lists
written by hand (names_lists.py), slips are keys beside each other and letters that look alike, and
the rest is what happens to names in letters and registers. Half of the names are kept out of all
tuning (`held_out`): the matcher was improved while looking at the other half only.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.names_lists import FAMILIES, MEN, SHORT, WOMEN, table

Spelled = tuple[str, list[str]]

KEYS_LATIN = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
KEYS_ARABIC = ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرلاىةوزظ")
ALIKE_ARABIC = ("بتثني", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق", "ةه")
ALIKE_LATIN = tuple(
    pair
    for a, b in (
        ("rn", "m"),
        ("l", "i"),
        ("e", "c"),
        ("u", "n"),
        ("h", "b"),
        ("o", "a"),
        ("cl", "d"),
    )
    for pair in ((a, b), (b, a))
)
GLUED = (
    ("Abdul", "Abdul "),
    ("Abdel", "Abd el "),
    ("عبد ال", "عبدال"),
    ("Al-", "Al"),
    ("Abu-", "Abu"),
    ("أبو ", "أبو"),
    (" ال", " ال "),
)
HARAKAT = "\u064e\u064f\u0650\u0652"


@dataclass(frozen=True)
class Person:
    key: int
    parts: tuple[Spelled, ...]  # given, father, family
    recorded: str  # as it stands in the register
    latin: bool  # in which script
    woman: bool

    @property
    def held_out(self) -> bool:
        """All of its names are kept out of tuning."""
        return all(is_held_out(arabic) for arabic, _ in self.parts)

    @property
    def tuned_on(self) -> bool:
        return not any(is_held_out(arabic) for arabic, _ in self.parts)


def is_held_out(arabic: str) -> bool:
    return zlib.crc32(arabic.encode()) % 2 == 1


def people(count: int, seed: int = 1) -> list[Person]:
    """So many people, no two with the same three names; some names are far more common."""
    rng = random.Random(seed)
    men, women, families = table(MEN), table(WOMEN), table(FAMILIES)
    of_men = [1 / (n + 6) ** 0.8 for n in range(len(men))]
    of_women = [1 / (n + 6) ** 0.8 for n in range(len(women))]
    of_families = [1 / (n + 30) ** 0.5 for n in range(len(families))]
    seen: set[tuple[str, ...]] = set()
    found: list[Person] = []
    while len(found) < count:
        woman = rng.random() < 0.15
        given = rng.choices(women if woman else men, of_women if woman else of_men)[0]
        father = rng.choices(men, of_men)[0]
        family = rng.choices(families, of_families)[0]
        parts = (given, father, family)
        names = tuple(arabic for arabic, _ in parts)
        if names in seen or given == father:
            continue
        seen.add(names)
        latin = rng.random() < 0.4
        recorded = " ".join(spelled(p, latin, rng) for p in parts)
        found.append(Person(len(found), parts, recorded, latin, woman))
    return found


def spelled(part: Spelled, latin: bool, rng: random.Random) -> str:
    arabic, spellings = part
    if not latin:
        return arabic
    one = rng.choice(spellings)
    return one.replace("-", rng.choice("- ")) if "-" in one else one


# --- what happens to names ------------------------------------------------------------------------


def other_spelling(person: Person, rng: random.Random) -> str:
    """In Latin letters, as somebody else would write it."""
    return " ".join(spelled(p, True, rng) for p in person.parts)


def other_script(person: Person, rng: random.Random) -> str:
    return " ".join(spelled(p, not person.latin, rng) for p in person.parts)


def arabic_spelling(person: Person, rng: random.Random) -> str:
    """Hamza, ta marbuta, alef maqsura, tatweel, harakat, Persian letters."""
    text = " ".join(arabic for arabic, _ in person.parts)
    for old, new in (
        ("أ", "ا"),
        ("إ", "ا"),
        ("آ", "ا"),
        ("ة", "ه"),
        ("ى", "ي"),
        ("ئ", "ي"),
        ("ؤ", "و"),
    ):
        if rng.random() < 0.6:
            text = text.replace(old, new)
    if rng.random() < 0.3:
        text = text.replace("ي", "ی").replace("ك", "ک")
    if rng.random() < 0.3:
        place = rng.randrange(1, len(text))
        text = text[:place] + "ـ" * rng.randrange(1, 4) + text[place:]
    if rng.random() < 0.3:
        text = "".join(
            c + rng.choice(HARAKAT) if c not in " ا" and rng.random() < 0.4 else c for c in text
        )
    return text


def without_father(person: Person, rng: random.Random) -> str:
    given, _, family = person.parts
    return f"{spelled(given, person.latin, rng)} {spelled(family, person.latin, rng)}"


def without_father_other_script(person: Person, rng: random.Random) -> str:
    given, _, family = person.parts
    return f"{spelled(given, not person.latin, rng)} {spelled(family, not person.latin, rng)}"


def family_first(person: Person, rng: random.Random) -> str:
    given, father, family = (spelled(p, person.latin, rng) for p in person.parts)
    return rng.choice((f"{family} {given} {father}", f"{family}, {given} {father}"))


def patronymic(person: Person, rng: random.Random) -> str:
    """Ibn, bin, bint; the article left out or put in."""
    given, father, family = (spelled(p, person.latin, rng) for p in person.parts)
    if person.latin:
        child = rng.choice(("bint",) if person.woman else ("ibn", "bin", "ben"))
        family = family.removeprefix("Al-").removeprefix("Al ").removeprefix("El-")
        family = rng.choice((family, f"al-{family}", f"El {family}"))
    else:
        child = "بنت" if person.woman else rng.choice(("بن", "ابن"))
        bare = family.removeprefix("ال")
        family = bare if rng.random() < 0.5 and len(bare) > 2 else family
    return f"{given} {child} {father} {family}"


def spaces(person: Person, rng: random.Random) -> str:
    """Two words joined, or one split at the article or after `abd`."""
    words = [spelled(p, person.latin, rng) for p in person.parts]
    if rng.random() < 0.5:
        place = rng.randrange(len(words) - 1)
        words[place : place + 2] = [words[place] + words[place + 1]]
        return " ".join(words)
    text = " ".join(words)
    for glued, split in GLUED:
        if glued in text:
            return text.replace(glued, split)
    place = rng.randrange(2, len(words[0]) - 1) if len(words[0]) > 3 else 0
    return text[:place] + " " + text[place:] if place else text


def short_form(person: Person, rng: random.Random) -> str:
    """An abbreviation, or what he is called at home, instead of the given name."""
    short = short_names(person.parts[0][0])
    _, father, family = (spelled(p, person.latin, rng) for p in person.parts)
    return f"{rng.choice(short)} {father} {family}"


def short_names(arabic: str) -> list[str]:
    return [s for a, shorts in table(SHORT) if a == arabic for s in shorts]


def _slip(word: str, keys: tuple[str, ...], rng: random.Random) -> str:
    """One slip of the hand: a key beside it, one more, one less, two exchanged."""
    places = [n for n in range(1, len(word) - 1) if word[n] not in " -'"]
    if not places:
        return word
    n = rng.choice(places)
    kind = rng.randrange(4)
    near = [c for row in keys for c in _beside(row, word[n].lower())]
    if kind == 0 and near:
        return word[:n] + rng.choice(near) + word[n + 1 :]
    if kind == 1 and near:
        return word[:n] + rng.choice(near) + word[n:]
    if kind == 2:
        return word[:n] + word[n + 1 :]
    return word[:n] + word[n + 1] + word[n] + word[n + 2 :]


def _beside(row: str, letter: str) -> str:
    n = row.find(letter)
    return "" if n < 0 else row[max(0, n - 1) : n] + row[n + 1 : n + 2]


def typing(person: Person, rng: random.Random) -> str:
    """One slip, in a name of at least four letters."""
    words = person.recorded.split(" ")
    long = [n for n, w in enumerate(words) if len(w) >= 4] or [0]
    n = rng.choice(long)
    words[n] = _slip(words[n], KEYS_LATIN if person.latin else KEYS_ARABIC, rng)
    return " ".join(words)


def two_slips(person: Person, rng: random.Random) -> str:
    """A slip in each of two names."""
    words = person.recorded.split(" ")
    long = [n for n, w in enumerate(words) if len(w) >= 4] or [0]
    for n in rng.sample(long, min(2, len(long))):
        words[n] = _slip(words[n], KEYS_LATIN if person.latin else KEYS_ARABIC, rng)
    return " ".join(words)


def print_errors(person: Person, rng: random.Random) -> str:
    """One letter taken for another that looks like it: dots lost, rn for m."""
    text = person.recorded
    if person.latin:
        fits = [
            (a, b, n) for a, b in ALIKE_LATIN for n in range(1, len(text)) if text.startswith(a, n)
        ]
        if not fits:
            return text
        old, new, n = rng.choice(fits)
        return text[:n] + new + text[n + len(old) :]
    fits_ar = [(g, n) for g in ALIKE_ARABIC for n, c in enumerate(text) if c in g]
    if not fits_ar:
        return text
    group, n = rng.choice(fits_ar)
    return text[:n] + rng.choice([c for c in group if c != text[n]]) + text[n + 1 :]


def other_spelling_and_slip(person: Person, rng: random.Random) -> str:
    words = other_spelling(person, rng).split(" ")
    long = [n for n, w in enumerate(words) if len(w) >= 5] or [0]
    n = rng.choice(long)
    words[n] = _slip(words[n], KEYS_LATIN, rng)
    return " ".join(words)


Variant = Callable[[Person, random.Random], str]
KINDS: dict[str, Variant] = {
    "as recorded": lambda person, rng: person.recorded,
    "Arabic orthography": arabic_spelling,
    "other script": other_script,
    "other Latin spelling": other_spelling,
    "family name first": family_first,
    "ibn, bint, article": patronymic,
    "spaces joined or split": spaces,
    "abbreviation, nickname": short_form,
    "without father's name": without_father,
    "same, other script": without_father_other_script,
    "typing error": typing,
    "two typing errors": two_slips,
    "print (OCR-like) error": print_errors,
    "other spelling + slip": other_spelling_and_slip,
}


@dataclass(frozen=True)
class Question:
    kind: str
    text: str
    person: Person


def questions(everybody: list[Person], each: int, seed: int, held_out: bool) -> Iterator[Question]:
    """So many questions of each kind, about people whose names are held out, or tuned on."""
    some = [p for p in everybody if (p.held_out if held_out else p.tuned_on)]
    for number, (kind, variant) in enumerate(KINDS.items()):
        rng = random.Random(seed * 1000 + number)
        fitting = [p for p in some if _fits(kind, p)]
        for person in rng.sample(fitting, min(each, len(fitting))):
            yield Question(kind, variant(person, rng), person)


def _fits(kind: str, person: Person) -> bool:
    if kind == "abbreviation, nickname":
        return bool(short_names(person.parts[0][0]))
    return kind != "Arabic orthography" or not person.latin
