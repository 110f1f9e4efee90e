"""What every report of the disks has in common: itself as plain values, for --json."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Report:
    """Mix-in for the dataclasses that commands report."""

    def to_json(self: DataclassInstance) -> dict[str, Any]:
        verdicts = {
            name: getattr(self, name)
            for name in ("ok", "complete", "enough")
            if hasattr(self, name)
        }
        return {**verdicts, **asdict(self)}
