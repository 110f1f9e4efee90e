"""Makes vectors/receipt: python vectors/generate/receipt.py"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from amana.core.encoding import b64, canonical
from amana.core.sign import Signer
from amana.core.unseal import Identity
from amana.handover import receipts
from amana.handover.custody import spoken_link, verify
from amana.handover.entries import Entry
from amana.handover.plan import HandPlan, LegPlan, Plan, join

ROOT = Path(__file__).resolve().parent.parent / "receipt"
Statement = dict[str, Any]


def fixed(name: str, size: int = 32) -> bytes:
    return hashlib.shake_256(name.encode()).digest(size)


def key(name: str) -> Signer:
    return Signer(name, fixed(name))


def statement(leg: int, former: bytes, route: str = "", **more: Any) -> Statement:
    disk = {"n": 4, "seal": "A-17", "manifest": b64(fixed("note")), "condition": "sound"}
    fields: Statement = {
        "v": 1,
        "kind": "disk",
        "giver": b64(key(f"{route}giver{leg}").verifier.public),
        "taker": b64(key(f"{route}taker{leg}").verifier.public),
        "set": "ab" * 16,
        "disks": [disk],
        "time": f"2026-03-0{leg}T12:00:00Z",
        "how": "in person, with devices",
        "why": "to bring the originals to the archive",
        "former": b64(former),
        "spent": [0, 0],
    }
    return {**fields, **more}


def signed(value: Statement, leg: int = 1, route: str = "", half: bool = False) -> bytes:
    taker = receipts.sign(value, fixed(f"{route}taker{leg}"))
    giver = None if half else receipts.sign(value, fixed(f"{route}giver{leg}"))
    return receipts.to_bytes(value, taker, giver)


def plan(
    legs: int, route: str = "", names: Sequence[str] = ("heron", "lynx", "harbour"), **more: Any
) -> Plan:
    fields: dict[str, Any] = {
        "route": fixed("route" + route, 16).hex(),
        "kind": "disk",
        "set_id": "ab" * 16,
        "set_vkey": key("set").verifier.vkey,
        "disks": (4,),
        "why": "to bring the originals to the archive",
        "anchor": fixed("anchor" + route),
        "hands": tuple(
            HandPlan(n, key(n).verifier.public, Identity.from_secret(fixed(n)).recipient)
            for n in names[: legs + 1]
        ),
        "legs": tuple(
            LegPlan(
                fixed(f"{route}meeting{i}", 16).hex(),
                key(f"{route}giver{i}").verifier.public,
                key(f"{route}taker{i}").verifier.public,
                bytes(b & 127 for b in fixed(f"{route}pg{i}", 3)),
                bytes(b & 127 for b in fixed(f"{route}pt{i}", 3)),
            )
            for i in range(1, legs + 1)
        ),
    }
    return Plan(**{**fields, **more})


def write(kind: str, name: str, scenario: str, **fields: Any) -> None:
    folder = ROOT / kind
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"format": "receipt", "scenario": scenario, **fields}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def chain(name: str, scenario: str, plans: Sequence[Plan], opened: Sequence[bytes]) -> None:
    write(
        "valid",
        f"chain-{name}",
        scenario,
        plans=[p.to_bytes().decode() for p in plans],
        opened=[o.decode() for o in opened],
        report=verify(opened, join(plans)).to_json(),
    )


def valid() -> None:
    made = plan(2)
    one = statement(1, made.anchor)
    two = statement(2, receipts.link(one))
    write(
        "valid", "full", "both hands signed", receipt=signed(one).decode(),
        link=receipts.link(one).hex(), full=True,
    )  # fmt: skip
    write(
        "valid", "half", "the taker's signature alone", receipt=signed(one, half=True).decode(),
        link=receipts.link(one).hex(), full=False,
    )  # fmt: skip
    person = {**one, "kind": "person", "set": "", "disks": []}
    write(
        "valid", "person", "a person was met", receipt=signed(person).decode(),
        link=receipts.link(person).hex(), full=True,
    )  # fmt: skip
    leg = made.legs[0]
    told = Entry(leg.parting_taker, "giver", (4,), "A-17", "sealed", "2026-03-01T12:00:00Z")
    answer = Entry(leg.parting_giver, "taker", (4,), "A-17", "sealed", "2026-03-01T12:00:00Z")
    write("valid", "entry", "words told by the giver", entry=told.to_bytes().decode())

    chain("intact", "two legs, each signed by both", [made], [signed(two, 2), signed(one)])
    chain("gap", "the first receipt did not arrive", [made], [signed(two, 2)])
    chain(
        "half",
        "of the second leg only the taker's half",
        [made],
        [signed(one), signed(two, 2, half=True)],
    )
    wrong = statement(2, fixed("elsewhere"))
    chain("broken", "the second does not follow the first", [made], [signed(one), signed(wrong, 2)])
    both = [signed(one), signed({**one, "time": "2026-03-02T12:00:00Z"}), signed(two, 2)]
    chain("two-receipts", "two receipts of one leg that differ", [made], both)
    after = statement(2, spoken_link(leg))
    chain(
        "told",
        "words told by both, then a receipt",
        [made],
        [told.to_bytes(), answer.to_bytes(), signed(after, 2)],
    )
    chain("told-by-one", "words told by one side", [made], [told.to_bytes()])
    chain(
        "guessed",
        "words that fit no leg",
        [made],
        [Entry(b"\1\2\3", "giver", (4,), "x", "x", "2026-03-01T12:00:00Z").to_bytes()],
    )
    lost = plan(2, disks=(4, 5))
    chain("disk-kept", "disk 5 did not set out", [lost], [signed(one), signed(two, 2)])
    anew = plan(1, "anew", ("lynx", "harbour"), continues=(made.route,), standing=1)
    on = statement(1, receipts.link(one), "anew", time="2026-03-05T12:00:00Z")
    chain(
        "anew",
        "planned anew after the first leg",
        [made, anew],
        [signed(one), signed(on, 1, "anew")],
    )
    chain(
        "revoked",
        "a receipt on a card that was revoked",
        [made, anew],
        [signed(one), signed(two, 2)],
    )


def invalid() -> None:
    one = statement(1, plan(2).anchor)
    for name, scenario, change in CHANGES:
        value = json.loads(canonical(one))
        change(value)
        write("invalid", name, scenario, receipt=signed(value).decode())
    good = json.loads(signed(one))
    swapped = {**good, "giver": good["taker"], "taker": good["giver"]}
    write(
        "invalid",
        "swapped",
        "the two signatures in each other's place",
        receipt=canonical(swapped).decode(),
    )
    changed = {**good, "statement": {**one, "disks": [{**one["disks"][0], "seal": "B-1"}]}}
    write(
        "invalid",
        "changed",
        "a seal changed after it was signed",
        receipt=canonical(changed).decode(),
    )
    alone = {k: v for k, v in good.items() if k != "taker"}
    write(
        "invalid", "giver-alone", "the giver's signature alone", receipt=canonical(alone).decode()
    )
    write("invalid", "more", "a further field", receipt=canonical({**good, "note": ""}).decode())
    write("invalid", "version", "another version", receipt=canonical({**good, "v": 2}).decode())
    write("invalid", "space", "not canonical", receipt=signed(one).decode().replace(":", ": ", 1))
    same = {**one, "taker": one["giver"]}
    signature = receipts.sign(same, fixed("giver1"))
    reflected = receipts.to_bytes(same, signature, signature)
    write("invalid", "reflected", "giver and taker are one key", receipt=reflected.decode())
    told = {
        "told": {
            "heard": b64(b"\1\2"),
            "teller": "giver",
            "disks": [4],
            "seal": "",
            "condition": "",
            "time": "2026-03-01T12:00:00Z",
        },
        "v": 1,
    }
    write("invalid", "entry-two-words", "two words told", entry=canonical(told).decode())
    told["told"] = {**told["told"], "heard": b64(b"\1\2\3"), "teller": "both"}  # type: ignore[dict-item]
    write("invalid", "entry-teller", "told by neither", entry=canonical(told).decode())


def at(*path: str | int, value: Any) -> Callable[[Statement], None]:
    def change(fields: Statement) -> None:
        place: Any = fields
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


CHANGES: tuple[tuple[str, str, Callable[[Statement], None]], ...] = (
    ("statement-version", "another version of the statement", at("v", value=2)),
    ("statement-more", "a further field in the statement", at("note", value="")),
    ("kind", "another kind", at("kind", value="parcel")),
    ("person-with-disk", "a person with a disk", at("kind", value="person")),
    ("no-disks", "a disk's receipt without disks", at("disks", value=[])),
    ("disk-zero", "disk 0", at("disks", 0, "n", value=0)),
    ("disk-more", "a further field of a disk", at("disks", 0, "size", value=7)),
    (
        "manifest",
        "a manifest's digest of 31 bytes",
        at("disks", 0, "manifest", value=b64(bytes(31))),
    ),
    ("no-condition", "no condition: a draft", at("disks", 0, "condition", value="")),
    ("seal-control", "a control character in a seal", at("disks", 0, "seal", value="a\nb")),
    ("seal-long", "a seal of 65 characters", at("disks", 0, "seal", value="x" * 65)),
    ("set", "a set that is no id", at("set", value="x")),
    ("time", "a time with a zone", at("time", value="2026-03-01T12:00:00+02:00")),
    ("former", "a link of 31 bytes", at("former", value=b64(bytes(31)))),
    ("spent", "ten spent sets", at("spent", value=[10, 0])),
    ("spent-three", "three counts", at("spent", value=[0, 0, 0])),
    ("how", "no how", at("how", value="")),
)


if __name__ == "__main__":
    valid()
    invalid()
