"""Replays vectors/ledger and vectors/trustees, and holds that they are what their program makes."""

from __future__ import annotations

import base64
import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from amana.core.merkle import verify_inclusion
from amana.core.sign import Verifier
from amana.errors import AmanaError
from amana.ledger.checkpoint import open_checkpoint
from amana.ledger.entry import parse_record
from amana.ledger.tlog_proof import parse_proof, verify_proof
from amana.ledger.verify import continues, whole_ledger
from amana.ledger.witness import require_witnesses
from amana.trustees.key_history import verify_history

ROOT = Path(__file__).resolve().parents[2] / "vectors"
FILES = sorted(p for room in ("ledger", "trustees") for p in (ROOT / room).rglob("*.json"))


def replay(vector: dict[str, Any]) -> None:
    """Raises AmanaError unless the vector holds."""
    kind = vector["kind"]
    key = Verifier.parse(vector["vkey"]) if "vkey" in vector else None
    if kind == "checkpoint":
        assert key
        open_checkpoint(vector["note"], key)
    elif kind == "inclusion":
        record = parse_record(vector["line"].encode())
        if record.seq != vector["index"]:
            raise AmanaError
        hashes = [base64.b64decode(h) for h in vector["proof"]]
        root = base64.b64decode(vector["root"])
        verify_inclusion(record.leaf, vector["index"], vector["size"], hashes, root)
    elif kind == "consistency":
        assert key
        old, new = (open_checkpoint(vector[name], key) for name in ("old", "new"))
        continues(new, old, [base64.b64decode(h) for h in vector["proof"]])
    elif kind == "cosignature":
        require_witnesses(vector["note"], [Verifier.parse(vector["witness"])], 1)
    elif kind == "tlog-proof":
        assert key
        record = parse_record(vector["line"].encode())
        verify_proof(parse_proof(vector["proof"]), record, [key])
    elif kind == "whole-ledger":
        assert key
        checkpoint = open_checkpoint(vector["note"], key)
        whole_ledger((parse_record(x.encode()) for x in vector["lines"]), checkpoint)
    elif kind == "key-history":
        verify_history(vector["history"].encode(), vector["first"])
    else:
        pytest.fail(f"unknown kind {kind}")


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_vector(path: Path) -> None:
    vector = json.loads(path.read_text("utf-8"))
    assert vector["valid"] == (path.parent.name == "valid")
    if vector["valid"]:
        replay(vector)
    else:
        with pytest.raises(AmanaError):
            replay(vector)


def test_the_vectors_are_what_their_program_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = runpy.run_path(str(ROOT / "generate" / "ledger.py"), run_name="vectors")
    program["main"].__globals__["ROOT"] = tmp_path
    program["main"]()
    made = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.json")}
    kept = {p.relative_to(ROOT): p.read_bytes() for p in FILES}
    assert made == kept
    assert len(kept) >= 60
