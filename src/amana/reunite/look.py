"""Looking into one file for what can be read: a card's numbers, a document's words, pages that are
pictures. Runs in a confined worker, which holds no key; nothing here starts a program.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
import pypdfium2
from PIL import Image, ImageSequence

from amana.capture.decode import NoPicture, decode
from amana.errors import CannotOpen
from amana.reunite.cards.read import Number, read_cards
from amana.reunite.tesseract import Page
from amana.reunite.text import Text, document_text

# What is asked of one file at most; more is counted as unread.
MAX_PAGES = 60
MAX_BYTES = 256 << 20
_CARD_PIXELS, _PAGE_PIXELS = 3000, 2400
_LEAST_PAGE = 600
_PAPER_LIGHT, _PAPER_COLOUR, _PAPER_SHARE = 150, 40, 0.62


@dataclass(frozen=True)
class Asked:
    """The bytes of an original or a copy, and what its record says it is."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Seen:
    """What was found: `text` that the file itself holds; the `numbers` of a card; `pages` that
    are pictures, for tesseract; `unread` pages beyond the limit; `trouble` in words."""

    how: str
    text: str = ""
    numbers: tuple[Number, ...] = ()
    pages: tuple[Page, ...] = ()
    unread: int = 0
    trouble: str = ""


def look(asked: Asked) -> Seen:
    """Never raises for what is wrong with the file: that is `trouble`."""
    kind = asked.media_type
    try:
        if kind.startswith("image/"):
            return _picture(asked)
        if kind.startswith(("video/", "audio/")):
            return Seen("not read", trouble="sound and moving pictures are not read")
        if asked.data[:1024].lstrip().startswith(b"%PDF-"):
            return _pdf(asked.data)
        found = document_text(asked.data)
        return Seen(found.how, found.text, unread=found.needs_reading)
    except (CannotOpen, NoPicture) as error:
        reason = error.message if isinstance(error, CannotOpen) else str(error)
        return Seen("not read", trouble=reason)


def _picture(asked: Asked) -> Seen:
    if asked.media_type == "image/tiff":
        frames = _frames(asked.data)
        if len(frames.pages) > 1:
            return frames
    picture = decode(asked.data, asked.media_type, _CARD_PIXELS).image
    pages = (_page(picture),) if is_page(picture) else ()
    numbers = tuple(read_cards(picture))
    return Seen("scan" if pages else "picture", numbers=numbers, pages=pages)


def _frames(data: bytes) -> Seen:
    """A fax or a scanner's file: many pages in one."""
    pages: list[Page] = []
    unread = 0
    try:
        with Image.open(io.BytesIO(data)) as opened:
            for frame in ImageSequence.Iterator(opened):
                if len(pages) >= MAX_PAGES or frame.width * frame.height > 100_000_000:
                    unread += 1
                elif is_page(frame):
                    pages.append(_page(frame))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return Seen("scan", pages=tuple(pages), unread=unread + 1, trouble=str(error)[:120])
    return Seen("scan", pages=tuple(pages), unread=unread)


def is_page(picture: Image.Image) -> bool:
    """Whether a picture looks like a sheet of paper: large, and mostly bright without colour."""
    if max(picture.size) < _LEAST_PAGE:
        return False
    if picture.mode == "1":
        return True
    small = picture.convert("RGB").resize((64, 64), Image.Resampling.BOX)
    pixels = np.asarray(small, np.int16)
    bright = pixels.min(2) >= _PAPER_LIGHT
    plain = np.ptp(pixels, axis=2) <= _PAPER_COLOUR
    return bool((bright & plain).mean() >= _PAPER_SHARE)


def _page(picture: Image.Image) -> Page:
    grey = picture.convert("L")
    grey.thumbnail((_PAGE_PIXELS, _PAGE_PIXELS), Image.Resampling.LANCZOS)
    return Page(grey.width, grey.height, grey.tobytes())


def _pdf(data: bytes) -> Seen:
    found: Text = document_text(data)
    seen = Seen(found.how, found.text, unread=found.needs_reading)
    return _with_empty_pages(seen, data) if found.needs_reading else seen


def _with_empty_pages(seen: Seen, data: bytes) -> Seen:
    """And the pages of a PDF that hold no text, as pictures."""
    pages: list[Page] = []
    unread = 0
    try:
        document = pypdfium2.PdfDocument(data)
        try:
            for number in range(len(document)):
                page = document[number]
                text = page.get_textpage()
                empty = not text.get_text_bounded().strip()
                text.close()
                if empty and len(pages) < MAX_PAGES:
                    scale = min(200 / 72, _PAGE_PIXELS / max(*page.get_size(), 1))
                    rendered = page.render(scale=scale, grayscale=True)
                    pages.append(_page(rendered.to_pil()))
                unread += empty
                page.close()
        finally:
            document.close()
    except Exception as error:  # any decoder may fail in any way on foreign bytes
        return replace(seen, pages=tuple(pages), trouble=type(error).__name__)
    return replace(seen, pages=tuple(pages), unread=unread - len(pages))
