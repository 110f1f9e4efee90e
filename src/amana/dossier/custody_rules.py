"""The rules of custody in a dossier (spec/dossier.md, section 9). Decides on bytes; does no I/O.

- each receipt is signed by the two keys that it names, over its own statement;
- none stands twice, none before the one that it continues;
- where the sheet names couriers, nobody else has signed.

What follows from the receipts together is the archive's conclusion, in custody/report.json.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from amana.core.encoding import Json, canonical, has_version, parse, unb64
from amana.core.labels import RECEIPT_LINK, SIGN_RECEIPT
from amana.core.sign import PUBLIC_BYTES, SIGNATURE_BYTES, Verifier
from amana.dossier import layout
from amana.dossier.bag_rules import Bag
from amana.dossier.findings import Findings
from amana.dossier.sheet import Sheet
from amana.errors import AmanaError, Malformed, NotProved


@dataclass(frozen=True)
class OpenedReceipt:
    """`keys` are the giver's and the taker's; `former` and `link` chain receipts together."""

    keys: tuple[bytes, bytes]
    former: bytes
    link: bytes
    whole: bool


def is_receipt(data: bytes) -> bool:
    """Whether it is one, good or bad; else it is what somebody told the archive."""
    return "statement" in parse(data, "receipt")


def open_receipt(data: bytes) -> OpenedReceipt:
    """A receipt whose signatures hold. Raises Malformed, NotProved."""
    fields = parse(data, "receipt")
    statement = fields.get("statement")
    known = {"v", "statement", "taker"}
    if (
        not has_version(fields, 1)
        or set(fields) - {"giver"} != known
        or not isinstance(statement, dict)
    ):
        raise Malformed(what="receipt", reason="its fields")
    giver = unb64(statement.get("giver"), "giver's key", PUBLIC_BYTES)
    taker = unb64(statement.get("taker"), "taker's key", PUBLIC_BYTES)
    former = unb64(statement.get("former"), "former", hashlib.sha256().digest_size)
    if giver == taker:
        raise Malformed(what="receipt", reason="giver and taker are one")
    _require(statement, taker, fields["taker"])
    if "giver" in fields:
        _require(statement, giver, fields["giver"])
    return OpenedReceipt((giver, taker), former, link_of(statement), "giver" in fields)


def link_of(statement: Json) -> bytes:
    return hashlib.sha256(RECEIPT_LINK + canonical(statement)).digest()


def _require(statement: Json, public: bytes, signature: Any) -> None:
    data = unb64(signature, "receipt's signature", SIGNATURE_BYTES)
    if not Verifier("hand", public).accepts(SIGN_RECEIPT + canonical(statement), data):
        raise NotProved(what="the receipt", reason="a signature does not hold")


def check_custody(bag: Bag, sheet: Sheet, findings: Findings) -> None:
    """Every receipt by itself, then their order."""
    try:
        parse(bag.read(layout.CUSTODY_REPORT), "custody report")
    except Malformed as error:
        findings.fail("custody", error.message)
    if not sheet.receipts:
        return
    paths = [layout.receipt(number) for number in range(1, sheet.receipts + 1)]
    named = {key for _, key in sheet.couriers}
    opened = []
    for path in paths:
        try:
            receipt = open_receipt(bag.read(path))
            if named and not set(receipt.keys) <= named:
                raise NotProved(what="the receipt", reason="signed by no courier of this dossier")
            opened.append(receipt)
        except AmanaError as error:
            findings.fail("custody", f"{path}: {error.message}")
    if len({bag.read(path) for path in paths}) != len(paths):
        findings.fail("custody", "a receipt stands twice")
    links = [receipt.link for receipt in opened]
    for place, receipt in enumerate(opened):
        if receipt.former in links[place:]:
            findings.fail("custody", "a receipt stands before the one that it continues")
    whole = sum(receipt.whole for receipt in opened)
    chained = sum(receipt.former in links for receipt in opened)
    findings.note(
        "custody",
        f"{whole} receipts, {len(opened) - whole} halves; {chained} continue another",
    )


def count_gaps(data: bytes) -> int:
    """How many gaps, breaks and remarks the archive's own report on custody names."""
    try:
        said = parse(data, "custody report")
    except Malformed:
        return 0  # which `custody` reports
    routes = said.get("routes", [said])
    lists = [
        route.get(name)
        for route in (routes if isinstance(routes, list) else [])
        if isinstance(route, dict)
        for name in ("gaps", "broken", "remarks")
    ]
    return sum(len(found) for found in lists if isinstance(found, list))


def in_order(receipts: list[bytes]) -> list[bytes]:
    """`receipts` without repetition, each after the one that it continues."""
    waiting = {data: open_receipt(data) for data in dict.fromkeys(receipts)}
    ordered: list[bytes] = []
    while waiting:
        links = {receipt.link for receipt in waiting.values()}
        free = [d for d, receipt in waiting.items() if receipt.former not in links]
        if not free:
            raise Malformed(what="receipts", reason="they continue each other in a ring")
        ordered += free
        for data in free:
            del waiting[data]
    return ordered
