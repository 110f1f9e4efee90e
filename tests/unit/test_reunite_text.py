"""The text of documents, from whole and from broken ones."""

from __future__ import annotations

import contextlib
import io
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.errors import AmanaError, CannotOpen
from amana.reunite.text import document_text
from amana.reunite.workers import Workers

ARABIC = "قائمة الأسماء"


def pdf(words: str) -> bytes:
    """The least PDF that shows a line of words."""
    content = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode() if words else b""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + trailer


def zipped(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return out.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", ARABIC
    message.set_content(f"{ARABIC} 227 / 9077 / 2935\n")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="list.pdf")
    return message.as_bytes()


WORD = zipped(word__document=f'<d xmlns:w="w"><w:p>{ARABIC}</w:p><w:p>227 / 9077</w:p></d>')
WHOLE = {
    "pdf": (pdf("227 / 9077 / 2935"), "227 / 9077 / 2935"),
    "word": (WORD, f"{ARABIC}\n227 / 9077"),
    "writer": (zipped(content='<o xmlns:t="t"><t:p>corps</t:p></o>'), "corps"),
    "mail": (mail(), f"{ARABIC} 227 / 9077 / 2935"),
    "attached": (mail(), "Attachment: list.pdf"),
    "utf-8": (ARABIC.encode(), ARABIC),
    "utf-16": (ARABIC.encode("utf-16"), ARABIC),
    "windows": (ARABIC.encode("cp1256"), ARABIC),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_it_says(kind: str) -> None:
    data, words = WHOLE[kind]
    assert words in document_text(data).text


def test_a_scan_says_that_it_must_be_read() -> None:
    assert document_text(pdf("")).needs_reading == 1


BROKEN = {
    "cut pdf": pdf("x")[:40],
    "zip": zipped(photos="<a/>"),
    "entities": zipped(content='<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'),
    "no xml": zipped(content="<a>"),
    "binary": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_named(kind: str) -> None:
    with pytest.raises(CannotOpen):
        document_text(BROKEN[kind])


@given(st.sampled_from([d for d, _ in WHOLE.values()]), st.data())
def test_damage_is_an_error_or_a_text_never_more(whole: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:place] + data.draw(st.binary(max_size=8)) + whole[place + 3 :]
    with contextlib.suppress(CannotOpen):
        document_text(broken)


def test_in_the_cage() -> None:
    asked = [WHOLE["pdf"][0], WORD, BROKEN["binary"]]
    with Workers(document_text, processes=1, seconds=30) as workers:
        answers = [answer for _, answer in workers.results(asked)]
    assert [isinstance(a, AmanaError) for a in answers] == [False, False, True]
