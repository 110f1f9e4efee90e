"""The rules of the bag and its seal (spec/dossier.md, sections 1 to 3). Decides on bytes and
digests that others read; does no I/O.

- each manifest has one spelling: ascending paths, lower-case digests, two spaces;
- every file is listed, every listed file is there, and has the digest listed;
- every file is called for by the sheet or the items: nothing can be slipped in;
- the seal names this dossier's id and this manifest, by the archive's key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

from amana.dossier import layout
from amana.dossier.findings import Findings
from amana.dossier.notes import open_strictly
from amana.dossier.sheet import Sheet
from amana.errors import AmanaError, Malformed

_LINE = re.compile(rb"([0-9a-f]{64})  ([!-~]+)")
_BAG_INFO = re.compile(
    r"Bagging-Date: (\d{4}-\d{2}-\d{2})\n"
    r"External-Identifier: ([0-9a-f]{32})\n"
    r"Payload-Oxum: (\d{1,18})\.(\d{1,18})\n"
)


@dataclass(frozen=True)
class Digest:
    """Of a file: its SHA-256 in hex, its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Bag:
    """A dossier's folder as it was read: every file's digest; the bytes of all that is not bulk;
    and what is neither a file nor a folder with files in it."""

    digests: Mapping[str, Digest]
    contents: Mapping[str, bytes]
    odd: tuple[str, ...] = ()

    def read(self, path: str) -> bytes:
        """The bytes of a file; none where it is not there (which `files` reports)."""
        return self.contents.get(path, b"")


def read_manifest(data: bytes) -> dict[str, str]:
    """Path to digest. Raises Malformed."""
    found: dict[str, str] = {}
    last = ""
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        match = _LINE.fullmatch(line)
        path = match.group(2).decode("ascii") if match else ""
        if not match or path <= last:
            raise Malformed(what="manifest", reason=f"line {number}")
        found[path] = match.group(1).decode("ascii")
        last = path
    if data and not data.endswith(b"\n"):
        raise Malformed(what="manifest", reason="no line feed at its end")
    return found


def write_manifest(digests: Mapping[str, str]) -> bytes:
    return b"".join(f"{digests[path]}  {path}\n".encode("ascii") for path in sorted(digests))


def check_manifests(bag: Bag, findings: Findings) -> None:
    payload = {path for path in bag.digests if path.startswith(layout.DATA)}
    _check_manifest(bag, layout.MANIFEST, payload, "manifest", findings)
    _check_manifest(bag, layout.TAG_MANIFEST, set(layout.TAG_FILES), "tagmanifest", findings)


def _check_manifest(bag: Bag, name: str, wanted: Set[str], code: str, findings: Findings) -> None:
    try:
        listed = read_manifest(bag.read(name))
    except Malformed as error:
        findings.fail(code, error.message)
        return
    for path in sorted(wanted | set(listed)):
        if path not in listed:
            findings.fail(code, f"{path} is not listed")
        elif path not in bag.digests or path not in wanted:
            findings.fail(code, f"{path} is listed, but not there")
        elif bag.digests[path].sha256 != listed[path]:
            findings.fail(code, f"{path} is not the file that was listed")
    findings.note(code, f"{len(listed)} files")


def check_bag(bag: Bag, sheet: Sheet, findings: Findings) -> None:
    if bag.read(layout.BAGIT) != layout.BAGIT_TEXT:
        findings.fail("bag", "bagit.txt is not that of a BagIt 1.0 bag")
    match = _BAG_INFO.fullmatch(bag.read(layout.BAG_INFO).decode("utf-8", "replace"))
    if not match:
        findings.fail("bag", "bag-info.txt is not as it must be")
        return
    payload = [d.size for path, d in bag.digests.items() if path.startswith(layout.DATA)]
    if (match.group(3), match.group(4)) != (str(sum(payload)), str(len(payload))):
        findings.fail("bag", f"the payload is {sum(payload)} bytes in {len(payload)} files")
    if (match.group(1), match.group(2)) != (sheet.made[:10], sheet.id):
        findings.fail("bag", "bag-info.txt names another dossier, or another day")
    findings.note("bag", f"{len(payload)} files, {sum(payload)} bytes")


def check_files(bag: Bag, called_for: Set[str], findings: Findings) -> None:
    wanted = called_for | {*layout.TAG_FILES, layout.TAG_MANIFEST}
    for path in sorted(set(bag.digests) - wanted):
        findings.fail("files", f"{path} is not called for")
    for path in sorted(wanted - set(bag.digests)):
        findings.fail("files", f"{path} is missing")
    for path in bag.odd:
        findings.fail("files", f"{path} is neither a file nor a folder with files")
    findings.note("files", f"{len(bag.digests)} files, all called for")


def seal_text(dossier_id: str, manifest_sha256: str) -> str:
    return f"{layout.SEAL_LINE}\n{dossier_id}\n{manifest_sha256}\n"


def check_seal(bag: Bag, sheet: Sheet, findings: Findings) -> None:
    own = [ledger.verifier for ledger in sheet.ledgers if ledger.name == layout.OWN]
    if own and own[0] != sheet.seal:
        findings.fail("seal", "the sealing key is not that of the archive's own ledger")
    manifest = bag.digests.get(layout.MANIFEST, Digest("", 0)).sha256
    try:
        note = open_strictly(bag.read(layout.SEAL), sheet.seal)
    except AmanaError as error:
        findings.fail("seal", error.message)
        return
    if note.text != seal_text(sheet.id, manifest):
        findings.fail("seal", "it seals another dossier, or another state of this one")
    findings.note("seal", f"sealed by {sheet.seal.vkey}")
