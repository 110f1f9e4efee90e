"""Tags and filters of our templates."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from amana_archive.evidence.models import Tag
from amana_archive.search.find import Asked
from amana_archive.web.words import NAMED

register = template.Library()
# Numbers in parts, dates, cases, digests. Arabic-Indic digits are digits to \d, too.
_DIRECTED = re.compile(r"\d[\d?]*(?:\s*[/\-:.]\s*[\d?]+)+|[CF]-\d{6}|\b[0-9a-f]{32,}\b")
STATIC = Path(__file__).resolve().parent.parent / "static"


@register.simple_tag
@cache
def asset(name: str) -> str:
    """The address of a file of ours, with its digest, so that browsers may keep it."""
    data = Path(f"{STATIC}/{name}").read_bytes()
    return f"/static/{name}?{hashlib.sha256(data).hexdigest()[:12]}"


@register.filter
def ltr(text: Any) -> SafeString | str:
    """A number, a path, a digest: always left to right, whatever stands around it."""
    if text in (None, ""):
        return ""
    return format_html('<bdi dir="ltr" class="ltr">{}</bdi>', text)


@register.filter
def data_uri(veil: Any) -> str:
    """A veil inside the page."""
    return "data:image/webp;base64," + base64.b64encode(bytes(veil)).decode("ascii")


@register.filter
def in_language(tag: Any) -> str:
    """A tag of the vocabulary in the reader's language."""
    return str(getattr(tag, (get_language() or "en")[:2], tag.en))


@register.filter
def lookup(table: Any, key: Any) -> Any:
    return table.get(key)


@register.filter
def kilobytes(size: int) -> str:
    return f"{max(1, round(size / 1024)):,}".replace(",", "\u202f") + " kB"


@register.filter
def moment(text: Any) -> SafeString | str:
    """A time of a ledger, 2026-11-23T18:05:02Z, as people read it."""
    return ltr(str(text).replace("T", " ").removesuffix("Z"))


@register.filter
def told(value: Any, field: str) -> str:
    """What a field of the history held, in the reader's language: tags by their words."""
    if field != "tag":
        return word(value)
    found = Tag.objects.filter(code=value).first()
    return in_language(found) if found else str(value)


@register.filter
def word(name: Any) -> str:
    """What a name of ours is called in the reader's language; anything else as it is."""
    text = str(name)
    return gettext(NAMED.get(text, text)) if text else ""


@register.filter
def places(status: Any) -> list[bool]:
    """One entry for each share that is needed: whether it was given."""
    return [n < status.given for n in range(status.needed)]


@register.filter
def narrowed(wanted: Asked, facet: str) -> tuple[Asked, str]:
    return wanted, facet


@register.filter
def add_value(pair: tuple[Asked, str], value: str) -> str:
    """The address of the search narrowed by one more value."""
    wanted, facet = pair
    return replace(wanted, chosen={**wanted.chosen, facet: [value]}).address()


@register.filter
def without(wanted: Asked, facet: str) -> str:
    """The address of the search without one of its narrowings."""
    chosen = {name: values for name, values in wanted.chosen.items() if name != facet}
    return replace(wanted, chosen=chosen).address()


@register.filter
def said(text: Any) -> SafeString | str:
    """What somebody wrote, with line breaks; every number in parts, digest and date inside it kept
    left to right: bare in Arabic text, `227 / 9077 / 2935` is shown as 2935 / 9077 / 227."""
    escaped = conditional_escape(text)
    isolated = _DIRECTED.sub(r'<bdi dir="ltr" class="ltr">\g<0></bdi>', escaped)
    return mark_safe(isolated.replace("\n", "<br>"))  # noqa: S308 - escaped two lines above
