"""vectors/card and vectors/receipt, replayed; where the spec has a formula, by another way too."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana.core.unseal import Identity, unseal
from amana.errors import BadKey, Malformed, NotProved
from amana.handover import custody, entries, plan, receipts, sheet, words
from amana.handover.card import parse_card
from amana.handover.machine import Role
from amana.handover.session import SessionKeys, resume_tag

ROOT = Path(__file__).parents[2] / "vectors"


def scenarios(form: str, kind: str) -> list[Any]:
    paths = sorted((ROOT / form / kind).glob("*.json"))
    assert paths
    return [pytest.param(json.loads(p.read_text(encoding="utf-8")), id=p.stem) for p in paths]


@pytest.mark.parametrize("scenario", scenarios("card", "invalid"))
def test_invalid_cards_are_rejected(scenario: dict[str, Any]) -> None:
    with pytest.raises((Malformed, BadKey)):
        parse_card(scenario["card"].encode())


@pytest.mark.parametrize("scenario", scenarios("card", "valid"))
def test_valid_cards_open(scenario: dict[str, Any]) -> None:
    if "card" in scenario:
        card = parse_card(scenario["card"].encode())
        assert card.to_bytes() == scenario["card"].encode()
    if "sealed" in scenario:
        sealed = base64.b64decode(scenario["sealed"])
        identity = Identity.from_text(scenario["identity"])
        assert parse_card(unseal(sealed, [identity], "card")) == card
        assert sheet.join_codes(scenario["codes"][::-1]) == sealed
        opened = card.opened(base64.b64decode(scenario["onward_words"]))
        assert opened.give is not None
        assert opened.give.where == scenario["give"]["where"]
    if "shared" in scenario:
        _check_keys(scenario)


def test_the_next_meeting_opens_with_age_alone() -> None:
    """As spec/card.md section 1 says: a passphrase of eight words, an identity, a padded JSON."""
    scenario = json.loads((ROOT / "card" / "valid" / "sealed.json").read_text(encoding="utf-8"))
    onward = json.loads(scenario["card"])["onward"]
    table = (Path(words.__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines()
    chosen = base64.b64decode(scenario["onward_words"])
    phrase = " ".join(table[index].split()[0] for index in chosen)
    identity = pyrage.passphrase.decrypt(base64.b64decode(onward["key"]), phrase).decode()
    key = pyrage.x25519.Identity.from_str(identity.strip())
    inner = pyrage.decrypt(base64.b64decode(onward["box"]), [key])
    assert len(inner) == 1536
    assert json.loads(inner)["where"] == scenario["give"]["where"]


def _check_keys(scenario: dict[str, Any]) -> None:
    secret, salt = bytes.fromhex(scenario["shared"]), bytes.fromhex(scenario["transcript"])
    keys = SessionKeys(secret, salt)
    assert keys.proof(Role.GIVER).hex() == scenario["giver_proof"]
    assert keys.proof(Role.TAKER).hex() == scenario["taker_proof"]
    assert resume_tag(keys.resume).hex() == scenario["tag"]
    for name, label in (
        ("giver", b"amana/v1/meeting/confirm/giver\0"),
        ("taker", b"amana/v1/meeting/confirm/taker\0"),
    ):
        proof = hmac.new(_hkdf(secret, salt, label, 32), salt, hashlib.sha256).hexdigest()
        assert scenario[f"{name}_proof"] == proof
        line = b"amana/v1/meeting/channel\0amana/v1/meeting/" + name.encode()
        assert scenario[f"{name}_line"] == _hkdf(secret, salt, line, 32).hex()
    resume = _hkdf(secret, salt, b"amana/v1/meeting/resume\0", 32)
    assert scenario["resume"] == resume.hex()
    assert scenario["tag"] == _hkdf(resume, bytes(32), b"amana/v1/meeting/resume\0tag", 8).hex()


def _hkdf(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869, by hand; one block is enough here."""
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\1", hashlib.sha256).digest()[:size]


@pytest.mark.parametrize("scenario", scenarios("receipt", "invalid"))
def test_invalid_receipts_are_rejected(scenario: dict[str, Any]) -> None:
    reader = entries.Entry.from_bytes if "entry" in scenario else receipts.open_receipt
    with pytest.raises((Malformed, NotProved)):
        reader((scenario.get("entry") or scenario["receipt"]).encode())


@pytest.mark.parametrize("scenario", scenarios("receipt", "valid"))
def test_valid_receipts_and_chains(scenario: dict[str, Any]) -> None:
    if "receipt" in scenario:
        opened = receipts.open_receipt(scenario["receipt"].encode())
        assert opened.full == scenario["full"]
        assert opened.link.hex() == scenario["link"]
        _check_by_hand(json.loads(scenario["receipt"]), scenario["link"])
    elif "entry" in scenario:
        data = scenario["entry"].encode()
        assert entries.is_entry(data)
        assert entries.Entry.from_bytes(data).to_bytes() == data
    else:
        plans = [plan.parse_plan(p.encode()) for p in scenario["plans"]]
        told = [o.encode() for o in scenario["opened"]]
        assert custody.verify(told, plan.join(plans)).to_json() == scenario["report"]


def _check_by_hand(receipt: dict[str, Any], link: str) -> None:
    statement = json.dumps(
        receipt["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    assert hashlib.sha256(b"amana/v1/receipt/link\0" + statement).hexdigest() == link
    for hand in ("giver", "taker"):
        if hand in receipt:
            public = base64.b64decode(receipt["statement"][hand])
            Ed25519PublicKey.from_public_bytes(public).verify(
                base64.b64decode(receipt[hand]), b"amana/v1/sign/receipt\0" + statement
            )
