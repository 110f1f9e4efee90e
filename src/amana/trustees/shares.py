"""The archive's key in shares: SLIP-39 mnemonics, any `threshold` of which give the key back.

https://github.com/satoshilabs/slips/blob/master/slip-0039.md. No passphrase is used: a wrong one
would give another key without an error. For the same reason a joined key counts only if its public
half is the one that is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics

from amana.core.unseal import Identity
from amana.errors import BadKey, UsageProblem, WrongShare

MAX_SHARES = 16
# PBKDF2 work of SLIP-39 guards a passphrase; we use none, so the least there is.
_ITERATION_EXPONENT = 0


def split(identity: Identity, threshold: int = 2, shares: int = 3) -> list[str]:
    """`shares` mnemonics of 33 words each; any `threshold` of them give `identity` back.

    Raises UsageProblem for impossible numbers.
    """
    if not 1 <= threshold <= shares <= MAX_SHARES:
        raise UsageProblem(what=f"{threshold} of {shares} shares is not possible (at most 16)")
    if threshold == 1 and shares > 1:
        raise UsageProblem(what="1 of several shares would give the key to each holder alone")
    groups = generate_mnemonics(
        1, [(threshold, shares)], identity.secret(), iteration_exponent=_ITERATION_EXPONENT
    )
    return list(groups[0])


def join(shares: Sequence[str], expected_recipient: str) -> Identity:
    """The identity behind `shares`, whose public half must be `expected_recipient`.

    Surplus shares are tried too: every threshold-sized set must lead to the expected key, so that
    a wrong one among them is found and not passed over. Raises WrongShare.
    """
    return join_if(shares, lambda identity: identity.recipient == expected_recipient)


def join_if(shares: Sequence[str], expected: Callable[[Identity], bool]) -> Identity:
    """As `join`, for a key that is recognised by something else than its public half."""
    words = [normalise(share) for share in shares]
    try:
        parsed = [Share.from_mnemonic(w) for w in words]
        threshold = max((p.member_threshold for p in parsed), default=0)
        _check_set(parsed, threshold)
        windows = [words[i : i + threshold] for i in range(len(words) - threshold + 1)]
        secrets = [combine_mnemonics(w) for w in windows]
        found = [next(filter(expected, _readings(secret)), None) for secret in secrets]
    except (MnemonicError, BadKey, ValueError, IndexError) as error:
        raise WrongShare(reason=_explain(error)) from None
    if found[0] is None or any(identity != found[0] for identity in found):
        raise WrongShare(reason="they give another key than the archive's")
    return found[0]


def _readings(secret: bytes) -> Iterator[Identity]:
    """32 bytes may be the secret of an X25519 identity or of a hybrid one."""
    yield Identity.from_secret(secret)
    yield Identity.from_secret(secret, hybrid=True)


def share_number(share: str) -> tuple[int, int]:
    """(this share's number from 1, how many are needed). Raises WrongShare."""
    try:
        parsed = Share.from_mnemonic(normalise(share))
    except (MnemonicError, ValueError) as error:
        raise WrongShare(reason=_explain(error)) from None
    return parsed.index + 1, parsed.member_threshold


def normalise(share: str) -> str:
    """Words as people type them: any spacing, case, line numbers and comment lines left out."""
    lines = [line for line in share.splitlines() if not line.lstrip().startswith("#")]
    words = [w.strip(".,;:").lower() for w in " ".join(lines).split()]
    return " ".join(w for w in words if w and not w.rstrip(").").isdigit())


def _check_set(parsed: Sequence[Share], threshold: int) -> None:
    if not parsed:
        raise WrongShare(reason="no share was given")
    if len({(p.identifier, p.group_index, p.member_threshold) for p in parsed}) > 1:
        raise WrongShare(reason="they are not all of one key")
    different = {p.index: p for p in parsed}
    if len(different) < len(parsed):
        raise WrongShare(reason="one share was given twice")
    if len(different) < threshold:
        raise WrongShare(reason=f"{len(different)} given, {threshold} are needed")


def _explain(error: Exception) -> str:
    # Never quote the words: this text goes to terminals and logs.
    text = str(error)
    if "checksum" in text.lower():
        return "a word is wrong or missing (the checksum of a share does not fit)"
    if "word" in text.lower() and isinstance(error, MnemonicError):
        return "a word is not in the list of words"
    if "length" in text.lower():
        return "a share has too few or too many words"
    return "a share does not parse"
