"""Letters: written, and read again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import who
from amana_archive.families import rights
from amana_archive.families.gate import asks_open
from amana_archive.families.letters import write as actions
from amana_archive.families.models import Letter, Record
from amana_archive.families.record.views import back
from amana_archive.review.describe import problem


@asks_open(rights.see, record=Record)
@require_POST
def write(request: HttpRequest, record: Record) -> HttpResponse:
    form = request.POST
    key = form.get("meeting", "")
    known = key.isascii() and key.isdecimal() and len(key) <= 18
    meeting = record.meetings.filter(pk=int(key)).first() if known else None
    kind, language = form.get("letter", ""), form.get("language", "")
    try:
        actions.write(opened(request), who(request), record, kind, language, meeting)
    except AmanaError as error:
        return problem(request, error)
    return back(record, "#letters")


@asks_open(rights.see_letter, letter=Letter)
@require_GET
def read(request: HttpRequest, letter: Letter) -> HttpResponse:
    """Its name says nothing: a download stays in the browser's list."""
    note(request, "family.letter-read", family=letter.record.number, letter=letter.pk)
    response = HttpResponse(bytes(letter.data), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="letter.pdf"'
    return response
