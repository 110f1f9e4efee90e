"""Every error that Amana raises on purpose, in one tree.

The docstring of an error is what the user reads: its first paragraph is the message, the second
the hint (what is safe, what to do next). Both may name fields in braces, which the constructor
takes as keywords. `exit_code` is what the process ends with, and is documented in
docs/reference/exit-codes.md.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class AmanaError(Exception):
    """something went wrong

    nothing that was committed before is lost"""

    exit_code: ClassVar[int] = 1

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        message, _, hint = inspect.cleandoc(type(self).__doc__ or "").partition("\n\n")
        self.message = _fold(message).format_map(_Fields(fields))
        self.hint = _fold(hint).format_map(_Fields(fields))
        super().__init__(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders (capture's workers), so they must be picklable by keyword.
        return (_rebuild, (type(self), self.fields))


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _rebuild(kind: type[AmanaError], fields: dict[str, Any]) -> AmanaError:
    return kind(**fields)


def _fold(paragraph: str) -> str:
    return " ".join(paragraph.split())


# --- what the user gave us -------------------------------------------------------------------


class UsageProblem(AmanaError):
    """{what}

    nothing was done; see --help"""

    exit_code = 2


class SourceMissing(AmanaError):
    """there is no folder or file {path!r}

    nothing was done; check the path, or whether the disk is plugged in"""

    exit_code = 3


class SourceUnreadable(AmanaError):
    """{path!r} cannot be read: {reason}

    nothing was done; check the permissions, or run as the user who owns it"""

    exit_code = 3


class AlreadyThere(AmanaError):
    """{path!r} exists already and is not empty

    it was left untouched; name a new place"""

    exit_code = 4


class NotOurs(AmanaError):
    """{path!r} is not {expected}

    it was left untouched; check the path"""

    exit_code = 4


class NoSpace(AmanaError):
    """no space left on {path!r}

    everything committed before is safe; make room or take another disk, and run the same
    command again: it goes on where it stopped"""

    exit_code = 5


class WriteFailed(AmanaError):
    """writing to {path!r} failed: {reason}

    everything committed before is safe; check the cable and the disk, and run the same command
    again: it goes on where it stopped"""

    exit_code = 5


class InUse(AmanaError):
    """{path!r} is in use by another Amana

    nothing was done; wait for the other one to end"""

    exit_code = 6


# --- keys and passphrases --------------------------------------------------------------------


class WrongPassphrase(AmanaError):
    """this passphrase does not open {path!r}

    nothing was changed; check the keyboard layout and try again"""

    exit_code = 10


class WeakPassphrase(AmanaError):
    """a passphrase of fewer than {minimum} characters is guessed in hours

    nothing was written; five or six ordinary words are easy to keep and hard to guess"""

    exit_code = 10


class BadKey(AmanaError):
    """this is not {expected}: {reason}

    nothing was done; check that the right file was given"""

    exit_code = 11


class WrongShare(AmanaError):
    """the shares do not give the archive's key: {reason}

    nothing was opened; check every word against the sheet, and that all shares are of this key"""

    exit_code = 12


class Locked(AmanaError):
    """the archive is locked

    {needed} trustees must bring their shares first"""

    exit_code = 12


# --- formats and proofs ----------------------------------------------------------------------


class Malformed(AmanaError):
    """malformed {what}: {reason}

    it was not used"""

    exit_code = 20


class CannotOpen(AmanaError):
    """{what} cannot be opened: {reason}

    nothing of it was used; it may be damaged, or sealed to another key"""

    exit_code = 21


class NotProved(AmanaError):
    """{what} is not proved: {reason}

    do not rely on it"""

    exit_code = 22


class Damaged(AmanaError):
    """{path!r} is damaged: {reason}

    it was not used; the rest is untouched"""

    exit_code = 23


class TooFewPieces(AmanaError):
    """{what} cannot be restored: {have} good pieces, {need} are needed

    nothing was written; bring further disks or wait for further letters"""

    exit_code = 24


class LedgerBroken(AmanaError):
    """alarm: the ledger {origin} broke its promise: {what}

    keep both heads ({evidence}); nothing it proves after the last good head may be relied on; tell
    the other mirrors and witnesses now"""

    exit_code = 25


# --- the way ---------------------------------------------------------------------------------


class MailRefused(AmanaError):
    """the mail server refused: {reason}

    every letter sent so far is counted; run the same command again and it sends only the rest"""

    exit_code = 30


class MailUnreachable(AmanaError):
    """the mail server {server} cannot be reached: {reason}

    nothing was lost; check the line and run the same command again"""

    exit_code = 30


class MeetingRefused(AmanaError):
    """this is not the person the card speaks of: {reason}

    the words that were used are void now, and stay so; leave. {left}"""

    exit_code = 31


class MeetingCut(AmanaError):
    """the meeting was cut at {step}

    {outcome}"""

    exit_code = 32


class AuthorityFailed(AmanaError):
    """the time authority {url} gave no usable token: {reason}

    the ledger is unchanged; run the command again later"""

    exit_code = 33


class WitnessFailed(AmanaError):
    """the witness {url} did not cosign: {reason}

    the ledger is unchanged; if it speaks of a fork, tell the partner organisation by telephone"""

    exit_code = 33


class ScannerMissing(AmanaError):
    """what leaves cannot be examined: {reason}

    nothing left; without exiftool nobody can say that no camera or place is in it"""

    exit_code = 34


class Leaks(AmanaError):
    """{count} things that were not meant to leave were found: {first}

    nothing left; take them out and scan again"""

    exit_code = 35


class Incomplete(AmanaError):
    """the work is not complete: {what}

    what is done is done and stays; {next}"""

    exit_code = 40


class Interrupted(AmanaError):
    """interrupted

    everything committed before is safe; run the same command again and it goes on"""

    exit_code = 130
