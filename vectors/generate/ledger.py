"""Makes vectors/ledger and vectors/trustees: one scenario a file, each with one thing wrong.

    python vectors/generate/ledger.py

Deterministic: keys and salts are fixed, and worth nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amana.core.encoding import canonical
from amana.core.merkle import Tree
from amana.core.sign import Note, Signer, parse_note, sign_note
from amana.core.unseal import Identity
from amana.ledger.checkpoint import Checkpoint, sign_checkpoint
from amana.ledger.entry import parse_record
from amana.ledger.tlog_proof import TlogProof
from amana.ledger.witness import cosign, cosigner
from amana.trustees.key_history import KeyEvent, commitment_to, first_event, rotation

ROOT = Path(__file__).resolve().parent.parent
ORIGIN = "amana.ledger/" + "0" * 31 + "1"
KEY = Signer(ORIGIN, hashlib.sha256(b"vector key").digest())
OTHER = Signer(ORIGIN, hashlib.sha256(b"another key").digest())
WITNESS = Signer("witness.example/1", hashlib.sha256(b"vector witness").digest())


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def line(seq: int, **fields: Any) -> bytes:
    salt = b64(hashlib.sha256(b"salt %d" % seq).digest())
    body = {"v": 1, "kind": "act", "act": "viewed", "time": "2026-01-01T00:00:00Z"}
    return canonical({**body, "seq": seq, "salt": salt, **fields})


LINES = [line(n) for n in range(7)]
TREE = Tree.of(parse_record(x).leaf for x in LINES)
FORK = Tree.of([*(parse_record(x).leaf for x in LINES[:4]), *(bytes([n]) * 32 for n in range(3))])


def head(tree: Tree = TREE, size: int | None = None, by: Signer = KEY) -> str:
    size = tree.size if size is None else size
    return sign_checkpoint(Checkpoint(by.name, size, tree.root(size)), [by])


def note(text: str, by: Signer = KEY) -> str:
    return str(sign_note(text, [by]))


def cosigned(by: Signer = WITNESS, text: str | None = None) -> str:
    parsed = parse_note(head())
    signature = cosign(text or parsed.text, by, datetime(2026, 1, 2, tzinfo=UTC))
    return str(Note(parsed.text, (*parsed.signatures, signature)))


def write(room: str, name: str, about: str, kind: str, valid: bool, **fields: Any) -> None:
    folder = ROOT / room / ("valid" if valid else "invalid")
    folder.mkdir(parents=True, exist_ok=True)
    vector = {"v": 1, "kind": kind, "about": about, "valid": valid, **fields}
    text = json.dumps(vector, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def checkpoints() -> None:
    def one(name: str, about: str, text: str, valid: bool = False) -> None:
        write("ledger", name, about, "checkpoint", valid, vkey=KEY.verifier.vkey, note=text)

    root = b64(TREE.root())
    one("checkpoint", "a head of seven entries", head(), True)
    one("checkpoint-empty", "a head of no entry", head(Tree()), True)
    extended = note(f"{ORIGIN}\n7\n{root}\nan extension line\n")
    one("checkpoint-extended", "unknown lines after the third are kept", extended, True)
    two = str(sign_note(parse_note(head()).text, [OTHER, KEY]))
    one("checkpoint-two-keys", "an unknown signature is passed over", two, True)
    one("checkpoint-other-key", "signed by another key of the same name", head(by=OTHER))
    one(
        "checkpoint-changed", "the size was changed after signing", head().replace("\n7\n", "\n8\n")
    )
    one("checkpoint-leading-zero", "the size has a leading zero", note(f"{ORIGIN}\n07\n{root}\n"))
    one("checkpoint-negative", "the size is negative", note(f"{ORIGIN}\n-7\n{root}\n"))
    one("checkpoint-huge", "the size does not fit 63 bits", note(f"{ORIGIN}\n{2**63}\n{root}\n"))
    one("checkpoint-short-root", "the root has 31 bytes", note(f"{ORIGIN}\n7\n{b64(bytes(31))}\n"))
    one("checkpoint-odd-base64", "base64 with stray bits", note(f"{ORIGIN}\n7\n{root[:-2]}9=\n"))
    one("checkpoint-two-lines", "no root", note(f"{ORIGIN}\n7\n"))
    one("checkpoint-no-origin", "an empty origin", note(f"\n7\n{root}\n"))
    renamed = note(f"another.origin\n7\n{root}\n")
    one("checkpoint-renamed", "the origin is not the name of its key", renamed)
    one("checkpoint-no-blank", "no blank line before the signatures", head().replace("\n\n", "\n"))
    one("checkpoint-no-signature", "no signature", parse_note(head()).text + "\n")
    one(
        "checkpoint-control",
        "a carriage return",
        note(f"{ORIGIN}\n7\n{root}\n").replace("7\n", "7\r\n"),
    )


def inclusions() -> None:
    def one(name: str, about: str, valid: bool = False, **changed: Any) -> None:
        fields = {"line": LINES[3].decode(), "index": 3, "size": 7, "root": b64(TREE.root())}
        fields["proof"] = [b64(h) for h in TREE.inclusion(3)]
        write("ledger", f"inclusion{name}", about, "inclusion", valid, **{**fields, **changed})

    proof = [b64(h) for h in TREE.inclusion(3)]
    one("", "entry 3 of 7", True)
    alone = {"line": LINES[0].decode(), "index": 0, "size": 1, "proof": []}
    one("-alone", "the only entry", True, **alone, root=b64(TREE.root(1)))
    one("-other-place", "the proof of entry 3 for a record that says 2", line=LINES[2].decode())
    one("-changed-record", "a record changed", line=line(3, act="opened").decode())
    one("-index", "another index", index=2)
    one("-outside", "an index outside of the tree", index=7)
    one("-short", "a hash is missing", proof=proof[:-1])
    one("-long", "a hash too many", proof=[*proof, proof[0]])
    one("-order", "the hashes in another order", proof=proof[::-1])
    one("-hash-length", "a hash of 31 bytes", proof=[b64(bytes(31)), *proof[1:]])
    one("-root", "another root", root=b64(FORK.root()))


def consistencies() -> None:
    def one(name: str, about: str, valid: bool = False, **changed: Any) -> None:
        fields: dict[str, Any] = {"vkey": KEY.verifier.vkey, "old": head(size=4), "new": head()}
        fields["proof"] = [b64(h) for h in TREE.consistency(4)]
        write("ledger", f"consistency{name}", about, "consistency", valid, **{**fields, **changed})

    one("", "seven entries continue four", True)
    same = {"old": head(), "new": head(), "proof": []}
    one("-same", "the same head twice", True, **same)
    one("-from-nothing", "anything continues an empty ledger", True, old=head(Tree()), proof=[])
    one("-from-nothing-proof", "a proof from nothing must be empty", old=head(Tree()))
    one("-rollback", "the new head is smaller", old=head(), new=head(size=4))
    one("-fork", "one size, two roots", old=head(), new=head(FORK), proof=[])
    six = [b64(h) for h in FORK.consistency(6)]
    one("-fork-grown", "a longer fork", old=head(size=6), new=head(FORK), proof=six)
    one("-empty-proof", "no proof", proof=[])
    other = Signer("amana.ledger/" + "f" * 32, KEY.seed)
    one("-other-ledger", "the old head is another ledger's", old=head(size=4, by=other))


def witnesses() -> None:
    def one(name: str, about: str, text: str, valid: bool = False) -> None:
        fields = {"witness": cosigner(WITNESS).vkey, "note": text}
        write("ledger", f"cosignature{name}", about, "cosignature", valid, **fields)

    one("", "cosigned at 2026-01-02T00:00:00Z", cosigned(), True)
    one("-none", "no cosignature", head())
    one(
        "-other", "by a witness that nobody knows", cosigned(Signer("witness.example/1", bytes(32)))
    )
    one("-other-head", "over another head", cosigned(text=parse_note(head(FORK)).text))
    text = cosigned()
    raw = base64.b64decode(text.rstrip("\n").rsplit(" ", 1)[1])
    late = b64(raw[:4] + (int.from_bytes(raw[4:12], "big") + 1).to_bytes(8, "big") + raw[12:])
    one("-time", "its time was changed", text.replace(b64(raw), late))
    one("-short", "cut off", text.replace(b64(raw), b64(raw[:-1])))


def proofs() -> None:
    def one(
        name: str, about: str, text: str, valid: bool = False, record: bytes = LINES[3]
    ) -> None:
        fields = {"vkey": KEY.verifier.vkey, "line": record.decode(), "proof": text}
        write("ledger", f"proof{name}", about, "tlog-proof", valid, **fields)

    good = str(TlogProof(3, tuple(TREE.inclusion(3)), head()))
    one("", "a C2SP tlog-proof", good, True)
    one("-extra", "extra data is ignored", good.replace("index", "extra YQ==\nindex"), True)
    one("-first-line", "another version", good.replace("@v1", "@v2"))
    one("-index", "a leading zero", good.replace("index 3", "index 03"))
    one("-no-index", "no index", good.replace("index 3\n", ""))
    one("-other-record", "of another record", good, record=LINES[4])
    one("-no-blank", "no blank line before the head", good.replace("\n\n", "\n", 1))


def ledgers() -> None:
    def one(name: str, about: str, lines: list[bytes], valid: bool = False) -> None:
        fields = {"vkey": KEY.verifier.vkey, "note": head(), "lines": [x.decode() for x in lines]}
        write("ledger", f"whole{name}", about, "whole-ledger", valid, **fields)

    one("", "all entries of a head", LINES, True)
    one("-missing", "one entry left out", [*LINES[:3], *LINES[4:]])
    one("-tail", "the tail cut off", LINES[:-1])
    one("-more", "one entry too many", [*LINES, line(7)])
    one("-swapped", "two entries swapped", [LINES[1], LINES[0], *LINES[2:]])
    one("-changed", "one entry changed", [*LINES[:6], line(6, act="opened")])


def histories() -> None:
    first_id, second, third = (
        Identity.from_secret(hashlib.sha256(text).digest()) for text in (b"1", b"2", b"3")
    )
    time = "2026-01-01T00:00:00Z"
    made = first_event(first_id.recipient, KEY, commitment_to(second), time)
    retired = Checkpoint(ORIGIN, 7, TREE.root())

    def turn(before: KeyEvent, to: Identity, key: Signer, then: Identity) -> KeyEvent:
        after = commitment_to(then)
        return rotation(before, to, key.verifier, after, retired, time=time, reason="a test")

    rotated = turn(made, second, OTHER, third)
    again = turn(rotated, third, Signer(ORIGIN, bytes(32)), first_id)

    def one(name: str, about: str, events: list[KeyEvent] | bytes, valid: bool = False) -> None:
        data = events if isinstance(events, bytes) else b"".join(e.line + b"\n" for e in events)
        fields = {"first": made.digest, "history": data.decode()}
        write("trustees", f"history{name}", about, "key-history", valid, **fields)

    thief = turn(made, Identity.from_secret(hashlib.sha256(b"thief").digest()), OTHER, third)
    one("", "an archive's first keys", [made], True)
    one("-rotated", "two rotations", [made, rotated, again], True)
    one("-thief", "keys that nobody committed to", [made, thief])
    one("-skipped", "a rotation left out", [made, again])
    one("-beginning", "no beginning", [rotated])
    other = first_event(first_id.recipient, OTHER, commitment_to(second), time)
    one("-other", "another archive's beginning", [other])
    one("-twice", "the beginning twice", [made, made])
    one("-cut", "the last line cut", made.line)
    changed = {**rotated.fields, "reason": "another"}
    one("-changed", "a reason changed", [made, KeyEvent(canonical(changed), changed)])
    foreign = Signer("amana.ledger/" + "f" * 32, bytes(32))
    one("-other-ledger", "it goes on as another ledger", [made, turn(made, second, foreign, third)])


def main() -> None:
    for make in (checkpoints, inclusions, consistencies, witnesses, proofs, ledgers, histories):
        make()


if __name__ == "__main__":
    main()
