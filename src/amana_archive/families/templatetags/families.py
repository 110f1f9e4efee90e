"""Filters of this room's templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language, gettext

from amana_archive.evidence.vocabulary import TAGS
from amana_archive.families.words import NAMED
from amana_archive.names import REASONS, Reason

register = template.Library()
_TAGS = {code: {"ar": ar, "en": en, "fr": fr} for _, code, ar, en, fr in TAGS}


@register.filter
def told(name: Any) -> str:
    """A name of ours, or a code of the vocabulary, in the reader's language; anything else as it
    is."""
    text = str(name)
    if text in _TAGS:
        return _TAGS[text].get((get_language() or "en")[:2], text)
    return gettext(NAMED.get(text, text)) if text else ""


@register.filter
def likeness(reason: Reason) -> str:
    """Why two names are thought to be one."""
    return gettext(REASONS[reason.kind]) % {"left": reason.left, "right": reason.right}
