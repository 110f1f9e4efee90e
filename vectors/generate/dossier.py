"""Writes vectors/dossier: two whole dossiers and, for each way to spoil one, only what differs.

    python vectors/generate/dossier.py

Salts and tokens are fresh each time, so the files differ each time, too; commit them only when the
format or a scenario changes. A scenario is one JSON file:

    about    what is wrong, for people
    base     the dossier it starts from (of valid/)
    fails    the codes of spec/dossier.md by which it must be refused: these and no others
    files    path -> base64 of the file's bytes, or null where the file is gone
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "dossier")]
from dossier_cast import Authority, Cast, withhold  # noqa: E402 - found by the line above
from mutants import Files, Judges, canonical, flip, read, remake, reseal  # noqa: E402
from test_mutants import (  # noqa: E402
    HEAD_1,
    HEAD_2,
    ITEMS,
    MEANINGFUL,
    PROOFS,
    RECORDS,
    edit,
    set_in,
)

from amana.dossier.build import build  # noqa: E402

OUT = ROOT / "vectors" / "dossier"
SAID = "data/access/disclosure.json"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def write(path: Path, scenario: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scenario, ensure_ascii=False, indent=1) + "\n", "utf-8")


def whole(name: str, about: str, files: Files) -> None:
    shown = {path: b64(data) for path, data in sorted(files.items())}
    write(OUT / "valid" / f"{name}.json", {"about": about, "fails": [], "files": shown})


def spoilt(name: str, about: str, base: str, before: Files, after: Files, judges: Judges) -> None:
    changed = {path: b64(after[path]) for path in sorted(after) if after[path] != before.get(path)}
    gone = dict.fromkeys(sorted(set(before) - set(after)))
    found = judges(after)
    assert found.amana == found.second, (name, found)
    assert found.amana, name
    scenario = {"about": about, "base": base, "fails": sorted(found.amana)}
    write(OUT / "invalid" / f"{name}.json", {**scenario, "files": {**changed, **gone}})


def main() -> None:
    for old in OUT.rglob("*.json"):
        old.unlink()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cast = Cast(
            folder, [Authority(folder / "one", "one", "ec"), Authority(folder / "two", "two")]
        )
        case = replace(cast.case(4), languages=("en",))
        files = read(build(folder / "whole", case).path)
        partial = read(build(folder / "partial", withhold(case)).path)
        disclosure = replace(case.disclosure, supplements=files["seal.note"].decode())
        added = read(build(folder / "added", replace(case, disclosure=disclosure)).path)
    whole("whole", "nothing withheld; two tokens, a witness, a working copy, two receipts", files)
    whole("partial", "one entry withheld, one redacted, one original withheld", partial)
    whole("supplement", "it adds to the dossier `whole`, and names its seal", added)
    judges = Judges()
    bent = flip(files, "seal.note", 60, 0)["seal.note"]
    for name, seal in {
        "disclosure-supplements-itself": added["seal.note"],
        "disclosure-supplements-a-seal-that-was-changed": bent,
        "disclosure-supplements-a-number": files["seal.note"].splitlines()[1],
    }.items():
        said = {**json.loads(added[SAID]), "supplements": seal.decode()}
        after = reseal({**added, SAID: canonical(said)}, cast.archive)
        spoilt(name, name.replace("-", " "), "supplement", added, after, judges)
    for about, change, code in MEANINGFUL:
        plain = "".join(c for c in about if c.isalnum() or c == " ")
        name = f"{code}-{'-'.join(plain.split())}"
        after = reseal(change(files), cast.archive)
        spoilt(name, f"{about}; sealed anew by the archive", "whole", files, after, judges)
    others: dict[str, tuple[str, Files]] = {
        "manifest-a-byte-changed": ("a byte of a record changed", flip(files, RECORDS, 40, 0)),
        "seal-manifests-made-anew": (
            "a byte of a record changed, the manifests made anew without the archive's key",
            remake(flip(files, RECORDS, 40, 0)),
        ),
        "tagmanifest-a-byte-changed": (
            "a byte of the manifest of tag files changed",
            flip(files, "tagmanifest-sha256.txt", 3, 0),
        ),
        "files-one-added": ("a file slipped in", reseal({**files, "data/x": b"x"}, cast.archive)),
        "checkpoint-rolled-back": (
            "the larger head exchanged for the smaller",
            reseal({**files, HEAD_2: files[HEAD_1]}, cast.archive),
        ),
        "witness-a-cosignature-changed": (
            "a byte inside a cosignature changed",
            reseal({**files, HEAD_2: _cosignature_changed(files[HEAD_2])}, cast.archive),
        ),
    }
    for name, (about, after) in others.items():
        spoilt(name, about, "whole", files, after, judges)
    for name, change in {
        "redaction-salt-kept": set_in(0, removed=[{"field": "original.path", "reason": "why"}]),
        "redaction-of-another-entry": set_in(0, seq=3),
    }.items():
        after = reseal(edit(partial, "data/redacted/01.jsonl", change), cast.archive)
        spoilt(name, name.replace("-", " "), "partial", partial, after, judges)
    after = edit(partial, ITEMS, lambda x: set_in(1, original=x[0]["original"])(x))
    about = "a withheld entry claims a file"
    spoilt(
        "original-of-a-withheld-entry",
        about,
        "partial",
        partial,
        reseal(after, cast.archive),
        judges,
    )
    after = edit(partial, PROOFS, set_in(1, redacted="too"))
    about = "an entry both withheld and redacted"
    spoilt(
        "inclusion-held-back-twice", about, "partial", partial, reseal(after, cast.archive), judges
    )
    print(f"{len(list(OUT.rglob('*.json')))} vectors")


def _cosignature_changed(note: bytes) -> bytes:
    head, _, line = note[:-1].rpartition(b"\n")
    data = bytearray(base64.b64decode(line.split(b" ")[2]))
    data[40] ^= 1
    name = line.rpartition(b" ")[0]
    return head + b"\n" + name + b" " + base64.b64encode(bytes(data)) + b"\n"


if __name__ == "__main__":
    main()
