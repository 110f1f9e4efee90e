"""Receiving and the inventory: every item in exactly one state, whatever arrives in what order."""

from __future__ import annotations

import io
import json
import random
import tarfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.unit.reunite_support import (
    Source,
    card_of,
    new_archive,
    sealed_pack,
    sha,
)
from tests.unit.reunite_support import (
    receive_here as receive,
)

from amana.core.merkle import verify_inclusion
from amana.core.seal import seal
from amana.core.sign import Signer
from amana.core.unseal import Identity
from amana.errors import AmanaError, BadKey, InUse, Locked, NotOurs, NotProved, WriteFailed
from amana.kits.kit import PublicKit
from amana.reunite import inventory as inv
from amana.reunite.archive import Archive
from amana.reunite.check import check
from amana.reunite.inventory import STATES, inventory
from amana.reunite.report import write_report
from amana.trustees.archive_keys import new_archive as make_archive
from amana.vault.pack import COPIES, ORIGINALS, Member


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture
def source(tmp_path: Path, identity: Identity) -> Source:
    return Source(identity, tmp_path / "inbox")


@pytest.fixture
def archive(tmp_path: Path, identity: Identity, source: Source) -> Archive:
    with new_archive(tmp_path / "archive", identity, source) as opened:
        yield opened


def states(archive: Archive) -> dict[str, int]:
    counts = inventory(archive).counts
    assert set(counts) == set(STATES)
    return {state: count for state, count in counts.items() if count}


def by_seq(archive: Archive) -> dict[int, inv.Item]:
    return {item.seq: item for item in inventory(archive).items()}


def test_everything_arrived_is_reunited(archive: Archive, source: Source) -> None:
    source.both(source.many(5))
    source.checkpoint()
    report = receive(archive, [source.inbox])
    assert (report.packs_opened, report.items, report.objects_new) == (2, 10, 10)
    assert report.records_new == 5
    assert states(archive) == {"reunited": 5}
    assert inventory(archive).missing == 0


@pytest.mark.parametrize("named", [True, False])
def test_in_any_order_and_by_pieces(archive: Archive, source: Source, named: bool) -> None:
    source.named = named
    for _ in range(4):
        source.both(source.many(3))
        source.checkpoint()
    rng = random.Random(7)
    files = sorted(source.inbox.rglob("*.age"))
    rng.shuffle(files)
    step = source.inbox.parent / "step"
    for name in ("packs", "checkpoints"):
        (step / name).mkdir(parents=True)
    for path in files:
        (step / path.parent.name / path.name).write_bytes(path.read_bytes())
        receive(archive, [step])
        assert sum(inventory(archive).counts.values()) == len(by_seq(archive))
    assert states(archive) == {"reunited": 12}


def test_again_changes_nothing(archive: Archive, source: Source) -> None:
    source.both(source.many(4))
    source.checkpoint()
    receive(archive, [source.inbox])
    files = {p: p.read_bytes() for p in (archive.folder / "objects").rglob("*") if p.is_file()}
    again = receive(archive, [source.inbox, source.inbox])
    assert (again.packs_opened, again.objects_new, again.records_new) == (0, 0, 0)
    assert again.packs_known == 4
    assert files == {
        p: p.read_bytes() for p in (archive.folder / "objects").rglob("*") if p.is_file()
    }


def test_each_state(archive: Archive, source: Source) -> None:
    records = source.many(6)
    document = source.add(b"%PDF a document", None, "papers/list.pdf")
    source.pack(COPIES, [records[0], records[2], records[3], records[4], records[5], document])
    source.pack(
        ORIGINALS, [records[0], records[1], records[3], records[4], document], seq3=b"tampered"
    )
    source.checkpoint()
    late = source.many(1)
    source.both(late)
    report = receive(archive, [source.inbox])
    items = by_seq(archive)
    assert [items[n].state for n in range(8)] == [
        inv.REUNITED,
        inv.ORIGINAL_ONLY,
        inv.COPY_ONLY,
        inv.ALTERED,
        inv.REUNITED,
        inv.COPY_ONLY,
        inv.REUNITED,
        inv.NOT_IN_LEDGER,
    ]
    assert items[3].side == "original"
    assert "no checkpoint that covers" in items[7].reason
    (altered,) = report.altered
    assert altered["actual"] == sha(b"tampered")
    assert altered["path"] == "DCIM/IMG_00003.JPG"
    assert inventory(archive).missing == 3


def test_altered_bytes_are_kept_and_a_good_arrival_heals(archive: Archive, source: Source) -> None:
    (record,) = source.many(1)
    source.pack(ORIGINALS, [record], seq0=b"tampered")
    source.pack(COPIES, [record], seq0=b"worse copy")
    source.checkpoint()
    receive(archive, [source.inbox])
    assert states(archive) == {"altered": 1}
    assert archive.read("original", sha(b"tampered"), 8) == b"tampered"
    source.both([record])
    receive(archive, [source.inbox])
    assert states(archive) == {"reunited": 1}
    assert {a["side"] for a in inventory(archive).altered()} == {"original", "copy"}


def test_a_missing_record_proves_nothing_behind_it(archive: Archive, source: Source) -> None:
    first, lost, last = source.many(2), source.many(2), source.many(2)
    source.checkpoint(2)
    source.checkpoint()
    source.both(first)
    source.both(last)
    receive(archive, [source.inbox])
    assert states(archive) == {"reunited": 2, "not_in_ledger": 2}
    assert by_seq(archive)[4].reason == "the records from 2 to 3 have not arrived"
    source.both(lost)
    receive(archive, [source.inbox])
    assert states(archive) == {"reunited": 6}


def test_a_forged_record_is_refuted(archive: Archive, source: Source, tmp_path: Path) -> None:
    """The adversary swaps a record and its original together: their digests agree, the tree does
    not."""
    records = source.many(4)
    forger = Source(source.identity, source.inbox, source.origin, source.seed)
    forger.many(2)
    forged = forger.add(b"another man", b"his copy")
    assert forged.seq == 2
    forger.pack(ORIGINALS, [forged])
    source.checkpoint()
    source.both([records[0], records[1], records[3]])
    receive(archive, [source.inbox])
    assert by_seq(archive)[0].state == inv.NOT_IN_LEDGER
    assert "do not give the signed root" in by_seq(archive)[0].reason
    source.both([records[2]])
    receive(archive, [source.inbox])
    assert states(archive) == {"reunited": 4, "not_in_ledger": 1}
    (refuted,) = inventory(archive).items(inv.NOT_IN_LEDGER)
    assert refuted.record.line == forged.line
    assert "another record holds this place" in refuted.reason


def test_a_forged_record_that_comes_late_is_refuted(archive: Archive, source: Source) -> None:
    source.both(source.many(2))
    source.checkpoint()
    receive(archive, [source.inbox])
    forger = Source(source.identity, source.inbox, source.origin, source.seed)
    forger.both([forger.add(b"another man", b"his copy")])
    receive(archive, [source.inbox])
    assert states(archive) == {"reunited": 2, "not_in_ledger": 1}


def test_checkpoints_of_strangers_do_not_count(archive: Archive, source: Source) -> None:
    source.both(source.many(2))
    source.checkpoint(seed=Signer.generate("stranger").seed)
    report = receive(archive, [source.inbox])
    assert len(report.checkpoints_refused) == 1
    assert states(archive) == {"not_in_ledger": 2}
    stranger = Source(source.identity, source.inbox)
    archive.register(PublicKit("sender", "mercury", stranger.kit.public))
    stranger.many(1)
    stranger.checkpoint()
    assert len(receive(archive, [source.inbox]).checkpoints_refused) == 2


def test_a_forked_ledger_shows(archive: Archive, source: Source) -> None:
    records = source.many(3)
    source.both(records)
    source.checkpoint()
    fork = Source(source.identity, source.inbox, source.origin, source.seed)
    fork.many(3)
    fork.checkpoint()
    receive(archive, [source.inbox])
    assert states(archive) == {"reunited": 3}
    verdicts = [c.verdict for c in archive.catalogue.checkpoints(1)]
    assert sorted(verdicts) == [1, 2]


def test_foreign_and_broken_packs_are_refused_and_the_rest_goes_on(
    archive: Archive, source: Source
) -> None:
    records = source.many(2)
    source.both(records)
    source.checkpoint()
    good = (source.inbox / "packs").iterdir().__next__().read_bytes()
    stranger = sealed_pack([Identity.generate().recipient], records, [])
    for data in (b"", b"not age", good[:-10], good[:-1] + b"?", stranger):
        source.put(data)
    (source.inbox / "packs" / f"{sha(b'x')}.age").write_bytes(good)
    (source.inbox / "packs" / "notes.txt").write_text("hello")
    report = receive(archive, [source.inbox])
    assert report.packs_opened == 2
    assert len(report.packs_refused) == 6
    assert states(archive) == {"reunited": 2}


def test_a_copy_without_a_record_is_refused(archive: Archive, source: Source) -> None:
    record = source.add(b"a document", None)
    member = Member(f"copies/{record.original['sha256']}.jpg", 4, [b"copy"])
    source.put(sealed_pack([source.identity.recipient], [record], [member]))
    report = receive(archive, [source.inbox])
    assert len(report.refused) == 1
    assert report.altered == []


def test_two_vaults_with_the_same_photograph_are_two_records(
    archive: Archive, source: Source, identity: Identity
) -> None:
    other = Source(identity, source.inbox)
    archive.register(other.kit)
    for one in (source, other):
        one.both([one.add(b"the same photograph", b"its copy")])
        one.checkpoint()
    report = receive(archive, [source.inbox])
    assert (report.objects_new, report.objects_known) == (2, 2)
    assert states(archive) == {"reunited": 2}
    items = list(inventory(archive).items())
    assert len({item.origin for item in items}) == 2
    assert [item.also for item in items] == [((items[1].origin, 0),), ((items[0].origin, 0),)]
    assert all("another ledger records the same file" in item.reason for item in items)
    assert items[0].to_json()["also"] == [{"ledger": items[1].origin, "seq": 0}]


def test_one_original_under_two_paths_is_explained_not_merged(
    archive: Archive, source: Source
) -> None:
    source.add(b"one", b"a copy", "DCIM/one.jpg")
    source.add(b"one", b"another copy", "backup/one again.jpg")
    source.add(b"alone", b"its copy")
    source.both(source.records[:1])
    source.both(source.records[1:])
    source.checkpoint()
    receive(archive, [source.inbox])
    found = by_seq(archive)  # in whatever order the packs were opened
    first, second, alone = found[0], found[1], found[2]
    assert states(archive) == {"reunited": 3}
    assert (first.also, second.also) == (((source.origin, 1),), ((source.origin, 0),))
    assert "in this ledger (another path)" in first.reason
    assert "item of its own" in second.reason
    assert alone.also == ()
    assert "also" not in alone.to_json()


def test_large_packs_are_streamed(
    archive: Archive, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amana.reunite.examine.IN_MEMORY", 1000)
    video = bytes(range(256)) * 20_000
    record = source.add(video, b"frame")
    source.both([record])
    source.checkpoint()
    cut = source.pack(ORIGINALS, [record]).read_bytes()[:-100_000]
    source.put(cut)
    report = receive(archive, [source.inbox])
    assert len(report.packs_refused) == 1
    assert states(archive) == {"reunited": 1}
    assert archive.read("original", sha(video), len(video)) == video


def test_evidence_verifies_on_its_own(archive: Archive, source: Source) -> None:
    source.both(source.many(5))
    source.checkpoint(3)
    source.checkpoint()
    receive(archive, [source.inbox])
    evidence = archive.evidence(source.origin, 1)
    assert evidence.size == 3, "the checkpoint that covers it and arrived first"
    verify_inclusion(evidence.record.leaf, 1, evidence.size, evidence.proof, evidence.root)
    assert evidence.original is not None
    assert evidence.copy is not None
    assert evidence.original() == source.content[1][0]
    assert evidence.copy() == source.content[1][1]
    assert source.origin in evidence.note
    with pytest.raises(NotProved):
        archive.evidence(source.origin, 99)


def test_locked_tells_counts_only(archive: Archive, source: Source) -> None:
    source.both(source.many(2))
    source.checkpoint()
    receive(archive, [source.inbox])
    archive.close()
    with Archive.open(archive.folder) as locked:
        assert states(locked) == {"reunited": 2}
        with pytest.raises(Locked):
            list(inventory(locked).items())
        with pytest.raises(Locked):
            receive(locked, [source.inbox])


def test_wrong_keys_and_places(tmp_path: Path, archive: Archive, identity: Identity) -> None:
    with pytest.raises(BadKey):
        Archive.open(archive.folder, Identity.generate())
    with pytest.raises(NotOurs):
        Archive.open(tmp_path / "nothing", identity)
    with pytest.raises(AmanaError):
        Archive.create(archive.folder, card_of(identity))
    with archive.exclusively(), pytest.raises(InUse):
        receive(archive, [])


def test_a_stolen_archive_reveals_no_name_digest_or_size(archive: Archive, source: Source) -> None:
    source.both([source.add(b"photograph " * 999, b"copy " * 77, "Tishreen/5130-227.jpg")])
    source.checkpoint()
    receive(archive, [source.inbox])
    archive.catalogue.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    original, copy = source.content[0]
    secrets = [b"Tishreen", b"5130", b"2012-05-03", b"2013-01-01"]
    for data in (original, copy):
        assert data is not None
        secrets += [sha(data).encode(), bytes.fromhex(sha(data)), data[:11]]
    for path in archive.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [s for s in secrets if s in content], path
            assert sha(original) not in str(path)
    sizes = {p.stat().st_size for p in (archive.folder / "objects").rglob("*") if p.is_file()}
    assert not sizes & {len(original) + n for n in range(216)}, "age adds some 200 bytes"


def _evil_tar(*entries: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            tar.addfile(entry, io.BytesIO(bytes(entry.size)))
    return out.getvalue()


def _entry(
    name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = ""
) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.size, entry.linkname = kind, size, link
    return entry


HOSTILE = {
    "climbing": [_entry("records.jsonl"), _entry("../../evil", size=4)],
    "absolute": [_entry("records.jsonl"), _entry("/tmp/evil", size=4)],
    "link": [
        _entry("records.jsonl"),
        _entry("originals/" + "a" * 64, tarfile.SYMTYPE, link="/etc"),
    ],
    "device": [_entry("records.jsonl"), _entry("originals/" + "a" * 64, tarfile.CHRTYPE)],
    "no records": [_entry("originals/" + "a" * 64, size=4)],
    "records twice": [_entry("records.jsonl"), _entry("records.jsonl")],
    "huge count": [_entry("records.jsonl", size=3)] * 1,
    "nothing": [],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_packs_are_refused_and_leave_nothing(
    archive: Archive, source: Source, what: str
) -> None:
    source.both(source.many(2))
    source.checkpoint()
    source.put(seal(_evil_tar(*HOSTILE[what]), [source.identity.recipient]))
    report = receive(archive, [source.inbox])
    assert len(report.packs_refused) == 1
    assert report.packs_refused[0]["reason"].startswith("malformed")
    assert states(archive) == {"reunited": 2}
    assert len(list(archive.store.names())) == 4
    assert check(archive).whole


def test_the_report_and_its_picture(archive: Archive, source: Source, tmp_path: Path) -> None:
    records = source.many(5)
    source.pack(COPIES, records)
    source.pack(ORIGINALS, records[:3])
    source.checkpoint()
    receive(archive, [source.inbox])
    written = write_report(archive, tmp_path / "inventory.json")
    listed = json.loads(written[0].read_bytes())
    assert listed["counts"]["reunited"] == 3
    assert len(listed["states"]["copy_only"]) == 2
    assert listed["missing"] == 2
    picture = written[1].read_text("utf-8")
    assert "originals missing: 2" in picture
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    page = written[2].read_text("utf-8")
    assert picture.strip() in page
    for state, count in inventory(archive).counts.items():
        assert f'<h2 id="{state}">{state.replace("_", " ")}: {count}</h2>' in page
    for item in inventory(archive).items():
        assert item.record.original["sha256"] in page


def test_a_name_on_the_page_is_text(archive: Archive, source: Source, tmp_path: Path) -> None:
    source.both([source.add(b"x", b"y", "<script>alert(1)</script>.jpg")])
    source.checkpoint()
    receive(archive, [source.inbox])
    page = write_report(archive, tmp_path / "i.json")[2].read_text("utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_a_full_archive_keeps_its_own_ledger(tmp_path: Path) -> None:
    keys = make_archive(tmp_path / "archive")
    whole = Identity.from_file((tmp_path / "archive" / "archive-identity.txt").read_text())
    source = Source(whole, tmp_path / "inbox")
    keys.register(source.kit)
    source.both(source.many(2))
    source.checkpoint()
    with Archive.open(tmp_path / "archive", whole) as opened:
        receive(opened, [source.inbox])
        assert opened.book is not None
        acts = [record.fields["act"] for record in opened.book.records()]
        assert acts[-3:] == ["accepted checkpoint", "received", "received"]
        assert states(opened) == {"reunited": 2}
        opened.book.append = _refuse  # type: ignore[method-assign]
        source.both(source.many(1))
        with pytest.raises(WriteFailed):
            receive(opened, [source.inbox])
        assert states(opened) == {"reunited": 2}, "what cannot be logged does not happen"


def _refuse(fields: object) -> None:
    raise WriteFailed(path="ledger", reason="broken by the test")
