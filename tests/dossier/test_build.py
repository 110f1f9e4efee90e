"""A dossier is whole or not there, verifies by every tool there is, and holds back what it says."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import bagit
import pytest
from dossier_cast import Cast

from amana.core.durable import Disk
from amana.dossier.build import build
from amana.dossier.case import CaseFile, Evidence, Redaction, Source, Withheld
from amana.dossier.verify import verify
from amana.errors import AlreadyThere, NotProved, UsageProblem, WriteFailed


def test_a_dossier_verifies(bag: Path) -> None:
    verdict = verify(bag)
    assert verdict.ok, verdict.failed
    assert all(check.ok for check in verdict.checks)
    stamps = verdict.facts["stamps"]
    assert isinstance(stamps, list)
    assert len(stamps) == 2
    assert any("Compare it with the published one" in line for line in verdict.not_proved)


def test_standard_tools_agree(bag: Path) -> None:
    bagit.Bag(str(bag)).validate()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        command = ["sha256sum", "-c", "--strict", "--quiet", manifest]
        subprocess.run(command, cwd=bag, check=True)
    # The commands of HOW-TO-VERIFY, step 2 and 4.
    leaf = "(printf '\\000'; sed -n 1p data/records/01.jsonl | tr -d '\\n') | sha256sum"
    said = subprocess.run(["sh", "-c", leaf], cwd=bag, check=True, capture_output=True).stdout
    proof = json.loads((bag / "data/proofs/01.jsonl").read_text().splitlines()[0])
    assert said.split()[0].decode() == proof["leaf"]
    stem = "data/timestamps/01-000002-1"
    ts = ["openssl", "ts", "-verify", "-in", f"{stem}.tsr", "-data", f"{stem}.note"]
    subprocess.run([*ts, "-CAfile", f"{stem}.pem"], cwd=bag, check=True, capture_output=True)


def test_another_key_is_refused_when_one_is_expected(bag: Path, cast: Cast) -> None:
    assert verify(bag, expected_seal=cast.archive.verifier.vkey).ok
    assert verify(bag, expected_seal=cast.source.verifier.vkey).failed == ["seal"]


def test_withheld_parts_are_gone_and_the_rest_is_proved(partial: Path, case: CaseFile) -> None:
    verdict = verify(partial)
    assert verdict.ok, verdict.failed
    everything = b"".join(p.read_bytes() for p in sorted(partial.rglob("*")) if p.is_file())
    (_, evidence), *_ = case.ledgers
    hidden = evidence[1].record
    assert hidden.fields["salt"].encode() not in everything
    assert hidden.original["sha256"].encode() not in everything
    assert b"227 2.jpg" not in everything
    assert evidence[2].record.fields["salt"].encode() not in everything
    assert b"".join(evidence[3].original.chunks()) not in everything
    assert hidden.leaf.hex().encode() in everything
    assert any("withheld" in line for line in verdict.not_proved)
    assert any("archive's word" in line for line in verdict.not_proved)


def test_a_redaction_of_the_digest_takes_the_file_with_it(tmp_path: Path, case: CaseFile) -> None:
    ((ledger, evidence),) = case.ledgers
    held = Withheld(redaction=Redaction({"original.sha256": "identifies a person"}))
    changed = [replace(evidence[4], withheld=held), *evidence[:4], *evidence[5:]]
    done = build(tmp_path / "out", replace(case, ledgers=[(ledger, changed)]))
    assert verify(done.path).ok
    assert done.redacted == 1
    names = [p.name for p in (done.path / "data/originals").iterdir()]
    assert evidence[4].record.original["sha256"] + ".jpg" not in names


def test_a_redaction_that_names_nothing_is_refused(tmp_path: Path, case: CaseFile) -> None:
    ((ledger, evidence),) = case.ledgers
    held = Withheld(redaction=Redaction({"original.pahh": "a slip of the pen"}))
    changed = [replace(evidence[0], withheld=held), *evidence[1:]]
    with pytest.raises(UsageProblem):
        build(tmp_path / "out", replace(case, ledgers=[(ledger, changed)]))


def test_an_original_that_is_not_the_committed_one_is_not_handed_over(
    tmp_path: Path, case: CaseFile
) -> None:
    ((ledger, evidence),) = case.ledgers
    wrong = replace(evidence[0], original=Source.of_bytes(b"another"))
    with pytest.raises(NotProved):
        build(tmp_path / "out", replace(case, ledgers=[(ledger, [wrong, *evidence[1:]])]))
    assert list(tmp_path.iterdir()) == []


def test_proofs_of_another_tree_are_not_handed_over(tmp_path: Path, case: CaseFile) -> None:
    ((ledger, evidence),) = case.ledgers
    swapped: list[Evidence] = list(evidence)
    swapped[0] = replace(evidence[0], proof=evidence[1].proof)
    with pytest.raises(NotProved, match="dossier"):
        build(tmp_path / "out", replace(case, ledgers=[(ledger, swapped)]))


def test_records_of_another_ledger_are_not_handed_over(tmp_path: Path, cast: Cast) -> None:
    """Sworn to anew by a key that did not see them: the tree holds, the records say otherwise."""
    case = cast.case(2, stamp=False, ledger="amana.ledger/" + "6" * 32)
    with pytest.raises(NotProved, match="dossier") as refused:
        build(tmp_path / "out", case)
    assert "another ledger" in refused.value.message


def test_the_same_bytes_under_two_names_are_stored_once(tmp_path: Path, cast: Cast) -> None:
    case = cast.case(3, stamp=False, twice=True)
    done = build(tmp_path / "a", case)
    assert (done.items, done.originals, done.copies) == (4, 2, 3)
    assert verify(done.path).ok


def test_nothing_is_overwritten(bag: Path, case: CaseFile) -> None:
    with pytest.raises(AlreadyThere):
        build(bag, case)


def test_no_trace_of_a_machine(bag: Path) -> None:
    import getpass
    import socket

    text = b"".join(p.read_bytes() for p in bag.rglob("*") if p.is_file() and p.suffix != ".tsr")
    for trace in (socket.gethostname(), str(Path.home()), str(bag.parent), getpass.getuser()):
        # Short names occur by chance in base64.
        assert len(trace) < 8 or trace.encode() not in text
    assert {p.stat().st_mtime for p in bag.rglob("*") if p.is_file()} == {946_684_800}


class BrokenDisk(Disk):
    """Fails at the nth system call; with `lie`, after having done it."""

    def __init__(self, at: int, lie: bool) -> None:
        self.left, self.lie = at, lie

    def _step(self, do, *args):
        self.left -= 1
        if self.left != 0:
            return do(*args)
        if self.lie:
            do(*args)
        raise OSError(5, "Input/output error")

    def create(self, path):
        return self._step(super().create, path)

    def write(self, handle, data):
        return self._step(super().write, handle, data)

    def sync(self, handle):
        return self._step(super().sync, handle)

    def rename(self, old, new):
        return self._step(super().rename, old, new)

    def sync_folder(self, folder):
        return self._step(super().sync_folder, folder)


@pytest.mark.parametrize("lie", [False, True])
def test_it_is_whole_or_not_there(tmp_path: Path, cast: Cast, lie: bool) -> None:
    case = cast.case(1, stamp=False)
    at = 0
    while True:
        at += 1
        out = tmp_path / str(at)
        disk = BrokenDisk(at, lie)
        try:
            build(out, case, disk=disk)
        except WriteFailed:
            assert not out.exists() or verify(out).ok
            assert not list(tmp_path.glob(".tmp-*"))
            continue
        assert verify(out).ok
        break
    assert at > 60


def test_withhold_changes_only_what_it_names(partial: Path, bag: Path) -> None:
    whole = set((bag / "data/records/01.jsonl").read_bytes().splitlines())
    rest = set((partial / "data/records/01.jsonl").read_bytes().splitlines())
    assert rest < whole
    assert len(whole) - len(rest) == 2
