"""Which database a row lies in: the families' own store, or the catalogue.

Threat: whoever may open the catalogue (the unlocked archive, a backup with the trustees' key, an
administrator of the machine while the archive is open) must not meet a family in it. So everything
a family tells lies in `families`, whose key the archive does not have. Two tables of this room lie
in the catalogue, because they are asked while the store is closed; what they hold is in
docs/threat-model/families.md.
"""

from __future__ import annotations

from typing import Any

STORE = "families"
APP = "families"
IN_CATALOGUE = frozenset({"slip", "openconsent"})


class Router:
    """Django's database router."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return self._place(model)

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self._place(model)

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool | None:
        """Nothing of the store points into the catalogue, nor the other way round."""
        return self._place(one) == self._place(other)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        if app_label != APP:
            return False if db == STORE else None
        if model_name is None:
            return None
        return (db == STORE) != (model_name in IN_CATALOGUE)

    def _place(self, model: Any) -> str | None:
        if model._meta.app_label != APP or model._meta.model_name in IN_CATALOGUE:
            return None
        return STORE
