"""The ground floor against its oracles: age, ISA-L, an independent RFC 8785, published vectors."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import time
from datetime import timedelta

import pyrage
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from amana.core import merkle
from amana.core.encoding import canonical, has_version, parse, parse_utc_ns, utc_ns
from amana.core.erasure import Code
from amana.core.locker import Locker
from amana.core.padding import pad, padme, padme_blocks, unpad
from amana.core.sign import Signer, Verifier, open_note, sign_note
from amana.core.unseal import Identity
from amana.errors import Malformed, NotProved, WeakPassphrase, WrongPassphrase
from amana.ledger.checkpoint import parse_checkpoint
from amana.ports import local_clock

scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), values, max_size=5))
def test_canonical_json_agrees_with_an_independent_rfc8785(value: dict[str, object]) -> None:
    data = canonical(value)
    assert data == rfc8785.dumps(value)
    assert parse(data, "value") == value


@pytest.mark.parametrize("bad", [b'{"a":1.0}', b'{"a": 1}', b'{"a":1,"a":1}', b"[]", b"{", b"\xff"])
def test_other_spellings_are_malformed(bad: bytes) -> None:
    with pytest.raises(Malformed):
        parse(bad, "value")


@given(st.integers(0, 2**40))
def test_padme_is_monotone_idempotent_and_cheap(length: int) -> None:
    padded = padme(length)
    assert length <= padded <= length * 1.12 + 1
    assert padme(padded) == padded
    blocks = padme_blocks(length)
    assert blocks % 512 == 0
    assert padme(blocks) == blocks


@given(st.binary().filter(lambda b: b"\n" not in b))
def test_pad_gives_back_the_content(data: bytes) -> None:
    assert unpad(pad(data, 256)) == data
    assert len(pad(data, 256)) >= 256


@given(st.integers(-62_135_596_800 * 10**9, 253_402_300_799 * 10**9))
def test_file_times_lose_nothing(nanoseconds: int) -> None:
    assert parse_utc_ns(utc_ns(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(("k", "n"), [(3, 5), (10, 13), (6, 12)])
def test_parity_is_isa_l_byte_for_byte(k: int, n: int) -> None:
    ec_iface = pytest.importorskip("pyeclib.ec_iface")
    oracle = ec_iface.ECDriver(k=k, m=n - k, ec_type="isa_l_rs_cauchy")
    data = os.urandom(k * 4096)
    ours = [data[i * 4096 : (i + 1) * 4096] for i in range(k)]
    theirs = [fragment[80:] for fragment in oracle.encode(data)]
    assert ours + Code(k, n).parity(ours) == theirs


@pytest.mark.parametrize(("k", "n"), [(1, 1), (3, 5), (10, 14)])
def test_any_k_shards_restore_all(k: int, n: int) -> None:
    code = Code(k, n)
    data = [os.urandom(257) for _ in range(k)]
    shards = dict(enumerate(data + code.parity(data)))
    for keep in itertools.islice(itertools.combinations(range(n), k), 300):
        assert code.restore({i: shards[i] for i in keep}, range(n)) == shards


def test_frontier_and_tree_agree_and_prove() -> None:
    leaves = [hashlib.sha256(bytes([i])).digest() for i in range(70)]
    frontier, tree = merkle.Frontier(), merkle.Tree()
    for count, leaf in enumerate(leaves, 1):
        frontier = frontier.append([leaf])
        tree.append(leaf)
        assert frontier.root() == tree.root()
        for index in range(count):
            proof = tree.inclusion(index)
            merkle.verify_inclusion(leaves[index], index, count, proof, tree.root())
        for old in range(1, count + 1):
            proof = tree.consistency(old)
            merkle.verify_consistency(old, count, proof, tree.root(old), tree.root())


def test_a_changed_proof_is_refused() -> None:
    leaves = [hashlib.sha256(bytes([i])).digest() for i in range(13)]
    tree = merkle.Tree.of(leaves)
    rng = random.Random(7)
    for index in range(13):
        proof = tree.inclusion(index)
        broken = list(proof)
        broken[rng.randrange(len(broken))] = os.urandom(32)
        for wrong in (broken, proof[:-1], [*proof, os.urandom(32)]):
            with pytest.raises(NotProved):
                merkle.verify_inclusion(leaves[index], index, 13, wrong, tree.root())


def test_locker_is_an_age_file_under_a_passphrase() -> None:
    locker, key_file = Locker.create("correct horse", work_factor=10)
    identity = pyrage.passphrase.decrypt(key_file, "correct horse").decode().strip()
    sealed = locker.seal(b"state")
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)]) == b"state"
    assert Locker.open("correct horse", key_file, "x").open_own(sealed, "state") == b"state"
    with pytest.raises(WrongPassphrase):
        Locker.open("battery staple", key_file, "x")
    with pytest.raises(WeakPassphrase):
        Locker.create("short")


def test_identity_survives_its_secret() -> None:
    identity = Identity.generate()
    assert Identity.from_secret(identity.secret()) == identity
    assert identity.text not in repr(identity)


def test_signed_notes() -> None:
    signer, other = Signer.generate("a.example"), Signer.generate("b.example")
    note = str(sign_note("hello\n\nworld\n", [signer, other]))
    assert open_note(note, [Verifier.parse(signer.verifier.vkey)]).text == "hello\n\nworld\n"
    with pytest.raises(NotProved):
        open_note(note.replace("world", "World"), [signer.verifier])
    with pytest.raises(NotProved):
        open_note(note, [Signer.generate("c.example").verifier])


def test_the_published_vkey_of_go_sumdb_parses() -> None:
    # golang.org/x/mod/sumdb/note, documentation example.
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngo"
        "tpRZb6KE6RyyBwJnAM=\n"
    )
    assert open_note(text, [Verifier.parse(vkey)]).text.startswith("If you think")


def test_true_is_no_version() -> None:
    assert has_version({"v": 1}, 1)
    assert not has_version({"v": True}, 1)
    assert not has_version({}, 1)


def test_a_tree_size_of_any_length_is_malformed() -> None:
    with pytest.raises(Malformed):
        parse_checkpoint("o\n" + "9" * 5000 + "\n" + "A" * 43 + "=\n\n\u2014 o AAAAAAA=\n")


def test_quiet_hours_go_by_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Damascus")
    time.tzset()
    try:
        assert local_clock().utcoffset() == timedelta(hours=3)
    finally:
        monkeypatch.undo()
        time.tzset()
