"""Before a covered picture leaves in a dossier, it passes the scan, like everything that leaves.

Threat: a picture that is covered on the screen and whole in its file: a layer, a thumbnail, bytes
behind the end. The working copy is our own PNG, so any finding is a fault of ours, and stops the
dossier.
"""

from __future__ import annotations

from amana.errors import Leaks
from amana_archive.courts import wanted
from amana_archive.publication.scan.known import Known
from amana_archive.publication.scan.scan import DOSSIER, scan


def examine(name: str, data: bytes) -> None:
    """Raises Leaks, ScannerMissing."""
    found = scan({name: data}, Known(), DOSSIER).findings
    if found:
        raise Leaks(count=len(found), first=str(found[0]))


if examine not in wanted.examiners:
    wanted.examiners.append(examine)
