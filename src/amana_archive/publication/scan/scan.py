"""The scan itself: every file that leaves, by exiftool, by its shape, byte by byte.

    findings = scan(files, known, PUBLICATION)      # nothing found: an empty list of findings

Rules: whatever is not understood counts as a finding; without exiftool there is no result at all.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import CONSTANT_TIME
from amana.errors import SourceUnreadable, UsageProblem
from amana_archive.publication.scan import exif, patterns, shape
from amana_archive.publication.scan.known import Known, Needle, Needles
from amana_archive.publication.scan.views import readings, views

# Memory is where files wait that may still hold a secret.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own, 0700, inside it


@dataclass(frozen=True)
class Finding:
    """Something that was not meant to leave: in which file, of what kind, and what it is."""

    file: str
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.kind}: {self.what}"


@dataclass(frozen=True)
class Profile:
    """What may leave in which clothes. `kinds` are endings; `strict` looks for what leads to a
    source by its form alone; files below `evidence` are meant to leave as they are."""

    kinds: frozenset[str]
    strict: bool = True
    evidence: tuple[str, ...] = ()


PUBLICATION = Profile(frozenset({"html", "css", "json", "csv", "txt", "jpg", "png", "note", ""}))
LETTER = Profile(frozenset({"pdf"}))
# A dossier is evidence: its records, proofs and originals are what was meant to leave. Covered
# pictures, reports and everything else must not give away what was withheld.
DOSSIER = Profile(
    frozenset({"json", "jsonl", "txt", "pdf", "note", "png", "tsq", "tsr", "pem", "receipt"}),
    strict=False,
    evidence=("data/originals/", "data/copies/"),
)


@dataclass
class Report:
    """What was looked at, with what, and what was found."""

    files: int = 0
    bytes: int = 0
    known: int = 0
    exiftool: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.findings


def scan(files: Mapping[str, bytes], known: Known, profile: Profile) -> Report:
    """Files by name, as they would leave. Raises ScannerMissing."""
    place = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="amana-scan-", dir=place) as name:
        folder = Path(name)
        for path, data in files.items():
            target = folder / path
            if not target.resolve().is_relative_to(folder.resolve()):
                raise UsageProblem(what=f"{path!r} is no name of a file that leaves")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            os.utime(target, (CONSTANT_TIME, CONSTANT_TIME))
        return scan_folder(folder, known, profile)


def scan_folder(folder: Path, known: Known, profile: Profile) -> Report:
    """Everything below `folder`. Raises ScannerMissing, SourceUnreadable."""
    report = Report(known=len(known), exiftool=exif.version())
    names = list(_names(folder, report))
    contents = {name: _read(folder / name) for name in names}
    meant = frozenset(hashlib.sha256(data).hexdigest() for data in contents.values())
    needles = Needles.of(known)
    looked: list[str] = []
    for name, data in contents.items():
        report.files += 1
        report.bytes += len(data)
        if name.startswith(profile.evidence):
            continue
        looked.append(name)
        found = _file(name, data, needles, meant, profile)
        report.findings += [Finding(name, kind, what) for kind, what in dict.fromkeys(found)]
    for name, tag, value in exif.tags(folder, looked):
        report.findings.append(Finding(name, "metadata", f"{tag} = {value}"))
    return report


def _names(folder: Path, report: Report) -> Iterator[str]:
    if not folder.is_dir():
        raise SourceUnreadable(path=str(folder), reason="it is no folder")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            report.findings.append(Finding(name, "shape", "it is no plain file"))
        elif path.is_file():
            yield name


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceUnreadable(path=str(path), reason=error.strerror or str(error)) from None


def _file(
    name: str, data: bytes, needles: Needles, meant: frozenset[str], profile: Profile
) -> Iterator[tuple[str, str]]:
    ending = name.rpartition("/")[2].rpartition(".")[2].lower() if "." in name else ""
    if ending not in profile.kinds:
        yield "shape", f"a kind of file that nobody vouches for: {ending or name}"
    yield from shape.faults(name, data)
    yield from _search(name.encode("utf-8"), needles, meant, profile)
    if ending == "pdf":
        yield from _pages(data, needles, meant, profile)
    # The numbers of pixels and of a page's drawing are no text: known values only.
    bare = ending in ("png", "jpg", "jpeg", "pdf")
    for where, inner in views(data):
        # A dossier is full of digests and proofs in base64: they are no text either.
        proof = not profile.strict and where.endswith(("base64", "hex"))
        drawn = ending == "pdf" or (bare and inner is data) or proof
        yield from _search(inner, needles, meant, profile, forms=not drawn)


def _pages(
    data: bytes, needles: Needles, meant: frozenset[str], profile: Profile
) -> Iterator[tuple[str, str]]:
    """The words of a PDF as its reader sees them. It is one that we made ourselves."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        words = "\n".join(page.get_textpage().get_text_range() for page in document)
    except Exception as error:  # a foreign library's errors become a finding
        yield "shape", f"the PDF cannot be read: {type(error).__name__}"
        return
    yield from _search(words.encode("utf-8", "replace"), needles, meant, profile)


def _search(
    data: bytes,
    needles: Needles,
    meant: frozenset[str],
    profile: Profile,
    *,
    forms: bool = True,
) -> Iterator[tuple[str, str]]:
    """Known values in `data`; and, with `forms`, what leads to a source by its form.

    Without `forms` it is no text: there, six digits in a row mean nothing, and no escape is undone.
    """
    plain = data.decode("utf-8", "replace").casefold().encode("utf-8")
    texts = list(readings(data)) if forms else [plain]
    for needle in needles.needles:
        if (forms or not needle.whole) and _holds(needle, data, texts):
            yield needle.kind, needle.said
    if profile.strict and forms:
        for one in texts:
            yield from patterns.found(one, meant)


def _holds(needle: Needle, data: bytes, texts: list[bytes]) -> bool:
    if needle.raw:
        return needle.form in data
    return any(_stands(needle, text) for text in texts)


def _stands(needle: Needle, text: bytes) -> bool:
    place = text.find(needle.form)
    while place >= 0:
        if not needle.whole or _is_alone(text, place, place + len(needle.form)):
            return True
        place = text.find(needle.form, place + 1)
    return False


def _is_alone(text: bytes, start: int, end: int) -> bool:
    """Whether no digit stands beside it: 12345 is not in 9123456."""
    return not text[start - 1 : start].isdigit() and not text[end : end + 1].isdigit()
