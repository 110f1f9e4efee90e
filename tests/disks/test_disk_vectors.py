"""The vectors of spec/disk-set.md, replayed; and made again, byte for byte."""

from __future__ import annotations

import hashlib
import itertools
import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from amana.core.encoding import unb64
from amana.core.erasure import Code
from amana.disks.manifest import Head, Label, open_head, parse_stripe
from amana.errors import AmanaError

ROOT = Path(__file__).resolve().parents[2] / "vectors"
VECTORS = sorted((ROOT / "disk-set").rglob("*.json"))


def _read(vector: dict[str, Any]) -> None:
    if "note" in vector:
        head = open_head(vector["note"].encode(), set_id=vector.get("expect_set"))
        assert (head.set_id, head.vkey) == (vector["set"], vector["vkey"])
    elif "line" in vector:
        head = Head(bytes(32), vector["k"], vector["n"], vector["stripes"], 1, ())
        stripe = parse_stripe(vector["line"].encode(), head, vector["number"])
        assert stripe.line() == vector["line"].encode() + b"\n"
        if "pieces" in vector:
            _restores(vector, head, [p.size for p in stripe.pieces])
    else:
        label = Label.from_bytes(vector["label"].encode())
        assert label.to_bytes() == vector["label"].encode()


def _restores(vector: dict[str, Any], head: Head, sizes: list[int]) -> None:
    pieces = [unb64(p, "piece") for p in vector["pieces"]]
    padded = {i: p.ljust(max(sizes), b"\0") for i, p in enumerate(pieces)}
    for keep in itertools.combinations(range(head.n), head.k):
        found = Code(head.k, head.n).restore({i: padded[i] for i in keep}, range(head.n))
        assert [found[i][:size] for i, size in enumerate(sizes)] == pieces


@pytest.mark.parametrize("path", VECTORS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_vector(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    if path.parent.name == "valid":
        _read(vector)
    else:
        with pytest.raises(AmanaError):
            _read(vector)


def test_there_are_vectors_and_the_program_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(VECTORS) > 40
    before = {p: hashlib.sha256(p.read_bytes()).digest() for p in VECTORS}
    runpy.run_path(str(ROOT / "generate" / "disk_set.py"), run_name="__main__")
    assert {p: hashlib.sha256(p.read_bytes()).digest() for p in VECTORS} == before
