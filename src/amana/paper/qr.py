"""QR codes as SVG, for sheets: made by `segno`, which reads nothing and asks nobody."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str, error: str = "q") -> bytes:
    """A QR code of `text`; `error` is the level that a scratch or a fold may cost (l, m, q, h)."""
    stream = io.BytesIO()
    segno.make(text, error=error, micro=False).save(stream, kind="svg", border=3, xmldecl=True)
    return stream.getvalue()
