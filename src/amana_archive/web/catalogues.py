"""Translations without gettext's tools: find what is said, read .po, write .mo.

    python -m amana_archive.web.catalogues      writes locale/*/LC_MESSAGES/django.mo, of every room

The frame, review and evidence share one catalogue; each room above them has its own.
A test compares: every sentence of templates and code has a translation, and every .mo is what its
.po says. Format: the GNU gettext manual, "The Format of GNU MO Files".
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
_TRANS = re.compile(r"""{%\s*trans\s+(?:"([^"]*)"|'([^']*)')""")
_BLOCK = re.compile(r"{%\s*blocktrans[^%]*%}(.*?){%\s*endblocktrans\s*%}", re.S)
_PLURAL = re.compile(r"{%\s*plural\s*%}")
_MARKS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
_MAGIC = 0x950412DE
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}

Message = tuple[str, str]  # singular, plural or ""


def said() -> set[Message]:
    """Every message of templates and code."""
    found: set[Message] = set()
    for path in sorted(HERE.glob("*/templates/*.html")):
        found |= set(_in_template(path.read_text(encoding="utf-8")))
    for path in sorted(HERE.rglob("*.py")):
        if path != Path(__file__):
            found |= set(_in_code(path.read_text(encoding="utf-8")))
    return found


def _in_template(text: str) -> Iterator[Message]:
    for double, single in _TRANS.findall(text):
        yield (double or single).replace("%", "%%"), ""
    for body in _BLOCK.findall(text):
        one, *many = (_as_format(part) for part in _PLURAL.split(body))
        yield one, many[0] if many else ""


def _as_format(text: str) -> str:
    return re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", text.replace("%", "%%"))


def _in_code(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            is_marked = node.func.id in _MARKS and len(node.args) == 1
            if is_marked and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), ""


# --- .po ----------------------------------------------------------------------------------------


def read_po(text: str) -> dict[Message, list[str]]:
    """Messages with their translations, one for each plural form."""
    found: dict[Message, list[str]] = {}
    entry: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip() or line.startswith("#"):
            if entry:
                found[entry.get("msgid", ""), entry.get("msgid_plural", "")] = _forms(entry)
            entry, key = {}, ""
        elif line.startswith('"'):
            entry[key] += _unquoted(line)
        else:
            key, _, rest = line.partition(" ")
            entry[key] = _unquoted(rest)
    return found


def _forms(entry: dict[str, str]) -> list[str]:
    if "msgstr" in entry:
        return [entry["msgstr"]]
    return [entry[name] for name in sorted(k for k in entry if k.startswith("msgstr["))]


def _unquoted(text: str) -> str:
    inner = text.strip()[1:-1]
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), inner)


# --- .mo ----------------------------------------------------------------------------------------


def to_mo(messages: dict[Message, list[str]]) -> bytes:
    """The binary catalogue; keys sorted, as its readers expect."""
    pairs = sorted(
        ("\0".join(filter(None, key)).encode(), "\0".join(forms).encode())
        for key, forms in messages.items()
        if all(forms)
    )
    count = len(pairs)
    keys_at, values_at = 28, 28 + 8 * count
    offset = 28 + 16 * count
    tables: list[list[int]] = [[], []]
    body = b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += [len(pair[column]), offset + len(body)]
            body += pair[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, count, keys_at, values_at, 0, offset)
    return head + struct.pack(f"<{4 * count}I", *tables[0], *tables[1]) + body


def sources(language: str = "*") -> list[Path]:
    """Every .po of a language: the shared one and those of the rooms."""
    shared = HERE.glob(f"locale/{language}/LC_MESSAGES/django.po")
    return sorted([*shared, *HERE.glob(f"*/locale/{language}/LC_MESSAGES/django.po")])


def compile_all() -> list[Path]:
    """Write every .mo from its .po; which were written."""
    written = []
    for po in sources():
        mo = po.with_suffix(".mo")
        mo.write_bytes(to_mo(read_po(po.read_text(encoding="utf-8"))))
        written.append(mo)
    return written


if __name__ == "__main__":
    compile_all()
