"""Pages of documents as pictures, made in a confined process.

Threat: a PDF is a hostile program for a renderer, and this server holds the key. So the bytes go to
a spawned worker without the key, confined as in evidence/pictures.py, and a picture comes back.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from amana.errors import AmanaError, CannotOpen
from amana_archive.lockup.standby import Standby

WIDTH = 1100  # pixels
MEMORY, SECONDS = 1 << 30, 30
MOST_PAGES = 5000
_TALLEST = 4  # times its width: more is no page
_QUALITY = 80


@dataclass(frozen=True)
class Wanted:
    """A page of a PDF, from 0; `page` None: how many there are."""

    data: bytes
    page: int | None = None


@dataclass(frozen=True)
class Page:
    """`pages` in the whole document; `picture` (WebP) and `text` of the one that was asked for."""

    pages: int
    picture: bytes = b""
    text: str = ""


def render(wanted: Wanted) -> Page:
    """Runs in the worker. Raises CannotOpen."""
    import pypdfium2  # only the worker loads it here

    try:
        document = pypdfium2.PdfDocument(wanted.data)
        pages = min(len(document), MOST_PAGES)
        if wanted.page is None:
            return Page(pages)
        if not 0 <= wanted.page < pages:
            raise CannotOpen(what="a page", reason="there is no such page")
        page = document[wanted.page]
        width, height = page.get_size()
        if not (width >= 1 and 1 <= height <= width * _TALLEST):
            raise CannotOpen(what="a page", reason="it has no size that can be shown")
        picture = page.render(scale=WIDTH / width).to_pil().convert("RGB")
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=_QUALITY)
        return Page(pages, out.getvalue(), page.get_textpage().get_text_bounded()[:100_000])
    except AmanaError:
        raise
    except Exception as error:  # a renderer raises anything; the answer is one kind of error
        raise CannotOpen(what="a page", reason=type(error).__name__) from None


reader = Standby(render, memory=MEMORY, seconds=SECONDS)
