"""A question that somebody typed, and its answer: rights first, then words, then facets.

Totals are counted to 1,000, facets over the first 250 results, and the page says so: exact counts
of a common word in a million items would take longer than anybody wants to wait for a page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import QueryDict

from amana_archive.access import policy
from amana_archive.access.models import Person
from amana_archive.evidence.models import Item, ItemTag, Note, NumberSeen, Reading, Tag
from amana_archive.search.dates import day_of, span
from amana_archive.search.index import Question, Term, filter_token, index, text_token
from amana_archive.search.normalise import alternatives, words

PAGE, COUNTED, FACETED = 30, 1000, 250
FACETS = ("collection", "state", "kind", "year", "month", "camera", "tag", "has", "case", "day")
_TOKEN = {"collection": "coll"}
_MAX_WORDS, _MAX_VALUES = 12, 20


@dataclass(frozen=True)
class Asked:
    """What was asked: words, and chosen values of each facet."""

    text: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None

    @property
    def is_asked(self) -> bool:
        return bool(self.text or self.chosen or self.since or self.until)

    def address(self, **more: str) -> str:
        """As the query of an address."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(f, v) for f in FACETS for v in self.chosen.get(f, [])]
        days = (("since", self.since), ("until", self.until))
        pairs += [(name, day.isoformat()) for name, day in days if day]
        return urlencode([*pairs, *more.items()])


@dataclass(frozen=True)
class Found:
    items: list[Item]
    total: int
    capped: bool
    sampled: bool
    facets: dict[str, list[tuple[str, int]]]
    after: int | None


def asked(query: QueryDict) -> Asked:
    """From an address. Anything is a question; what is too much of one is cut."""
    chosen = {f: [v[:60] for v in query.getlist(f) if v][:_MAX_VALUES] for f in FACETS}
    since, until = (day_of(query.get(name, "")[:20]) for name in ("since", "until"))
    return Asked(query.get("q", "")[:200], {f: v for f, v in chosen.items() if v}, since, until)


def question(person: Person, wanted: Asked) -> Question | None:
    """In the index's terms, the person's rights among them; None where nothing may be seen."""
    rights = [Term(filter_token("coll", pk)) for pk in policy.collections(person)]
    rights += [Term(filter_token("case", pk)) for pk in policy.granted_cases(person)]
    if not rights:
        return None
    groups: list[list[Term]] = [rights]
    for facet, values in wanted.chosen.items():
        groups.append([Term(filter_token(_TOKEN.get(facet, facet), v)) for v in values])
    if wanted.since or wanted.until:
        groups.append(span(wanted.since, wanted.until))
    prefix = wanted.text.rstrip().endswith("*")
    typed = words(wanted.text)[:_MAX_WORDS]
    for place, word in enumerate(typed, 1):
        last = prefix and place == len(typed)
        groups.append([Term(text_token(w), prefix=last) for w in alternatives(word)])
    return groups


def find(person: Person, wanted: Asked, after: int = 0) -> Found:
    """The page of results above the item `after`."""
    terms = question(person, wanted)
    if terms is None:
        return Found([], 0, False, False, {}, None)
    keys = index().find(terms, after, COUNTED + 1)
    page = keys[:PAGE]
    rows = Item.objects.defer("words", "photo").select_related("collection").in_bulk(page)
    return Found(
        items=[rows[k] for k in page if k in rows],
        total=min(len(keys), COUNTED),
        capped=len(keys) > COUNTED,
        sampled=len(keys) > FACETED,
        facets=_facets(keys[:FACETED], by_month="year" in wanted.chosen),
        after=page[-1] if len(keys) > PAGE else None,
    )


def _facets(keys: list[int], *, by_month: bool) -> dict[str, list[tuple[str, int]]]:
    if not keys:
        return {}
    names = ("state", "kind", "year", "month", "camera")
    found: dict[str, Counter[str]] = {name: Counter() for name in (*names, "tag", "has")}
    columns = ("state", "media_type", "taken", "photo__exif__Model", *_SAID)
    rows = Item.objects.filter(pk__in=keys).annotate(**_said()).values_list(*columns)
    for state, media_type, taken, camera, *said in rows:
        month = taken[:7] if by_month else ""
        values = (state, media_type.partition("/")[0], taken[:4], month, str(camera or "")[:60])
        for name, value in zip(names, values, strict=True):
            if value:
                found[name][value] += 1
        found["has"].update(name[5:] for name, is_said in zip(_SAID, said, strict=True) if is_said)
    found["tag"] = _tags(keys)
    return {name: counter.most_common(12) for name, counter in found.items() if counter}


_SAID = ("said_reading", "said_machine", "said_note")


def _said() -> dict[str, Exists]:
    """Whether something is said of an item, by people or by machines: in the same question, since
    each further one costs more than its answer."""
    here = OuterRef("pk")
    rows = (
        Reading.objects.filter(item=here, ended=None, machine=""),
        NumberSeen.objects.filter(item=here),
        Note.objects.filter(item=here, ended=None),
    )
    return {name: Exists(row) for name, row in zip(_SAID, rows, strict=True)}


def _tags(keys: list[int]) -> Counter[str]:
    tagged = ItemTag.objects.filter(item__in=keys, ended=None).values_list("tag", flat=True)
    counts: Counter[int] = Counter(tagged)
    codes = dict(Tag.objects.filter(pk__in=counts).values_list("pk", "code"))
    return Counter({codes[pk]: n for pk, n in counts.items()})
