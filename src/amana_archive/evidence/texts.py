"""The words of documents, read in a confined process: PDF by pypdfium2, plain text as it is."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from amana.errors import AmanaError, CannotOpen
from amana.reunite.workers import Workers

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


class Reader:
    """One confined worker for all threads."""

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._workers: Workers[Document, str] | None = None

    def words(self, data: bytes, media_type: str) -> str:
        """Raises CannotOpen."""
        with self._one:
            if self._workers is None:
                self._workers = Workers(read, processes=1, memory=MEMORY, seconds=SECONDS)
            for _, answer in self._workers.results([Document(data, media_type)]):
                if isinstance(answer, AmanaError):
                    raise answer
                return answer
        raise CannotOpen(what="a document", reason="no answer")

    def close(self) -> None:
        with self._one:
            if self._workers is not None:
                self._workers.__exit__()
                self._workers = None


reader = Reader()
