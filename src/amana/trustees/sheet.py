"""A share as a sheet of paper: words, QR code, and instructions in Arabic, English and French.

What the sheet does not say: whose archive it is, who the trustee is, where the others are. It
says how many are needed, and the first digits of the history of keys, by which trustees can tell
that the archive that asks them is the one they swore to.
"""

from __future__ import annotations

from amana.core.encoding import Json
from amana.paper.qr import qr_svg
from amana.paper.render import render, template
from amana.trustees.shares import normalise, share_number
from amana.trustees.texts import TEXTS


def share_sheet(share: str, fingerprint: str, *, successor: bool = False) -> bytes:
    """The PDF of one share. `fingerprint`: the digest of the archive's first key event (64 hex).

    Raises WrongShare.
    """
    words = normalise(share)
    number, threshold = share_number(words)
    kind = "successor" if successor else "archive"
    data: Json = {
        "heading": f"{number}",
        "fingerprint": _grouped(fingerprint[:32]),
        "words": words.split(),
        "qr": f"SLIP-39 · {number}",
        "texts": {
            language: _filled(strings[kind], number, threshold)
            for language, strings in TEXTS.items()
        },
    }
    return render(template("share"), data, {"qr.svg": qr_svg(words, "m")})


def _grouped(digits: str) -> str:
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def _filled(strings: Json, number: int, threshold: int) -> Json:
    fields = {"number": number, "needed": threshold}
    return {
        "title": strings["title"].format_map(fields),
        "body": strings["body"].format_map(fields),
        "rules": [rule.format_map(fields) for rule in strings["rules"]],
    }
