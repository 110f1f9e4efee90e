"""The small copy that travels ahead: encoded without a word of metadata.

Why which format and quality: docs/decisions/0201-the-format-of-copies.md.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from amana.core.encoding import Json

_FORMATS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "jpeg": ("JPEG", "image/jpeg", ".jpg", {"quality": 40, "optimize": True}),
    "webp": ("WEBP", "image/webp", ".webp", {"quality": 40, "method": 2}),
    "avif": ("AVIF", "image/avif", ".avif", {"quality": 45, "speed": 10, "max_threads": 1}),
}


@dataclass(frozen=True)
class Copy:
    """An encoded copy and what its record says of it."""

    data: bytes
    fields: Json

    @property
    def suffix(self) -> str:
        return str(self.fields["suffix"])


def encode_copy(image: Image.Image, copy_format: str) -> Copy:
    """`image`, which must carry no metadata, in one of the formats of `Options`."""
    name, media_type, suffix, settings = _FORMATS[copy_format]
    buffer = io.BytesIO()
    image.save(buffer, name, **settings)
    data = buffer.getvalue()
    fields: Json = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": media_type,
        "width": image.width,
        "height": image.height,
        "suffix": suffix,
    }
    return Copy(data, fields)
