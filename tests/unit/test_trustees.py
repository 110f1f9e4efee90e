"""Shares and keys: what is joined is the archive's key or an error, never another key."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shamir_mnemonic.wordlist import WORDLIST

from amana.core.unseal import Identity
from amana.errors import AlreadyThere, NotOurs, UsageProblem, WrongShare
from amana.kits.archive_card import ArchiveCard, combine
from amana.kits.kit import create_kit
from amana.trustees.archive_keys import IDENTITY_FILE, new_archive, open_archive
from amana.trustees.ceremony import drill, split_archive
from amana.trustees.shares import join, share_number, split


@pytest.mark.parametrize(("threshold", "count"), [(1, 1), (2, 3), (3, 5)])
def test_any_threshold_of_shares_gives_the_key(threshold: int, count: int) -> None:
    identity = Identity.generate()
    shares = split(identity, threshold, count)
    assert all(len(share.split()) == 33 for share in shares)
    for chosen in itertools.permutations(shares, threshold):
        assert join(chosen, identity.recipient) == identity
    assert join(shares, identity.recipient) == identity
    assert [share_number(s) for s in shares] == [(n + 1, threshold) for n in range(count)]


def test_what_is_not_the_key_is_an_error() -> None:
    identity, other = Identity.generate(), Identity.generate()
    shares, foreign = split(identity), split(other)
    cases = {
        "no share": [],
        "2 are needed": shares[:1],
        "twice": [shares[0], shares[0]],
        "of one key": [shares[0], foreign[1]],
        "another key": foreign[:2],
        "too few or too many words": [shares[0], shares[1].rsplit(" ", 1)[0]],
        "list of words": [shares[0], "blitzkrieg " + shares[1].split(" ", 1)[1]],
        "does not fit": [shares[0], _other_word(shares[1])],
    }
    for reason, given_shares in cases.items():
        with pytest.raises(WrongShare) as error:
            join(given_shares, identity.recipient)
        assert reason in error.value.message, reason
        assert not any(word in error.value.message.split() for word in shares[0].split()[4:])
    with pytest.raises(UsageProblem):
        split(identity, 1, 3)


def _other_word(share: str) -> str:
    words = share.split()
    words[20] = next(w for w in WORDLIST if w != words[20])
    return " ".join(words)


@given(st.integers(4, 32), st.integers(0, 1023), st.data())
def test_any_one_wrong_word_is_an_error(place: int, word: int, data: st.DataObject) -> None:
    shares = [share.split() for share in _SHARES]
    victim = data.draw(st.integers(0, 1))
    if shares[victim][place] == WORDLIST[word]:
        return
    shares[victim][place] = WORDLIST[word]
    with pytest.raises(WrongShare):
        join([" ".join(s) for s in shares[:2]], _IDENTITY.recipient)


_IDENTITY = Identity.generate()
_SHARES = split(_IDENTITY)


def test_words_may_be_typed_as_people_type() -> None:
    one = "# my share\n" + "\n".join(
        f"{n}. {word.upper()}" for n, word in enumerate(_SHARES[0].split(), 1)
    )
    assert join([one, f"  {_SHARES[2]}  "], _IDENTITY.recipient) == _IDENTITY


def test_an_archive_from_keys_to_drill(tmp_path: Path) -> None:
    keys = new_archive(tmp_path / "archive")
    secret = (tmp_path / "archive" / IDENTITY_FILE).read_text()
    paths = split_archive(tmp_path / "archive", tmp_path / "shares")
    assert not (tmp_path / "archive" / IDENTITY_FILE).exists()
    key_text = secret.splitlines()[-1].encode()
    words = [path.read_text() for path in paths]

    before = _bytes_under(tmp_path)
    report = drill(tmp_path / "archive", words[1:])
    assert report["shares_used"] == [2, 3]
    assert _bytes_under(tmp_path) == before, "a drill writes nothing"
    assert not any(key_text in data for data in before.values())
    with pytest.raises(WrongShare):
        drill(tmp_path / "archive", words[:1])
    with pytest.raises(NotOurs):
        split_archive(tmp_path / "archive", tmp_path / "more")
    with pytest.raises(AlreadyThere):
        new_archive(tmp_path / "archive")

    identity = join(words[:2], keys.card.recipients[0])
    book = keys.book(open_archive(tmp_path / "archive").open_office([identity]))
    book.append({"act": "opened"})
    assert [r.fields["act"] for r in book.records()] == ["keys-made", "opened"]


def test_two_archives_in_two_countries(tmp_path: Path) -> None:
    one, two = new_archive(tmp_path / "one"), new_archive(tmp_path / "two")
    cards = [ArchiveCard.from_file(tmp_path / name / "archive.json") for name in ("one", "two")]
    both = combine(cards)
    assert both.recipients == (*one.card.recipients, *two.card.recipients)
    kit = create_kit(
        tmp_path / "kit", "source", "caesar", both, "five ordinary words", work_factor=10
    )
    from amana.core.seal import seal

    sealed = seal(b"evidence", kit.archive.recipients)
    for name in ("one", "two"):
        text = (tmp_path / name / IDENTITY_FILE).read_text()
        identity = Identity.from_file(text)
        assert (
            pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity.text)]) == b"evidence"
        )
    path = one.register(kit.public)
    assert open_archive(tmp_path / "one").people() == [kit.public]
    assert "caesar" not in path.name


def _bytes_under(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sheet_shows_the_words_in_order_in_three_languages(tmp_path: Path) -> None:
    import pypdfium2

    new_archive(tmp_path / "archive")
    paths = split_archive(tmp_path / "archive", tmp_path / "s", sheets=True)
    fingerprint = open_archive(tmp_path / "archive").fingerprint
    for path in (paths[0], tmp_path / "s" / "successor" / "share-1.txt"):
        document = pypdfium2.PdfDocument(path.with_suffix(".pdf"))
        assert len(document) == 1, "a share is one page"
        text = document[0].get_textpage().get_text_range()
        share = path.read_text().splitlines()[-1].split()
        found = [w for w in re.findall(r"[a-z]+", text.partition("SLIP")[0]) if w in WORDLIST]
        assert found[: len(share)] == share
        assert fingerprint[:4] in text
        for word in ("Share 1", "Part 1"):
            assert word in text
        assert any("\u0600" <= c <= "\u06ff" or "\ufb50" <= c <= "\ufeff" for c in text)
        document.close()


@pytest.mark.skipif(not shutil.which("zbarimg"), reason="zbarimg is not installed")
def test_the_code_on_the_sheet_is_read_by_another_program(tmp_path: Path) -> None:
    import pypdfium2

    from amana.trustees.sheet import share_sheet

    page = pypdfium2.PdfDocument(share_sheet(_SHARES[0], "ab" * 32))[0]
    page.render(scale=3).to_pil().save(tmp_path / "sheet.png")
    # Only QR codes: it also takes the pattern of one for a bar code now and then.
    options = ["-q", "--raw", "-Sdisable", "-Sqrcode.enable"]
    done = subprocess.run(
        ["zbarimg", *options, str(tmp_path / "sheet.png")], capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == _SHARES[0]
