"""What of an item can be found: its path, camera, words, and everything people said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from amana_archive.evidence.models import (
    CaseItem,
    Item,
    ItemTag,
    MachineText,
    Note,
    NumberSeen,
    Reading,
)
from amana_archive.search.index import filter_token, index, text_token
from amana_archive.search.normalise import tokens

# Rooms above add what they know of items, (item, text), to be found by: translations.
TEXTS_OF_ROOMS: list[Callable[[Sequence[int]], Iterable[tuple[int, str]]]] = []


def kind_of(item: Item) -> str:
    return item.media_type.partition("/")[0]


def facts(item: Item) -> list[str]:
    """The filters of an item's own facts."""
    found = [
        filter_token("coll", item.collection_id),
        filter_token("state", item.state),
        filter_token("kind", kind_of(item)),
    ]
    if item.taken:
        parts = (("year", 4), ("month", 7), ("day", 10))
        found += [filter_token(kind, item.taken[:length]) for kind, length in parts]
    if camera := camera_of(item):
        found.append(filter_token("camera", camera))
    return found


def camera_of(item: Item) -> str:
    exif = item.photo.get("exif") if isinstance(item.photo, dict) else None
    return str(exif.get("Model", ""))[:60] if isinstance(exif, dict) else ""


def own_text(item: Item) -> str:
    photo: dict[str, Any] = item.photo or {}
    exif = photo.get("exif", {})
    camera = " ".join(str(v) for v in exif.values()) if isinstance(exif, dict) else ""
    return f"{item.path} {item.sha256} {camera} {item.taken} {item.words}"


def reindex(items: Sequence[Item]) -> None:
    """Bring the index up to date for these items."""
    index().put(_documents(items))


def _documents(items: Sequence[Item]) -> Iterator[tuple[int, list[str]]]:
    keys = [item.pk for item in items]
    said: dict[int, list[str]] = {key: [] for key in keys}
    filters: dict[int, list[str]] = {key: [] for key in keys}
    for tagged in ItemTag.objects.filter(item__in=keys, ended=None).select_related("tag"):
        tag = tagged.tag
        said[tagged.item_id].append(f"{tag.ar} {tag.en} {tag.fr}")
        filters[tagged.item_id].append(filter_token("tag", tag.code))
    for note in Note.objects.filter(item__in=keys, ended=None):
        said[note.item_id or 0].append(note.text)
        filters[note.item_id or 0].append(filter_token("has", "note"))
    for reading in Reading.objects.filter(item__in=keys, ended=None):
        said[reading.item_id].append(reading.value)
        if not reading.machine:
            filters[reading.item_id].append(filter_token("has", "reading"))
    _read_by_machines(keys, said, filters)
    for texts_of in TEXTS_OF_ROOMS:
        for key, text in texts_of(keys):
            said[key].append(text)
    for member in CaseItem.objects.filter(item__in=keys, ended=None).select_related("case"):
        said[member.item_id].append(f"{member.case.number} {member.case.summary}")
        filters[member.item_id].append(filter_token("case", member.case_id))
    for item in items:
        if item.words:
            filters[item.pk].append(filter_token("has", "text"))
        parts = [own_text(item), *said[item.pk]]
        found = dict.fromkeys(text_token(t) for part in parts for t in tokens(part))
        yield item.pk, [*facts(item), *filters[item.pk], *found]


def _read_by_machines(
    keys: Sequence[int], said: dict[int, list[str]], filters: dict[int, list[str]]
) -> None:
    """Hints, to be found by: numbers that a machine saw, and the newest text of each file."""
    for seen in NumberSeen.objects.filter(item__in=keys):
        said[seen.item_id].append(seen.value)
        filters[seen.item_id].append(filter_token("has", "machine"))
    texts = MachineText.objects.filter(item__in=keys).exclude(text="").order_by("cursor")
    for key, text in dict(texts.values_list("item", "text")).items():
        said[key].append(text)
        filters[key].append(filter_token("has", "text"))
