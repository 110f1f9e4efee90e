"""The rehearsal's last act, in a process of its own: two families' enquiries.

    python -m amana_archive.rehearsed ARCHIVE LETTERS     the archive's identity on standard input

The last line of the output is a JSON object: what `families.demo.two_enquiries` tells,
or `left_out` with the reason.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from amana.core.unseal import Identity
from amana.errors import UsageProblem


def main(archive: Path, letters: Path, identity: Identity) -> dict[str, object]:
    """Fill the catalogue, then let two families ask. Raises what the archive raises."""
    from amana_archive.demo import fill_opened
    from amana_archive.server import prepare

    lockup = prepare(archive)
    lockup.open_with(identity)
    try:
        from amana_archive.families.demo import two_enquiries

        with lockup.using(touch=True) as opened:
            fill_opened(opened)
            return two_enquiries(opened, letters)
    except UsageProblem as problem:
        return {"left_out": str(problem)}
    finally:
        lockup.lock("rehearsed")


if __name__ == "__main__":
    told = main(Path(sys.argv[1]), Path(sys.argv[2]), Identity.from_file(sys.stdin.read()))
    sys.stdout.write(json.dumps(told) + "\n")
