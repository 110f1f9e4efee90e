"""Matches by picture as a list for people: proposed, and each with who confirmed it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import Json, utc
from amana.errors import Malformed, NotOurs
from amana.ports import Clock, system_clock
from amana.reunite.match import MATCHED, NONE, PERSON_NEEDED, Match
from amana.reunite.pictures import Gathered

PROPOSED, CONFIRMED, REJECTED = "proposed", "confirmed", "rejected"


def proposals(matches: list[Match], copies: Gathered, originals: Gathered) -> Json:
    """The report of a matching: counts, then one entry for each copy."""
    by_place = {picture.place: picture for picture in originals.pictures}
    copy_of = {picture.place: picture for picture in copies.pictures}
    listed = []
    for match in matches:
        copy = copy_of[match.copy]
        entry: Json = {
            "copy": copy.name,
            "copy_sha256": copy.sha256,
            "names": copies.names[match.copy],
            "state": match.state,
            "score": f"{match.score:.4f}",
        }
        if match.original is not None:
            original = by_place[match.original]
            entry |= {"original": original.name, "original_sha256": original.sha256}
            entry |= {
                "how": match.how,
                "decision": PROPOSED,
                "confirmed_by": "",
                "confirmed_at": "",
            }
            entry["shared_with"] = [copy_of[other].name for other in match.shared_with]
        if match.runner_up and match.runner_up[0] in by_place:
            place, score = match.runner_up
            entry["runner_up"] = {"original": by_place[place].name, "score": f"{score:.4f}"}
        listed.append(entry)
    counts = {state: sum(m.state == state for m in matches) for state in _STATES}
    unreadable = copies.unreadable + originals.unreadable
    return {
        "copies": len(copies.pictures),
        "originals": len(originals.pictures),
        **counts,
        "unreadable": unreadable,
        "matches": listed,
    }


_STATES = (MATCHED, PERSON_NEEDED, NONE)


def write(report: Json, path: Path, disk: Disk | None = None) -> None:
    """Raises WriteFailed, NoSpace."""
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    (disk or Disk()).write_whole(path, text.encode("utf-8"))


def read(path: Path) -> Json:
    """Raises NotOurs, Malformed."""
    try:
        report = json.loads(path.read_bytes())
    except OSError:
        raise NotOurs(path=str(path), expected="a list of proposed matches") from None
    except ValueError:
        raise Malformed(what="list of matches", reason="not JSON") from None
    if not isinstance(report, dict) or not isinstance(report.get("matches"), list):
        raise Malformed(what="list of matches", reason="another form")
    return report


def decide(
    path: Path,
    copy: str,
    decision: str,
    by: str,
    *,
    log: Callable[..., None],
    clock: Clock = system_clock,
) -> Json:
    """Write down that `by` confirmed or rejected the match of `copy`: first in the archive's
    ledger through `log` (Archive.act), then in the list. Returns the entry.

    Raises NotOurs, Malformed where no such match is proposed, and what `log` raises.
    """
    report = read(path)
    found: list[Json] = [m for m in report["matches"] if m.get("copy") == copy and "original" in m]
    if len(found) != 1 or not by.strip():
        raise Malformed(what="decision", reason=f"{len(found)} matches of {copy!r}, by {by!r}")
    entry = found[0]
    log(
        f"{decision} match",
        copy=entry["copy_sha256"],
        original=entry["original_sha256"],
        score=entry["score"],
        by=by,
    )
    entry |= {"decision": decision, "confirmed_by": by, "confirmed_at": utc(clock())}
    write(report, path)
    return entry
