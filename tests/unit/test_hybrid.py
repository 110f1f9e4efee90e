"""Hybrid age files: against the worked example of the C2SP text, and against damage."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from amana.core.age_format import bech32_bytes, bech32_text, unraw64
from amana.core.seal import check_recipient, seal, seal_stream
from amana.core.unseal import Identity, unseal, unseal_stream
from amana.core.unseal_hybrid import _try
from amana.errors import BadKey, CannotOpen
from amana.kits.archive_card import ArchiveCard
from amana.trustees.archive_keys import IDENTITY_FILE, new_archive, open_archive
from amana.trustees.ceremony import Scheme, drill, split_archive
from amana.trustees.rotation import rotate
from amana.trustees.shares import join, split

# https://c2sp.org/age, "The MLKEM768-X25519 hybrid post-quantum recipient type": the identity, the
# beginning and the end (with its checksum) of its recipient, and the recipient stanza.
IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
BEGINNING = "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6"
END = "dkmhh6gjtqmwze9pyyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k"
SHARE = (
    "U7E10Aon27j1oDrH7fP3B++SPROSnDVvQpBemzOM+ZcsojxJifUbeeYWejMYKNB+H3rlXNvgtDKfSCkt78oqncr3faY1"
    "JtMj0GQPBZ2g6t8o1cMzZgyLMepeVuTQKxLqnM6L48n8dJL2y0N3i7WSOV6csB79r9tcIs88Al9iCwVLpt74OzDXAIwD"
    "1QlCAvj75ZEnwtgP6Xr6s+wHg9hLD0OSSQOaTdCqzR5shQWyrjVs7GCqd/5WbNGYNaolPQJBu9wTNhHjP9XGCTv8iKXk"
    "YwXDYujInkF5hOjpCHE8Vu+9UeMI+l0GJAEervT51bwaf288GiqgapP5g4HF8V4P0+03B/SwXhvxxZpKjTU2OcFS8I9c"
    "htEZ7Ucw5bvPkC1lyjNnqQXZyc4JnAqbFQTlPGnwbEsm0UGE+v0FOxTBznIivHoPHV++5PuYpombiV/lfYy8BFx0Hk1i"
    "gNI3iLNjlIg4MLXNWjN3VROlXIiSsWNXjr/Frh/OE87PXoaKhsDPWfv6akd9PxSDqJMQ4j8k11kCSOnnU8Rw4TSVnTpt"
    "7gfYzBULrMr7qDgyH/TYvp0o7mAq4IaraFJmTqm+LjfAJT4PCQOpnMNRHLyXZn6mtMUujNv7+zR/I9Vqi+bJdQBwNWdJ"
    "cUQVarqx2zxV2rM7l+j0gsmxjxp5yAPyALzla7XzVvbboLMnHeM+CzN4GoB2PC4neVDSw7Dfs8vbm7f9CeDGvhjWrzcS"
    "COsUCalvH1WkbpE0b9cE/TSJqwXFXEc8npTSQWH58RXDALNF3qCbW5LaboD4wCloClEakgljT0s0mTdqIwzj4xtdlX0S"
    "2dCtaV5MHQJiQHGwPvBSCiIsh8ZWJPwZ7Ron7xoWgNI0lXRqhKm7fvFNCzF+Ray2kOyKWHbsMy3a5Zx3yZxCGFwexAxg"
    "YfAH9HJ1raHi1XYGpNpBlDXg47U1y4uU7RBeBb4ewETv/B/p8sGW88tIY87dHM2xHjnntGXLvkCIkmjXGNULAVYHxDPJ"
    "TygxSF7uTVPYCBUk5KeLnDVcgWF8p/wxigza47ptMtpVtm9ZrSEu9vzOnaTN3KO75RkkLuZszhXfmMZ46NQrdS7Y6duC"
    "iN501BnR5BUC4dX4iMxchix6aLN3pKv6UOEwwcx2aSF4Ib963MAtTPEjhqe+dt0VcTar/08uLWv1kQQueFaEGet4KQ97"
    "5ZqaoU3PmZH9gqTOumX1EKf0Pnl0F3NMW+lEOlnCEce99zHBwBf7LV0pLNLDONBxpQySrZUQsNfhAq2Ktf5nG2hcGAMF"
    "MWIsEOuOyzEe+l2aHW4/ojOjU1Oqy4TLzVVRlWmPxQde7qKbvBN7CQhDqJHJA2nphQT/4DOdLqkwRiauMmnfx9FI3+hY"
    "nX25NpnyvM/Pt94vpsRkhcuttu4/G4xOYTNQd2YWjGwhypZ0oPSiriuTbhj6y2qm33jiwxvegeDz8CmAIhOEY2JoVpjj"
    "X9XzuNR2f5KTLmLzEkOcJQ"
)
BODY = "c/k+TjhBA6Je1DF8rxZhe2Jm8CN0zbkV9rre6nA8g98"


def test_the_worked_example_of_the_specification() -> None:
    identity = Identity.from_text(IDENTITY)
    assert identity.text == IDENTITY
    assert identity.recipient.startswith(BEGINNING)
    assert identity.recipient.endswith(END)
    file_key = _try(unraw64(SHARE) + unraw64(BODY), identity.secret())
    assert file_key is not None
    assert len(file_key) == 16


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate(hybrid=True)


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 300_000])
def test_round_trip(identity: Identity, size: int) -> None:
    data = os.urandom(size)
    sealed = seal(data, [identity.recipient, Identity.generate(hybrid=True).recipient])
    assert unseal(sealed, [Identity.generate(), identity], "x") == data
    stream, opened = io.BytesIO(), io.BytesIO()
    seal_stream(io.BytesIO(data), stream, [identity.recipient])
    unseal_stream(io.BytesIO(stream.getvalue()), opened, [identity], "x")
    assert opened.getvalue() == data
    assert len(stream.getvalue()) == len(seal(data, [identity.recipient]))


def test_a_classical_file_opens_beside_a_hybrid_identity(identity: Identity) -> None:
    classical = Identity.generate()
    sealed = seal(b"old evidence", [classical.recipient])
    assert unseal(sealed, [identity, classical], "x") == b"old evidence"
    with pytest.raises(CannotOpen):
        unseal(sealed, [identity], "x")
    with pytest.raises(CannotOpen):
        unseal(seal(b"new", [identity.recipient]), [classical], "x")
    with pytest.raises(CannotOpen):
        unseal(b"no age file at all", [identity], "x")


def test_kinds_are_not_mixed(identity: Identity) -> None:
    with pytest.raises(BadKey):
        seal(b"x", [identity.recipient, Identity.generate().recipient])
    for bad in (
        identity.recipient[:-1] + ("p" if identity.recipient[-1] == "q" else "q"),
        "age1pq1",
        identity.recipient.replace("q1", "q2"),
    ):
        with pytest.raises(BadKey):
            check_recipient(bad)
    for bad in (
        IDENTITY[:-1] + "Q",
        IDENTITY.replace("PQ", "PX"),
        IDENTITY[:30] + IDENTITY[30:].lower(),
    ):
        with pytest.raises(BadKey):
            Identity.from_text(bad)


def test_damage_and_truncation_are_found(identity: Identity) -> None:
    sealed = seal(os.urandom(70_000), [identity.recipient])
    for place in [*range(0, 1700, 41), 1800, 65_000, 67_300, len(sealed) - 1]:
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(CannotOpen):
            unseal(bytes(broken), [identity], "x")
    for length in (
        *range(0, 1700, 97),
        1700,
        len(sealed) - 4464,
        len(sealed) - 16,
        len(sealed) - 1,
    ):
        with pytest.raises(CannotOpen):
            unseal(sealed[:length], [identity], "x")
    with pytest.raises(CannotOpen):
        unseal(sealed + b"x", [identity], "x")


def test_bech32_has_no_limit_and_one_spelling() -> None:
    data = os.urandom(1216)
    text = bech32_text("age1pq", data)
    assert bech32_bytes("age1pq", text) == bech32_bytes("age1pq", text.upper()) == data
    for bad in (text[:-1], text.capitalize(), "age1" + text, text.replace("1pq1", "1pq1b")):
        with pytest.raises(ValueError, match=r"\w"):
            bech32_bytes("age1pq", bad)


def test_an_archive_with_hybrid_keys_from_making_to_rotation(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    keys = new_archive(folder, hybrid=True)
    identity = Identity.from_file((folder / IDENTITY_FILE).read_text())
    assert identity.hybrid
    card = ArchiveCard.from_file(folder / "archive.json")
    assert card.recipients[0].startswith("age1pq1")
    paths = split_archive(folder, tmp_path / "shares")
    words = [p.read_text() for p in paths]
    assert join(words[1:], keys.card.recipients[0]) == identity
    assert all(len(share.split()) == 33 for share in split(identity))
    assert drill(folder, words[:2])["needed"] == 2
    successor = [(p.parent / "successor" / p.name).read_text() for p in paths]
    done = rotate(folder, identity, successor[:2], Scheme(tmp_path / "n"), "a drill")
    assert done.identity.hybrid
    assert open_archive(folder).card.recipients == (done.identity.recipient,)
