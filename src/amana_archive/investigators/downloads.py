"""Data to take away, as CSV or JSON. Threat: a table that runs.

A spreadsheet takes a cell that begins with = + - @ for a formula, and what people wrote and files
are called is in these cells. Such a cell gets an apostrophe before it (OWASP, CSV injection); a
number of ours stays a number.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

Cell = str | int | None
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
FORMS = ("csv", "json")


def safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def as_file(
    name: str, form: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponse:
    """The rows as a file of this form; `name` without an ending."""
    if form == "json":
        data = [dict(zip(columns, row, strict=True)) for row in rows]
        text = json.dumps({"v": 1, "rows": data}, ensure_ascii=False, indent=1)
        answer = HttpResponse(text, content_type="application/json")
    else:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([safe(cell) for cell in row] for row in rows)
        # With a mark of byte order: without it, spreadsheets take Arabic for Latin.
        answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
        form = "csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer
