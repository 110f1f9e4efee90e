"""A dossier as a sealed zip: no plain byte reaches the disk, whatever happens; every part is
checked before it is given on; locking ends a download."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from amana.core.durable import Disk
from amana.core.unseal import Identity
from amana.errors import CannotOpen, Damaged, Locked, WriteFailed
from amana_archive.courts.sealed_parcel import PART, SealedZip, opened_parts, put, sweep

PLAIN = b"plain evidence, again and again; " * 1000


class Watched(Disk):
    """A disk that remembers what was ever written to it, and may be full."""

    def __init__(self, fails_at: int = -1) -> None:
        self.seen: list[bytes] = []
        self._fails_at = fails_at

    def write(self, handle: int, data: bytes) -> None:
        self.seen.append(bytes(data))
        if len(self.seen) == self._fails_at:
            raise OSError(5, "a pulled cable")
        super().write(handle, data)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


def large(times: int) -> Iterator[bytes]:
    yield from (PLAIN for _ in range(times))


def test_nothing_plain_is_ever_written(tmp_path: Path, identity: Identity) -> None:
    disk, times = Watched(), 3 * PART // len(PLAIN) + 5
    writer = SealedZip(tmp_path / "d", "dossier-1", (identity.recipient,), disk, lambda: None)
    digest = writer.stream("data/originals/a.jpg", large(times), times * len(PLAIN))
    writer.write("seal.note", b"the seal")
    parts = writer.end()
    assert [part["size"] for part in parts[:-1]] == [PART] * (len(parts) - 1)
    assert len(parts) == 4
    assert not any(b"plain evidence" in piece or b"dossier-1" in piece for piece in disk.seen)
    whole = b"".join(opened_parts(tmp_path / "d", parts, lambda: identity))
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        assert packed.testzip() is None
        data = packed.read("dossier-1/data/originals/a.jpg")
        assert hashlib.sha256(data).hexdigest() == digest.sha256
        assert packed.read("dossier-1/seal.note") == writer.seal == b"the seal"


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_disk_that_fails_leaves_nothing_plain(
    tmp_path: Path, identity: Identity, fails_at: int
) -> None:
    disk = Watched(fails_at)
    writer = SealedZip(tmp_path / "d", "dossier-1", (identity.recipient,), disk, lambda: None)
    with pytest.raises(WriteFailed):
        writer.stream("x", large(4 * PART // len(PLAIN)), 4 * PART)
    for path in (tmp_path / "d").iterdir():
        assert b"plain evidence" not in path.read_bytes()
    assert sweep(tmp_path, set()) == 1
    assert list(tmp_path.iterdir()) == []


def test_locking_ends_the_making(tmp_path: Path, identity: Identity) -> None:
    def locked() -> None:
        raise Locked(needed=2)

    writer = SealedZip(tmp_path / "d", "dossier-1", (identity.recipient,), Disk(), locked)
    with pytest.raises(Locked):
        writer.write("x", b"y")


def test_every_part_is_checked_before_it_is_given(tmp_path: Path, identity: Identity) -> None:
    data = PLAIN * (2 * PART // len(PLAIN))
    parts = put(tmp_path / "d", data, (identity.recipient,), Disk())
    assert b"".join(opened_parts(tmp_path / "d", parts, lambda: identity)) == data
    swapped = [parts[1], parts[0], *parts[2:]]
    with pytest.raises(Damaged):
        next(opened_parts(tmp_path / "d", swapped, lambda: identity))
    stranger = Identity.generate()
    with pytest.raises(CannotOpen):
        next(opened_parts(tmp_path / "d", parts, lambda: stranger))
    (tmp_path / "d" / "000002.age").unlink()
    given = opened_parts(tmp_path / "d", parts, lambda: identity)
    assert next(given) == data[:PART]
    with pytest.raises(CannotOpen):
        next(given)


def test_locking_ends_a_download(tmp_path: Path, identity: Identity) -> None:
    parts = put(tmp_path / "d", PLAIN * (2 * PART // len(PLAIN)), (identity.recipient,), Disk())
    keys = iter([identity])

    def key() -> Identity:
        found = next(keys, None)
        if found is None:
            raise Locked(needed=2)
        return found

    given = opened_parts(tmp_path / "d", parts, key)
    assert len(next(given)) == PART
    with pytest.raises(Locked):
        next(given)
