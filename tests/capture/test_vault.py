"""The vault by itself: its index as it grows, its recovery, what it refuses to remove."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from capture_cast import PASSPHRASE, QuickDisk, open_vault
from hypothesis import given
from hypothesis import strategies as st

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.merkle import Frontier
from amana.core.padding import padme_blocks
from amana.errors import AlreadyThere, CannotOpen, Damaged, Malformed, NotOurs
from amana.ledger.entry import new_record
from amana.vault import index
from amana.vault.manifest import committed_packs
from amana.vault.pack import Member, _header, pack_chunks, packed_length, read_pack
from amana.vault.state import STATE_BYTES, State
from amana.vault.store import Commit, Vault
from amana.vault.waiting import Waiting


@pytest.fixture
def vault(tmp_path: Path, kit):
    with Vault.create(tmp_path / "vault", kit, QuickDisk()) as vault:
        yield vault


# --- the index -------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1 << 17, 100])
def test_the_index_doubles_and_keeps_every_tag(vault, monkeypatch, limit):
    monkeypatch.setattr(index, "_SET_LIMIT", limit)
    followed, added = vault.tags(), []
    sizes = set()
    for number in range(12):
        tags = [
            hashlib.sha256(bytes([number, n % 256, n // 256])).digest()[:16] for n in range(900)
        ]
        vault.commit(Commit(tags=tags))
        added += tags
        followed.follow(vault.state.tags)
        sizes.add((vault.path / "index").stat().st_size)
    assert sizes == {16 * 4096, 16 * 8192, 16 * 16384}
    for tags in (followed, vault.tags()):
        assert all(tag in tags for tag in added)
        assert not any(os.urandom(16) in tags for _ in range(1000))


def test_the_real_and_the_random_part_of_the_index_look_alike(vault):
    vault.commit(Commit(tags=[index.held_tag(b"k" * 32, bytes([n]) * 32) for n in range(256)] * 8))
    data = (vault.path / "index").read_bytes()
    real, noise = data[: 2048 * 16], data[2048 * 16 : 4096 * 16]
    assert abs(sum(real) / len(real) - sum(noise) / len(noise)) < 6


def test_a_damaged_index_begins_anew_and_loses_nothing(photos, vault, archive, kit):
    capture([photos], vault, Options(workers=0))
    vault.close()
    (vault.path / "index").write_bytes(b"short")
    with Vault.open(vault.path, PASSPHRASE) as again:
        assert again.repaired == ["the index was damaged and begins anew"]
        assert capture([photos], again, Options(workers=0)).items == 14
    assert len(open_vault(vault.path, archive, kit).items) == 28


# --- recovery --------------------------------------------------------------------------------


def test_a_state_from_the_past_removes_nothing(photos, vault):
    """A backup of the state was put back, or a disk lied about what it had written."""
    old = (vault.path / "state.age").read_bytes()
    capture([photos], vault, Options(workers=0, batch_files=4))
    vault.close()
    (vault.path / "state.age").write_bytes(old)
    before = sorted(p.name for p in (vault.path / "copies").iterdir())
    with pytest.raises(Damaged, match="older than the packs"):
        Vault.open(vault.path, PASSPHRASE)
    assert sorted(p.name for p in (vault.path / "copies").iterdir()) == before


def test_sums_that_were_cut_are_told(photos, vault):
    capture([photos], vault, Options(workers=0))
    vault.close()
    sums = vault.path / "SHA256SUMS"
    sums.write_bytes(sums.read_bytes()[:20])
    with pytest.raises(Damaged, match="fewer packs"):
        Vault.open(vault.path, PASSPHRASE)


def test_another_kits_locker_opens_nothing(vault, tmp_path):
    from amana.core.locker import Locker

    other, _ = Locker.create(PASSPHRASE, 8)
    vault.close()
    with pytest.raises(CannotOpen):
        Vault.open(vault.path, locker=other)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, kit):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(AlreadyThere):
        Vault.create(tmp_path, kit)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(NotOurs):
        committed_packs(tmp_path)


def test_a_vault_moves_with_its_folder(photos, vault, archive, kit, tmp_path):
    capture([photos], vault, Options(workers=0))
    vault.close()
    shutil.move(vault.path, tmp_path / "elsewhere")
    with Vault.open(tmp_path / "elsewhere", PASSPHRASE) as moved:
        assert capture([photos], moved).unchanged == 14


def test_sha256sum_checks_it(photos, vault):
    capture([photos], vault, Options(workers=0))
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"],
        cwd=vault.path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who lives")
def test_workers_die_with_their_master(photos, tmp_path, kit):
    from amana.capture.pool import Workers

    reader, writer = os.pipe()
    master = os.fork()
    if master == 0:
        workers = Workers(2, None)
        pids = [workers.submit(os.getpid).result() for _ in range(4)]
        os.write(writer, b" ".join(str(p).encode() for p in set(pids)))
        os.kill(os.getpid(), 9)
    os.waitpid(master, 0)
    os.close(writer)
    pids = [int(p) for p in os.read(reader, 1000).split()]
    os.close(reader)
    for _ in range(3000):
        if not any(Path(f"/proc/{p}/stat").exists() and not _zombie(p) for p in pids):
            return
        time.sleep(0.01)
    pytest.fail("a worker outlived its master")


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


# --- small formats ---------------------------------------------------------------------------

_LEAVES = st.lists(st.binary(min_size=32, max_size=32), max_size=40)


@given(_LEAVES, st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_state_has_one_size_and_comes_back(leaves, copies, tags):
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    state = State.new(bytes(32), [recipient, recipient])
    state = state.advanced(leaves, {"copies": copies, "tags": tags})
    assert len(state.to_bytes()) == STATE_BYTES
    assert State.from_bytes(state.to_bytes()) == state
    assert state.frontier == Frontier().append(leaves)
    assert "seed" not in repr(state)


@given(st.lists(st.text(max_size=20)), st.data())
def test_what_waits_comes_back(texts, data):
    places = data.draw(st.lists(st.integers(0, max(0, len(texts) - 1)), unique=True))
    paths = {p: data.draw(st.binary(max_size=30)) for p in places if texts}
    try:
        lines = tuple(t.encode() for t in texts)
    except UnicodeEncodeError:
        return
    waiting = Waiting(lines, paths)
    assert Waiting.from_bytes(waiting.to_bytes()) == waiting


@given(st.lists(st.binary(max_size=3000), max_size=6, unique=True), st.integers(1, 700))
def test_a_pack_reads_back_in_pieces_of_any_size(contents, piece):
    records, members = _batch(contents)
    tar = b"".join(pack_chunks(records, members))
    lengths = [m.size for m in members]
    assert len(tar) == packed_length(sum(len(r.line) + 1 for r in records), lengths)
    assert len(tar) == padme_blocks(len(tar))

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size if size and size > 0 else piece, piece))

    pack = read_pack(Slow(tar))
    assert [r.line for r in pack.records] == [r.line for r in records]
    assert [m.read() for m in pack.members()] == contents
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        assert opened.getnames() == ["records.jsonl", *(m.name for m in members)]


@given(
    st.lists(st.binary(min_size=1, max_size=600), min_size=1, max_size=3, unique=True), st.data()
)
def test_an_altered_pack_is_refused_or_gives_other_bytes(contents, data):
    """No flipped bit passes unseen: it is malformed, or shows in the digest of what it hit."""
    records, members = _batch(contents)
    tar = bytearray(b"".join(pack_chunks(records, members)))
    at = data.draw(st.integers(0, len(tar) - 1))
    tar[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        pack = read_pack(bytes(tar))
        found = [m.read() for m in pack.members()]
    except Malformed:
        return
    assert found != contents or [r.line for r in pack.records] != [r.line for r in records]


def _batch(contents: list[bytes]):
    records, members = [], []
    for number, content in enumerate(contents):
        sha = hashlib.sha256(content).hexdigest()
        original = {"sha256": sha, "size": len(content), "media_type": "a/b", "path": "p"}
        original["mtime"] = "2012-05-03T07:40:00.000000000Z"
        capture = {"time": "2013-08-01T12:00:00Z", "tool": "test"}
        records.append(new_record("item", number, {"original": original, "capture": capture}))
        members.append(Member(f"originals/{sha}", len(content), [content]))
    return records, members


def test_a_member_of_ten_gigabytes_has_a_header_that_tar_reads():
    header = _header("originals/" + "a" * 64, 10 << 30)
    with tarfile.open(fileobj=io.BytesIO(header + bytes(1024))) as opened:
        assert opened.next().size == 10 << 30


def test_a_member_must_be_of_its_size(vault):
    records, members = _batch([b"abc"])
    for chunks in ([b"ab"], [b"abcd"], []):
        with pytest.raises(Malformed):
            list(pack_chunks(records, [Member(members[0].name, 3, chunks)]))


def test_files_of_one_size_are_looked_at_once(tmp_path, monkeypatch):
    """Thousands of files of one size in flight must not mean millions of looks."""
    from amana.capture import plan
    from amana.capture.walk import Entry

    looks = []
    plain = plan._tail
    monkeypatch.setattr(plan, "_tail", lambda path, size: looks.append(path) or plain(path, size))
    entries = []
    for number in range(300):
        path = tmp_path / str(number)
        path.write_bytes(b"%08d" % (number % 250))
        entries.append(Entry(os.fsencode(path), b"x", 8, 0))
    flying = plan.InFlight()
    flying.add(tuple(entries[:250]))
    assert [flying.may_hold(entry) for entry in entries[250:]] == [True] * 50
    assert not flying.may_hold(Entry(b"/nowhere", b"x", 9, 0))
    assert len(looks) <= 300
    flying.remove(tuple(entries[:250]))
    assert not any(flying.may_hold(entry) for entry in entries)
