"""Capture into a vault, and what the archive finds in it."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pytest
from capture_cast import PASSPHRASE, open_vault, picture
from PIL import Image

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.unseal import Identity
from amana.errors import InUse, NotOurs, SourceMissing, WrongPassphrase
from amana.kits.kit import Kit
from amana.vault.check import check_vault
from amana.vault.store import Vault


@pytest.fixture
def vault(tmp_path: Path, kit: Kit):
    with Vault.create(tmp_path / "vault", kit) as vault:
        yield vault


def test_every_byte_name_and_time_comes_back(photos, vault, archive, kit):
    report = capture([photos], vault)
    opened = open_vault(vault.path, archive, kit)
    assert (report.files, report.items, report.copies, report.again) == (14, 14, 12, 1)
    files = {p.relative_to(photos.parent).as_posix(): p for p in photos.rglob("*") if p.is_file()}
    assert {r.original["path"] for r in opened.items} == set(files)
    for record in opened.items:
        path = files[record.original["path"]]
        assert opened.original(record) == path.read_bytes()
        assert record.original["size"] == path.stat().st_size
        assert record.original["mtime"].endswith(f"{path.stat().st_mtime_ns % 10**9:09d}Z")
    assert opened.doubled == []


def test_a_second_run_reads_nothing_and_new_files_are_added(photos, vault, archive, kit):
    capture([photos], vault)
    again = capture([photos], vault)
    assert (again.items, again.unchanged, again.bytes_read, again.packs) == (0, 14, 0, 0)
    (photos / "new.jpg").write_bytes(picture(99))
    assert capture([photos], vault).items == 1
    assert len(open_vault(vault.path, archive, kit).items) == 15


def test_bytes_are_stored_once_and_every_sighting_is_recorded(tmp_path, vault, archive, kit):
    for number in range(40):
        path = tmp_path / "same" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture(number % 3))
    report = capture([tmp_path / "same"], vault, Options(workers=2, batch_files=4))
    opened = open_vault(vault.path, archive, kit)
    assert (report.items, report.again, report.copies) == (40, 37, 3)
    assert sum(name.startswith("originals/") for name in opened.members) == 3
    assert opened.doubled == []


def test_copies_are_upright_and_carry_no_metadata(tmp_path, vault, archive, kit):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Example Optical"
    data = picture(1, (1600, 1200), exif=exif, comment=b"taken at home", dpi=(300, 300))
    (tmp_path / "turned.jpg").write_bytes(data)
    capture([tmp_path / "turned.jpg"], vault)
    opened = open_vault(vault.path, archive, kit)
    record = opened.items[0]
    assert record.fields["photo"]["orientation"] == 6
    assert record.fields["photo"]["exif"]["Make"] == "Example Optical"
    copy = next(data for name, data in opened.members.items() if name.startswith("copies/"))
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == (360, 480)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Example" not in copy
    assert b"home" not in copy


def test_the_source_is_not_touched(photos, vault):
    """Not even access times, of files and of folders, although these lie before their changes."""
    every = [photos, *photos.rglob("*")]
    for path in every:
        os.utime(path, ns=(10**18, 10**18 + 5))
    capture([photos], vault)
    times = {(p.stat().st_atime_ns, p.stat().st_mtime_ns) for p in every}
    assert times == {(10**18, 10**18 + 5)}


def test_odd_things_are_named_and_stop_nothing(photos, vault, archive, kit):
    os.mkfifo(photos / "pipe")
    (photos / "loop").symlink_to(photos)
    (photos / os.fsdecode(b"caf\xe9 \xff.jpg")).write_bytes(picture(77))
    (photos / "line\nbreak.jpg").write_bytes(picture(78))
    (photos / "broken.jpg").write_bytes(picture(79)[:400])
    (photos / "empty.jpg").write_bytes(b"")
    report = capture([photos], vault)
    assert {t.name: t.reason for t in report.skipped} == {
        "photos/loop": "a symbolic link, not followed",
        "photos/pipe": "a FIFO",
    }
    assert {t.name for t in report.unreadable} == {"photos/broken.jpg", "photos/empty.jpg"}
    assert report.items == 18
    opened = open_vault(vault.path, archive, kit)
    assert {r.fields["path"] for r in opened.records.values() if r.kind == "skipped"} == {
        "photos/loop",
        "photos/pipe",
    }
    raw = [r for r in opened.items if "path_raw" in r.original]
    assert len(raw) == 1
    assert capture([photos], vault).packs == 0


def test_a_large_file_has_a_pack_of_its_own(tmp_path, vault, archive, kit):
    data = os.urandom(3 << 20)
    (tmp_path / "film.bin").write_bytes(data)
    (tmp_path / "small.txt").write_bytes(b"small")
    sources = [tmp_path / "film.bin", tmp_path / "small.txt"]
    report = capture(sources, vault, Options(batch_bytes=1 << 20))
    assert (report.items, report.packs) == (2, 4)
    opened = open_vault(vault.path, archive, kit)
    assert {opened.original(r) for r in opened.items} == {data, b"small"}


def test_tar_and_age_open_a_pack(photos, vault, archive: Identity, tmp_path):
    capture([photos], vault)
    identity = tmp_path / "identity.txt"
    identity.write_text(archive.to_file("test"))
    pack = vault.path / "originals" / "000001.age"
    done = subprocess.run(
        f"age -d -i {identity} {pack} | tar t", shell=True, capture_output=True, check=True
    )
    names = done.stdout.decode().split()
    assert names[0] == "records.jsonl"
    assert done.stderr == b""
    assert len(names) > 4


def test_errors_say_what_is_wrong(photos, vault, kit, tmp_path):
    with pytest.raises(SourceMissing):
        capture([tmp_path / "nowhere"], vault)
    with pytest.raises(InUse):
        Vault.open(vault.path, PASSPHRASE)
    vault.close()
    with pytest.raises(WrongPassphrase):
        Vault.open(vault.path, "wrong passphrase")
    with pytest.raises(NotOurs):
        Vault.open(photos, PASSPHRASE)
    with Vault.open(vault.path, PASSPHRASE) as again:
        assert capture([photos], again).items == 14
    assert check_vault(vault.path).whole


def test_check_names_what_is_damaged(photos, vault):
    capture([photos], vault, Options(batch_files=5))
    packs = sorted((vault.path / "originals").iterdir())
    packs[0].unlink()
    data = bytearray(packs[1].read_bytes())
    data[1000] ^= 1
    packs[1].write_bytes(data)
    report = check_vault(vault.path)
    assert report.troubles == [
        "originals/000001.age: missing",
        "originals/000002.age: not as it was committed",
    ]


def test_nothing_plain_lies_in_the_vault(photos, vault, tmp_path):
    """No name, digest, size or count of a captured file, and no time of ours."""
    import hashlib

    capture([photos], vault)
    vault.close()
    blobs = {p: p.read_bytes() for p in vault.path.rglob("*") if p.is_file()}
    for photo in (p for p in photos.rglob("*") if p.is_file()):
        digest = hashlib.sha256(photo.read_bytes())
        needles = [photo.name.encode(), digest.digest(), digest.hexdigest().encode()]
        for path, blob in blobs.items():
            assert not any(needle in blob for needle in needles), path
    times = {p.stat().st_mtime for p in [vault.path, *vault.path.rglob("*")]}
    assert times == {946_684_800.0}


def test_copies_come_first_and_the_originals_follow(photos, vault, archive, kit):
    first = capture([photos], vault, Options(originals=False))
    assert (first.items, first.originals, first.originals_left) == (14, 0, 13)
    before = open_vault(vault.path, archive, kit)
    assert not any(name.startswith("originals/") for name in before.members)
    second = capture([photos], vault)
    assert (second.items, second.originals, second.originals_left) == (0, 13, 0)
    after = open_vault(vault.path, archive, kit)
    assert len(after.records) == len(before.records)
    assert all(after.original(r) for r in after.items)
    assert after.doubled == []
    assert list((vault.path / "waiting").iterdir()) == []


def test_out_of_time_says_what_is_left_and_the_next_run_goes_on(photos, vault, archive, kit):
    report = capture([photos], vault, Options(time_limit=0.0))
    assert (report.items, report.left) == (0, 14)
    for name in ("a.jpg", "b.jpg"):
        (photos / name).write_bytes(picture(hash(name)))
    capture([photos], vault, Options(originals=False, batch_files=4))
    (photos / "a.jpg").write_bytes(picture(500))
    (photos / "day0").rename(photos.parent / "away")
    report = capture([photos], vault)
    assert (report.items, report.originals_left) == (1, 6)
    assert [t.name for t in report.unreadable] == ["photos/a.jpg"]
    (photos.parent / "away").rename(photos / "day0")
    assert capture([photos], vault).originals == 6
    opened = open_vault(vault.path, archive, kit)
    missing = [r for r in opened.items if f"originals/{r.original['sha256']}" not in opened.members]
    assert [r.original["path"] for r in missing] == ["photos/a.jpg"]
    assert opened.doubled == []


def test_a_large_file_that_keeps_changing_is_told(tmp_path, vault, archive, kit, monkeypatch):
    from amana.capture import batch

    film = tmp_path / "film.bin"
    film.write_bytes(bytes(2 << 20))
    (tmp_path / "small.txt").write_bytes(b"small")
    plain = batch.read_again

    def moved(path: bytes, expected: bytes):
        film.write_bytes(os.urandom(2 << 20))
        return plain(path, expected)

    monkeypatch.setattr(batch, "read_again", moved)
    options = Options(workers=0, batch_bytes=1 << 20)
    report = capture([film, tmp_path / "small.txt"], vault, options)
    assert [t.reason for t in report.unreadable] == [
        "cannot be read: it keeps changing while it is read"
    ]
    assert len(open_vault(vault.path, archive, kit).items) == 1
