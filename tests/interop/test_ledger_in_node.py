"""A second implementation, in JavaScript, reads our notes, proofs and tiles, and agrees."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from amana.core.sign import Signer
from amana.ledger.book import Book
from amana.ledger.mirror import publish

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parents[1] / "vectors"
ROOMS = ("ledger", "trustees")

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def _node(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["node", str(HERE / "ledger.mjs"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_node_replays_every_vector_as_we_do() -> None:
    paths = sorted(str(p) for room in ROOMS for p in (VECTORS / room).rglob("*.json"))
    done = _node("vectors", *paths)
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [v["name"] for v in verdicts] == paths
    wrong = [v for v in verdicts if v["valid"] != ("/valid/" in v["name"])]
    assert wrong == []
    assert len(verdicts) >= 60


def test_node_reads_a_published_ledger(tmp_path: Path) -> None:
    signer = Signer.generate("amana.ledger/test")
    book = Book(tmp_path / "book", signer)
    book.append_all([{"act": "viewed", "n": n} for n in range(700)])
    publish(book, tmp_path / "www")
    done = _node("tiles", str(tmp_path / "www"), signer.verifier.vkey)
    assert done.stdout.strip() == "700", done.stderr
    tile = tmp_path / "www" / "tile" / "0" / "001"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert _node("tiles", str(tmp_path / "www"), signer.verifier.vkey).returncode != 0
