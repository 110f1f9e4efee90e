"""Writes a dossier: streamed, whole or not at all.

Everything is written into a hidden folder beside the wanted one, each file and folder is synced,
and one rename makes it the dossier. Before the rename the builder judges its own work by the rules
that a court will use: what would not verify is not handed over.

Threat: what a crash leaves is plain evidence that nobody knows of. It is named `.tmp-dossier-*`; a
signal to end removes it, and after a `kill -9` or a power cut the next build in the same place
does (leftovers). The archive's web builds sealed parts instead, which are never plain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk, speaking_errors
from amana.core.sign import sign_note
from amana.dossier import layout
from amana.dossier.bag_rules import Bag, Digest, seal_text, write_manifest
from amana.dossier.case import CaseFile
from amana.dossier.contents import Compiled, Contents, compile_case
from amana.dossier.findings import Verdict
from amana.dossier.judge import examine, judge
from amana.dossier.ledger_rules import TokenCheck
from amana.dossier.leftovers import hidden_folder, sweep
from amana.dossier.report import report
from amana.dossier.tokens import check_token
from amana.dossier.writer import Bagging, BagWriter
from amana.errors import AlreadyThere, NotProved
from amana.ports import Progress, silent

__all__ = ["DossierReport", "build", "compose"]


@dataclass(frozen=True)
class DossierReport:
    """`items` of which `withheld` are held back wholly; `bytes` and `files` of the payload;
    `key` the vkey that sealed it; `verdict` what the rules said of it before it was handed over."""

    path: Path
    id: str
    items: int
    withheld: int
    redacted: int
    originals: int
    copies: int
    files: int
    bytes: int
    key: str
    verdict: Verdict


def build(
    out: Path,
    case: CaseFile,
    *,
    disk: Disk | None = None,
    token_check: TokenCheck = check_token,
    progress: Progress = silent,
) -> DossierReport:
    """Write the dossier of `case` to the new folder `out`.

    Raises AlreadyThere, NotProved (a file is not what its record says, or the whole would not
    verify), NoSpace, WriteFailed.
    """
    disk = disk or Disk()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise AlreadyThere(path=str(out))
    disk.make_folder(out.parent)
    sweep(out.parent)
    with hidden_folder(out.parent) as hidden:
        writer = BagWriter(hidden, disk)
        report = compose(writer, case, path=out, token_check=token_check, progress=progress)
        with speaking_errors(out):
            if out.is_dir():
                out.rmdir()
            disk.rename(hidden, out)
            disk.sync_folder(out.parent)
    return report


def compose(
    writer: Bagging,
    case: CaseFile,
    *,
    path: Path,
    token_check: TokenCheck = check_token,
    progress: Progress = silent,
) -> DossierReport:
    """Write every file of the dossier of `case` to `writer`, and judge the whole; the report says
    that it stands at `path`.

    Raises NotProved, NoSpace, WriteFailed: then what was written is of no use to anybody.
    """
    compiled = compile_case(case)
    contents = dict(compiled.contents)
    _write_bulk(writer, compiled, progress)
    _write_reports(writer, case, contents, token_check)
    for name, data in contents.items():
        writer.write(name, data)
    _write_tags(writer, case, compiled, contents)
    writer.sync_all()
    verdict = judge(Bag(writer.digests, contents), token_check, case.signer.verifier.vkey)
    if not verdict.ok:
        wrong = next(check for check in verdict.checks if not check.ok)
        raise NotProved(what="the dossier", reason=f"{wrong.name}: {wrong.detail}")
    payload = [d for name, d in writer.digests.items() if name.startswith(layout.DATA)]
    return DossierReport(
        path=path,
        id=compiled.id,
        items=compiled.items,
        withheld=compiled.withheld,
        redacted=compiled.redacted,
        originals=_count(writer, "originals/"),
        copies=_count(writer, "copies/"),
        files=len(payload),
        bytes=sum(digest.size for digest in payload),
        key=case.signer.verifier.vkey,
        verdict=verdict,
    )


def _write_reports(
    writer: Bagging, case: CaseFile, contents: Contents, token_check: TokenCheck
) -> None:
    """The reports say what the rules find on everything but themselves, the manifests, the seal."""
    if not case.reports:
        return
    bag = Bag(writer.digests, contents)
    examined = examine(bag, token_check)
    for language in case.reports:
        pdf = report(language, bag, examined)
        writer.write(layout.report(language), pdf)


def _count(writer: Bagging, folder: str) -> int:
    return sum(1 for path in writer.digests if path.startswith(layout.DATA + folder))


def _write_bulk(writer: Bagging, compiled: Compiled, progress: Progress) -> None:
    total = sum(piece.source.size for piece in compiled.bulk)
    done = 0
    for piece in compiled.bulk:
        path = layout.DATA + piece.path
        if path not in writer.digests:  # the same bytes may have been captured under many names
            digest = writer.stream(path, piece.source.chunks(), piece.size)
            if digest != Digest(piece.sha256, piece.size):
                raise NotProved(what=piece.path, reason="it is not the file that its record names")
        done += piece.source.size
        progress(done, total, "writing the dossier")


def _write_tags(writer: Bagging, case: CaseFile, compiled: Compiled, contents: Contents) -> None:
    payload = {p: d for p, d in writer.digests.items() if p.startswith(layout.DATA)}
    manifest = write_manifest({path: digest.sha256 for path, digest in payload.items()})
    size = sum(digest.size for digest in payload.values())
    info = (
        f"Bagging-Date: {case.made[:10]}\n"
        f"External-Identifier: {compiled.id}\n"
        f"Payload-Oxum: {size}.{len(payload)}\n"
    )
    tags = {
        layout.BAGIT: layout.BAGIT_TEXT,
        layout.BAG_INFO: info.encode(),
        layout.MANIFEST: manifest,
    }
    for path, data in tags.items():
        writer.write(path, data)
    seal = sign_note(seal_text(compiled.id, writer.digests[layout.MANIFEST].sha256), [case.signer])
    tags[layout.SEAL] = str(seal).encode()
    writer.write(layout.SEAL, tags[layout.SEAL])
    listed = {path: writer.digests[path].sha256 for path in layout.TAG_FILES}
    tags[layout.TAG_MANIFEST] = write_manifest(listed)
    writer.write(layout.TAG_MANIFEST, tags[layout.TAG_MANIFEST])
    contents.update(tags)
