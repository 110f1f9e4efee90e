"""Matching from end to end: read the pictures, match, propose."""

from __future__ import annotations

from pathlib import Path

from amana.core.encoding import Json
from amana.ports import Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.group import propose
from amana.reunite.match import Matcher
from amana.reunite.pictures import Gathered, archive_originals, folder_files, gather
from amana.reunite.prints import Prints
from amana.reunite.proposals import proposals

PRINTS_FILE = "prints.sqlite"


def match_folders(
    copies: Path, originals: Path, *, cases: bool = False, progress: Progress = silent
) -> Json:
    """Match a folder against a folder; nothing is kept. Raises SourceMissing."""
    kept = Prints()
    try:
        held = gather(folder_files(originals), kept, progress)
        return _match(copies, kept, held, cases, progress)
    finally:
        kept.close()


def match_archive(
    copies: Path, archive: Archive, *, cases: bool = False, progress: Progress = silent
) -> Json:
    """Match a folder against the originals of an unlocked archive, whose fingerprints are kept
    (closed) beside the catalogue: the next time only what is new is looked at. Raises Locked."""
    archive.act("matching by picture", copies=str(copies.name))
    kept = Prints(archive.folder / PRINTS_FILE, archive.keys)
    try:
        held = gather(archive_originals(archive), kept, progress)
        return _match(copies, kept, held, cases, progress)
    finally:
        kept.close()


def _match(
    copies: Path, originals: Prints, held: Gathered, cases: bool, progress: Progress
) -> Json:
    asked = Prints()
    try:
        found = gather(folder_files(copies), asked, progress)
        matches = Matcher(originals).match(asked, progress=progress)
        result = proposals(matches, found, held)
        if cases:
            groups = propose(asked)
            name = {picture.place: picture.name for picture in found.pictures}
            result["cases"] = [[name[place] for place in group] for group in groups.cases]
            result["twins"] = [[name[place] for place in group] for group in groups.twins]
            result["twins"] += [names for names in found.names.values() if len(names) > 1]
        return result
    finally:
        asked.close()
