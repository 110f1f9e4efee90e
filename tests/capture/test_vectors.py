"""The vectors of record, pack and vault, replayed; and they are what their programs write."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from amana.errors import BadKey, Damaged, Malformed
from amana.ledger.entry import parse_record
from amana.vault import index
from amana.vault.manifest import parse_sums
from amana.vault.pack import read_pack
from amana.vault.state import State

ROOT = Path(__file__).parents[2] / "vectors"


def vectors(form: str, folder: str) -> list[Any]:
    paths = sorted((ROOT / form / folder).glob("*.json"))
    assert paths
    return [pytest.param(json.loads(p.read_text("utf-8")), id=p.stem) for p in paths]


def _line(vector: dict[str, Any]) -> bytes:
    if "line" in vector:
        return vector["line"].encode()
    return base64.b64decode(vector["line_base64"])


@pytest.mark.parametrize("vector", vectors("record", "valid"))
def test_valid_record(vector):
    record = parse_record(_line(vector))
    assert record.leaf.hex() == vector["leaf"]


@pytest.mark.parametrize("vector", vectors("record", "invalid"))
def test_invalid_record(vector):
    with pytest.raises(Malformed):
        parse_record(_line(vector))


def _members(vector: dict[str, Any]) -> dict[str, str]:
    pack = read_pack(zlib.decompress(base64.b64decode(vector["tar_zlib_base64"])))
    return {m.name: hashlib.sha256(m.read()).hexdigest() for m in pack.members()}


@pytest.mark.parametrize("vector", vectors("pack", "valid"))
def test_valid_pack(vector):
    expected = {n: d for n, d in vector["members"].items() if n != "records.jsonl"}
    assert _members(vector) == expected


@pytest.mark.parametrize("vector", vectors("pack", "invalid"))
def test_invalid_pack(vector):
    with pytest.raises(Malformed):
        _members(vector)


def _read(vector: dict[str, Any]) -> Any:
    if vector["form"] == "sums":
        return [f"{s}/{n:06d}.age" for s, n, _ in parse_sums(vector["text"].encode(), "x")]
    if vector["form"] == "state":
        return State.from_bytes(vector["state"].encode()).frontier.size
    key = bytes.fromhex(vector["key"])
    if vector["label"] == "seen":
        path = bytes.fromhex(vector["path"])
        return index.seen_tag(key, path, vector["size"], vector["mtime_ns"]).hex()
    make = {"held": index.held_tag, "copied": index.copied_tag}[vector["label"]]
    return make(key, bytes.fromhex(vector["sha256"])).hex()


@pytest.mark.parametrize("vector", vectors("vault", "valid"))
def test_valid_vault(vector):
    expected = {"sums": "packs", "state": "size", "tag": "tag"}[vector["form"]]
    assert _read(vector) == vector[expected]


@pytest.mark.parametrize("vector", vectors("vault", "invalid"))
def test_invalid_vault(vector):
    with pytest.raises((Damaged, Malformed, BadKey)):
        _read(vector)


@pytest.mark.parametrize("form", ["record", "pack", "vault"])
def test_the_vectors_are_what_their_program_writes(form, tmp_path):
    """A vector that nobody can make again proves little."""
    program = (ROOT / "generate" / f"{form}.py").read_text("utf-8")
    for folder in ("valid", "invalid"):
        (tmp_path / "vectors" / form / folder).mkdir(parents=True)
    copied = tmp_path / "vectors" / "generate" / f"{form}.py"
    copied.parent.mkdir()
    copied.write_text(program, "utf-8")
    subprocess.run([sys.executable, str(copied)], check=True)
    assert _texts(tmp_path / "vectors" / form) == _texts(ROOT / form)


def _texts(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text("utf-8") for p in folder.rglob("*.json")}
