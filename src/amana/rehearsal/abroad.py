"""Abroad: what came is opened, committed to third parties, put together, and handed to a court."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import bagit

from amana.core.sign import Signer, Verifier
from amana.core.unseal import Identity
from amana.dossier.build import DossierReport, build
from amana.dossier.case import Custody
from amana.dossier.gather import Wanted, case_from_archive
from amana.dossier.verify import verify
from amana.handover.custody import CustodyReport
from amana.ledger.stamps import Asked, stamp
from amana.ledger.tsa_http import HttpAuthority
from amana.ledger.witness import cosigner
from amana.ledger.witness_http import Witness, WitnessServer, ask_witness
from amana.rehearsal.authority import LocalAuthority
from amana.reunite.archive import Archive
from amana.reunite.inventory import Inventory

AUTHORITIES = ("north", "south")
CASE_ITEMS = 5


@dataclass(frozen=True)
class Vouched:
    """What third parties said of the head: the cosigned note, tokens by authority, and the keys
    and certificates that these verify with."""

    note: str
    witness: Verifier
    roots: Mapping[str, bytes]
    stamps: Path
    tokens: int


def vouch(archive: Archive, origin: str, folder: Path) -> Vouched:
    """Two RFC 3161 authorities stamp the head that arrived, and a witness cosigns it.

    All three are real, speak HTTP, and run on this machine; in the field they are others'.
    """
    note = archive.note(origin)
    assert note is not None  # a checkpoint was accepted before
    (source,) = (kit for kit in archive.kits() if kit.role == "source")
    partner = Signer.generate("witness.partner.example")
    third = folder / "third-parties"
    with ExitStack() as stack:
        authorities = [
            stack.enter_context(LocalAuthority(third / name, name)) for name in AUTHORITIES
        ]
        asked = [Asked(HttpAuthority(a.url), a.ca_pem) for a in authorities]
        stamps = folder / "archive" / "stamps"
        report = stamp(note, asked, stamps)
        witness = Witness(third / "witness", partner, {origin: [source.verifier(origin)]})
        server = stack.enter_context(WitnessServer(witness, "127.0.0.1", 0))
        cosigned = ask_witness(server.url, note, 0, [], cosigner(partner))
        roots = {a.url: a.ca_pem for a in authorities}
    return Vouched(cosigned, cosigner(partner), roots, stamps, len(report.kept))


# --- the dossier -----------------------------------------------------------------------------


def make_dossier(
    archive: Archive,
    inventory: Inventory,
    vouched: Vouched,
    receipts: Sequence[bytes],
    chains: Sequence[CustodyReport],
    signers: Sequence[tuple[str, bytes]],
    out: Path,
    signer: Signer,
) -> DossierReport:
    """A dossier of the first few reunited photographs: views in a row, as of one case."""
    photographs = (i for i in inventory.items("reunited") if i.record.copy)
    chosen = list(islice(photographs, CASE_ITEMS)) or list(
        islice(inventory.items("reunited"), CASE_ITEMS)
    )
    wanted = Wanted(
        title="Rehearsal case 1",
        items=[(item.origin, item.seq) for item in chosen],
        by="the rehearsal's archive",
        to="the rehearsal's court",
        basis="a rehearsal: no request was made by anybody",
        custody=Custody(receipts, {"routes": [chain.to_json() for chain in chains]}, signers),
        stamps=vouched.stamps,
        roots=vouched.roots,
        cosigned=[vouched.note],
        witnesses=[vouched.witness],
    )
    return build(out, case_from_archive(archive, wanted, signer))


def court_verifies(dossier: Path, seal: str) -> dict[str, bool]:
    """Everybody who can check it does, each in his own way; nobody has a key."""
    sums = subprocess.run(
        ["sha256sum", "--quiet", "-c", "manifest-sha256.txt"],
        cwd=dossier,
        capture_output=True,
        check=False,
    )
    checks = {
        "amana": verify(dossier, expected_seal=seal).ok,
        "bagit": bool(bagit.Bag(str(dossier)).is_valid()),
        "sha256sum": sums.returncode == 0,
    }
    own = independent_verifier()
    if own:
        done = subprocess.run(
            [sys.executable, "-I", str(own), str(dossier)], capture_output=True, check=False
        )
        checks["verify_dossier.py"] = done.returncode == 0
    return checks


def independent_verifier() -> Path | None:
    """The verifier that shares no code with Amana: in a checkout, it lies beside the sources."""
    path = Path(__file__).resolve().parents[3] / "verifier" / "verify_dossier.py"
    return path if path.is_file() and shutil.which("openssl") else None


def unlocked(folder: Path, identity: Identity) -> Archive:
    """The archive with the key that two trustees brought, in memory only."""
    return Archive.open(folder / "archive", identity)
