"""Third parties that vouch: two time authorities and a witness, over real HTTP, and `openssl`."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from amana.core.merkle import Tree
from amana.core.sign import Signer, Verifier
from amana.errors import AuthorityFailed, Malformed, NotProved, UsageProblem, WitnessFailed
from amana.ledger.book import Book
from amana.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from amana.ledger.openssl_ts import second_opinion
from amana.ledger.stamps import Asked, asked_before, stamp, stamp_waiting
from amana.ledger.timestamp import new_request, parse_roots, read_reply, verify_reply
from amana.ledger.tsa_http import HttpAuthority
from amana.ledger.witness import cosignatures, cosigner, require_witnesses
from amana.ledger.witness_http import Witness, WitnessBehind, WitnessServer, ask_witness
from amana.rehearsal.authority import LocalAuthority

ORIGIN = "amana.ledger/test"


@pytest.fixture(scope="module")
def authorities(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LocalAuthority, LocalAuthority]]:
    folder = tmp_path_factory.mktemp("authorities")
    with LocalAuthority(folder / "1", "geneva") as one, LocalAuthority(folder / "2", "lima") as two:
        yield one, two


def _asked(authorities: tuple[LocalAuthority, ...]) -> list[Asked]:
    return [Asked(HttpAuthority(a.url), a.ca_pem) for a in authorities]


def _note(size: int = 1) -> str:
    return sign_checkpoint(Checkpoint(ORIGIN, size, os.urandom(32)), [Signer.generate(ORIGIN)])


def test_two_authorities_one_of_which_comes_later(
    tmp_path: Path, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    note, asked = _note(), _asked(authorities)
    authorities[1].failures = 1
    first = stamp(note, asked, tmp_path)
    assert list(first.kept) == [asked[0].name]
    assert "503" in first.waiting[asked[1].name]
    assert first.contacted == [a.authority.url for a in asked]
    assert not first.complete
    [second] = stamp_waiting(asked, tmp_path)
    assert second.complete
    assert second.contacted == [asked[1].authority.url], "who has answered is not asked again"
    assert [e["url"] for e in asked_before(second.folder)] == [
        *(a.authority.url for a in asked),
        asked[1].authority.url,
    ]
    for one in asked:  # what is kept is what any court can check
        reply = (second.folder / f"{one.name}.tsr").read_bytes()
        request = (second.folder / f"{one.name}.tsq").read_bytes()
        token = second.kept[one.name]
        assert abs((datetime.now(UTC) - token.time).total_seconds()) < 120
        second_opinion(note.encode(), reply, one.roots_pem, token.time, request)


def test_the_reply_with_its_chain_is_read_although_openssl_does_not_sort_it(
    authorities: tuple[LocalAuthority, LocalAuthority],
) -> None:
    from rfc3161_client import decode_timestamp_response

    note = _note().encode()
    reply = HttpAuthority(authorities[0].url).query(new_request(note).der)
    assert len(read_reply(reply).signed_data.certificates) == 2
    certificates = read_reply(reply).signed_data.certificates
    if reply.index(min(certificates)) > reply.index(max(certificates)):
        with pytest.raises(ValueError, match="InvalidSetOrdering"):
            decode_timestamp_response(reply)


def test_tokens_are_refused_for_the_right_reason(
    authorities: tuple[LocalAuthority, LocalAuthority],
) -> None:
    note = _note().encode()
    request = new_request(note)
    reply = HttpAuthority(authorities[0].url).query(request.der)
    good, other = (parse_roots(a.ca_pem) for a in authorities)
    verified = verify_reply(note, reply, good, request.nonce)
    assert verified.authority == "CN=geneva,O=Amana rehearsal"
    for reason, arguments in {
        "something else": (b"another note", reply, good, None),
        "trusted root": (note, reply, other, None),
        "another request": (note, reply, good, request.nonce + 1),
    }.items():
        with pytest.raises(NotProved) as error:
            verify_reply(*arguments)
        assert reason in error.value.message
    for pem, data in ((authorities[1].ca_pem, note), (authorities[0].ca_pem, b"another note")):
        with pytest.raises(NotProved):
            second_opinion(data, reply, pem, verified.time)
    refused = 0
    for place in range(0, len(reply), 7):
        broken = bytearray(reply)
        broken[place] ^= 1
        try:
            assert verify_reply(note, bytes(broken), good, request.nonce) == verified
        except (NotProved, Malformed):
            refused += 1
    # What is not covered (status text, the root's own copy in the chain) changes nothing said.
    assert refused > len(range(0, len(reply), 7)) * 0.5


def test_what_is_no_authority(tmp_path: Path, authorities: tuple[LocalAuthority, ...]) -> None:
    with pytest.raises(UsageProblem):
        HttpAuthority("file:///etc/passwd")
    with pytest.raises(AuthorityFailed):
        HttpAuthority("http://127.0.0.1:9/", timeout=2).query(b"x")
    with pytest.raises(UsageProblem):
        stamp(_note(), _asked(authorities[:1]), tmp_path)
    with pytest.raises(UsageProblem):
        stamp(_note(), _asked((authorities[0], authorities[0])), tmp_path)


# --- the witness -----------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path) -> Book:
    book = Book(tmp_path / "ledger", Signer.generate(ORIGIN))
    book.append_all([{"act": "received", "n": n} for n in range(5)])
    return book


@pytest.fixture
def witness(tmp_path: Path, ledger: Book) -> Iterator[tuple[str, Verifier]]:
    signer = Signer.generate("witness.example/w1")
    verifier = open_key(ledger)
    with WitnessServer(Witness(tmp_path / "w", signer, {ORIGIN: [verifier]}), "127.0.0.1", 0) as s:
        yield s.url, cosigner(signer)


def open_key(book: Book) -> Verifier:
    return book._signer.verifier


def test_a_witness_cosigns_what_continues(ledger: Book, witness: tuple[str, Verifier]) -> None:
    url, key = witness
    first = ask_witness(url, ledger.checkpoint(), 0, [], key)
    [cosigned] = require_witnesses(first, [key], 1)
    assert cosigned.witness == "witness.example/w1"
    assert open_checkpoint(first, open_key(ledger)).size == 5
    ledger.append({"act": "viewed"})
    with pytest.raises(WitnessBehind) as error:
        ask_witness(url, ledger.checkpoint(), 0, [], key)
    assert error.value.size == 5
    proof = ledger.tree().consistency(5)
    again = ask_witness(url, ledger.checkpoint(), 5, proof, key)
    assert len(cosignatures(again, [key, Signer.generate("other").verifier])) == 1
    # The same head once more: a fresh cosignature, and still one line of this witness.
    repeated = ask_witness(url, again, 6, [], key)
    assert repeated.count("witness.example/w1") == 1
    with pytest.raises(NotProved):
        require_witnesses(repeated, [cosigner(Signer.generate("witness.example/w2"))], 1)


def test_a_witness_refuses_forks_rollbacks_and_strangers(
    ledger: Book, witness: tuple[str, Verifier], tmp_path: Path
) -> None:
    url, key = witness
    ask_witness(url, ledger.checkpoint(), 0, [], key)
    fork = Tree.of(os.urandom(32) for _ in range(9))
    signer = ledger._signer

    def head(size: int, root: bytes, by: Signer = signer, origin: str = ORIGIN) -> str:
        return sign_checkpoint(Checkpoint(origin, size, root), [by])

    stranger = Signer.generate(ORIGIN)
    cases: list[tuple[int, str, list[bytes], str]] = [
        (5, head(5, fork.root(5)), [], "5"),  # a fork at one size: 409
        (5, head(9, fork.root()), fork.consistency(5), "422"),
        (9, head(5, fork.root(5)), [], "400"),
        (5, head(9, fork.root(), stranger), [], "403"),
        (0, head(9, fork.root(), Signer.generate("x"), "x"), [], "404"),
        (3, head(9, fork.root()), fork.consistency(3), "5"),
    ]
    for old, note, proof, expected in cases:
        with pytest.raises(WitnessFailed) as error:
            ask_witness(url, note, old, proof, key)
        assert expected in error.value.message
    for body in (b"", b"old 05\n\nx", b"old -1\n\nx", b"old 1\n!!\n\nx", b"\xff"):
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("POST", "/add-checkpoint", body)
        assert connection.getresponse().status == 400
        connection.close()
    last = Witness(tmp_path / "w", Signer.generate("w"), {}).last(ORIGIN)
    assert last == ledger.checkpoint(), "nothing that was refused is remembered"


def test_the_published_cosignature_form(ledger: Book) -> None:
    """The key id and message of C2SP tlog-cosignature, computed here a second time."""
    import base64
    import hashlib

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from amana.ledger.witness import cosign

    signer = Signer.generate("witness.example.com/w1")
    text = ledger.checkpoint().split("\n\n")[0] + "\n"
    line = cosign(text, signer, datetime.fromtimestamp(1679315147, UTC)).line()
    raw = base64.b64decode(line.rsplit(" ", 1)[1])
    public = signer.verifier.public
    assert raw[:4] == hashlib.sha256(b"witness.example.com/w1\n\x04" + public).digest()[:4]
    assert int.from_bytes(raw[4:12], "big") == 1679315147
    message = b"cosignature/v1\ntime 1679315147\n" + text.encode()
    Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], message)
