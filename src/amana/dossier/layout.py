"""Where everything stands in a dossier (spec/dossier.md, section 1). Names are neutral: what the
evidence was called before is in the records, never in a path.

Threat: a name chosen by somebody else must not become a path on a court's disk, nor an extension
something that a court's computer runs. Extensions come from a short list.
"""

from __future__ import annotations

from typing import Final

DATA: Final = "data/"
BAGIT: Final = "bagit.txt"
BAG_INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
SEAL: Final = "seal.note"
TAG_FILES: Final = (BAG_INFO, BAGIT, MANIFEST, SEAL)
BAGIT_TEXT: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SEAL_LINE: Final = "amana/v1/dossier"

SHEET: Final = DATA + "dossier.json"
ITEMS: Final = DATA + "items.jsonl"
CUSTODY_REPORT: Final = DATA + "custody/report.json"
DISCLOSURE: Final = DATA + "access/disclosure.json"
OWN: Final = "own"
LANGUAGES: Final = ("ar", "en", "fr")
# The three folders whose files are large: everything else is read into memory.
BULK: Final = ("originals/", "copies/", "working/", "report/")

_EXTENSIONS: Final = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/msword": ".doc",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/jpeg": ".jpg",
    "image/jxl": ".jxl",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "text/plain": ".txt",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
}


def extension(media_type: str) -> str:
    """The extension for a media type; empty where opening it by a double click is not wanted."""
    return _EXTENSIONS.get(media_type, "")


def ledger_name(index: int) -> str:
    """`01` for the first ledger."""
    return f"{index + 1:02d}"


def checkpoint(ledger: str, place: int) -> str:
    """`place` counts from 1."""
    return f"{DATA}ledger/{ledger}/{place:06d}.note"


def consistency(ledger: str) -> str:
    return f"{DATA}ledger/{ledger}/consistency.jsonl"


def records(ledger: str) -> str:
    return DATA + ("access/records.jsonl" if ledger == OWN else f"records/{ledger}.jsonl")


def proofs(ledger: str) -> str:
    return DATA + ("access/proofs.jsonl" if ledger == OWN else f"proofs/{ledger}.jsonl")


def redacted(ledger: str) -> str:
    return DATA + ("access/redacted.jsonl" if ledger == OWN else f"redacted/{ledger}.jsonl")


def token(ledger: str, place: int, number: int, suffix: str) -> str:
    """`suffix` is one of .note .tsq .tsr .pem; `place` and `number` count from 1."""
    return f"{DATA}timestamps/{ledger}-{place:06d}-{number}{suffix}"


def receipt(number: int) -> str:
    return f"{DATA}custody/{number:06d}.receipt"


def how_to_verify(language: str) -> str:
    return f"{DATA}HOW-TO-VERIFY.{language}.txt"


def report(language: str) -> str:
    return f"{DATA}report/report.{language}.pdf"


def content(folder: str, sha256: str, suffix: str) -> str:
    """The path of an original, copy or working copy, relative to `data/`."""
    return f"{folder}/{sha256}{suffix}"
