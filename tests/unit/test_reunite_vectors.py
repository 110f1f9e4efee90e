"""vectors/store, replayed: names of objects, and what a set of checkpoints proves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.core.encoding import unb64
from amana.core.merkle import Frontier
from amana.reunite.commitment import Head, prove
from amana.reunite.keys import StoreKeys, object_name

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "store"
FILES = sorted(VECTORS.rglob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_vector(path: Path) -> None:
    vector = json.loads(path.read_bytes())
    if "name" in vector:
        tag = StoreKeys(bytes.fromhex(vector["secret"])).tag(vector["kind"], vector["sha256"])
        assert object_name(tag) == vector["name"]
        return
    heads = [Head(i, h["size"], unb64(h["root"], "root")) for i, h in enumerate(vector["heads"])]
    leaves = [(r["seq"], unb64(r["leaf"], "leaf")) for r in vector["records"]]
    verdict = prove(Frontier(), leaves, heads)
    assert verdict.frontier.size == vector["proved"]
    assert bool(verdict.note) == (path.parent.name == "invalid" or path.stem == "proved-prefix")
    if "missing" in vector:
        assert verdict.missing == tuple(vector["missing"])
    for seq, leaf in vector.get("chosen", {}).items():
        assert verdict.chosen[int(seq)] == unb64(leaf, "leaf")


def test_there_are_vectors() -> None:
    assert len(FILES) >= 12


@given(
    st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True),
    st.data(),
)
def test_what_is_proved_does_not_depend_on_pieces(leaves: list[bytes], data: st.DataObject) -> None:
    sizes = data.draw(st.sets(st.integers(1, len(leaves)), min_size=1))
    heads = [Head(n, n, Frontier().append(leaves[:n]).root()) for n in sorted(sizes)]
    whole = prove(Frontier(), enumerate(leaves), heads)
    assert whole.frontier.size == max(sizes)
    middle = data.draw(st.sampled_from(sorted(sizes)))
    first = prove(Frontier(), list(enumerate(leaves))[:middle], heads)
    assert first.frontier.size == middle
    rest = [(i, x) for i, x in enumerate(leaves) if i >= middle]
    again = prove(first.frontier, rest, [h for h in heads if h.size >= middle])
    assert again.frontier == whole.frontier
    broken = data.draw(st.integers(0, max(sizes) - 1))
    altered = [(i, bytes(b ^ 1 for b in x) if i == broken else x) for i, x in enumerate(leaves)]
    assert prove(Frontier(), altered, heads).frontier.size <= broken
