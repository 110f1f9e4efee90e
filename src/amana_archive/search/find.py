"""A question that somebody typed, and its answer: rights first, then words, then facets.

Totals are counted to 1,000, facets over the first 250 results, and the page says so: exact counts
of a common word in a million items would take longer than anybody wants to wait for a page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import QueryDict

from amana_archive.access import policy
from amana_archive.access.models import Person
from amana_archive.evidence.models import Item, ItemTag, Tag
from amana_archive.search.index import Question, Term, filter_token, index, text_token
from amana_archive.search.normalise import alternatives, words

PAGE, COUNTED, FACETED = 30, 1000, 250
FACETS = ("collection", "state", "kind", "year", "tag", "has", "case", "day")
_TOKEN = {"collection": "coll"}
_MAX_WORDS, _MAX_VALUES = 12, 20


@dataclass(frozen=True)
class Asked:
    """What was asked: words, and chosen values of each facet."""

    text: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)

    def address(self, **more: str) -> str:
        """As the query of an address."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(f, v) for f in FACETS for v in self.chosen.get(f, [])]
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
    return Asked(query.get("q", "")[:200], {f: v for f, v in chosen.items() if v})


def question(person: Person, wanted: Asked) -> Question | None:
    """In the index's terms, the person's rights among them; None where nothing may be seen."""
    rights = [Term(filter_token("coll", pk)) for pk in policy.collections(person)]
    rights += [Term(filter_token("case", pk)) for pk in policy.granted_cases(person)]
    if not rights:
        return None
    groups: list[list[Term]] = [rights]
    for facet, values in wanted.chosen.items():
        groups.append([Term(filter_token(_TOKEN.get(facet, facet), v)) for v in values])
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
        facets=_facets(keys[:FACETED]),
        after=page[-1] if len(keys) > PAGE else None,
    )


def _facets(keys: list[int]) -> dict[str, list[tuple[str, int]]]:
    if not keys:
        return {}
    states: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    years: Counter[str] = Counter()
    rows = Item.objects.filter(pk__in=keys).values_list("state", "media_type", "taken")
    for state, media_type, taken in rows:
        states[state] += 1
        kinds[media_type.partition("/")[0]] += 1
        if taken:
            years[taken[:4]] += 1
    tagged = ItemTag.objects.filter(item__in=keys, ended=None).values_list("tag", flat=True)
    counts: Counter[int] = Counter(tagged)
    codes = dict(Tag.objects.filter(pk__in=counts).values_list("pk", "code"))
    tags = Counter({codes[pk]: n for pk, n in counts.items()})
    found = {"state": states, "kind": kinds, "year": years, "tag": tags}
    return {name: counter.most_common(12) for name, counter in found.items() if counter}
