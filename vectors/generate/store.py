"""Makes vectors/store: python vectors/generate/store.py

Names of objects, and which records a set of checkpoints proves (spec/store.md, sections 2 and 6).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from amana.core.encoding import b64
from amana.core.merkle import Frontier
from amana.reunite.keys import StoreKeys, object_name

ROOT = Path(__file__).resolve().parent.parent / "store"


def leaf(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def root(*leaves: str) -> str:
    return b64(Frontier().append([leaf(x) for x in leaves]).root())


def write(folder: str, file: str, what: str, **fields: Any) -> None:
    text = json.dumps({"what": what, **fields}, ensure_ascii=False, indent=1)
    (ROOT / folder / f"{file}.json").write_text(text + "\n", encoding="utf-8")


def records(*claims: tuple[int, str]) -> list[dict[str, Any]]:
    return [{"seq": seq, "leaf": b64(leaf(name))} for seq, name in sorted(claims)]


def main() -> None:
    secret, digest = bytes(range(32)), hashlib.sha256(b"a photograph").hexdigest()
    for kind in ("original", "copy", "records"):
        name = object_name(StoreKeys(secret).tag(kind, digest))
        what = f"the name of an object of kind {kind}"
        write(
            "valid", f"name-{kind}", what, secret=secret.hex(), kind=kind, sha256=digest, name=name
        )
    plain = records((0, "a"), (1, "b"), (2, "c"))
    two = [{"size": 2, "root": root("a", "b")}, {"size": 3, "root": root("a", "b", "c")}]
    write("valid", "proved-whole", "all arrived", records=plain, heads=two, proved=3)
    write(
        "valid",
        "proved-prefix",
        "no checkpoint covers the last",
        records=plain,
        heads=two[:1],
        proved=2,
    )
    doubled = records((0, "a"), (1, "b"), (1, "x"), (2, "c"))
    chosen = {"1": b64(leaf("b"))}
    write(
        "valid",
        "two-claims",
        "the root decides",
        records=doubled,
        heads=two,
        proved=3,
        chosen=chosen,
    )
    gap = records((0, "a"), (2, "c"))
    write("invalid", "gap", "record 1 is missing", records=gap, heads=two, proved=0, missing=[1, 2])
    forged = records((0, "a"), (1, "x"), (2, "c"))
    write("invalid", "forged", "record 1 is another", records=forged, heads=two, proved=0)
    swapped = records((0, "b"), (1, "a"), (2, "c"))
    write(
        "invalid",
        "swapped",
        "the same records in another order",
        records=swapped,
        heads=two,
        proved=0,
    )
    fork = [*two, {"size": 3, "root": root("a", "b", "z")}]
    write(
        "valid", "fork", "two roots of one size: one is proved", records=plain, heads=fork, proved=3
    )
    write("invalid", "no-head", "no checkpoint at all", records=plain, heads=[], proved=0)
    many = records(*((seq, f"{seq}{v}") for seq in range(12) for v in "ab"))
    head = [{"size": 12, "root": root(*(f"{seq}b" for seq in range(12)))}]
    write(
        "invalid",
        "too-many-claims",
        "more than 256 combinations",
        records=many,
        heads=head,
        proved=0,
    )


if __name__ == "__main__":
    main()
