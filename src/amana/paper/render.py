"""A Typst template and its data become a PDF (PDF/A-2b: for archives), in memory.

Data reaches the template as JSON through `sys.inputs.data`, never as markup: a name chosen by
somebody else cannot become a command. Secrets on a sheet never touch a disk on the way.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import typst

from amana.core.encoding import Json

# The latter is what Typst brings along; the former what Arabic needs.
FONTS = ("Libertinus Serif", "Noto Naskh Arabic")
# A fixed date: the same data gives the same bytes, and a sheet does not tell when it was printed.
_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def render(template: str, data: Json, images: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of a Typst `template` that reads `json(bytes(sys.inputs.data))`; `images` are its
    files by name. The same arguments give the same bytes."""
    sources: Any = {"main.typ": template.encode(), **(images or {})}
    # A dictionary of sources is right, though the stubs of typst know only paths and bytes.
    pdf: bytes = typst.compile(
        sources,
        font_paths=[_font_folder()],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=int(_DATE.timestamp()),
    )
    return pdf


def template(name: str) -> str:
    """A template that comes along in this package, `templates/<name>.typ`."""
    folder = importlib.resources.files("amana.paper") / "templates"
    return (folder / f"{name}.typ").read_text("utf-8")


@functools.cache
def _font_folder() -> str:
    return str(importlib.resources.files("amana.paper") / "fonts")
