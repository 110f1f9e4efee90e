"""Reads a dossier's folder and has it judged. Nothing is believed here, nothing decided: each file
is read once, digested, and, where it is not one of the large ones, handed over as bytes."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from amana.dossier import layout
from amana.dossier.bag_rules import Bag, Digest
from amana.dossier.findings import Check, Verdict
from amana.dossier.judge import judge
from amana.dossier.ledger_rules import TokenCheck
from amana.dossier.tokens import check_token
from amana.errors import NotOurs, SourceMissing, SourceUnreadable
from amana.ports import Progress, silent

__all__ = ["Check", "Verdict", "read_bag", "verify"]
_CHUNK = 1 << 20
_BULK = tuple(layout.DATA + folder for folder in layout.BULK)


def verify(
    folder: Path,
    *,
    expected_seal: str | None = None,
    token_check: TokenCheck = check_token,
    progress: Progress = silent,
) -> Verdict:
    """The verdict over the dossier in `folder`.

    `expected_seal`: the archive's vkey, learnt from elsewhere. Raises SourceMissing,
    SourceUnreadable, NotOurs where there is no dossier at all.
    """
    return judge(read_bag(folder, progress=progress), token_check, expected_seal)


def read_bag(folder: Path, *, progress: Progress = silent) -> Bag:
    """Every file of `folder`, digested; hashing runs on all cores, because it frees the lock."""
    if not folder.is_dir():
        raise SourceMissing(path=str(folder))
    if not (folder / layout.BAGIT).is_file() or not (folder / layout.SHEET).is_file():
        raise NotOurs(path=str(folder), expected="a dossier")
    paths, odd = walk(folder)
    digests: dict[str, Digest] = {}
    contents: dict[str, bytes] = {}
    done = 0
    total = sum(size for _, size in paths)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda entry: _read(folder, entry[0]), paths)
        for (path, _), (digest, data) in zip(paths, results, strict=True):
            digests[path] = digest
            if data is not None:
                contents[path] = data
            done += digest.size
            progress(done, total, "verifying")
    return Bag(digests, contents, tuple(odd))


def walk(root: Path) -> tuple[list[tuple[str, int]], list[str]]:
    """(files with their sizes, other things), as paths with `/` relative to `root`."""
    files: list[tuple[str, int]] = []
    odd: list[str] = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(root / prefix) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        if not found and prefix:
            odd.append(prefix)
        for entry in found:
            path = prefix + entry.name
            mode = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(mode.st_mode):
                waiting.append(path + "/")
            elif stat.S_ISREG(mode.st_mode):
                files.append((path, mode.st_size))
            else:
                odd.append(path)
    return files, odd


def _read(root: Path, path: str) -> tuple[Digest, bytes | None]:
    bulk = path.startswith(_BULK)
    try:
        with (root / path).open("rb", buffering=0) as stream:
            if bulk:
                return _digest(stream.fileno()), None
            data = stream.read()
    except OSError as error:
        raise SourceUnreadable(path=str(root / path), reason=error.strerror) from error
    return Digest(hashlib.sha256(data).hexdigest(), len(data)), data


def _digest(handle: int) -> Digest:
    sha256, size = hashlib.sha256(), 0
    while chunk := os.read(handle, _CHUNK):
        sha256.update(chunk)
        size += len(chunk)
    return Digest(sha256.hexdigest(), size)
