"""The printed sheet of a card: the words of the meeting that is open, and the sealed card as QR
codes. English, French or Arabic; the words stand in the language in which they will be said.

Threat: paper is found. So a sheet carries no time, no place, no name, no disk number and no
number of legs; what it shows is of one meeting, and what comes after is in the codes, sealed twice.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from amana.core.encoding import Json
from amana.errors import Malformed, UsageProblem
from amana.handover import words
from amana.handover.card import Card
from amana.handover.machine import Role
from amana.handover.sheet_texts import TEXTS, rules
from amana.paper.qr import qr_svg
from amana.paper.render import render, template

# Characters a code: version 23 at level L, 109 modules, still read by a cheap telephone at 56 mm.
CODE_CHARACTERS = 1560
MAX_CODES = 12
_SEPARATOR = " · "
_CODE = re.compile(r"AMANA (\d{1,2})/(\d{1,2}) ([A-Z2-7]+)")


def sheet_pdf(card: Card, sealed: bytes, language: str) -> bytes:
    """The sheet of an opened card and its sealed file, as a PDF. Raises UsageProblem."""
    pieces = codes(sealed)
    images = {f"{n}.svg": qr_svg(piece, "l") for n, piece in enumerate(pieces, 1)}
    return render(template("card"), {**sheet_data(card, language), "codes": len(pieces)}, images)


def sheet_data(card: Card, language: str) -> Json:
    """What the sheet shows: texts and words, nothing else. Raises UsageProblem."""
    if language not in words.LANGUAGES:
        raise UsageProblem(what=f"there is no sheet in {language!r}: en, fr or ar")
    meeting = card.take or card.give
    if meeting is None:
        raise UsageProblem(what="no meeting of this card is open: there is nothing to print")
    role = Role.TAKER if card.take else Role.GIVER
    first, reserve = meeting.word_sets
    return {
        "language": language,
        "texts": {**TEXTS[language], "meeting": TEXTS[language][f"as_{role.value}"]},
        "first": _exchange(first, meeting.language, role, language),
        "reserve": _exchange(reserve, meeting.language, role, language),
        "parting": _said(meeting.parting, meeting.language, language),
        "onward": _said(meeting.onward, meeting.language, language) if meeting.onward else None,
        "rules": list(rules(language, card.kind, role.value)),
    }


def _exchange(chosen: bytes, spoken: str, role: Role, language: str) -> list[Json]:
    """Three turns: who says what."""
    mine, theirs = TEXTS[language]["you_say"], TEXTS[language]["you_hear"]
    turns = (mine, theirs, mine) if role is Role.GIVER else (theirs, mine, theirs)
    return [
        {"who": turn, **_said(part, spoken, language)}
        for turn, part in zip(turns, words.split(chosen), strict=True)
    ]


def _said(chosen: bytes, spoken: str, language: str) -> Json:
    """Words as they are said, and what they mean where the sheet is in another language."""
    meaning = "" if spoken == language else _SEPARATOR.join(words.spell(chosen, language))
    said = _SEPARATOR.join(words.spell(chosen, spoken))
    return {"said": said, "language": spoken, "meaning": meaning}


# --- the sealed card as codes ------------------------------------------------------------------


def codes(sealed: bytes) -> list[str]:
    """The sealed card in pieces, each the text of one QR code: `AMANA 2/6 BASE32`."""
    text = base64.b32encode(sealed).decode("ascii").rstrip("=")
    count = -(-len(text) // CODE_CHARACTERS)
    each = -(-len(text) // count)  # of one size, so that none is harder to read than another
    pieces = [text[i : i + each] for i in range(0, len(text), each)]
    return [f"AMANA {i}/{len(pieces)} {piece}" for i, piece in enumerate(pieces, 1)]


def join_codes(scanned: Sequence[str]) -> bytes:
    """The sealed card again, from the texts of its codes in any order, read once or twice.

    Raises Malformed and says which are missing.
    """
    found: dict[int, str] = {}
    count = 0
    for text in scanned:
        match = _CODE.fullmatch(text.strip())
        if not match:
            raise Malformed(what="card's code", reason="it is no code of a card")
        number, total = int(match.group(1)), int(match.group(2))
        if (count and total != count) or not 1 <= number <= total <= MAX_CODES:
            raise Malformed(what="card's code", reason="codes of two cards, or a wrong number")
        if found.setdefault(number, match.group(3)) != match.group(3):
            raise Malformed(what="card's code", reason=f"two different codes are number {number}")
        count = total
    missing = [n for n in range(1, count + 1) if n not in found]
    if missing or not count:
        raise Malformed(what="card", reason=f"codes are missing: {missing or 'all'}")
    text = "".join(found[n] for n in range(1, count + 1))
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise Malformed(what="card's code", reason="not base32") from None
