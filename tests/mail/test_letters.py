"""Letters: bare age against age itself, plans against the overhead, rules against forgers."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amana.core.sign import Signer
from amana.core.unseal import Identity, unseal
from amana.errors import AmanaError, Malformed, NotProved, UsageProblem
from amana.kits.kit import PublicKit
from amana.mail.bare import bare_length, plain_length, seal_bare, to_age
from amana.mail.letter import (
    FRONT,
    FRONT_CHECKPOINT,
    MAX_ADDRESS,
    MAX_CHECKPOINT,
    MAX_PACK,
    Header,
    Reply,
    ShardSet,
    read_letter,
    write_letter,
)
from amana.mail.plan import Redundancy, make_plan, sizes

MAILBOX = Identity.generate()
SIGNER = Signer.generate("walnut")
SENDERS = [PublicKit("sender", "walnut", SIGNER.verifier.public)]


@given(st.integers(0, 3).map(lambda n: n * 65536), st.integers(-1, 1))
def test_bare_files_are_what_age_opens(base: int, off: int) -> None:
    plain = os.urandom(max(0, base + off))
    bare = seal_bare(plain, MAILBOX.recipient)
    assert len(bare) == bare_length(len(plain))
    assert plain_length(len(bare)) == len(plain)
    assert unseal(to_age(bare), [MAILBOX], "x") == plain


def test_debian_age_opens_a_letter(tmp_path: Path) -> None:
    if not shutil.which("age"):
        pytest.skip("age is not installed")
    (tmp_path / "key").write_text(MAILBOX.text + "\n")
    sealed = to_age(seal_bare(b"content", MAILBOX.recipient))
    done = subprocess.run(
        ["age", "-d", "-i", str(tmp_path / "key")], input=sealed, capture_output=True, check=True
    )
    assert done.stdout == b"content"


def test_nothing_in_a_bare_file_is_constant() -> None:
    one, two = (seal_bare(bytes(100), MAILBOX.recipient) for _ in range(2))
    assert b"age" not in one[:20]
    same = sum(a == b for a, b in zip(one, two, strict=True))
    assert same < 10


def test_every_size_is_one_that_an_envelope_can_have() -> None:
    for size in sizes():
        assert bare_length(plain_length(size)) == size


@given(st.integers(500_000, 60_000_000))
def test_the_wire_carries_at_most_1_45_times_the_pack(size: int) -> None:
    plan = make_plan(size, Redundancy(), menu=[])
    assert plan.wire <= 1.45 * size
    assert plan.n - plan.k >= 0.4 * plan.k


@given(st.integers(500_000, 5_000_000), st.lists(st.sampled_from(sizes()), max_size=6))
@example(500_000, [51_200])
def test_a_menu_is_kept_where_it_wastes_little(size: int, menu: list[int]) -> None:
    plan = make_plan(size, Redundancy(), menu)
    assert plan.wire <= 1.45 * size


def test_small_packs_have_fewer_letters_but_as_many_spare_ones() -> None:
    plan = make_plan(20_000, Redundancy(), [])
    assert plan.k <= 2
    assert plan.n - plan.k == 4


def test_a_loss_is_survived_but_once_in_a_million() -> None:
    assert Redundancy(loss=0.3).spares(10) >= 18
    with pytest.raises(UsageProblem):
        Redundancy(loss=1.5)


def letter(shard: bytes = b"s" * 100, checkpoint: bytes = b"", **changes: object) -> bytes:
    of = ShardSet(k=10, size=1000, sha256="ab" * 32)
    signer = changes.pop("signer", SIGNER)
    mailbox = str(changes.pop("mailbox", MAILBOX.recipient))
    assert isinstance(signer, Signer)
    return write_letter(of, 3, 14, (shard, checkpoint), signer, mailbox, 4096)


def test_a_letter_gives_back_shard_and_checkpoint() -> None:
    found = read_letter(letter(checkpoint=b"head"), SENDERS, MAILBOX.recipient)
    assert (found.shard, found.checkpoint) == (b"s" * 100, b"head")
    assert found.header.index == 3
    assert read_letter(letter(), SENDERS, MAILBOX.recipient).checkpoint == b""


def test_unknown_senders_and_other_mailboxes_are_refused() -> None:
    with pytest.raises(NotProved, match="not registered"):
        read_letter(letter(signer=Signer.generate("x")), SENDERS, MAILBOX.recipient)
    with pytest.raises(NotProved, match="does not verify"):
        read_letter(letter(mailbox="age1other"), SENDERS, MAILBOX.recipient)


@given(st.integers(0, 4095), st.integers(1, 255))
def test_no_single_byte_can_be_changed(at: int, change: int) -> None:
    content = bytearray(letter(checkpoint=b"head"))
    content[at] ^= change
    with pytest.raises((Malformed, NotProved)):
        read_letter(bytes(content), SENDERS, MAILBOX.recipient)


@given(st.binary(max_size=5000))
def test_rubbish_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(AmanaError):
        read_letter(data, SENDERS, MAILBOX.recipient)


def test_pyrage_agrees_on_who_can_open() -> None:
    other = Identity.generate()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(
            to_age(seal_bare(b"x", MAILBOX.recipient)),
            [pyrage.x25519.Identity.from_str(other.text)],
        )


def test_the_longest_header_fits_into_its_room() -> None:
    reply = Reply("a" * (MAX_ADDRESS - 6) + "@b.org", MAILBOX.recipient)
    digest = bytes(32)
    of = ShardSet(k=255, size=MAX_PACK, sha256="ab" * 32)
    without = Header(of, 255, 254, digest, digest, reply=reply)
    assert 64 + len(without.line()) + 1 <= FRONT
    with_checkpoint = replace(without, checkpoint_bytes=MAX_CHECKPOINT, checkpoint=digest)
    assert 64 + len(with_checkpoint.line()) + 1 <= FRONT_CHECKPOINT
