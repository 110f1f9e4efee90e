"""Reads vectors/dossier: each scenario as the files of a whole dossier, and how it must fail."""

from __future__ import annotations

import base64
import json
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "vectors" / "dossier"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json"))


def load(name: str) -> tuple[dict[str, bytes], list[str]]:
    said = json.loads((FOLDER / name).read_text("utf-8"))
    files = load(f"valid/{said['base']}.json")[0] if "base" in said else {}
    for path, data in said["files"].items():
        if data is None:
            del files[path]
        else:
            files[path] = base64.b64decode(data, validate=True)
    return files, said["fails"]
