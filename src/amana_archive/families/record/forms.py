"""What a form of an enquiry says, and names as pages show them."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.utils.translation import get_language

from amana_archive.evidence.models import Tag
from amana_archive.families.models import Name, Record
from amana_archive.families.record.actions import DATES, LANGUAGES, WORDS, Told

NAME_ROWS = 4
TAG_KINDS = (Tag.Kind.MARKS, Tag.Kind.CLOTHING)
_ARABIC = re.compile(r"[\u0600-\u06ff]")


def told(request: HttpRequest) -> Told:
    form = request.POST
    fields = {name: form.get(name, "") for name in (*WORDS, *DATES, "language", "sex")}
    kinds, texts = form.getlist("kind")[:NAME_ROWS], form.getlist("name")[:NAME_ROWS]
    return Told(fields, form.getlist("tag")[:50], list(zip(kinds, texts, strict=False)))


def tags() -> list[tuple[str, list[Tag]]]:
    """Marks and clothing in the archive's own vocabulary: only what both sides call the same can be
    compared."""
    found = []
    for kind in TAG_KINDS:
        rows = list(Tag.objects.filter(kind=kind).order_by("code"))
        found.append((str(kind.label), rows))
    return found


def name_in(record: Record, language: str) -> str:
    """His name in the script of a language, if the family gave one; as in papers rather than not;
    empty for a record without any."""
    rows = list(record.names.exclude(kind=Name.Kind.MOTHER).order_by("pk"))
    rows.sort(key=lambda row: row.kind != Name.Kind.OFFICIAL)
    fitting = [row for row in rows if bool(_ARABIC.search(row.text)) == (language == "ar")]
    return next((row.text for row in [*fitting, *rows]), "")


def shown_name(record: Record) -> str:
    return name_in(record, (get_language() or "en")[:2])


__all__ = ["LANGUAGES", "NAME_ROWS", "name_in", "shown_name", "tags", "told"]
