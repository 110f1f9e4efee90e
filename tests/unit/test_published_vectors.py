"""Our tree and our shares against what others published.

RFC 6962: the eight leaves and the roots that the Certificate Transparency project publishes with
its Merkle tree (google/certificate-transparency, transparency-dev/merkle).
SLIP-39: vectors.json of the reference implementation (trezor/python-shamir-mnemonic); their
passphrase is TREZOR. The 256-bit cases, which are those of our key's length, and every kind of
invalid one that can reach us.
"""

from __future__ import annotations

import pytest
from shamir_mnemonic import MnemonicError, combine_mnemonics

from amana.core.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from amana.core.unseal import Identity
from amana.errors import WrongShare
from amana.trustees.shares import join, join_if

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf, size, path) and (old, size, proof), as published with the same tree.
INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
]
CONSISTENCY = [
    (1, 1, []),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]


def test_the_published_roots_of_rfc_6962() -> None:
    tree, frontier = Tree(), Frontier()
    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")
    for size, (entry, root) in enumerate(zip(LEAVES, ROOTS, strict=True), 1):
        tree.append(leaf_hash(entry))
        frontier = frontier.append([leaf_hash(entry)])
        assert tree.root().hex() == frontier.root().hex() == root
        assert tree.root(size).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_published_paths(index: int, size: int, path: list[str]) -> None:
    tree = Tree.of(map(leaf_hash, LEAVES))
    proof = tree.inclusion(index, size)
    assert [h.hex() for h in proof] == path
    verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "size", "path"), CONSISTENCY)
def test_the_published_consistency_proofs(old: int, size: int, path: list[str]) -> None:
    proof = Tree.of(map(leaf_hash, LEAVES)).consistency(old, size)
    assert [h.hex() for h in proof] == path
    old_root, root = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[size - 1])
    verify_consistency(old, size, proof, old_root, root)


THEORY = (
    "theory painting academic academic {} sweater year military elder discuss acne wildlife boring "
    "employer fused large satoshi bundle carbon diagnose anatomy hamster leaves tracks paces "
    "beyond phantom capital marvel lips {}"
)
HUMIDITY = [
    "humidity disease academic always aluminum jewelry energy woman receiver strategy amuse "
    "duckling lying evidence network walnut tactics forget hairy rebound impulse brother survive "
    "clothes stadium mailman rival ocean reward venture always armed unwrap",
    "humidity disease academic agency actress jacket gross physics cylinder solution fake mortgage "
    "benefit public busy prepare sharp friar change work slow purchase ruler again tricycle "
    "involve viral wireless mixture anatomy desert cargo upgrade",
]
VALID = [
    (
        [THEORY.format("armed", "brave detect luck")],
        "989baf9dcaad5b10ca33dfd8cc75e42477025dce88ae83e75a230086a0e00e92",
    ),
    (HUMIDITY, "c938b319067687e990e05e0da0ecce1278f75ff58d9853f19dcaeed5de104aae"),
]
INVALID = {
    "checksum, 256 bits": [THEORY.format("armed", "brave detect lunar")],
    "padding, 256 bits": [THEORY.format("campus", "facility obtain sister")],
    "insufficient number of shares": HUMIDITY[:1],
    "checksum, 128 bits": [
        "duckling enlarge academic academic agency result length solution fridge kidney coal "
        "piece deal husband erode duke ajar critical decision kidney"
    ],
    "different identifiers": [
        "adequate smoking academic acid debut wine petition glen cluster slow rhyme slow simple "
        "epidemic rumor junk tracks treat olympic tolerate",
        "adequate stay academic agency agency formal party ting frequent learn upstairs remember "
        "smear leaf damage anatomy ladle market hush corner",
    ],
    "different iteration exponents": [
        "peasant leaves academic acid desert exact olympic math alive axle trial tackle drug deny "
        "decent smear dominant desert bucket remind",
        "peasant leader academic agency cultural blessing percent network envelope medal junk "
        "primary human pumps jacket fragment payroll ticket evoke voice",
    ],
    "duplicate member indices": [
        "device stay academic always dive coal antenna adult black exceed stadium herald advance "
        "soldier busy dryer daughter evaluate minister laser",
        "device stay academic always dwarf afraid robin gravity crunch adjust soul branch walnut "
        "coastal dream costume scholar mortgage mountain pumps",
    ],
    "insufficient length": [
        "junk necklace academic academic acne isolate join hesitate lunar roster dough calcium "
        "chemical ladybug amount mobile glasses verify cylinder"
    ],
    "invalid master secret length": [
        "fraction necklace academic academic award teammate mouse regular testify coding building "
        "member verdict purchase blind camera duration email prepare spirit quarter"
    ],
}


@pytest.mark.parametrize(("mnemonics", "secret"), VALID)
def test_the_valid_vectors_of_slip_39(mnemonics: list[str], secret: str) -> None:
    assert combine_mnemonics(mnemonics, b"TREZOR").hex() == secret
    # We use no passphrase: the same words give another key, and that is an error, not a key.
    with pytest.raises(WrongShare):
        join(mnemonics, Identity.from_secret(bytes.fromhex(secret)).recipient)
    without = Identity.from_secret(combine_mnemonics(mnemonics))
    assert join(mnemonics, without.recipient) == without


@pytest.mark.parametrize("mnemonics", INVALID.values(), ids=INVALID.keys())
def test_the_invalid_vectors_of_slip_39(mnemonics: list[str]) -> None:
    with pytest.raises(MnemonicError):
        combine_mnemonics(mnemonics, b"TREZOR")
    with pytest.raises(WrongShare):
        join_if(mnemonics, lambda _: True)
