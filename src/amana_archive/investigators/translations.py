"""Translations of documents: who, when, from which text, into which language; never overwritten."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop as _

from amana.errors import UsageProblem
from amana_archive.access.audit import of_item, record
from amana_archive.access.models import Person
from amana_archive.evidence.actions import remember
from amana_archive.evidence.models import Item
from amana_archive.intake.plain import plain
from amana_archive.investigators.models import LANGUAGES, Translation
from amana_archive.lockup.opened import Opened
from amana_archive.search.documents import reindex

LONGEST = 200_000
ERRORS = (
    _("choose from which language into which other one"),
    _("the translation is empty"),
    _("say who translated it"),
)


def add(
    opened: Opened, by: Person, item: Item, languages: tuple[str, str], text: str, translator: str
) -> Translation:
    """The next version of the translation into a language. Raises UsageProblem."""
    here, there = languages
    if here not in LANGUAGES or there not in LANGUAGES or here == there:
        raise UsageProblem(what="choose from which language into which other one")
    text = plain(text.strip()[:LONGEST])
    if not text:
        raise UsageProblem(what="the translation is empty")
    translator = translator.strip()[:120]
    if not translator:
        raise UsageProblem(what="say who translated it")
    source = hashlib.sha256(item.words.encode()).hexdigest()
    with transaction.atomic():
        same = Translation.objects.filter(item=item, to_language=there)
        version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
        entry = record(
            opened,
            by,
            "document.translated",
            **of_item(item),
            from_language=here,
            to_language=there,
            version=version,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            source=source,
            translator=translator,
        )
        made = Translation.objects.create(
            item=item,
            version=version,
            from_language=here,
            to_language=there,
            text=text,
            translator=translator,
            source_sha256=source,
            by=by,
            act=entry.seq,
        )
        reindex([item])
        change = {"field": "translation", "new": f"{here} > {there}, {version}: {translator}"}
        remember(entry, by, "item", item.pk, change)
    return made


def of_document(item: Item) -> list[Translation]:
    """Every version, the newest of each language first."""
    rows = Translation.objects.filter(item=item).select_related("by")
    return sorted(rows, key=lambda t: (t.to_language, -t.version))


def newest(keys: Sequence[int]) -> Iterator[tuple[int, str]]:
    """(item, text) of the newest version in each language, for the search."""
    rows = Translation.objects.filter(item__in=keys).order_by("version")
    last = {(t.item_id, t.to_language): t for t in rows}
    for made in last.values():
        yield made.item_id, f"{made.text} {made.translator}"
