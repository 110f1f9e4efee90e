"""The sheet that the archive prints and keeps with a set, since the disks themselves say nothing.

Threat: it opens nothing; but it tells which disks belong together, so it is not for those who carry
them. It says nothing of what is on the disks, and its date is for a hand to write.
"""

from __future__ import annotations

from amana.core.encoding import Json
from amana.disks.sheet_texts import TEXTS
from amana.disks.status import DisksStatus
from amana.errors import UsageProblem
from amana.paper.qr import qr_svg
from amana.paper.render import render, template


def sheet_pdf(status: DisksStatus, language: str) -> bytes:
    """The sheet as a PDF/A in `en`, `fr` or `ar`. Raises UsageProblem."""
    return render(
        template("disk_set"), sheet_data(status, language), {"key.svg": qr_svg(status.vkey, "m")}
    )


def sheet_data(status: DisksStatus, language: str) -> Json:
    """What the sheet shows: the set, room to write in for each disk, and the commands."""
    if language not in TEXTS:
        raise UsageProblem(what=f"there is no sheet in {language!r}: en, fr or ar")
    texts = {name: text.format(k=status.k, n=status.n) for name, text in TEXTS[language].items()}
    disks = [f"/media/disk{d}" for d in range(2, status.k + 2)]
    return {
        "language": language,
        "texts": texts,
        "set": status.set_id,
        "key": status.vkey,
        "stripes": status.stripes,
        "disks": list(range(1, status.n + 1)),
        "commands": [
            ["check", f"amana disks check /media/disk1 --set {status.set_id}"],
            ["repair", "amana disks repair /media/disk1 /media/disk2 …"],
            ["anew", f"amana disks repair {_few(disks)} --new 1=/media/empty"],
            ["gather", f"amana disks gather {_few(disks)} --out inbox"],
        ],
        "plain": "age -d -i identity.txt 000/000001.age | tar -x",
    }


def _few(disks: list[str]) -> str:
    return " ".join(disks) if len(disks) <= 4 else f"{disks[0]} {disks[1]} …"
