"""PGP/MIME that gpg opens, and that fetching opens again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from mail_cast import HERE, THERE, Cast, Memory, arrived, drop, make_packs

from amana.errors import BadKey, NotOurs
from amana.mail.fetch import fetch
from amana.mail.folder import EmlFolder
from amana.mail.pgp import opener, wrapper
from amana.mail.send import send
from amana.mail.sift import attachments

pytest.importorskip("pysequoia")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, secret key), made by gpg, as a recipient has them."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    home = tmp_path_factory.mktemp("gnupg")
    home.chmod(0o700)
    gpg(home, "--quick-gen-key", "--passphrase", "", "Archive <a@localhost>", "future-default")
    public, secret = home / "public.asc", home / "secret.asc"
    public.write_bytes(gpg(home, "--armor", "--export"))
    secret.write_bytes(gpg(home, "--armor", "--export-secret-keys"))
    return public, secret


def gpg(home: Path, *arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run(
        ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", *arguments],
        input=data,
        capture_output=True,
        check=True,
    ).stdout


def wrapped(cast: Cast, folder: Path, certificate: Path) -> tuple[list[bytes], list[bytes]]:
    contents = make_packs(folder / "packs", [60_000])
    mailer = Memory()
    send(
        folder / "packs",
        cast.kit,
        [THERE],
        mailer,
        sender_address=HERE,
        state=folder / "state",
        wrap=wrapper([certificate]),
    )
    return contents, mailer.messages


def test_gpg_opens_what_we_wrap(cast: Cast, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    _, messages = wrapped(cast, tmp_path, keys[0])
    raw = messages[0]
    assert b"multipart/encrypted" in raw
    assert b'octet-stream; name="document' not in raw
    names = {line.split(b":")[0].lower() for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n")}
    allowed = {b"from", b"to", b"subject", b"date", b"message-id", b"mime-version"}
    assert {n for n in names if not n.startswith(b" ")} == allowed | {b"content-type"}
    armored = raw[raw.index(b"-----BEGIN PGP") : raw.index(b"-----END PGP MESSAGE-----") + 25]
    inside = gpg(keys[0].parent, "--decrypt", data=armored)
    assert len(list(attachments(inside))) == 1


def test_fetching_opens_pgp_with_its_key(
    cast: Cast, tmp_path: Path, inbox: Path, keys: tuple[Path, Path]
) -> None:
    contents, messages = wrapped(cast, tmp_path, keys[0])
    folder = EmlFolder(drop(tmp_path / "mail", messages))
    without = fetch(folder, tmp_path / "other", cast.mailbox, cast.senders)
    assert without.letters == 0
    report = fetch(folder, inbox, cast.mailbox, cast.senders, opener=opener(keys[1]))
    assert (report.letters, report.refused_count) == (len(messages) - report.duplicates, 0)
    assert arrived(inbox) == contents


def test_what_gpg_seals_itself_is_opened(
    cast: Cast, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    """A mail program that files letters encrypts them again: compressed, and signed."""
    plain = b"Content-Type: text/plain\r\n\r\nhello\r\n" * 100
    sealed = gpg(
        keys[0].parent, "--armor", "--sign", "--encrypt", "--default-recipient-self", data=plain
    )
    assert list(opener(keys[1])(b"x\n" + sealed)) == [plain]


def test_no_certificates_and_no_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotOurs):
        wrapper([tmp_path / "nowhere"])
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(BadKey):
        wrapper([tmp_path / "junk"])
    with pytest.raises(BadKey):
        opener(tmp_path / "junk")
