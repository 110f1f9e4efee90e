"""Originals that follow their copies: the second half of a batch whose first half was committed.

The records are the very same lines, so nothing is added to the ledger; the pack of originals is
added to the vault. A file that changed since its copy was made is told: the bytes that the record
speaks of are gone, and what is there now is captured as a file of its own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from amana.capture.batch import Result, read_again, seal_pack
from amana.capture.files import Reading, reading
from amana.capture.report import Trouble
from amana.core.durable import Disk
from amana.core.names import content_name, path_bytes, shown
from amana.ledger.entry import Record, parse_record
from amana.vault.index import INDEX_FILE, Tags, held_tag
from amana.vault.pack import ORIGINALS, Member
from amana.vault.waiting import Waiting


@dataclass(frozen=True)
class FollowJob:
    """A list of originals to come, and what a worker must know of the vault."""

    waiting: Waiting
    vault: str
    index_key: bytes = field(repr=False)
    tags: int
    recipients: tuple[str, ...]
    batch_bytes: int


def follow_batch(job: FollowJob, disk: Disk | None = None) -> Result:
    """Read and seal the originals that can be reached. Raises NoSpace, WriteFailed.

    `waiting` of the result is the list of those that could not, None when nothing is left.
    """
    records = [parse_record(line) for line in job.waiting.lines]
    tags = Tags(Path(job.vault) / INDEX_FILE).follow(job.tags)
    result = Result()
    members: list[Member] = []
    left: dict[int, bytes] = {}
    for place, path in sorted(job.waiting.paths.items()):
        record = records[place]
        tag = held_tag(job.index_key, bytes.fromhex(record.original["sha256"]))
        if tag in tags or tag in result.tags:
            continue
        try:
            members.append(_member(path, record, job.batch_bytes))
        except FileNotFoundError:
            # Its disk may be away: it waits for another time.
            left[place] = path
            continue
        except (OSError, _Changed) as error:
            reason = getattr(error, "strerror", None) or str(error)
            name = shown(path_bytes(record.original))
            result.lost.append(Trouble(name, f"its copy is in, its original is not: {reason}"))
            continue
        result.tags.append(tag)
        result.originals += 1
        result.bytes_read += record.original["size"]
    result.left = len(left)
    if members:
        folder = Path(job.vault) / ORIGINALS
        result.originals_pack = seal_pack(folder, job.recipients, records, members, disk or Disk())
    if left:
        result.waiting = Waiting(job.waiting.lines, left).to_bytes()
    return result


class _Changed(Exception):
    """The bytes are not those that the record speaks of."""


def _member(path: bytes, record: Record, most: int) -> Member:
    size, expected = record.original["size"], bytes.fromhex(record.original["sha256"])
    # A source that was named as a link is followed, as it was for its copy.
    with reading(path, follow=os.path.islink(path)) as source:  # noqa: PTH114 - a name in bytes
        large = source.size > most
        chunks = list(source.chunks()) if not large else []
        digest = _digest(chunks if not large else source.chunks())
        if source.size != size or digest != expected or _grew(source):
            raise _Changed("it changed since its copy was made")
    name = content_name(ORIGINALS, expected.hex())
    return Member(name, size, read_again(path, expected) if large else chunks)


def _digest(chunks: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.digest()


def _grew(source: Reading) -> bool:
    return os.fstat(source.handle).st_size != source.size
