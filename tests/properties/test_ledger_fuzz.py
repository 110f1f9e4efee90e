"""Hostile bytes for every parser of the ledger and the trustees: a verdict or our error, never a
crash, and never more time than a person would wait.

`AMANA_SOAK=1000 python -m pytest tests/properties/test_ledger_fuzz.py` is the long run.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.core.locker import Locker
from amana.core.seal import seal
from amana.core.sign import Signer, Verifier, open_note, parse_note
from amana.core.unseal import Identity, unseal
from amana.errors import AmanaError
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit
from amana.ledger.book import Book, parse_head
from amana.ledger.checkpoint import open_checkpoint, parse_checkpoint
from amana.ledger.der import with_sorted_certificates
from amana.ledger.entry import parse_record
from amana.ledger.segments import read_lines
from amana.ledger.timestamp import new_request, parse_roots, request_nonce, verify_reply
from amana.ledger.tlog_proof import parse_proof
from amana.ledger.witness import Refused, cosignatures, decide, parse_request
from amana.rehearsal.authority import LocalAuthority
from amana.trustees.key_history import verify_history
from amana.trustees.shares import join_if, split

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
EXAMPLES = 40 * int(os.environ.get("AMANA_SOAK", "1"))
ORIGIN = "amana.ledger/" + "0" * 31 + "1"
SIGNER = Signer(ORIGIN, bytes(32))
LOCKER = Locker(Identity.generate().text)
HYBRID = Identity.generate(hybrid=True)


def _vectors(kind: str, field: str) -> list[bytes]:
    found = []
    for path in sorted(VECTORS.glob("ledger/*/*.json")) + sorted(VECTORS.glob("trustees/*/*.json")):
        vector = json.loads(path.read_text("utf-8"))
        if vector["kind"] == kind:
            found.append(str(vector[field]).encode())
    return found


def _book_files() -> tuple[bytes, bytes, bytes]:
    with tempfile.TemporaryDirectory() as name:
        plain, sealed = Path(name) / "p", Path(name) / "s"
        Book(plain, SIGNER).append_all([{"act": "viewed"}, {"act": "opened"}])
        Book(sealed, SIGNER, lockers=[LOCKER]).append_all([{"act": "viewed"}] * 3)
        segment = Path("entries") / "000000.jsonl"
        return (
            (plain / "head.json").read_bytes(),
            (plain / segment).read_bytes(),
            (sealed / segment).read_bytes(),
        )


HEAD, SEGMENT, SEALED = _book_files()
NOTES = _vectors("checkpoint", "note")


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed with a few bytes flipped, cut, doubled, or spliced with another."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["flip", "cut", "double", "insert", "splice", "number"]))
        if kind == "flip" and data:
            data[place] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut":
            del data[place : place + draw(st.integers(1, 40))]
        elif kind == "double":
            data[place:place] = data[place : place + draw(st.integers(1, 40))]
        elif kind == "insert":
            data[place:place] = draw(st.binary(max_size=12))
        elif kind == "splice":
            other = draw(st.sampled_from(seeds))
            data[place:] = other[draw(st.integers(0, len(other))) :]
        else:
            data[place:place] = str(draw(st.integers(-(2**70), 2**70))).encode()
    return bytes(data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _segment(data: bytes) -> None:
    for line in read_lines(data):
        line.records([LOCKER])


def _request(data: bytes) -> None:
    decide(parse_request(data), {ORIGIN: [SIGNER.verifier]}, None)


VKEYS = _vectors("checkpoint", "vkey")
CARD = ArchiveCard((Identity.generate().recipient,), Identity.generate().recipient).to_bytes()
PUBLIC = PublicKit("source", "caesar", SIGNER.verifier.public).to_bytes()
KEY = Verifier.parse(VKEYS[0].decode())
PARSERS: dict[str, tuple[Callable[[bytes], Any], list[bytes]]] = {
    "note": (lambda d: open_note(_text(d), [KEY]), NOTES),
    "note unverified": (lambda d: parse_note(_text(d)), NOTES),
    "checkpoint": (lambda d: open_checkpoint(_text(d), KEY), NOTES),
    "checkpoint unverified": (lambda d: parse_checkpoint(_text(d)), NOTES),
    "vkey": (lambda d: Verifier.parse(_text(d)), VKEYS),
    "cosignature": (
        lambda d: cosignatures(_text(d), [KEY]),
        _vectors("cosignature", "note"),
    ),
    "tlog-proof": (lambda d: parse_proof(_text(d)), _vectors("tlog-proof", "proof")),
    "record": (parse_record, _vectors("inclusion", "line")),
    "request": (_request, [b"old 0\n\n" + note for note in NOTES]),
    "head": (lambda d: parse_head(d, SIGNER.verifier), [HEAD]),
    "segment": (_segment, [SEGMENT, SEALED]),
    "key history": (verify_history, _vectors("key-history", "history")),
    "archive card": (ArchiveCard.from_bytes, [CARD]),
    "public kit": (PublicKit.from_bytes, [PUBLIC]),
    "share": (
        lambda d: join_if([_text(d)], lambda _: True),
        [share.encode() for share in split(Identity.generate(), 1, 1)],
    ),
    "request of time": (request_nonce, [new_request(b"x").der]),
    "der": (with_sorted_certificates, [new_request(b"x").der]),
    "hybrid file": (
        lambda d: unseal(d, [HYBRID], "x"),
        [seal(b"x" * 99, [HYBRID.recipient])],
    ),
}


@pytest.mark.parametrize("name", PARSERS)
def test_a_verdict_or_our_error(name: str) -> None:
    parser, seeds = PARSERS[name]

    @settings(max_examples=EXAMPLES)
    @given(mutated(seeds) | st.binary(max_size=400))
    def run(data: bytes) -> None:
        try:
            parser(data)
        except (AmanaError, Refused):
            return

    run()


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """(a real reply over b"note", the roots)."""
    with LocalAuthority(tmp_path_factory.mktemp("tsa")) as authority:
        status, reply = authority.answer(new_request(b"note").der)
        assert status == 200
        return reply, authority.ca_pem


def test_a_mutated_token_is_refused_or_says_the_same(token: tuple[bytes, bytes]) -> None:
    reply, pem = token
    roots = parse_roots(pem)
    truth = verify_reply(b"note", reply, roots)

    @settings(max_examples=EXAMPLES * 2)
    @given(mutated([reply]))
    def run(data: bytes) -> None:
        try:
            said = verify_reply(b"note", data, roots)
        except AmanaError:
            return
        assert (said.time, said.serial, said.policy) == (truth.time, truth.serial, truth.policy)

    run()


def test_no_mutated_note_is_believed() -> None:
    """Whatever is done to a signed note, what it says is what was signed, or it is refused."""
    valid = {json.loads(p.read_text())["note"] for p in VECTORS.glob("ledger/valid/checkpoint*")}
    said = {open_checkpoint(note, KEY) for note in valid}

    @settings(max_examples=EXAMPLES * 3)
    @given(mutated([note.encode() for note in valid]))
    def run(data: bytes) -> None:
        try:
            checkpoint = open_checkpoint(_text(data), KEY)
        except AmanaError:
            return
        assert checkpoint in said

    run()


def test_base64_has_one_spelling() -> None:
    """A signature with stray bits or line breaks in its base64 is no second valid note."""
    note = next(n.decode() for n in NOTES if n.count(b"\n") == 5)
    raw = base64.b64decode(note.rstrip("\n").rsplit(" ", 1)[1])
    assert len(raw) == 68
    for stray in ("\n", " ", "="):
        with pytest.raises(AmanaError):
            open_note(note.rstrip("\n") + stray + "\n", [KEY])
