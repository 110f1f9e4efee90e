"""What `amana dossier build` was asked for, read from its options: which items, what to hold back,
who vouches. Refuses before anything is entered in the ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amana.core.sign import Verifier
from amana.dossier.case import Redaction, Withheld
from amana.dossier.gather import Name, Wanted
from amana.dossier.layout import LANGUAGES
from amana.errors import Malformed, SourceUnreadable, UsageProblem
from amana.reunite.archive import Archive
from amana.reunite.inventory import inventory

_PROVED = ("reunited", "copy_only", "original_only", "record_only")


@dataclass(frozen=True)
class Vouchers:
    """Tokens, roots by address, cosigned notes, witnesses' keys."""

    stamps: Path | None
    roots: Mapping[str, bytes]
    cosigned: Sequence[str]
    witnesses: Sequence[Verifier]


def items(archive: Archive, listed: Path | None, query: str | None) -> list[Name]:
    """The items listed in a file, or those that a query finds. Raises UsageProblem."""
    if (listed is None) == (query is None):
        raise UsageProblem(what="name the items by --items or by --query, not both")
    if listed is not None:
        return [_name(line) for line in _read(listed).splitlines() if line.strip()]
    needle = str(query).casefold()
    found = [
        (item.origin, item.seq)
        for state in _PROVED
        for item in inventory(archive).items(state)
        if needle in item.record.original.get("path", "").casefold()
        or needle == item.record.original["sha256"]
    ]
    if not found:
        raise UsageProblem(what=f"no proved item has {query!r} in its path, or this digest")
    return found


def _name(line: str) -> Name:
    origin, _, seq = line.strip().rpartition(" ")
    if not origin or not (seq.isascii() and seq.isdigit()):
        raise UsageProblem(what=f"{line!r:.80} is not `LEDGER SEQ`")
    return origin.strip(), int(seq)


def withheld(path: Path | None) -> dict[Name, Withheld]:
    """From JSON lines: `ledger`, `seq`, and reasons under `record`, `original`, `copy`, or
    `remove` (dotted field names to reasons). Raises Malformed, UsageProblem."""
    found: dict[Name, Withheld] = {}
    for line in _read(path).splitlines() if path else []:
        if line.strip():
            name, held = _held(line)
            if name in found:
                raise UsageProblem(what=f"item {name[1]} of {name[0]} is held back twice")
            found[name] = held
    return found


def _held(line: str) -> tuple[Name, Withheld]:
    what = "line of what to hold back"
    try:
        said: Any = json.loads(line)
    except ValueError:
        raise Malformed(what=what, reason="not JSON") from None
    known = {"ledger", "seq", "record", "original", "copy", "remove"}
    if not isinstance(said, dict) or not {"ledger", "seq"} < set(said) or set(said) - known:
        raise Malformed(what=what, reason=f"its fields: ledger, seq and some of {sorted(known)}")
    reasons = {name: said.get(name) for name in ("record", "original", "copy")}
    removed = said.get("remove", {})
    given = [*[r for r in reasons.values() if r is not None], *_values(removed)]
    if not given or not all(isinstance(reason, str) and reason for reason in given):
        raise Malformed(what=what, reason="each thing held back needs its reason, a text")
    redaction = Redaction(dict(removed)) if removed else None
    return (str(said["ledger"]), int(said["seq"])), Withheld(**reasons, redaction=redaction)


def _values(removed: Any) -> list[Any]:
    return list(removed.values()) if isinstance(removed, dict) else [None]


def vouchers(
    stamps: Path | None, roots: Sequence[str], cosigned: Sequence[Path], witnesses: Sequence[str]
) -> Vouchers:
    """Raises UsageProblem, SourceUnreadable, BadKey."""
    pem = {}
    for given in roots:
        url, mark, path = given.rpartition("=")
        if not mark or not url:
            raise UsageProblem(what=f"{given!r:.80} is not URL=FILE")
        pem[url] = _read(Path(path)).encode()
    notes = [_read(path) for path in cosigned]
    return Vouchers(stamps, pem, notes, [Verifier.parse(vkey) for vkey in witnesses])


def wanted(
    *,
    title: str,
    items: Sequence[Name],
    disclosure: tuple[str, str, str, str],
    withheld: Mapping[Name, Withheld],
    vouchers: Vouchers,
    languages: str,
) -> Wanted:
    """`disclosure`: by whom, to whom, on what basis, on what terms. Raises UsageProblem."""
    spoken = sorted(language.strip() for language in languages.split(",") if language.strip())
    unknown = sorted(set(spoken) - set(LANGUAGES))
    if unknown or not spoken:
        raise UsageProblem(what=f"languages are of ar, en and fr, not {languages!r}")
    stray = sorted(set(withheld) - set(items))
    if stray:
        raise UsageProblem(
            what=f"entry {stray[0][1]} of {stray[0][0]} is to be held back, not given"
        )
    by, to, basis, terms = disclosure
    return Wanted(
        title=title,
        items=items,
        by=by,
        to=to,
        basis=basis,
        terms=terms,
        withheld=withheld,
        stamps=vouchers.stamps,
        roots=vouchers.roots,
        cosigned=vouchers.cosigned,
        witnesses=vouchers.witnesses,
        languages=spoken,
        reports=spoken,
    )


def _read(path: Path) -> str:
    if str(path) == "-":
        return sys.stdin.read()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceUnreadable(path=str(path), reason=str(error)) from None
