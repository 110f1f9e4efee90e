"""Tiles, proofs from tiles, and a mirror that shouts."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.core.durable import Disk
from amana.core.merkle import Tree, verify_consistency, verify_inclusion
from amana.core.sign import Signer
from amana.errors import Damaged, LedgerBroken, Malformed, NotProved
from amana.ledger.book import Book, Reader
from amana.ledger.checkpoint import Checkpoint, sign_checkpoint
from amana.ledger.mirror import HttpSource, Mirror, publish
from amana.ledger.tiles import (
    FolderSource,
    TileTree,
    frontier_of,
    tile_name,
    tiles_between,
    write_tiles,
)
from amana.ledger.tlog_proof import TlogProof, parse_proof, verify_proof

ORIGIN = "amana.ledger/test"


def leaf(number: int, salt: bytes = b"") -> bytes:
    return hashlib.sha256(salt + number.to_bytes(8, "big")).digest()


def test_names_of_tiles_are_those_of_c2sp() -> None:
    assert tile_name(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_name(3, 5, 17) == "tile/3/005.p/17"
    # The worked example of the text: a tree of 70,000.
    tiles = list(tiles_between(0, 70_000))
    assert sum(1 for level, _, width in tiles if (level, width) == (0, 256)) == 273
    assert [t for t in tiles if t[2] != 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert list(tiles_between(0, 256)) == [(0, 0, 256), (1, 0, 1)]


@pytest.mark.parametrize("steps", [(1, 255, 256, 257), (70_000,), (300, 65_536, 65_537)])
def test_tiles_give_the_tree(tmp_path: Path, steps: tuple[int, ...]) -> None:
    disk, tree, size = _NoSync(), Tree(), 0
    for step in steps:
        new = [leaf(n) for n in range(size, step)]
        size = write_tiles(tmp_path, new, size, disk)
        for one in new:
            tree.append(one)
        tiled = TileTree(FolderSource(tmp_path), size)
        assert tiled.root() == tree.root()
        assert frontier_of(tiled).root() == tree.root()
        assert {tile_name(*t) for t in tiles_between(0, size)} <= {
            str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")
        }
        for index in {0, size // 2, size - 1}:
            proof = tiled.inclusion(index)
            assert proof == tree.inclusion(index)
            verify_inclusion(leaf(index), index, size, proof, tree.root())
        for old in {1, size // 3 or 1, size}:
            proof = tiled.consistency(old)
            verify_consistency(old, size, proof, tree.root(old), tree.root())


class _NoSync(Disk):
    def sync(self, handle: int) -> None: ...

    def sync_folder(self, folder: Path) -> None: ...


# --- the mirror ------------------------------------------------------------------------------


class _Ledger:
    """A ledger that may lie: its leaves are given, its head is signed whatever they are."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.signer = folder, Signer.generate(ORIGIN)

    def serve(self, leaves: list[bytes], size: int | None = None) -> FolderSource:
        tree = Tree.of(leaves)
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        self.folder.mkdir(exist_ok=True)
        write_tiles(self.folder, leaves[:size], 0, _NoSync())
        head = Checkpoint(ORIGIN, tree.size, tree.root())
        (self.folder / "checkpoint").write_text(sign_checkpoint(head, [self.signer]))
        return FolderSource(self.folder)


@pytest.fixture
def ledger(tmp_path: Path) -> _Ledger:
    return _Ledger(tmp_path / "served")


HONEST = [leaf(n) for n in range(700)]
FORKED = HONEST[:300] + [leaf(n, b"fork") for n in range(300, 700)]


def test_a_mirror_follows_and_serves_on(ledger: _Ledger, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "m", ledger.signer.verifier)
    for size in (1, 300, 300, 700):
        report = mirror.follow(ledger.serve(HONEST[:size]))
        assert report.size == size
    second = Mirror(tmp_path / "m2", ledger.signer.verifier)  # a mirror of the mirror
    assert second.follow(FolderSource(tmp_path / "m")).size == 700
    assert TileTree(FolderSource(tmp_path / "m2"), 700).root() == Tree.of(HONEST).root()


@pytest.mark.parametrize(
    ("leaves", "served", "reason"),
    [
        (FORKED, None, "fork: its head of 700"),
        (FORKED[:400], None, "fork: two different heads of 400"),
        (HONEST[:399], None, "rollback: from 400 entries to 399"),
        (HONEST, 650, "truncated tail"),
        (HONEST[:500], 256, "truncated tail"),
    ],
)
def test_a_mirror_shouts(
    ledger: _Ledger, tmp_path: Path, leaves: list[bytes], served: int | None, reason: str
) -> None:
    mirror = Mirror(tmp_path / "m", ledger.signer.verifier)
    mirror.follow(ledger.serve(HONEST[:400]))
    good = (tmp_path / "m" / "checkpoint").read_text()
    source = ledger.serve(leaves, served)
    with pytest.raises(LedgerBroken) as error:
        mirror.follow(source)
    assert reason in error.value.message
    assert ORIGIN in error.value.message
    evidence = Path(error.value.fields["evidence"])
    assert evidence.read_bytes() == source.read("checkpoint", 10_000)
    assert evidence.with_suffix(".before").read_text() == good
    assert (tmp_path / "m" / "checkpoint").read_text() == good, "the last good head stays"
    assert mirror.follow(ledger.serve(HONEST)).size == 700, "and the honest ledger goes on"


def test_a_head_by_another_key_is_no_head(ledger: _Ledger, tmp_path: Path) -> None:
    source = ledger.serve(HONEST[:10])
    with pytest.raises(NotProved):
        Mirror(tmp_path / "m", Signer.generate(ORIGIN).verifier).follow(source)
    with pytest.raises(NotProved):
        Mirror(tmp_path / "m", ledger.signer.verifier, quorum=1).follow(source)


def test_a_mirror_whose_own_tiles_were_changed(ledger: _Ledger, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "m", ledger.signer.verifier)
    mirror.follow(ledger.serve(HONEST[:400]))
    tile = tmp_path / "m" / "tile" / "0" / "001.p" / "144"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    with pytest.raises(Damaged):
        mirror.follow(ledger.serve(HONEST))


@pytest.fixture
def http_folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    folder = tmp_path / "www"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_publish_and_mirror_over_http(tmp_path: Path, http_folder: tuple[Path, str]) -> None:
    folder, url = http_folder
    signer = Signer.generate(ORIGIN)
    book = Book(tmp_path / "book", signer)
    mirror = Mirror(tmp_path / "m", signer.verifier)
    for _ in range(2):
        book.append_all([{"act": "viewed", "by": "nour"} for _ in range(200)])
        publish(Reader(book.folder, signer.verifier), folder)
        report = mirror.follow(HttpSource(url))
    assert (report.old, report.size) == (200, 400)
    assert TileTree(HttpSource(url), 400).inclusion(7) == book.tree().inclusion(7)
    public = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"viewed" not in public, "only hashes are public"


# --- a proof in one file ---------------------------------------------------------------------


def test_a_proof_file(tmp_path: Path) -> None:
    signer = Signer.generate(ORIGIN)
    book = Book(tmp_path / "book", signer)
    records = book.append_all([{"act": "received", "n": n} for n in range(9)])
    text = str(TlogProof(4, tuple(book.tree().inclusion(4)), book.checkpoint()))
    proof = parse_proof(text)
    assert verify_proof(proof, records[4], [signer.verifier]).size == 9
    assert parse_proof(text.replace("index 4", "extra YQ==\nindex 4")) == proof
    for record, keys in ((records[5], [signer.verifier]), (records[4], [])):
        with pytest.raises(NotProved):
            verify_proof(proof, record, keys)
    with pytest.raises(NotProved):
        verify_proof(TlogProof(4, proof.proof[:-1], proof.note), records[4], [signer.verifier])
    for bad in ("", "x\n\n", text.replace("index 4", "index 04"), text.replace("index", "inde")):
        with pytest.raises(Malformed):
            parse_proof(bad)


@given(st.text(max_size=300))
def test_any_text_is_a_proof_or_malformed(text: str) -> None:
    for candidate in (text, "c2sp.org/tlog-proof@v1\nindex " + text):
        try:
            parse_proof(candidate)
        except Malformed:
            continue
