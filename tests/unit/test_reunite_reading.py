"""Readings: cards, documents, scans; what is kept, what is counted, what goes on after a crash."""

from __future__ import annotations

import io
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from tests.unit.cards_drawn import NOTO, draw, scene
from tests.unit.reunite_support import Source, new_archive
from tests.unit.reunite_support import receive_here as receive

from amana.core.unseal import Identity
from amana.errors import Locked, WriteFailed
from amana.reunite.archive import Archive
from amana.reunite.cards.read import read_cards
from amana.reunite.catalogue import Catalogue
from amana.reunite.check import check
from amana.reunite.look import Asked, is_page, look
from amana.reunite.reading import read_all
from amana.reunite.readings import Reading, Readings, parse_reading, without_cursor
from amana.reunite.tesseract import engine, parse_table

ARABIC = "شهادة وفاة من المستشفى"


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def sheet(*lines: str) -> Image.Image:
    page = Image.new("L", (1200, 700), 252)
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        pen.text(
            (1100, 80 + 110 * number), line, fill=10, font=ImageFont.truetype(NOTO, 54), anchor="ra"
        )
    return page


def pdf(*pages: Image.Image) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    return out.getvalue()


@pytest.fixture(scope="module")
def things() -> dict[str, tuple[bytes, str]]:
    """Files of each kind, and what their records say they are."""
    rng = np.random.default_rng(11)
    plain = jpeg(scene(rng, (800, 600)))
    return {
        "plain.jpg": (plain, "image/jpeg"),
        "scan.jpg": (jpeg(sheet(ARABIC, "227 9077")), "image/jpeg"),
        "scan.pdf": (pdf(sheet(ARABIC)), "application/pdf"),
        "note.txt": ("ملاحظة رقم 227".encode(), "text/plain"),
        "broken.jpg": (plain[:300] + b"\0" * 50, "image/jpeg"),
        "letter.eml": (
            b"From: a@example.org\nSubject: \xd8\xff 227\nDate: x\n\nbody \xed\xa0\x80\0 end\n",
            "message/rfc822",
        ),
        "film.mp4": (b"\0\0\0\x18ftypmp42", "video/mp4"),
        "records.bin": (bytes(range(256)) * 4, "application/octet-stream"),
    }


def filled(folder: Path, identity: Identity, things: dict[str, tuple[bytes, str]]) -> Archive:
    source = Source(identity, folder / "inbox")
    records = [source.add(data, None, name, kind) for name, (data, kind) in things.items()]
    source.pack("originals", records)
    source.checkpoint()
    archive = new_archive(folder / "archive", identity, source)
    receive(archive, [source.inbox])
    return archive


def by_path(archive: Archive, things: dict[str, tuple[bytes, str]]) -> dict[str, Reading]:
    import hashlib

    names = {hashlib.sha256(data).hexdigest(): name for name, (data, _) in things.items()}
    return {names[r.original]: r for r in Readings.of(archive).since()}


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
def test_everything_is_read_once(
    tmp_path: Path, identity: Identity, things: dict[str, tuple[bytes, str]]
) -> None:
    with filled(tmp_path, identity, things) as archive:
        report = read_all(archive)
        found = by_path(archive, things)
        assert report.files == len(found) == len(things)
        for name in ("scan.jpg", "scan.pdf"):
            assert "المستشفى" in found[name].text or "وفاة" in found[name].text, found[name]
            assert "tesseract" in found[name].machine
            assert (found[name].confidence or 0) > 60
        assert found["note.txt"].text == "ملاحظة رقم 227"
        assert found["note.txt"].machine == ""
        assert found["plain.jpg"].numbers == ()
        assert "body" in found["letter.eml"].text
        troubled = {entry["what"] for entry in report.trouble}
        assert troubled == {"broken.jpg", "film.mp4", "records.bin"}
        assert read_all(archive).files == 0, "nothing is read twice"
        assert check(archive).whole
        last = max(r.cursor for r in found.values())
        assert list(Readings.of(archive).since(last)) == []
        assert Readings.of(archive).get(found["scan.pdf"].original) == found["scan.pdf"]
        _nothing_shows(archive, found)


def _nothing_shows(archive: Archive, found: dict[str, Reading]) -> None:
    """A thief of the archive finds neither words nor numbers nor digests."""
    everything = b"".join(p.read_bytes() for p in archive.folder.rglob("*") if p.is_file())
    for reading in found.values():
        assert reading.original.encode() not in everything
        assert bytes.fromhex(reading.original) not in everything
    assert "ملاحظة".encode() not in everything
    assert b"tesseract" not in everything


def test_without_tesseract_pages_are_counted_and_asked_again(
    tmp_path: Path, identity: Identity, things: dict[str, tuple[bytes, str]]
) -> None:
    few = {name: things[name] for name in ("scan.pdf", "note.txt")}
    with filled(tmp_path, identity, few) as archive:
        report = read_all(archive, using=None)
        assert "not installed" in report.tesseract
        assert (report.files, report.unread) == (2, 1)
        assert by_path(archive, few)["scan.pdf"].trouble == "tesseract is not installed"
        assert read_all(archive, using=None).files == 0
        if engine():
            again = read_all(archive)
            assert (again.files, again.pages, again.unread) == (1, 1, 0)
            assert len(Readings.of(archive)) == 3, "the older reading stays"


def test_an_interrupted_run_goes_on(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = {f"{n}.txt": (b"words %d" % n, "text/plain") for n in range(5)}
    with filled(tmp_path, identity, things) as archive:
        monkeypatch.setattr("amana.reunite.reading._BATCH", 2)
        real, calls = Catalogue.transaction, 0

        def failing(self: Catalogue) -> object:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise WriteFailed(path="catalogue", reason="broken by the test")
            return real(self)

        monkeypatch.setattr(Catalogue, "transaction", failing)
        with pytest.raises(WriteFailed):
            read_all(archive, using=None)
        assert len(Readings.of(archive)) == 2
        assert read_all(archive, using=None).files == 3
        assert {r.text for r in Readings.of(archive).since()} == {f"words {n}" for n in range(5)}


def test_locked_reads_nothing(tmp_path: Path, identity: Identity) -> None:
    new_archive(tmp_path / "archive", identity).close()
    with Archive.open(tmp_path / "archive") as archive, pytest.raises(Locked):
        Readings.of(archive)


def test_a_catalogue_of_version_one_is_led_on(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    Catalogue(path).close()
    with sqlite3.connect(path) as old:
        old.executescript("DROP TABLE reading; PRAGMA user_version = 1;")
    old.close()
    led = Catalogue(path)
    assert led.db.execute("SELECT count(*) FROM reading").fetchone() == (0,)
    assert led.db.execute("PRAGMA user_version").fetchone() == (2,)
    led.close()


def test_a_reading_is_its_line() -> None:
    rng = np.random.default_rng(3)
    drawn = draw(rng, ["hand"], "ascii", held_out=True)
    seen = look(Asked(jpeg(drawn.picture), "image/jpeg"))
    assert seen.how == "picture"
    reading = Reading(7, "ab" * 32, "original", "picture", text="سطر\nline")
    assert parse_reading(reading.line(), 7) == reading
    assert without_cursor(reading).cursor == 0


def test_paper_is_told_from_photographs() -> None:
    rng = np.random.default_rng(4)
    assert is_page(sheet(ARABIC))
    assert not any(is_page(scene(rng, (900, 700))) for _ in range(8))


def test_tesseracts_table() -> None:
    head = "level page_num block_num par_num line_num word_num left top width height conf text\n"
    rows = [
        "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90.0\tone",
        "5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t3\tnoise",
        "5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t70\ttwo",
        "5\tcut",
    ]
    assert parse_table(head + "\n".join(rows)) == parse_table(head + "\n".join(rows[:3]))
    assert parse_table(head + "\n".join(rows)).text == "one\ntwo"
    assert parse_table(head + "\n".join(rows)).confidence == 80
    assert parse_table("").confidence == 0


@pytest.mark.parametrize("script", ["ascii", "arabic-indic"])
def test_cards_are_read(script: str) -> None:
    """The bench (`reunite_cards`) measures; this notices when reading breaks."""
    rng = np.random.default_rng(21)
    styles = ["hand", str(NOTO) if script != "ascii" else ""]
    right = said = sure = wrong = 0
    for _ in range(4):
        drawn = draw(rng, styles, script, held_out=True)
        found = read_cards(drawn.picture)
        said += len(drawn.numbers)
        right += sum(n.value in drawn.numbers for n in found)
        sure += sum(n.confidence > 0.9 for n in found)
        wrong += sum(n.confidence > 0.9 and n.value not in drawn.numbers for n in found)
    assert right >= 0.7 * said, (right, said)
    assert wrong <= 0.2 * sure + 1, (wrong, sure)
