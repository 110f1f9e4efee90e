"""Hostile files: none stops a run, and the bytes of each are captured all the same."""

from __future__ import annotations

import hashlib
import io
import os
import random
import struct
import threading
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from capture_cast import open_vault, picture
from PIL import Image

from amana.capture import decode as decoding
from amana.capture import limits
from amana.capture.options import Options
from amana.capture.session import capture
from amana.vault.store import Vault


@pytest.fixture
def vault(tmp_path: Path, kit):
    with Vault.create(tmp_path / "vault", kit) as vault:
        yield vault


def _png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that claims to be `width` × `height`, grey, with these compressed rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _exif_loop() -> bytes:
    """A JPEG whose EXIF directory points at itself, for ever."""
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2)
    tiff += struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    tiff += struct.pack("<I", 8)
    body = b"Exif\0\0" + tiff
    plain = picture(5)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def _zip_slip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../../../tmp/slipped", b"x")
    return buffer.getvalue()


def _thin(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 10, 10)).save(buffer, "JPEG")
    return buffer.getvalue()


def _hostile() -> dict[str, bytes]:
    rng = random.Random(1)
    whole = picture(9, (640, 480))
    files = {
        "bomb.png": _png(30_000, 30_000, zlib.compress(bytes(2_000_000), 9)),
        "huge claim.png": _png(2**31 - 1, 2**31 - 1, b""),
        "text bomb.pdf": b"%PDF-1.7\n" + b"1 0 obj<</Length 99999999999>>stream\n" * 50,
        "loop.jpg": _exif_loop(),
        "slip.zip": _zip_slip(),
        "slip.docx": _zip_slip(),
        "tall.jpg": _thin(1, 65_500),
        "wide.jpg": _thin(65_500, 1),
        "no film.mp4": b"\0\0\0\x18ftypmp42" + rng.randbytes(2000),
        "no raw.nef": b"II*\0\x08\0\0\0" + rng.randbytes(500),
        "no heic.heic": b"\0\0\0\x18ftypheic" + rng.randbytes(500),
        "empty.png": b"",
        "..\\..\\windows.jpg": picture(8),
    }
    for number in range(12):
        cut = whole[: rng.randrange(2, len(whole))]
        files[f"cut {number}.jpg"] = cut
        flipped = bytearray(whole)
        for _ in range(10):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        files[f"flipped {number}.jpg"] = bytes(flipped)
    return files


@pytest.mark.parametrize("workers", [0, 2])
def test_hostile_files_stop_nothing(tmp_path, vault, archive, kit, workers):
    files = _hostile()
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    report = capture([folder], vault, Options(workers=workers))
    opened = open_vault(vault.path, archive, kit)
    got = {r.original["path"].removeprefix("hostile/"): opened.original(r) for r in opened.items}
    assert got == files
    told = {t.name.removeprefix("hostile/") for t in report.unreadable}
    assert {"bomb.png", "huge claim.png", "no film.mp4", "no heic.heic", "empty.png"} <= told
    assert not told & {"slip.zip", "slip.docx", "tall.jpg", "wide.jpg", "loop.jpg"}
    assert not Path("/tmp/slipped").exists()


def test_a_decoder_that_dies_costs_one_picture(tmp_path, vault, archive, kit, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02d}.jpg").write_bytes(picture(number))
    culprit = hashlib.sha256(picture(17)).digest()
    plain = decoding._still

    def dies(data, size):
        if isinstance(data, bytes) and hashlib.sha256(data).digest() == culprit:
            os.kill(os.getpid(), 9)
        return plain(data, size)

    monkeypatch.setattr(decoding, "_still", dies)
    report = capture([folder], vault, Options(workers=2, batch_files=10))
    assert report.items == 40
    assert [t.name for t in report.unreadable] == ["photos/17.jpg"]
    opened = open_vault(vault.path, archive, kit)
    assert len(opened.items) == 40
    assert opened.doubled == []


def test_a_decoder_that_hangs_is_stopped(tmp_path, vault, archive, kit, monkeypatch):
    (tmp_path / "slow.jpg").write_bytes(picture(1))
    monkeypatch.setattr(limits, "SOFT_SECONDS", 0.2)
    monkeypatch.setattr(decoding, "_still", lambda data, size: time.sleep(30))
    report = capture([tmp_path / "slow.jpg"], vault, Options(workers=1))
    assert [t.reason for t in report.unreadable] == ["decoding it took too long; captured as bytes"]
    assert report.items == 1


def test_memory_is_limited_in_workers(tmp_path, vault, monkeypatch):
    (tmp_path / "greedy.jpg").write_bytes(picture(1))
    monkeypatch.setattr(decoding, "_still", lambda data, size: bytearray(4 << 30))
    report = capture([tmp_path / "greedy.jpg"], vault, Options(workers=1))
    assert [t.reason for t in report.unreadable] == [
        "decoding it took too much memory; captured as bytes"
    ]


def test_files_that_vanish_or_grow(tmp_path, vault, archive, kit, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.jpg").write_bytes(picture(number))
    from amana.capture import session

    plain = session.capture_batch

    def meanwhile(job, *rest):
        (folder / "3.jpg").unlink(missing_ok=True)
        with (folder / "4.jpg").open("ab") as stream:
            stream.write(b"more")
        return plain(job, *rest)

    monkeypatch.setattr(session, "capture_batch", meanwhile)
    report = capture([folder], vault, Options(workers=0))
    assert report.items == 9
    assert [(t.name, t.reason) for t in report.unreadable] == [
        ("photos/3.jpg", "cannot be read: No such file or directory")
    ]
    assert len(open_vault(vault.path, archive, kit).items) == 9


def test_a_file_that_grows_while_it_is_read_is_told_and_read_again(tmp_path, vault, archive, kit):
    path = tmp_path / "log.bin"
    path.write_bytes(bytes(1 << 20))
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with path.open("ab") as stream:
                stream.write(b"x" * 100)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = capture([path], vault, Options(workers=1))
    finally:
        stop.set()
        writer.join()
    opened = open_vault(vault.path, archive, kit)
    assert report.items == 1
    content = opened.original(opened.items[0])
    assert path.read_bytes().startswith(content)
    if opened.items[0].fields.get("trouble"):
        assert capture([path], vault).items == 1
