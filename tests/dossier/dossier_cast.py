"""A small case for every test of the dossier: a source's ledger with two heads, the archive's own
ledger, tokens from two real `openssl ts` authorities, a witness, copies, a working copy."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from amana.core.merkle import Tree
from amana.core.sign import COSIGNATURE, Signature, Signer, Verifier
from amana.dossier.case import (
    Act,
    CaseFile,
    CheckpointEvidence,
    Custody,
    Disclosure,
    Evidence,
    LedgerEvidence,
    Proof,
    Redaction,
    Source,
    TimestampEvidence,
    Withheld,
    WorkingCopy,
)
from amana.ledger.checkpoint import Checkpoint, sign_checkpoint
from amana.ledger.entry import ACT, ITEM, SKIPPED, Record, new_record

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name} time authority
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[tsa]
extendedKeyUsage = critical, timeStamping
[ts]
default_tsa = ts_here
[ts_here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


ORIGIN = "amana.ledger/" + "5" * 32


def run(*command: str, cwd: Path | None = None, data: bytes | None = None) -> bytes:
    return subprocess.run(
        command, cwd=cwd, input=data, check=True, capture_output=True, timeout=60
    ).stdout


class Authority:
    """A time authority of its own: root, signer, `openssl ts`."""

    def __init__(self, folder: Path, name: str, kind: str = "rsa:2048") -> None:
        folder.mkdir(parents=True)
        self.folder, self.url = folder, f"https://{name}.example/tsr"
        (folder / "c").write_text(_CONFIG.format(name=name, folder=folder))
        (folder / "serial").write_text("01\n")
        curve = ["-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else []
        key = ["-newkey", kind, *curve, "-nodes", "-config", "c"]
        run(
            "openssl", "req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem",
            "-days", "3000", "-extensions", "root", cwd=folder,
        )  # fmt: skip
        run("openssl", "req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj",
            f"/CN={name} signer", cwd=folder)  # fmt: skip
        run(
            "openssl", "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-days", "3000", "-extfile", "c", "-extensions", "tsa", "-out", "tsa.pem", cwd=folder,
        )  # fmt: skip
        self.chain = (folder / "tsa.pem").read_bytes() + (folder / "root.pem").read_bytes()

    def stamp(self, note: str) -> TimestampEvidence:
        (self.folder / "note").write_text(note)
        query = ["openssl", "ts", "-query", "-data", "note", "-sha256", "-cert", "-out", "q"]
        run(*query, cwd=self.folder)
        reply = ["openssl", "ts", "-reply", "-config", "c", "-section", "ts_here"]
        run(*reply, "-queryfile", "q", "-out", "r", cwd=self.folder)
        request, response = (self.folder / "q").read_bytes(), (self.folder / "r").read_bytes()
        return TimestampEvidence(request, response, self.chain, self.url)


@dataclass
class Witness:
    signer: Signer

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.signer.name, self.signer.verifier.public, COSIGNATURE)

    def cosign(self, note: str, time: int = 1_700_000_000) -> str:
        text = note.partition("\n\n")[0] + "\n"
        message = f"cosignature/v1\ntime {time}\n{text}".encode()
        data = time.to_bytes(8, "big") + self.signer.sign(message)
        return note + Signature(self.signer.name, self.verifier.key_id, data).line()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def item(seq: int, original: bytes, small: bytes | None, path: str, ledger: str = ORIGIN) -> Record:
    fields = {
        "ledger": ledger,
        "original": {
            "sha256": sha(original),
            "size": len(original),
            "media_type": "image/jpeg",
            "path": path,
            "mtime": "2013-05-04T10:00:00.000000000Z",
        },
        "capture": {"time": "2013-08-01T12:00:00Z", "tool": "amana 0.1.0"},
    }
    if small is not None:
        fields["copy"] = {
            "sha256": sha(small),
            "size": len(small),
            "media_type": "image/avif",
            "width": 48,
            "height": 36,
            "suffix": ".avif",
        }
    else:
        fields["trouble"] = "not a picture"
    return new_record(ITEM, seq, fields)


class Cast:
    """Everyone who has a key, and what they made. Deterministic keys keep vectors stable."""

    def __init__(self, folder: Path, authorities: list[Authority] | None = None) -> None:
        self.source = Signer(ORIGIN, b"\x05" * 32)
        self.archive = Signer("amana.ledger/" + "a" * 32, b"\x0a" * 32)
        self.witness = Witness(Signer("witness.example", b"\x07" * 32))
        self.authorities = authorities or [
            Authority(folder / "one", "one"),
            Authority(folder / "two", "two", "ec"),
        ]

    def head(self, signer: Signer, tree: Tree, size: int) -> str:
        return sign_checkpoint(Checkpoint(signer.name, size, tree.root(size)), [signer])

    def case(
        self,
        count: int = 6,
        *,
        salt: str = "",
        stamp: bool = True,
        twice: bool = False,
        ledger: str = ORIGIN,
    ) -> CaseFile:
        originals = [f"original {salt}{i} ".encode() * (50 + i) for i in range(count)]
        if twice:
            originals[1] = originals[0]
        copies = [f"copy {salt}{i} ".encode() * 10 for i in range(count)]
        records = [
            item(i, originals[i], copies[i], f"2013/صور/227 {i}.jpg", ledger) for i in range(count)
        ]
        path = {"path": "locked.jpg", "reason": "permission denied"}
        records.append(new_record(SKIPPED, count, path))
        tree = Tree.of(record.leaf for record in records)
        size, early = len(records), len(records) // 2
        ledger = LedgerEvidence(
            "caesar",
            self.source.verifier,
            [
                CheckpointEvidence(self.head(self.source, tree, early)),
                self._stamped(self.head(self.source, tree, size), stamp),
            ],
            [tree.consistency(early, size)],
            [self.witness.verifier],
        )
        proofs = [Proof(size, tree.inclusion(r.seq, size)) for r in records]
        acts, made = self._acts(originals)
        made_receipts, couriers = receipts()
        evidence = [
            Evidence(
                records[i],
                proofs[i],
                Source.of_bytes(originals[i]),
                Source.of_bytes(copies[i]),
                working=[WorkingCopy(Source.of_bytes(made), 1, sha(made), "image/jpeg")]
                if i == 0
                else (),
            )
            for i in range(count)
        ]
        evidence.append(Evidence(records[count], proofs[count], state="skipped"))
        return CaseFile(
            case="القضية 7: الجثة 227 / 9077 / 2935 في مشفى 601",
            made="2026-11-23T15:00:00Z",
            ledgers=[(ledger, evidence)],
            signer=self.archive,
            disclosure=Disclosure(
                "the archive", "the court", "order 12/2026", "2026-11-23T15:00:00Z", "for the trial"
            ),
            own=acts,
            custody=Custody(made_receipts[::-1], {"chain": []}, couriers),
            reports=(),
        )

    def _stamped(self, note: str, stamp: bool) -> CheckpointEvidence:
        tokens = [authority.stamp(note) for authority in self.authorities] if stamp else []
        tokens = [TimestampEvidence(t.request, t.response, t.chain, t.url, note) for t in tokens]
        return CheckpointEvidence(self.witness.cosign(note), tokens)

    def _acts(self, originals: list[bytes]) -> tuple[tuple[LedgerEvidence, list[Act]], bytes]:
        made = b"blurred " * 20
        time = {"time": "2026-11-01T10:00:00Z"}
        derived = {
            "act": "derived",
            **time,
            "from": sha(originals[0]),
            "made": {"sha256": sha(made), "size": len(made), "media_type": "image/jpeg"},
            "operation": "faces of bystanders blurred",
            "reason": "protection of third persons",
        }
        acts = [
            new_record(ACT, 0, {"act": "received", **time}),
            new_record(ACT, 1, derived),
            new_record(ACT, 2, {"act": "disclosed", **time}),
        ]
        tree = Tree.of(record.leaf for record in acts)
        head = CheckpointEvidence(self.head(self.archive, tree, 3))
        ledger = LedgerEvidence("the archive", self.archive.verifier, [head])
        entries = [Act(r, Proof(3, tree.inclusion(r.seq, 3))) for r in acts]
        return (ledger, entries), made


def receipts() -> tuple[list[bytes], list[tuple[str, bytes]]]:
    """Two whole receipts, the second continuing the first; and who signed them."""
    from amana.handover import receipts as handover

    hands = [Signer(name, bytes([n]) * 32) for n, name in enumerate(("oak", "ash", "elm"), 40)]
    former, made = b"\0" * 32, []
    for giver, taker in pairwise(hands):
        statement = {
            **{"v": 1, "kind": "disk", "set": "d" * 32, "spent": [0, 0]},
            **{"giver": b64(giver.verifier.public), "taker": b64(taker.verifier.public)},
            **{"time": "2014-02-01T12:00:00Z", "how": "devices", "why": "planned"},
            "disks": [{"n": 1, "seal": "A1", "manifest": "", "condition": "whole"}],
            "former": b64(former),
        }
        signed = [handover.sign(statement, hand.seed) for hand in (taker, giver)]
        made.append(handover.to_bytes(statement, *signed))
        assert handover.open_receipt(made[-1]).full
        former = handover.link(statement)
    return made, [(hand.name, hand.verifier.public) for hand in hands]


def withhold(case: CaseFile) -> CaseFile:
    """The same case with item 1 withheld wholly, item 2's name redacted, item 3's original held."""
    from dataclasses import replace

    ((ledger, evidence),) = case.ledgers
    changed = list(evidence)
    changed[1] = replace(changed[1], withheld=Withheld(record="names a living witness"))
    removed = {"original.path": "the path names a person"}
    changed[2] = replace(changed[2], withheld=Withheld(redaction=Redaction(removed)))
    changed[3] = replace(changed[3], withheld=Withheld(original="a minor is shown"))
    return replace(case, ledgers=[(ledger, changed)])


def copy_bag(bag: Path, to: Path) -> Path:
    return Path(shutil.copytree(bag, to))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
