"""From an unlocked archive to a dossier: proofs, heads, stamps and acts are found and hold."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from reunite_support import Source

from amana.core.sign import Signer
from amana.dossier.build import build
from amana.dossier.case import Withheld
from amana.dossier.gather import Wanted, case_from_archive
from amana.dossier.verify import verify
from amana.errors import UsageProblem
from amana.ledger.stamps import Asked, stamp
from amana.ledger.tsa_http import HttpAuthority
from amana.rehearsal.authority import LocalAuthority
from amana.reunite.archive import Archive
from amana.reunite.open import receive
from amana.trustees.archive_keys import new_archive


@pytest.fixture
def unlocked(tmp_path: Path):
    keys = new_archive(tmp_path / "archive")
    from amana.core.unseal import Identity

    identity = Identity.from_file((tmp_path / "archive/archive-identity.txt").read_text())
    source = Source(identity, tmp_path / "inbox")
    keys.register(source.kit)
    with Archive.open(tmp_path / "archive", identity) as archive:
        first = source.many(4)
        source.checkpoint()
        source.both(first)
        receive(archive, [source.inbox])
        more = source.many(3)
        source.checkpoint()
        source.both(more)
        receive(archive, [source.inbox])
        yield archive, source, keys.open_office([identity]).signer


def wanted(source: Source, **more) -> Wanted:
    items = [(source.origin, seq) for seq in (1, 2, 5)]
    fields = {"title": "Case 1", "items": items, "by": "us", "to": "a court", "basis": "order 1"}
    return Wanted(**{**fields, "reports": (), **more})


def test_an_archive_gives_a_dossier(unlocked, tmp_path: Path) -> None:
    archive, source, signer = unlocked
    name = (source.origin, 2)
    case = case_from_archive(
        archive, wanted(source, withheld={name: Withheld(record="a minor")}), signer
    )
    report = build(tmp_path / "court/dossier", case)
    assert (report.items, report.withheld, report.originals) == (3, 1, 2)
    verdict = verify(report.path, expected_seal=archive.book.verifier.vkey)
    assert verdict.ok, verdict.checks
    detail = {check.name: check.detail for check in verdict.checks}
    assert "entered in the archive's ledger" in detail["disclosure"]
    assert "01: 2 heads, 7 entries" in detail["checkpoint"]
    assert [r.fields["act"] for r in archive.book.records()][-1] == "disclosed"
    acts = (report.path / "data/access/records.jsonl").read_text()
    assert acts.count("accepted checkpoint") == 2
    assert "received" not in acts


def test_stamps_come_along(unlocked, tmp_path: Path) -> None:
    archive, source, signer = unlocked
    note = archive.note(source.origin)
    with LocalAuthority(tmp_path / "a", "a") as one, LocalAuthority(tmp_path / "b", "b") as two:
        asked = [Asked(HttpAuthority(x.url), x.ca_pem) for x in (one, two)]
        assert stamp(note, asked, tmp_path / "stamps").complete
        roots = {x.url: x.ca_pem for x in (one, two)}
    case = case_from_archive(
        archive, wanted(source, stamps=tmp_path / "stamps", roots=roots), signer
    )
    verdict = verify(build(tmp_path / "court/dossier", case).path)
    assert verdict.ok
    stamps = verdict.facts["stamps"]
    assert [s["size"] for s in stamps] == [7, 7]


def test_without_an_entry_there_is_no_dossier(unlocked, monkeypatch) -> None:
    archive, source, signer = unlocked
    monkeypatch.setattr(archive, "act", lambda *a, **k: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        case_from_archive(archive, wanted(source), signer)


def test_nothing_asked_for(unlocked) -> None:
    archive, source, signer = unlocked
    with pytest.raises(UsageProblem):
        case_from_archive(archive, wanted(source, items=[]), signer)
    assert isinstance(signer, Signer)
