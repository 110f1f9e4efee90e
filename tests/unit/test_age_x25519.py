"""Our own sealing and opening of classical age files, held against pyrage and the `age` command."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.core.age_x25519 import seal_x25519
from amana.core.unseal import Identity, unseal
from amana.core.unseal_x25519 import open_x25519
from amana.errors import BadKey, CannotOpen

IDENTITY, OTHER = Identity.generate(), Identity.generate()
EDGES = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]


def pyrage_opens(sealed: bytes) -> bytes:
    return bytes(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(IDENTITY.text)]))


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("zeros", [0, 1, 70_000])
def test_both_ways_with_pyrage(size: int, zeros: int) -> None:
    data = os.urandom(size)
    sealed = bytes(seal_x25519(data, zeros, [OTHER.recipient, IDENTITY.recipient]))
    assert pyrage_opens(sealed) == data + bytes(zeros)
    assert open_x25519(sealed, [IDENTITY.secret()]) == data + bytes(zeros)
    theirs = pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(IDENTITY.recipient)])
    assert unseal(theirs, [IDENTITY], "it") == data


@pytest.mark.skipif(not shutil.which("age"), reason="age is not installed")
def test_age_opens_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(IDENTITY.to_file("a test"))
    sealed = seal_x25519(b"words" * 20_000, 3, [IDENTITY.recipient])
    done = subprocess.run(
        ["age", "-d", "-i", tmp_path / "key"], input=sealed, capture_output=True, check=True
    )
    assert done.stdout == b"words" * 20_000 + bytes(3)


def test_to_another_key_or_to_nobody() -> None:
    sealed = bytes(seal_x25519(b"x", 0, [OTHER.recipient]))
    assert open_x25519(sealed, [IDENTITY.secret()]) is None
    with pytest.raises(CannotOpen):
        unseal(sealed, [IDENTITY], "it")
    for bad in ([], ["age1x"], [IDENTITY.text], [IDENTITY.recipient[:-1] + "q"]):
        with pytest.raises(BadKey):
            seal_x25519(b"x", 0, bad)


@given(st.data())
def test_no_changed_byte_passes(data: st.DataObject) -> None:
    """What pyrage refuses, we refuse; what we open, pyrage opens to the same bytes."""
    size = data.draw(st.sampled_from([0, 5, 65_536, 65_540]))
    sealed = bytearray(seal_x25519(b"a" * size, 0, [IDENTITY.recipient]))
    place = data.draw(st.integers(0, min(len(sealed) - 1, 400)) | st.integers(-40, -1))
    way = data.draw(st.sampled_from(["flip", "cut", "add", "drop"]))
    if way == "flip":
        sealed[place] ^= data.draw(st.integers(1, 255))
    elif way == "cut":
        del sealed[place:]
    elif way == "add":
        sealed[place:place] = data.draw(st.binary(min_size=1, max_size=20))
    else:
        del sealed[place]
    ours = open_x25519(bytes(sealed), [IDENTITY.secret()])
    try:
        theirs = pyrage_opens(bytes(sealed))
    except pyrage.DecryptError:
        theirs = None
    assert ours is None or ours == theirs


def test_stanzas_that_mean_nothing_are_passed_over() -> None:
    """rage puts one into some of its files; whoever cannot read them reads half of the packs."""
    quick = 0
    for _ in range(40):
        theirs = pyrage.encrypt(b"x", [pyrage.x25519.Recipient.from_str(IDENTITY.recipient)])
        quick += open_x25519(theirs, [IDENTITY.secret()]) == b"x"
    assert quick == 40


def test_chunks_put_in_another_order_are_refused() -> None:
    sealed = bytes(seal_x25519(os.urandom(65_536 * 3), 0, [IDENTITY.recipient]))
    start = len(sealed) - 3 * (65_536 + 16)
    one, two = sealed[start : start + 65_552], sealed[start + 65_552 : start + 131_104]
    assert (
        open_x25519(sealed[:start] + two + one + sealed[start + 131_104 :], [IDENTITY.secret()])
        is None
    )
    assert open_x25519(sealed[: start + 131_104], [IDENTITY.secret()]) is None
