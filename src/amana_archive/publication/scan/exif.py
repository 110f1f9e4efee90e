"""What exiftool finds in files, held against a list of what is harmless. Everything else counts.

exiftool (Debian: libimage-exiftool-perl) knows more formats and maker notes than anybody; it is
asked for every tag, also unknown ones and those of embedded pictures. Where it is missing, the scan
fails: it must not look as if nothing had been found.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amana.errors import ScannerMissing

_SECONDS = 600
_ARGUMENTS = ("-json", "-G1", "-a", "-U", "-ee", "-struct", "-api", "RequestAll=2")
# Facts of the file as it lies here, or that any picture has by being one.
_GROUPS = frozenset({"ExifTool", "System"})
_HARMLESS = re.compile(
    r"File:(FileType|FileTypeExtension|MIMEType|MIMEEncoding|ByteOrderMark|Newlines|LineCount|"
    r"WordCount|Image(Width|Height)|EncodingProcess|BitsPerSample|ColorComponents|"
    r"YCbCrSubSampling|Delimiter|Quoting|RowCount|ColumnCount)"
    r"|PNG:(Image(Width|Height)|BitDepth|ColorType|Compression|Filter|Interlace|Palette)"
    r"|JFIF:(JFIFVersion|ResolutionUnit|[XY]Resolution)"
    r"|Composite:(ImageSize|Megapixels)"
    r"|SourceFile|JSON:.*"
    r"|HTML:(Title|Viewport|Referrer|Robots|Color-?[Ss]cheme)"
    r"|HTTP-equiv:HTTPEquivContentSecurityPolicy"
    r"|PDF:(PDFVersion|Linearized|PageCount|Language|TaggedPDF|Title|Creator|Producer|PageMode)"
    r"|XMP-x:XMPToolkit|XMP-dc:(Language|Title|Format)|XMP-xmp:CreatorTool|XMP-pdf:PDFVersion"
    r"|XMP-xmpTPg:NPages|XMP-xmpMM:(RenditionClass|DocumentID|InstanceID)|XMP-pdf:Producer"
    r"|XMP-pdfaid:(Part|Conformance)|XMP-pdfaExtension:Schemas"
)
# What exiftool says of itself: a warning is a finding, the rest is not.
_TOOL = frozenset(
    {"ExifToolVersion", "Now", "NewGUID", "ProcessingTime", "FileSequence", "ID3Size"}
)
_CONSTANT = "2000:01:01 00:00:00"  # as core/durable and paper/render write it
_GOOD_MAKER = re.compile(r"Typst [\w.]+")


def version() -> str:
    """Raises ScannerMissing."""
    return _run(["-ver"]).strip()


def tags(folder: Path, names: list[str]) -> Iterator[tuple[str, str, str]]:
    """(file, tag, value) of every tag that is not harmless. Raises ScannerMissing."""
    if not names:
        return
    listed = "\n".join(names)
    answer = _run([*_ARGUMENTS, "-@", "-"], cwd=folder, given=listed)
    try:
        rows: list[dict[str, Any]] = json.loads(answer)
    except ValueError:
        raise ScannerMissing(reason="exiftool gave no answer") from None
    if not isinstance(rows, list) or len(rows) != len(names):
        raise ScannerMissing(reason=f"exiftool did not read all of {len(names)} files")
    for row in rows:
        for tag, value in row.items():
            if not _is_harmless(tag, value):
                yield str(row["SourceFile"]).removeprefix("./"), tag, f"{value!s:.80}"


def _is_harmless(tag: str, value: Any) -> bool:
    group, _, name = tag.rpartition(":")
    if group == "ExifTool":
        return name in _TOOL
    if group in _GROUPS:
        return True
    if name in ("CreateDate", "ModifyDate"):
        return str(value).startswith(_CONSTANT)
    if tag == "XMP-xmpMM:History":
        return all(_is_ours(step) for step in value) if isinstance(value, list) else False
    if name in ("Creator", "Producer", "CreatorTool"):
        return bool(_GOOD_MAKER.fullmatch(str(value)))
    return _HARMLESS.fullmatch(tag) is not None


def _is_ours(step: Any) -> bool:
    """One step of a document's history: typst's own, at the constant time."""
    said = dict(step) if isinstance(step, dict) else {"?": step}
    maker, when = str(said.pop("SoftwareAgent", "Typst 0")), str(said.pop("When", ""))
    known = set(said) <= {"Action", "InstanceID"}
    return known and when.startswith(_CONSTANT) and _GOOD_MAKER.fullmatch(maker) is not None


def _run(arguments: list[str], cwd: Path | None = None, given: str = "") -> str:
    program = shutil.which("exiftool")
    if program is None:
        raise ScannerMissing(reason="exiftool is not installed (Debian: libimage-exiftool-perl)")
    try:
        done = subprocess.run(
            [program, "-config", "", *arguments],
            cwd=cwd,
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScannerMissing(reason=str(error)) from None
    if not done.stdout.strip():
        raise ScannerMissing(reason=f"exiftool says: {done.stderr.strip()[:200]}")
    return done.stdout
