"""Every way to spoil a dossier is refused by both verifiers, for the right reason; counted."""

# ruff: noqa: E501 - the table of mutants reads best with one mutant a line

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from dossier_cast import Cast, withhold
from mutants import Files, Judges, edit, flip, read, remake, reseal, retag

from amana.core.sign import Signer
from amana.dossier.build import build

SOAK = int(os.environ.get("AMANA_SOAK", "0"))
RECORDS, PROOFS = "data/records/01.jsonl", "data/proofs/01.jsonl"
ITEMS, SHEET = "data/items.jsonl", "data/dossier.json"
HEAD_1, HEAD_2 = "data/ledger/01/000001.note", "data/ledger/01/000002.note"
RECEIPT_1, RECEIPT_2 = "data/custody/000001.receipt", "data/custody/000002.receipt"
STEPS, TOKEN = "data/ledger/01/consistency.jsonl", "data/timestamps/01-000002-1"
# What the mathematics binds, whoever holds the archive's key; and by which check it shows.
BOUND = {
    "data/records/": {"record"},
    "data/access/records": {"record"},
    "data/proofs/": {"inclusion", "record"},
    "data/access/proofs": {"inclusion", "record"},
    "data/ledger/": {"checkpoint", "consistency", "witness", "timestamp"},
    "data/originals/": {"original"},
    "data/copies/": {"copy"},
    "data/working/": {"working"},
    "data/custody/0": {"custody"},
    "data/timestamps/01-000002-1.note": {"timestamp"},
    "data/timestamps/01-000002-1.pem": {"timestamp"},
    "data/timestamps/01-000002-2.note": {"timestamp"},
    "data/timestamps/01-000002-2.pem": {"timestamp"},
}
TAGS = {
    "bagit.txt": "tagmanifest",
    "bag-info.txt": "tagmanifest",
    "manifest-sha256.txt": "tagmanifest",
    "seal.note": "tagmanifest",
    "tagmanifest-sha256.txt": "tagmanifest",
}


@pytest.fixture(scope="module")
def judges() -> Judges:
    return Judges()


@pytest.fixture(scope="module")
def files(bag: Path) -> Files:
    return read(bag)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, cast: Cast) -> Files:
    """Another dossier, by the same people, of other evidence."""
    return read(build(tmp_path_factory.mktemp("other") / "d", cast.case(salt="other ")).path)


def refused(judges: Judges, files: Files, *codes: str, odd: tuple[str, ...] = ()) -> None:
    """Both refuse, and among the reasons of both is one of `codes`."""
    found = judges(files, odd)
    assert found.amana & set(codes), (codes, found)
    assert found.second & set(codes), (codes, found)
    # Where a token's unsigned wrapping is spoilt, readers of DER differ; nowhere else.
    assert found.amana ^ found.second <= {"timestamp"}


def spots(files: Files, paths: list[str], few: int) -> Iterator[tuple[str, int, int]]:
    """(path, offset, bit): every byte when soaking, else `few` spread over each file."""
    dice = random.Random(227)
    for path in paths:
        size = len(files[path])
        offsets = range(size) if SOAK else dice.sample(range(size), min(few, size))
        for offset in offsets:
            yield path, offset, dice.randrange(8)


def test_untouched(judges: Judges, files: Files, cast: Cast) -> None:
    assert judges(files) == judges(remake(files)) == judges(reseal(files, cast.archive))
    assert not judges(files).amana | judges(files).second


def test_any_byte_flipped(judges: Judges, files: Files) -> None:
    for path, offset, bit in spots(files, sorted(files), 6):
        refused(judges, flip(files, path, offset, bit), TAGS.get(path, "manifest"))


def test_any_byte_flipped_and_the_manifests_made_anew(judges: Judges, files: Files) -> None:
    for path, offset, bit in spots(files, sorted(p for p in files if p[:5] == "data/"), 4):
        found = judges(remake(flip(files, path, offset, bit)))
        assert found.amana & found.second & {"seal", "sheet"}, (path, offset, bit, found)
    for path, offset, bit in spots(files, ["bagit.txt", "bag-info.txt", "seal.note"], 40):
        refused(judges, retag(flip(files, path, offset, bit)), "bag", "seal")


def test_any_byte_flipped_by_the_archive_itself(judges: Judges, files: Files, cast: Cast) -> None:
    for start, codes in BOUND.items():
        paths = sorted(path for path in files if path.startswith(start))
        assert paths, start
        for path, offset, bit in spots(files, paths, 9):
            found = judges(reseal(flip(files, path, offset, bit), cast.archive))
            assert found.amana & codes, (path, offset, bit, found)
            assert found.second & codes, (path, offset, bit, found)


def test_tokens_flipped_by_the_archive_itself(judges: Judges, files: Files, cast: Cast) -> None:
    """The time and the imprint in a token cannot be changed; its unsigned wrapping may be."""
    path = TOKEN + ".tsr"
    where = files[path].index(b"\x18\x0f20")  # GeneralizedTime, in the signed TSTInfo
    for offset in range(where - 60, where + 17):
        found = judges(reseal(flip(files, path, offset, 0), cast.archive))
        assert "timestamp" in found.amana & found.second, offset


@pytest.mark.parametrize("forger", ["raw", "remade", "resealed"])
def test_any_file_dropped(judges: Judges, files: Files, cast: Cast, forger: str) -> None:
    for path in sorted(files):
        if path in (SHEET, "bagit.txt"):
            continue  # then it is no dossier: exit code 2, tested elsewhere
        spoilt = {p: data for p, data in files.items() if p != path}
        if forger == "raw" or not path.startswith("data/"):
            refused(judges, spoilt, "files")
        else:
            spoilt = remake(spoilt) if forger == "remade" else reseal(spoilt, cast.archive)
            refused(judges, spoilt, "files")


@pytest.mark.parametrize("forger", ["raw", "remade", "resealed"])
def test_anything_added(judges: Judges, files: Files, cast: Cast, forger: str) -> None:
    forge = {
        "raw": lambda f: f,
        "remade": remake,
        "resealed": lambda f: reseal(f, cast.archive),
    }[forger]
    extra = "data/originals/" + "0" * 64 + ".jpg"
    for path in (extra, "data/readme.txt", "data/report/report.en.pdf", "data/.hidden"):
        refused(judges, forge({**files, path: b"more"}), "files")
    for path in ("readme.txt", ".DS_Store", "metadata/x.xml"):
        refused(judges, {**files, path: b"more"}, "files")
    for thing in ("data/link", "data/empty/", "fifo"):
        refused(judges, files, "files", odd=(thing,))


@pytest.mark.parametrize("forger", ["raw", "remade", "resealed"])
def test_any_file_renamed(judges: Judges, files: Files, cast: Cast, forger: str) -> None:
    for path in sorted(p for p in files if p.startswith("data/") and p != SHEET):
        name = path.replace("0", "1", 1) if "0" in path else path + "x"
        spoilt = {(name if p == path else p): data for p, data in files.items()}
        if forger != "raw":
            spoilt = remake(spoilt) if forger == "remade" else reseal(spoilt, cast.archive)
        refused(judges, spoilt, "files", "manifest")


def test_any_two_alike_swapped(judges: Judges, files: Files, cast: Cast) -> None:
    groups: dict[tuple[str, str], list[str]] = {}
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        groups.setdefault((folder, name.rpartition(".")[2]), []).append(path)
    for (folder, _), paths in groups.items():
        if folder in ("", "data") or "redacted" in folder:
            continue
        for one, two in pairwise(paths):
            if files[one] == files[two]:
                continue
            swapped = {**files, one: files[two], two: files[one]}
            refused(judges, swapped, "manifest")
            refused(judges, remake(swapped), "seal")
            found = judges(reseal(swapped, cast.archive))
            assert found.amana, (one, two)
            assert found.second, (one, two)


# --- mutants with a meaning: (name, what is done, by which check it must show) ----------------


def swap(lines: list, a: int, b: int) -> list:
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def paths_of(change: Callable[[list], list]) -> Callable[[list], list]:
    def apply(lines: list) -> list:
        for line in lines:
            line["path"] = change(line["path"])
        return lines

    return apply


def sheet(change: Callable[[dict], object]) -> Callable[[Files], Files]:
    def apply(files: Files) -> Files:
        def on(said: dict) -> dict:
            change(said)
            return said

        return edit(files, SHEET, on)

    return apply


def renamed(vkey: str, name: str) -> str:
    """The same key under another name, with the hash that belongs to it."""
    import base64

    from amana.core.sign import Verifier

    data = base64.b64decode(vkey.split("+", 2)[2])
    return Verifier(name, data[1:], data[0]).vkey


def set_in(line: int, **fields: object) -> Callable[[list], list]:
    def apply(lines: list) -> list:
        lines[line].update(fields)
        return lines

    return apply


def without_last_head(said: dict) -> None:
    said["ledgers"][0]["checkpoints"].pop()


MEANINGFUL: list[tuple[str, Callable[[Files], Files], str]] = [
    ("proofs reordered", lambda f: edit(f, PROOFS, lambda x: swap(x, 0, 1)), "inclusion"),
    ("proofs reversed", lambda f: edit(f, PROOFS, lambda x: x[::-1]), "inclusion"),
    ("proof dropped", lambda f: edit(f, PROOFS, lambda x: x[1:]), "record"),
    ("proof twice", lambda f: edit(f, PROOFS, lambda x: [x[0], *x]), "inclusion"),
    ("steps of proofs reordered", lambda f: edit(f, PROOFS, paths_of(lambda p: p[::-1])), "inclusion"),
    ("a step dropped", lambda f: edit(f, PROOFS, paths_of(lambda p: p[:-1])), "inclusion"),
    ("a step added", lambda f: edit(f, PROOFS, paths_of(lambda p: [*p, p[0]])), "inclusion"),
    ("no steps", lambda f: edit(f, PROOFS, paths_of(lambda p: [])), "inclusion"),
    ("another index", lambda f: edit(f, PROOFS, set_in(-1, seq=7)), "inclusion"),
    ("another size", lambda f: edit(f, PROOFS, set_in(0, size=6)), "inclusion"),
    ("proof under the earlier head", lambda f: edit(f, PROOFS, set_in(0, size=3)), "inclusion"),
    ("records reordered", lambda f: edit(f, RECORDS, lambda x: swap(x, 0, 1)), "record"),
    ("record dropped", lambda f: edit(f, RECORDS, lambda x: x[:-1]), "record"),
    ("record twice", lambda f: edit(f, RECORDS, lambda x: [*x, x[-1]]), "record"),
    ("no records", lambda f: {**f, RECORDS: b""}, "record"),
    ("record without line feed", lambda f: {**f, RECORDS: f[RECORDS][:-1]}, "record"),
    ("consistency proof dropped", lambda f: {**f, STEPS: b""}, "consistency"),
    ("consistency proof twice", lambda f: edit(f, STEPS, lambda x: x * 2), "consistency"),
    ("consistency steps reordered", lambda f: edit(f, STEPS, paths_of(lambda p: p[::-1])), "consistency"),
    ("consistency of other sizes", lambda f: edit(f, STEPS, set_in(0, to=6)), "consistency"),
    ("rolled back: the earlier head last", lambda f: {**f, HEAD_2: f[HEAD_1]}, "checkpoint"),
    ("replayed: the later head first", lambda f: {**f, HEAD_1: f[HEAD_2]}, "checkpoint"),
    ("heads swapped", lambda f: {**f, HEAD_1: f[HEAD_2], HEAD_2: f[HEAD_1]}, "checkpoint"),
    ("rolled back: the last head dropped", sheet(without_last_head), "inclusion"),
    (
        "head signed by nobody",
        lambda f: {**f, HEAD_2: f[HEAD_2].partition(b"\n\n")[0] + b"\n\n"},
        "checkpoint",
    ),
    (
        "a signature doubled",
        lambda f: {**f, HEAD_1: f[HEAD_1] + f[HEAD_1].rpartition(b"\n\n")[2]},
        "checkpoint",
    ),
    (
        "key renamed in the sheet",
        sheet(lambda s: s["ledgers"][0].update(vkey="amana.x" + s["ledgers"][0]["vkey"])),
        "sheet",
    ),
    (
        "key renamed with its hash",
        sheet(
            lambda s: s["ledgers"][0].update(
                vkey=renamed(s["ledgers"][0]["vkey"], "amana.ledger/" + "6" * 32)
            )
        ),
        "checkpoint",
    ),
    (
        "seal key renamed",
        sheet(lambda s: s.update(seal=renamed(s["seal"], "amana.ledger/" + "6" * 32))),
        "seal",
    ),
    (
        "seal by the source's key",
        sheet(lambda s: s.update(seal=s["ledgers"][0]["vkey"])),
        "seal",
    ),
    (
        "witness renamed",
        sheet(
            lambda s: s["ledgers"][0].update(
                witnesses=[renamed(s["ledgers"][0]["witnesses"][0], "other.example")]
            )
        ),
        "checkpoint",
    ),
    ("witness forgotten", sheet(lambda s: s["ledgers"][0].update(witnesses=[])), "checkpoint"),
    ("a ledger forgotten", sheet(lambda s: s["ledgers"].pop()), "files"),
    ("ledgers swapped", sheet(lambda s: s["ledgers"].reverse()), "sheet"),
    ("another id", sheet(lambda s: s.update(id="0" * 32)), "bag"),
    ("another day", sheet(lambda s: s.update(made="2025-01-01T00:00:00Z")), "bag"),
    ("an unknown field", sheet(lambda s: s.update(more=1)), "sheet"),
    ("a version to come", sheet(lambda s: s.update(v=2)), "sheet"),
    ("v is true", sheet(lambda s: s.update(v=True)), "sheet"),
    ("a receipt promised", sheet(lambda s: s.update(receipts=3)), "files"),
    ("a token promised", sheet(lambda s: s["ledgers"][0]["checkpoints"][0]["tokens"].append({"url": "x"})), "timestamp"),
    ("tokens hidden", sheet(lambda s: s["ledgers"][0]["checkpoints"][1].update(tokens=[])), "files"),
    ("item dropped", lambda f: edit(f, ITEMS, lambda x: x[1:]), "item"),
    ("items reordered", lambda f: edit(f, ITEMS, lambda x: swap(x, 0, 1)), "item"),
    ("item counted twice", lambda f: edit(f, ITEMS, lambda x: [x[0], *x]), "item"),
    ("original exchanged for another's", lambda f: edit(f, ITEMS, lambda x: set_in(0, original=x[1]["original"])(x)), "original"),
    ("copy exchanged for another's", lambda f: edit(f, ITEMS, lambda x: set_in(0, copy=x[1]["copy"])(x)), "copy"),
    ("original said absent, file left", lambda f: edit(f, ITEMS, set_in(0, original={"absent": "lost"})), "files"),
    ("original neither given nor excused", lambda f: edit(f, ITEMS, set_in(0, original={})), "item"),
    ("original both given and withheld", lambda f: edit(f, ITEMS, lambda x: set_in(0, original={**x[0]["original"], "withheld": "?"})(x)), "item"),
    ("a path that climbs", lambda f: edit(f, ITEMS, set_in(0, original={"file": "originals/../../x"})), "item"),
    ("working copy by another act", lambda f: edit(f, ITEMS, lambda x: set_in(0, working=[{**x[0]["working"][0], "act": 0}])(x)), "working"),
    ("working copy of another item", lambda f: edit(f, ITEMS, lambda x: set_in(1, working=x[0]["working"])(x)), "working"),
    ("withheld without a trace", lambda f: edit(f, PROOFS, set_in(0, withheld="secret")), "record"),
    ("custody report spoilt", lambda f: {**f, "data/custody/report.json": b"{} "}, "custody"),
    ("a receipt hidden", sheet(lambda s: s.update(receipts=1)), "files"),
    ("receipts swapped", lambda f: {**f, RECEIPT_1: f[RECEIPT_2], RECEIPT_2: f[RECEIPT_1]}, "custody"),
    ("a receipt twice", lambda f: {**f, RECEIPT_2: f[RECEIPT_1]}, "custody"),
    ("a courier renounced", sheet(lambda s: s["couriers"].pop()), "custody"),
    ("a receipt's disk exchanged", lambda f: {**f, RECEIPT_2: f[RECEIPT_2].replace(b'"n":1', b'"n":2')}, "custody"),
    ("disclosure spoilt", lambda f: {**f, "data/access/disclosure.json": b"{}"}, "disclosure"),
]  # fmt: skip


@pytest.mark.parametrize("name", [name for name, *_ in MEANINGFUL])
def test_a_mutant_with_a_meaning(judges: Judges, files: Files, cast: Cast, name: str) -> None:
    change, code = next((c, k) for n, c, k in MEANINGFUL if n == name)
    spoilt = change(files)
    assert spoilt != files
    raw = judges(spoilt)
    assert "manifest" in raw.amana & raw.second
    remade = judges(remake(spoilt))
    assert {"seal", "sheet"} & remade.amana & remade.second
    refused(judges, reseal(spoilt, cast.archive), code)


def test_parts_of_another_dossier(judges: Judges, files: Files, other: Files, cast: Cast) -> None:
    expected = {
        "data/timestamps/01-000002-1.tsr": "timestamp",
        "data/timestamps/01-000002-1.tsq": "timestamp",
        "data/timestamps/01-000002-1.note": "timestamp",
        HEAD_1: "consistency",
        HEAD_2: "inclusion",
        STEPS: "consistency",
        PROOFS: "inclusion",
        RECORDS: "record",
        "data/access/records.jsonl": "record",
        "data/access/proofs.jsonl": "inclusion",
        SHEET: "bag",
        "seal.note": "seal",
        "bag-info.txt": "bag",
    }
    for path, code in expected.items():
        swapped = {**files, path: other[path]}
        if path.startswith("data/"):
            refused(judges, reseal(swapped, cast.archive), code)
        else:
            refused(judges, retag(swapped), code)
    tokens = {path: other[path] for path in files if path.startswith("data/timestamps/")}
    refused(judges, reseal({**files, **tokens}, cast.archive), "timestamp")
    # An old state of everything but the seal; the seal of an old state over everything.
    payload = {path: other.get(path, b"") for path in files if path.startswith("data/")}
    refused(judges, remake({**files, **payload}), "seal")


def test_a_stranger_seals(judges: Judges, files: Files) -> None:
    refused(judges, reseal(files, Signer("amana.ledger/" + "a" * 32, b"\x66" * 32)), "seal")
    refused(judges, reseal(files, Signer("amana.ledger/" + "b" * 32, b"\x0a" * 32)), "seal")


def test_the_form_of_manifests(judges: Judges, files: Files) -> None:
    lines = files["manifest-sha256.txt"].splitlines(keepends=True)
    for spoilt in (
        b"".join(reversed(lines)),
        b"".join([*lines, lines[-1]]),
        b"".join(lines).upper(),
        b"".join(lines).replace(b"  ", b" *"),
        b"".join(lines).replace(b"\n", b"\r\n"),
        b"".join(lines)[:-1],
        b"\n" + b"".join(lines),
        b"".join(lines) + b"0" * 64 + b"  ../outside\n",
    ):
        refused(judges, retag({**files, "manifest-sha256.txt": spoilt}), "manifest")


def test_withheld_and_redacted_parts(judges: Judges, cast: Cast, case, tmp_path: Path) -> None:
    files = read(build(tmp_path / "d", withhold(case)).path)
    assert not judges(files).amana
    salt = case.ledgers[0][1][2].record.fields["salt"]
    path = "data/redacted/01.jsonl"
    lines = edit(files, path, lambda x: x)
    assert lines[path] == files[path]

    def keep_salt(found: list) -> list:
        found[0]["fields"]["salt"] = salt
        return found

    def name_no_salt(found: list) -> list:
        found[0]["removed"] = [x for x in found[0]["removed"] if x["field"] != "salt"]
        return found

    def keep_path(found: list) -> list:
        found[0]["fields"]["original"]["path"] = "227.jpg"
        return found

    for change in (keep_salt, name_no_salt, keep_path, set_in(0, seq=3), lambda x: []):
        refused(judges, reseal(edit(files, path, change), cast.archive), "redaction")
    refused(
        judges,
        reseal(edit(files, PROOFS, set_in(1, redacted="twice", withheld="over")), cast.archive),
        "inclusion",
    )


# --- whatever else stands in a structure ------------------------------------------------------

ODD = [None, True, 0, -1, 1.5, 2**53, "", "x", "\ud800", [], ["x"], {}, {"x": []}, [[[[]]]]]
STRUCTURES = [
    *(SHEET, ITEMS, PROOFS, STEPS, "data/redacted/01.jsonl", "data/access/records.jsonl"),
    *("data/access/disclosure.json", "data/custody/report.json", RECEIPT_1),
]


def everywhere(value: object, dice: random.Random) -> object:
    """`value` with one part of it, anywhere, replaced by something odd, dropped or doubled."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(sorted(value))
        if dice.random() < 0.1:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: everywhere(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.85:
        at = dice.randrange(len(value))
        if dice.random() < 0.1:
            return [*value[:at], value[at], *value[at:]]
        return [*value[:at], everywhere(value[at], dice), *value[at + 1 :]]
    return dice.choice(ODD)


@pytest.mark.parametrize("path", STRUCTURES)
def test_no_structure_breaks_a_verifier(
    judges: Judges, cast: Cast, case, tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    """Neither stops with an error of its own, and both are of one mind."""
    files = read(build(tmp_path_factory.mktemp("odd") / "d", withhold(case)).path)
    dice = random.Random(9077)
    for _ in range(2000 if SOAK else 40):
        lines = files[path].splitlines() or [b"{}"]
        at = dice.randrange(len(lines))
        spoilt = everywhere(json.loads(lines[at]), dice)
        try:
            text = json.dumps(spoilt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            lines[at] = text.encode()
        except UnicodeEncodeError:
            lines[at] = json.dumps(spoilt, sort_keys=True, separators=(",", ":")).encode()
        end = b"\n" if path.endswith("l") else b""
        found = judges(reseal({**files, path: b"\n".join(lines) + end}, cast.archive))
        assert found.amana == found.second, (lines[at], found)
