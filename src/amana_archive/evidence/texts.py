"""The words of documents, read in a confined process: PDF by pypdfium2, plain text as it is."""

from __future__ import annotations

from dataclasses import dataclass

from amana.errors import CannotOpen
from amana_archive.lockup.standby import Standby

LARGEST = 32 << 20
MOST_CHARACTERS = 40_000
MOST_PAGES = 200
MEMORY, SECONDS = 1 << 30, 60


@dataclass(frozen=True)
class Document:
    data: bytes
    media_type: str


def readable(media_type: str, size: int) -> bool:
    is_text = media_type.startswith("text/") or media_type == "application/pdf"
    return is_text and size <= LARGEST


def read(document: Document) -> str:
    """Runs in the worker. Raises CannotOpen."""
    if document.media_type.startswith("text/"):
        return document.data[: 4 * MOST_CHARACTERS].decode("utf-8", "replace")[:MOST_CHARACTERS]
    import pypdfium2  # only the worker loads it

    try:
        pages = pypdfium2.PdfDocument(document.data)
        found = [
            pages[n].get_textpage().get_text_range() for n in range(min(len(pages), MOST_PAGES))
        ]
    except Exception as error:  # a foreign library's errors become one of ours
        raise CannotOpen(what="a document", reason=type(error).__name__) from None
    return "\n".join(found)[:MOST_CHARACTERS]


reader = Standby(read, memory=MEMORY, seconds=SECONDS)
