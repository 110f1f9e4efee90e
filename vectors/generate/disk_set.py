"""Makes vectors/disk-set: python vectors/generate/disk_set.py"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from amana.core.encoding import b64, canonical, parse
from amana.core.erasure import Code
from amana.core.sign import Signer, sign_note
from amana.disks.layout import key_name, set_id_of
from amana.disks.manifest import Extra, Head, IndexDigests, Label, Piece, Stripe

ROOT = Path(__file__).resolve().parent.parent / "disk-set"


def fixed(name: str, size: int = 32) -> bytes:
    return hashlib.shake_256(name.encode()).digest(size)


SEED = fixed("set")
PUBLIC = Signer("x", SEED).verifier.public
SIGNER = Signer(key_name(set_id_of(PUBLIC)), SEED)
OTHER = Signer("x", fixed("another set")).verifier.public
K, N = 2, 3
DATA = [fixed("pack one", 700), fixed("pack two", 450)]
LONGEST = len(DATA[0])
PADDED = [d.ljust(LONGEST, b"\0") for d in DATA]
PIECES = [*DATA, *Code(K, N).parity(PADDED)]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def piece(data: bytes, pack: bool) -> Piece:
    blocks = hashlib.sha256(data).digest()
    return Piece(len(data), blocks, digest(data) if pack else "", 0, len(data) if pack else 0)


STRIPE = Stripe(1, tuple(piece(d, i < K) for i, d in enumerate(PIECES)))
LINE = STRIPE.line()
DIGESTS = IndexDigests()
DIGESTS.add(LINE)
SEALED = fixed("content", 4300)
HEAD = Head(
    PUBLIC, K, N, 1, len(LINE), DIGESTS.chunks(), (Extra("content.age", 4300, digest(SEALED)),)
)
LABEL = Label(HEAD.set_id, 2, fixed("medium", 16).hex(), ((1, 4), (6, 6)))


def write(kind: str, name: str, scenario: str, **fields: Any) -> None:
    folder = ROOT / kind
    folder.mkdir(parents=True, exist_ok=True)
    vector = {"format": "disk-set", "scenario": scenario, **fields}
    text = json.dumps(vector, indent=2, ensure_ascii=False) + "\n"
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def note(
    name: str, scenario: str, change: Any = None, *, kind: str = "invalid", **more: Any
) -> None:
    """A note whose JSON went through `change`, signed all the same."""
    origin, line, _ = HEAD.text().split("\n")
    fields = parse(line.encode(), "note")
    if change:
        change(fields)
    text = f"{more.pop('origin', origin)}\n{canonical(fields).decode()}\n"
    write(kind, f"note-{name}", scenario, note=str(sign_note(text, [SIGNER])), **more)


def line(
    name: str, scenario: str, change: Any = None, *, kind: str = "invalid", **more: Any
) -> None:
    fields = parse(LINE[:-1], "line")
    if change:
        change(fields)
    text = more.pop("text", canonical(fields).decode())
    write(kind, f"line-{name}", scenario, k=K, n=N, stripes=1, number=1, line=text, **more)


def label(name: str, scenario: str, *, kind: str = "invalid", **change: Any) -> None:
    fields = parse(LABEL.to_bytes()[:-1], "label") | change
    write(kind, f"label-{name}", scenario, label=canonical(fields).decode() + "\n")


def notes() -> None:
    set_id = HEAD.set_id
    note("plain", "A note as it should be.", kind="valid", set=set_id, vkey=HEAD.vkey)
    note(
        "unknown-field",
        "A field of tomorrow is ignored.",
        lambda f: f.update(later=1),
        kind="valid",
        set=set_id,
        vkey=HEAD.vkey,
    )
    whole = HEAD.signed(SEED).decode()
    write(
        "invalid",
        "note-altered",
        "One digit changed after signing.",
        note=whole.replace('"stripes":1', '"stripes":2'),
    )
    write(
        "invalid",
        "note-unsigned",
        "Signed by another key under the same name.",
        note=str(sign_note(HEAD.text(), [Signer(SIGNER.name, fixed("another set"))])),
    )
    write("invalid", "note-no-signature", "A text alone.", note=HEAD.text())
    write(
        "invalid",
        "note-another-set",
        "Whole, but another set was expected.",
        note=whole,
        expect_set=set_id_of(OTHER),
    )
    note("version", "Another version.", lambda f: f.update(v=2))
    note("block", "Another block size.", lambda f: f.update(block=65536))
    note("chunk", "Another chunk size.", lambda f: f["index"].update(chunk=65536))
    note("k-zero", "Any 0 of 3.", lambda f: f.update(k=0))
    note("k-above-n", "Any 4 of 3.", lambda f: f.update(k=4))
    note("n-too-large", "Any 2 of 65.", lambda f: f.update(n=65))
    note("key", "The key does not make the set id.", lambda f: f.update(key=b64(OTHER)))
    note("origin", "The first line names another set.", origin=key_name(set_id_of(OTHER)))
    note("chunks", "Two digests for one chunk.", lambda f: f["index"].update(sha256=b64(bytes(64))))
    note("no-index", "Stripes without an index.", lambda f: f["index"].update(size=0, sha256=""))
    note(
        "climbing-name",
        "A file name that climbs.",
        lambda f: f["files"][0].update(name="../content.age"),
    )
    spaced = HEAD.text().replace('"v":1', '"v": 1')
    write(
        "invalid",
        "note-not-canonical",
        "A space in the JSON, signed.",
        note=str(sign_note(spaced, [SIGNER])),
    )


def lines() -> None:
    pieces = [b64(p) for p in PIECES]
    line(
        "plain",
        "Two packs and their parity; any two pieces give the third.",
        kind="valid",
        pieces=pieces,
    )
    part = {"at": 1 << 20, "of": (1 << 20) + LONGEST}
    line("part", "A part of a large pack.", lambda f: f["pieces"][0].update(part), kind="valid")

    def one_pack(f: Any) -> None:
        f["pieces"][1] = {"size": 0, "blocks": ""}

    line(
        "one-pack",
        "A stripe with one pack; the other data piece counts as zeros.",
        one_pack,
        kind="valid",
    )
    line("number", "Stripe 2 in the place of stripe 1.", lambda f: f.update(stripe=2))
    line("zero", "Stripe 0.", lambda f: f.update(stripe=0))
    line("too-few", "Two pieces where n is 3.", lambda f: f["pieces"].pop())
    line("too-many", "Four pieces where n is 3.", lambda f: f["pieces"].append(f["pieces"][0]))
    line(
        "digests",
        "A piece with two digests and one block.",
        lambda f: f["pieces"][0].update(blocks=b64(bytes(64))),
    )
    line(
        "large",
        "A piece of more than 2^30 bytes.",
        lambda f: f["pieces"][0].update(size=(1 << 30) + 1, blocks=b64(bytes(32 * 1025))),
    )
    line(
        "parity-names-pack",
        "Parity that names a pack.",
        lambda f: f["pieces"][2].update(pack=digest(b"")),
    )
    line("data-without-pack", "Data that names no pack.", lambda f: f["pieces"][0].pop("pack"))
    line(
        "pack-digest",
        "A pack's digest in capitals.",
        lambda f: f["pieces"][0].update(pack=f["pieces"][0]["pack"].upper()),
    )
    line(
        "part-outside",
        "A part behind its pack's end.",
        lambda f: f["pieces"][0].update(at=1 << 20, of=1 << 20),
    )
    line(
        "part-is-whole",
        "A part as long as its pack.",
        lambda f: f["pieces"][0].update(at=0, of=LONGEST),
    )
    line(
        "part-off-block",
        "A part that does not begin at a block.",
        lambda f: f["pieces"][0].update(at=5, of=5000),
    )
    line(
        "parity-short",
        "Parity shorter than the longest data piece.",
        lambda f: f["pieces"][2].update(size=LONGEST - 1),
    )
    line("negative", "A negative size.", lambda f: f["pieces"][0].update(size=-1))

    def empty(f: Any) -> None:
        f["pieces"] = [{"size": 0, "blocks": ""}] * 3

    line("empty", "A stripe without data.", empty)
    line("not-canonical", "A space in the JSON.", text=LINE.decode()[:-1].replace(":1}", ": 1}"))
    line("duplicate-key", "A key twice.", text=LINE.decode()[:-2] + ',"stripe":1}')


def labels() -> None:
    label("plain", "Disk 2, stripes 1 to 4 and 6.", kind="valid")
    label("disk-zero", "Disk 0.", disk=0)
    label("set", "A set id that is none.", set="../../etc")
    label("ranges", "Ranges out of order.", held=[[6, 6], [1, 4]])
    label("overlap", "Ranges that overlap.", held=[[1, 4], [4, 6]])
    label("backwards", "A range backwards.", held=[[4, 1]])
    label("version", "Another version.", v=2)


if __name__ == "__main__":
    notes()
    lines()
    labels()
