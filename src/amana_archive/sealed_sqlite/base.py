"""Django's SQLite backend over SQLCipher: AES-256 pages with an HMAC each; the write-ahead log is
encrypted too, and temporary tables stay in memory. Source: zetetic.net/sqlcipher/design."""

from __future__ import annotations

import contextlib
import datetime
import decimal
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import register
from sqlcipher3 import dbapi2 as Database  # noqa: N812 - Django's own name for it

from amana_archive.sealed_sqlite import keyring

_CACHE_KIB = 65_536
_SETUP = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cipher_memory_security = OFF",
    f"PRAGMA cache_size = -{_CACHE_KIB}",
)


sqlite: Any = base  # Django's own names, which its stubs leave out


def _register_types() -> None:
    Database.register_converter("bool", b"1".__eq__)
    for name, convert in (
        ("date", sqlite.parse_date),
        ("time", sqlite.parse_time),
        ("datetime", sqlite.parse_datetime),
        ("timestamp", sqlite.parse_datetime),
    ):
        Database.register_converter(name, sqlite.decoder(convert))
    Database.register_adapter(decimal.Decimal, str)
    Database.register_adapter(datetime.date, sqlite.adapt_date)
    Database.register_adapter(datetime.datetime, sqlite.adapt_datetime)


_register_types()


class Cursor(Database.Cursor):  # type: ignore[misc]
    """Django writes `%s`; SQLite wants `?`."""

    def execute(self, query: str, params: Any = None) -> Any:
        if params is None:
            return super().execute(query)
        return super().execute(_question_marks(query), params)

    def executemany(self, query: str, param_list: Any) -> Any:
        return super().executemany(_question_marks(query), param_list)


def _question_marks(query: str) -> str:
    return str(sqlite.FORMAT_QMARK_REGEX.sub("?", query)).replace("%%", "%")


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection of one thread."""

    Database = Database

    def get_new_connection(self, conn_params: Any) -> Any:
        key = keyring.key(self.alias)
        Path(conn_params["database"]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = Database.connect(**conn_params)
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        more: list[str] = getattr(self, "init_commands", [])  # OPTIONS["init_command"]
        for command in (*_SETUP, *filter(None, more)):
            connection.execute(command).fetchall()
        register(connection)
        keyring.remember(self)
        return connection

    def create_cursor(self, name: Any = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    def drop(self) -> None:
        """Close from another thread: the archive locks."""
        connection, self.connection = self.connection, None
        self.in_atomic_block = False
        self.savepoint_ids = []
        self.needs_rollback = False
        if connection is not None:
            with contextlib.suppress(Database.Error):
                connection.close()
