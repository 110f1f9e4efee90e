"""What a dossier is built from: plain data, so that this stage does not depend on how the archive
stores things. Whoever fills it in has opened the packs; from here on nothing is secret any more
but what is withheld."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.encoding import Json
from amana.core.sign import Signer, Verifier
from amana.ledger.entry import Record

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """Bytes to be streamed: their number, and how to get them (again)."""

    size: int
    chunks: Callable[[], Iterable[bytes]]

    @classmethod
    def of_bytes(cls, data: bytes) -> Source:
        return cls(len(data), lambda: [data])

    @classmethod
    def of_file(cls, path: Path) -> Source:
        return cls(path.stat().st_size, lambda: _read(path))


def _read(path: Path) -> Iterable[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


@dataclass(frozen=True)
class Proof:
    """That leaf `seq` stands in the tree of `size` entries (one of the ledger's checkpoints)."""

    size: int
    path: Sequence[bytes]


@dataclass(frozen=True)
class Redaction:
    """Fields of a record to leave out, by dotted path, each with a reason. The salt always goes."""

    removed: dict[str, str]


@dataclass(frozen=True)
class Withheld:
    """What of an item is held back, and why. `record` alone holds back everything."""

    record: str | None = None
    original: str | None = None
    copy: str | None = None
    redaction: Redaction | None = None


@dataclass(frozen=True)
class WorkingCopy:
    """A derived picture, and the act (by its place in the archive's ledger) that recorded it."""

    source: Source
    act: int
    sha256: str
    media_type: str


@dataclass(frozen=True)
class Evidence:
    """One item: its record and proof, its bytes as far as they are there, the archive's word."""

    record: Record
    proof: Proof
    original: Source | None = None
    copy: Source | None = None
    state: str = "reunited"
    withheld: Withheld = Withheld()
    working: Sequence[WorkingCopy] = ()


@dataclass(frozen=True)
class TimestampEvidence:
    """An RFC 3161 token: request and response (DER), the authority's certificates (PEM, the root
    last), its address, and the exact bytes that were stamped (default: the checkpoint's note)."""

    request: bytes
    response: bytes
    chain: bytes
    url: str
    stamped: str | None = None


@dataclass(frozen=True)
class CheckpointEvidence:
    note: str
    timestamps: Sequence[TimestampEvidence] = ()


@dataclass(frozen=True)
class LedgerEvidence:
    """A ledger, its checkpoints oldest first, the consistency proofs between neighbours (one less
    than checkpoints), and the keys of the witnesses whose cosignatures are in the notes."""

    holder: str
    verifier: Verifier
    checkpoints: Sequence[CheckpointEvidence]
    consistency: Sequence[Sequence[bytes]] = ()
    witnesses: Sequence[Verifier] = ()


@dataclass(frozen=True)
class Act:
    """An entry of the archive's own ledger; withheld with a reason where it is."""

    record: Record
    proof: Proof
    withheld: str | None = None
    redaction: Redaction | None = None


@dataclass(frozen=True)
class Custody:
    """The receipts of the chain, opened, in order; what the archive concludes; who may sign."""

    receipts: Sequence[bytes] = ()
    report: Json = field(default_factory=dict)
    couriers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Disclosure:
    """Who discloses to whom, by what law or order, when (RFC 3339, UTC), on what terms.
    `supplements` is the seal (the text of seal.note) of a former dossier that this one adds to."""

    by: str
    to: str
    basis: str
    on: str
    terms: str
    supplements: str = ""


@dataclass(frozen=True)
class CaseFile:
    """Everything a dossier holds. `items` name their ledger by their record's proof: each list of
    evidence stands beside its ledger. `signer` seals the bag: the key of the archive's own ledger.
    `made` is RFC 3339 in UTC; `id` 32 hex digits, made up where it is empty."""

    case: str
    made: str
    ledgers: Sequence[tuple[LedgerEvidence, Sequence[Evidence]]]
    signer: Signer
    disclosure: Disclosure
    own: tuple[LedgerEvidence, Sequence[Act]] | None = None
    custody: Custody = Custody()
    languages: Sequence[str] = ("ar", "en", "fr")
    reports: Sequence[str] = ("ar", "en", "fr")
    id: str = ""
