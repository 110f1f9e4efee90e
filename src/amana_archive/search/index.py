"""The index: documents are lists of tokens, questions ANDs of ORs. Two databases, one interface.

Filters (collection, state, tag, year) are tokens like any other, with a reserved first letter that
no folded word can have, so that rights and facets are intersected inside the index, and nothing is
fetched that may not be seen. Results come in the order of items, found by their key: pages never
need an offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection

TABLE = "amana_search"
MOST_BYTES = 1_000_000
FILTER = "xq"  # how a filter's token begins; a word that begins so is written with one more


@dataclass(frozen=True)
class Term:
    """One token; `prefix`: every token that begins so."""

    token: str
    prefix: bool = False


Question = Sequence[Sequence[Term]]


class Index(Protocol):
    def create(self) -> None: ...

    def put(self, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Replace the tokens of these items."""
        ...

    def find(self, question: Question, after: int, limit: int) -> list[int]:
        """The first `limit` items above `after` that hold every group of `question`."""
        ...


def filter_token(kind: str, value: str | int) -> str:
    """The token of a filter: letters and digits only, and never one of a text."""
    return FILTER + kind + "".join(c for c in str(value).casefold() if c.isalnum())


def text_token(word: str) -> str:
    return FILTER + FILTER + word if word.startswith(FILTER) else word


class Fts5:
    """SQLite: a contentless FTS5 table; tokens are split at spaces, and folded by us alone."""

    def create(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(tokens, content='',"
                ' contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 0")'
            )

    def put(self, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
        rows = [(key, " ".join(tokens)) for key, tokens in documents]
        with connection.cursor() as cursor:
            cursor.executemany(f"DELETE FROM {TABLE} WHERE rowid = %s", [(r[0],) for r in rows])
            cursor.executemany(f"INSERT INTO {TABLE} (rowid, tokens) VALUES (%s, %s)", rows)

    def find(self, question: Question, after: int, limit: int) -> list[int]:
        query = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid > %s LIMIT %s"
        with connection.cursor() as cursor:
            cursor.execute(query, (fts5_question(question), after, limit))
            return [int(row[0]) for row in cursor.fetchall()]


def fts5_question(question: Question) -> str:
    """The question in FTS5's language; every token is quoted, so none is an operator."""
    return " AND ".join(f"({' OR '.join(_quoted(t) for t in group)})" for group in question)


def _quoted(term: Term) -> str:
    escaped = term.token.replace('"', '""')
    return f'"{escaped}"' + ("*" if term.prefix else "")


class Postgres:
    """PostgreSQL: the same tokens as a tsvector without any dictionary, under a GIN index."""

    def create(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {TABLE}"
                " (item bigint PRIMARY KEY, tokens tsvector NOT NULL)"
            )
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {TABLE}_gin ON {TABLE} USING gin (tokens)")

    def put(self, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {TABLE} VALUES (%s, array_to_tsvector(%s))"
                " ON CONFLICT (item) DO UPDATE SET tokens = excluded.tokens",
                [(key, _fitting(tokens)) for key, tokens in documents],
            )

    def find(self, question: Question, after: int, limit: int) -> list[int]:
        query = (
            f"SELECT item FROM {TABLE} WHERE tokens @@ %s::tsquery AND item > %s"
            " ORDER BY item LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(query, (tsquery(question), after, limit))
            return [int(row[0]) for row in cursor.fetchall()]


def _fitting(tokens: Sequence[str]) -> list[str]:
    """As many tokens as a tsvector holds (1 MiB), the first ones first: rights and facets come
    before the words of a text."""
    room, kept = MOST_BYTES, dict.fromkeys(tokens)
    for number, token in enumerate(kept):
        room -= len(token.encode()) + 4
        if room < 0:
            return list(kept)[:number]
    return list(kept)


def tsquery(question: Question) -> str:
    return " & ".join(f"({' | '.join(_lexeme(t) for t in group)})" for group in question)


def _lexeme(term: Term) -> str:
    escaped = term.token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'" + (":*" if term.prefix else "")


def index() -> Index:
    """The index of the database in use."""
    return Postgres() if connection.vendor == "postgresql" else Fts5()
