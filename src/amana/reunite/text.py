"""The text of a document, for the search: PDF, office files, mails, plain text.

Everything here reads foreign bytes and so runs in a confined worker (`workers.Workers`). What is
read is a help for finding; the document itself is the evidence. Scans are not read: their text is
empty, and `needs_reading` says that a person (or an OCR engine) must.
"""

from __future__ import annotations

import email
import email.policy
import io
import re
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

import pypdfium2

from amana.errors import CannotOpen

MAX_TEXT = 4 << 20
_MAX_PART = 64 << 20
_MAX_PAGES = 5000
_OFFICE = re.compile(
    r"word/(document|footnotes|endnotes|header\d*|footer\d*)\.xml"
    r"|xl/sharedStrings\.xml|ppt/slides/slide\d+\.xml|content\.xml"
)
_BREAKS = ("}p", "}br", "}tr", "}si", "}h", "}line-break")


@dataclass(frozen=True)
class Text:
    """`text`, at most 4 Mi characters; `how` it was read; `needs_reading`: pages without text."""

    text: str
    how: str
    needs_reading: int = 0


def document_text(data: bytes) -> Text:
    """What a document says, by its own first bytes, never by its name. Raises CannotOpen."""
    try:
        found = _read(data)
    except CannotOpen:
        raise
    except Exception as error:  # any decoder may fail in any way on foreign bytes
        raise CannotOpen(what="the document", reason=f"{type(error).__name__}: {error}") from None
    return Text(found.text[:MAX_TEXT], found.how, found.needs_reading)


def _read(data: bytes) -> Text:
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    if re.match(rb"(?i)([a-z-]+: [^\n]*\r?\n([ \t][^\n]*\r?\n)*){2,}", data[:4096]):
        return _mail(data)
    return _plain(data)


def _pdf(data: bytes) -> Text:
    document = pypdfium2.PdfDocument(data)
    pages, empty = [], 0
    try:
        for number in range(min(len(document), _MAX_PAGES)):
            page = document[number]
            text_page = page.get_textpage()
            text = text_page.get_text_bounded()
            pages.append(text)
            empty += not text.strip()
            text_page.close()
            page.close()
    finally:
        document.close()
    return Text("\n\n".join(pages), "pdf", empty)


def _office(data: bytes) -> Text:
    """OOXML and OpenDocument: the text nodes of their main parts, paragraph by paragraph."""
    parts = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            # Threat: a few kilobytes that unpack into gigabytes.
            if not _OFFICE.fullmatch(entry.filename) or entry.file_size > _MAX_PART:
                continue
            with archive.open(entry) as file:
                parts.append(_xml_text(file.read(_MAX_PART)))
    if not parts:
        raise CannotOpen(what="the document", reason="a zip file that holds no known document")
    return Text("\n".join(parts), "office")


def _xml_text(data: bytes) -> str:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise CannotOpen(what="the document", reason="it declares XML entities")
    pieces: list[str] = []
    # No entity, no DOCTYPE, and a confined process: what S314 warns of cannot happen.
    for _, element in ElementTree.iterparse(io.BytesIO(data), events=("end",)):  # noqa: S314
        pieces.append(element.text or "")
        pieces.append("\n" if element.tag.endswith(_BREAKS) else "")
        pieces.append(element.tail or "")
        element.clear()
    return "".join(pieces)


def _mail(data: bytes) -> Text:
    """Sender, recipients, date, subject and the text bodies; names of what is attached."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    lines = [f"{name}: {message[name]}" for name in ("From", "To", "Cc", "Date", "Subject")]
    lines = [line for line in lines if not line.endswith(": None")]
    for part in message.walk():
        if part.get_filename():
            lines.append(f"Attachment: {part.get_filename()}")
        elif part.get_content_type() == "text/plain":
            lines.append(str(part.get_content()))
        elif part.get_content_type() == "text/html":
            lines.append(re.sub(r"<[^>]*>", " ", str(part.get_content())))
    return Text("\n".join(lines), "mail")


def _plain(data: bytes) -> Text:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "ascii"):
        try:
            return Text(data.decode(encoding), "text")
        except UnicodeDecodeError:
            continue
    if b"\0" in data[:4096]:
        raise CannotOpen(what="the document", reason="it is no text, PDF, office file or mail")
    # Old Arabic text files are Windows-1256 more often than anything else.
    return Text(data.decode("cp1256", "replace"), "text, thought to be Windows-1256")
