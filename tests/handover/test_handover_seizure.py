"""What can be learnt from what was seized, by a program that tries; held against the table in
docs/threat-model/handover.md, cell by cell."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
import pytest
from handover_cast import PASSPHRASE, Cast, run_meeting

from amana.core.seal import seal
from amana.disks.fill import fill
from amana.disks.media import open_medium
from amana.disks.reading import Reader
from amana.handover import meet, route, sheet, words
from amana.handover.hand import Hand
from amana.kits.kit import create_kit
from amana.vault.store import Commit, SealedPack, Vault

PAGE = Path(__file__).parents[2] / "docs" / "threat-model" / "handover.md"
AGE = b"age-encryption.org/v1\n"


# --- the program that tries --------------------------------------------------------------------


@dataclass
class Searcher:
    """Opens everything it can with every key it finds, again and again, until nothing is new."""

    passphrases: set[str] = field(default_factory=set)
    identities: list[pyrage.x25519.Identity] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    sealed: list[bytes] = field(default_factory=list)

    def look(self, data: bytes) -> None:
        if data in self.texts or data in self.sealed:
            return
        if data.startswith(AGE):
            self.sealed.append(data)
            return
        self.texts.append(data)
        for inner in _inside(data):
            self.look(inner)

    def look_at(self, *places: Path) -> Searcher:
        for place in places:
            files = [p for p in place.rglob("*") if p.is_file()] if place.is_dir() else [place]
            for path in files:
                self.texts.append(str(path.relative_to(place.parent)).encode())
                self.look(path.read_bytes())
        return self

    def learn(self) -> Searcher:
        before = -1
        while before != len(self.texts) + len(self.identities):
            before = len(self.texts) + len(self.identities)
            for phrase in _phrases(self.texts):
                self.passphrases.add(phrase)
            for data in list(self.sealed):
                opened = self._open(data)
                if opened is not None:
                    self.sealed.remove(data)
                    self._keep(opened)
        return self

    def _open(self, data: bytes) -> bytes | None:
        if data.startswith(AGE + b"-> scrypt "):
            for phrase in self.passphrases:
                try:
                    return pyrage.passphrase.decrypt(data, phrase)
                except pyrage.DecryptError:
                    continue
            return None
        try:
            return pyrage.decrypt(data, self.identities) if self.identities else None
        except pyrage.DecryptError:
            return None

    def _keep(self, opened: bytes) -> None:
        text = opened.decode("ascii", "replace").strip()
        if text.startswith("AGE-SECRET-KEY-1"):
            self.identities.append(pyrage.x25519.Identity.from_str(text))
        else:
            self.look(opened.rstrip(b" ").rstrip(b"\n"))

    def knows(self, *needles: str | bytes) -> bool:
        """Whether all of these are somewhere in what was opened, in any usual spelling."""
        return all(any(form in text for text in self.texts for form in _forms(n)) for n in needles)


def _forms(needle: str | bytes) -> list[bytes]:
    if isinstance(needle, str):
        return [needle.encode(), json.dumps(needle)[1:-1].encode()]
    return [needle, needle.hex().encode(), base64.b64encode(needle)]


def _inside(data: bytes) -> Iterator[bytes]:
    """What hides in base64 inside a text."""
    for match in re.findall(rb"[A-Za-z0-9+/]{60,}={0,2}", data):
        try:
            yield base64.b64decode(match, validate=True)
        except binascii.Error:
            continue


def _phrases(texts: Iterable[bytes]) -> Iterator[str]:
    """Anything that may be words of a card, in the clear or as the card holds them."""
    for text in texts:
        for match in re.findall(rb'"([A-Za-z0-9+/]{11}=)"', text):
            chosen = base64.b64decode(match)
            if len(chosen) == words.ONWARD_WORDS and max(chosen) < words.COUNT:
                yield words.phrase(chosen, "en")


# --- what is seized ----------------------------------------------------------------------------

FACTS = (
    "when and where the meeting before is",
    "the words of the meeting before",
    "when and where the meeting after is",
    "the words of the meeting after",
    "the codename of another hand",
    "who stands two places away",
    "how many legs there are",
    "how many legs lie behind him",
    "which set, and which disks are carried",
    "the seal, or what a receipt says",
    "the name or digest of an original",
)
MIDDLE = "lynx"


@dataclass
class Field:
    cast: Cast
    made: route.RoutePlan
    hands: list[Hand]
    disk: Path
    original: bytes

    def facts(self, searcher: Searcher) -> dict[str, bool]:
        """What a searcher who looks at the middle hand's things has learnt."""
        before = self.made.opened_cards[1].take
        after = self.made.opened_cards[1].opened(self.made.opened_cards[0].give.onward).give
        far = self.made.opened_cards[0].give, self.made.opened_cards[2].take
        digest = hashlib.sha256(self.original).digest()
        values = (
            searcher.knows(before.when) or searcher.knows(before.where),
            any(searcher.knows(w) or _spoken(searcher, w) for w in before.word_sets),
            searcher.knows(after.when) or searcher.knows(after.where),
            any(searcher.knows(w) or _spoken(searcher, w) for w in after.word_sets),
            any(searcher.knows(n) for n in ("heron", "harbour", "otter")),
            any(searcher.knows(m.seed) for m in far),
            searcher.knows("legs"),
            searcher.knows("outbox/"),  # sealed receipts can be counted
            searcher.knows(self.cast.set_id),
            searcher.knows("A-17") or searcher.knows("its blocks were read"),
            searcher.knows("IMG_0007") or searcher.knows(digest),
        )
        return dict(zip(FACTS, values, strict=True))


def _spoken(searcher: Searcher, chosen: bytes) -> bool:
    challenge = words.spell(words.split(chosen)[0], "en")
    return searcher.knows(" · ".join(challenge)) or searcher.knows(" ".join(challenge))


@pytest.fixture
def scene(cast: Cast, tmp_path: Path) -> Field:
    original = b"IMG_0007.JPG " + os.urandom(4000)
    source = create_kit(
        tmp_path / "source", "source", "caesar", cast.archive, PASSPHRASE, work_factor=4
    )
    disks = [tmp_path / "disks" / str(n) for n in (1, 2, 3)]
    for disk in disks:
        disk.mkdir(parents=True)
    with Vault.create(tmp_path / "vault", source) as vault:
        for _ in range(2):
            data = seal(original, cast.archive.recipients)
            temporary = vault.path / "originals" / ".tmp-test"
            temporary.write_bytes(data)
            pack = SealedPack(str(temporary), hashlib.sha256(data).hexdigest(), len(data))
            vault.commit(Commit([bytes(32)], [], None, pack))
        fill(vault, disks, any_k=2)
    head = open_medium(disks[0], Reader()).head
    assert head is not None
    cast.set_id, cast.set_vkey = head.set_id, head.vkey
    otter = create_kit(
        tmp_path / "otter" / "kit", "courier", "otter", cast.archive, PASSPHRASE, work_factor=4
    )
    cast.kits.insert(2, otter)
    legs = (
        route.Leg("Monday, seven in the morning", "under the plane tree at the old mill"),
        route.Leg("Friday at dusk", "before the bakery in the lane"),
        route.Leg("Sunday", "on the second ferry"),
    )
    made = cast.plan(legs=legs)
    return Field(cast, made, cast.hands(made), disks[0], original)


def checked(disk: meet.OfferedDisk) -> str:
    return "its blocks were read"


def meet_before(scene: Field) -> None:
    run_meeting(scene.hands[0], scene.hands[1], check=checked)


def meet_after(scene: Field) -> None:
    run_meeting(scene.hands[1], scene.hands[2], check=checked)


def laptop(scene: Field, *passphrases: str) -> Searcher:
    return Searcher(set(passphrases)).look_at(scene.cast.folder / MIDDLE).learn()


def seizures(scene: Field, tmp_path: Path) -> Iterator[tuple[str, Searcher]]:
    """In the order of time, each as the table's column names it."""
    yield "planner's folder", Searcher().look_at(tmp_path / "route").learn()
    pdf = tmp_path / "sheet.pdf"
    pdf.write_bytes(sheet.sheet_pdf(scene.made.opened_cards[1], scene.made.sealed_cards[1], "en"))
    yield "sheet", Searcher(texts=[_text_of(pdf)])
    yield "laptop, locked", laptop(scene)
    yield "laptop, opened, before", laptop(scene, PASSPHRASE)
    meet_before(scene)
    between = Searcher({PASSPHRASE}).look_at(scene.cast.folder / MIDDLE, scene.disk).learn()
    yield "laptop, opened, between", between
    meet_after(scene)
    yield "laptop, opened, after", laptop(scene, PASSPHRASE)
    yield "disk", Searcher().look_at(scene.disk).learn()


def _text_of(pdf: Path) -> bytes:
    import pypdfium2

    pages = pypdfium2.PdfDocument(pdf)
    return b"\n".join(page.get_textpage().get_text_range().encode() for page in pages)


def table() -> dict[str, dict[str, bool]]:
    """Column → fact → whether it can be learnt, from the page."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not set(line) <= set("|-: ")
    ]
    header, *body = [row for row in rows if len(row) == len(rows[0])]
    return {
        column: {row[0]: row[number] == "yes" for row in body}
        for number, column in enumerate(header)
        if number
    }


def test_what_a_seizure_reveals_is_what_the_page_says(scene: Field, tmp_path: Path) -> None:
    told = table()
    found = {name: scene.facts(searcher) for name, searcher in seizures(scene, tmp_path)}
    assert set(found) == set(told)
    for name, facts in found.items():
        assert facts == told[name], name


def test_the_searcher_can_find_things(scene: Field, tmp_path: Path) -> None:
    """Were the archive's key lost, everything would show: the program above is not blind."""
    meet_before(scene)
    searcher = Searcher({PASSPHRASE})
    searcher.identities.append(pyrage.x25519.Identity.from_str(scene.cast.identity.text))
    searcher.look_at(tmp_path / "route", scene.cast.folder / MIDDLE, scene.disk).learn()
    facts = scene.facts(searcher)
    assert facts["the codename of another hand"]
    assert facts["how many legs there are"]
    assert facts["the seal, or what a receipt says"]
    assert facts["the name or digest of an original"]


def test_no_folder_of_a_courier_holds_a_name_or_a_count_in_clear(scene: Field) -> None:
    meet_before(scene)
    sizes = {}
    for hand in scene.hands:
        for path in sorted(hand.folder.rglob("*")):
            if path.is_file():
                assert path.suffix == ".age"
                assert path.read_bytes().startswith(AGE)
                sizes.setdefault(path.parent.name, set()).add(path.stat().st_size)
    # Padded to one size each; age's own header varies by its random filler.
    for found in sizes.values():
        assert max(found) - min(found) < 400
