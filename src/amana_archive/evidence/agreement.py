"""Whether readings of one number agree. `?` stands for a digit that nobody could tell, so it agrees
with every digit; it is never filled in by guessing."""

from __future__ import annotations

from collections.abc import Sequence

Answer = tuple[str, str]  # finding, value


def agree(one: Answer, other: Answer) -> bool:
    if one[0] != other[0] or len(one[1]) != len(other[1]):
        return False
    pairs = zip(one[1], other[1], strict=True)
    return all(a == b or "?" in (a, b) for a, b in pairs)


def all_agree(answers: Sequence[Answer]) -> bool:
    """Each with each: 2?7 agrees with 227 and with 217, which do not agree."""
    distinct = list(dict.fromkeys(answers))
    return all(agree(a, b) for n, a in enumerate(distinct) for b in distinct[n + 1 :])


def common(values: Sequence[str]) -> str:
    """What agreeing values say together: every digit that somebody could tell."""
    columns = zip(*values, strict=True)
    return "".join(next((c for c in column if c != "?"), "?") for column in columns)
