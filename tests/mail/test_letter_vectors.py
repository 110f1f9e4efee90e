"""Replays vectors/letter: valid ones give what they say, invalid ones are refused by name."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from amana.core.erasure import Code
from amana.core.locker import Locker
from amana.core.unseal import Identity
from amana.errors import CannotOpen, Malformed, NotProved
from amana.kits.kit import PublicKit
from amana.mail.acknowledge import Answer, read_answer
from amana.mail.fetch import Opening
from amana.mail.letter import Letter, read_letter

ROOT = Path(__file__).resolve().parents[2] / "vectors/letter"
VALID, INVALID = (sorted((ROOT / kind).glob("*.json")) for kind in ("valid", "invalid"))


def load(path: Path) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert vector["format"] == "letter"
    assert vector["scenario"]
    return vector


def replay(vector: dict[str, Any]) -> Letter | Answer:
    mailbox = Identity.from_text(vector["mailbox"])
    publics = [base64.b64decode(key) for key in vector["senders"]]
    senders = [PublicKit("sender", "walnut", public) for public in publics]
    data = base64.b64decode(vector[vector["level"]])
    if vector["level"] == "content":
        return read_letter(data, senders, mailbox.recipient)
    if vector["level"] == "attachment":
        return Opening(mailbox, senders).letter(data)
    assert vector["level"] == "answer"
    return read_answer(
        data, Locker(vector["locker"]), publics[0], base64.b64decode(vector["answers"])
    )


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid(path: Path) -> None:
    vector = load(path)
    if vector["level"] == "pack":
        pieces = {int(i): base64.b64decode(shard) for i, shard in vector["shards"].items()}
        pack = base64.b64decode(vector["pack"])
        restored = Code(vector["k"], 255).restore(pieces, range(vector["k"]))
        assert b"".join(restored[i] for i in range(vector["k"]))[: len(pack)] == pack
        return
    found, expect = replay(vector), vector["expect"]
    if isinstance(found, Answer):
        assert found.at == expect["at"]
        assert [s.set_id for s in found.states if s.complete] == expect["complete"]
        assert {s.set_id: s.have for s in found.states if not s.complete} == expect["waiting"]
        return
    header = found.header
    assert (header.of.k, header.index) == (expect["k"], expect["index"])
    assert (header.of.size, header.of.sha256) == (expect["size"], expect["pack"])
    assert base64.b64encode(found.shard).decode() == expect["shard"]
    assert base64.b64encode(found.checkpoint).decode() == expect.get("checkpoint", "")
    reply = [header.reply.address, header.reply.recipient] if header.reply else None
    assert reply == expect.get("reply")


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid(path: Path) -> None:
    with pytest.raises((CannotOpen, Malformed, NotProved)):
        replay(load(path))


def test_there_is_one_vector_for_every_rule() -> None:
    assert len(VALID) >= 9
    assert len(INVALID) >= 30


def test_the_words_of_the_specification_open_a_letter(tmp_path: Path) -> None:
    """The command in spec/letter.md, section 3, run as it stands, with Debian's age."""
    if not shutil.which("age"):
        pytest.skip("age is not installed")
    spec = (ROOT.parents[1] / "spec/letter.md").read_text(encoding="utf-8")
    start = spec.index("    python3 -c")
    command = spec[start : spec.index("mailbox-identity.txt", start) + 20]
    vector = load(ROOT / "valid/sealed.json")
    (tmp_path / "attachment").write_bytes(base64.b64decode(vector["attachment"]))
    (tmp_path / "mailbox-identity.txt").write_text(vector["mailbox"] + "\n")
    script = "\n".join(line.removeprefix("    ") for line in command.splitlines())
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, check=True)
    senders = [PublicKit("sender", "x", base64.b64decode(vector["senders"][0]))]
    mailbox = Identity.from_text(vector["mailbox"]).recipient
    assert read_letter(done.stdout, senders, mailbox).header.index == vector["expect"]["index"]
