"""How a command gets the archive's key: from trustees' shares, from an identity file, or by asking
the trustees to type their words. It stays in this process's memory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from amana.errors import Locked, NotOurs

if TYPE_CHECKING:
    from amana.core.unseal import Identity

SharesOption = typer.Option(
    None, "--share", help="A file with one trustee's words; once for each trustee.", metavar="FILE"
)
IdentityOption = typer.Option(
    None, "--identity", help="The archive's identity file, where it was not split.", metavar="FILE"
)


def unlock(archive: Path, shares: list[Path] | None, identity: Path | None) -> Identity:
    """The archive's key, compared with the public one in `archive`/archive.json.

    Raises Locked, WrongShare, BadKey, NotOurs.
    """
    from amana.core.unseal import Identity
    from amana.errors import BadKey
    from amana.trustees.archive_keys import open_archive
    from amana.trustees.shares import join

    recipient = open_archive(archive).card.recipients[0]
    if identity is not None:
        found = Identity.from_file(read_text(identity, "an identity file"))
        if found.recipient != recipient:
            raise BadKey(expected="this archive's identity", reason="it is another key")
        return found
    words = [read_text(path, "a share") for path in shares or []] or _typed()
    return join(words, recipient)


def read_text(path: Path, expected: str) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        raise NotOurs(path=str(path), expected=expected) from None


def _typed() -> list[str]:
    """Ask at the terminal, without echo: shares must not stay on a screen."""
    if not sys.stdin.isatty():
        raise Locked(needed=2)
    import getpass

    from amana.trustees.shares import share_number

    words = [getpass.getpass("Words of the first trustee: ")]
    while len(words) < share_number(words[0])[1]:
        words.append(getpass.getpass("Words of the next trustee: "))
    return words
