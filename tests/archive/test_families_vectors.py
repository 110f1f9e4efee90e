"""The vectors of spec/family-store.md."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World

from amana.errors import Malformed

FOLDER = Path(__file__).parents[2] / "vectors" / "family-store"
VECTORS = sorted(FOLDER.glob("*valid/*.json"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(here: World, path: Path) -> None:
    vector = json.loads(path.read_text("utf-8"))
    assert vector["valid"] == (path.parent.name == "valid")
    if vector["kind"] == "key-file":
        _key_file(base64.b64decode(vector["content"]), vector["valid"])
    else:
        _page(vector)


def _key_file(content: bytes, valid: bool) -> None:
    from amana_archive.families.store.keyfile import from_bytes, to_bytes

    if valid:
        assert to_bytes(from_bytes(content)) == content
    else:
        with pytest.raises(Malformed):
            from_bytes(content)


def _page(vector: dict[str, Any]) -> None:
    from amana_archive.families import slips

    secret, words = bytes.fromhex(vector["secret"]), bytes(vector["words"])
    keys = slips.derive(secret, vector["number"], words)
    assert keys.tag == vector["tag"]
    assert slips.open_state(keys, bytes.fromhex(vector["sealed"])) == vector.get("says")


def test_both_kinds_are_there() -> None:
    kinds = {(json.loads(p.read_text("utf-8"))["kind"], p.parent.name) for p in VECTORS}
    assert len(kinds) == 4
