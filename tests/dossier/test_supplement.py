"""A supplement names the seal of the dossier that it adds to; and the gaps that the report on
custody names are among what is not proved. Both verifiers agree (the third one: by vectors)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from dossier_cast import Cast
from mutants import Files, Judges, canonical, read, reseal

from amana.core.sign import Signer, sign_note
from amana.dossier.build import build
from amana.dossier.case import CaseFile
from amana.dossier.report import _short
from amana.dossier.verify import verify

SAID = "data/access/disclosure.json"


@pytest.fixture(scope="module")
def case(cast: Cast) -> CaseFile:
    return cast.case(1, stamp=False)


@pytest.fixture(scope="module")
def former(case: CaseFile, tmp_path_factory: pytest.TempPathFactory) -> str:
    return (build(tmp_path_factory.mktemp("f") / "former", case).path / "seal.note").read_text()


@pytest.fixture(scope="module")
def later(case: CaseFile, former: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    disclosure = replace(case.disclosure, supplements=former)
    return build(tmp_path_factory.mktemp("l") / "later", replace(case, disclosure=disclosure)).path


def test_a_supplement_says_what_it_adds_to(later: Path, former: str) -> None:
    verdict = verify(later)
    assert verdict.ok
    (said,) = [check.detail for check in verdict.checks if check.name == "disclosure"]
    assert said.endswith(f"supplements dossier {former.splitlines()[1]}")
    found = Judges()(read(later))
    assert found.amana == found.second == frozenset()


def changed(files: Files, change: Callable[[dict[str, str]], object]) -> Files:
    said = json.loads(files[SAID])
    change(said)
    return {**files, SAID: canonical(said)}


@pytest.mark.parametrize(
    "spoil", ["empty", "number", "itself", "byte", "stranger", "other", "lines"]
)
def test_a_false_supplement_is_refused(later: Path, former: str, cast: Cast, spoil: str) -> None:
    files = read(later)
    own = files["seal.note"].decode()
    stranger = Signer(cast.archive.name, b"\7" * 32)
    text = former.rpartition("\n\n")[0] + "\n"
    given = {
        "empty": "",
        "number": former.splitlines()[1],
        "itself": own,
        "byte": former.replace(former.splitlines()[2][:8], "0" * 8),
        "stranger": str(sign_note(text, [stranger])),
        "other": str(sign_note("amana/v1/publication\n1\n" + "0" * 64 + "\n", [cast.archive])),
        "lines": str(sign_note(text + "more\n", [cast.archive])),
    }[spoil]
    spoilt = changed(files, lambda said: said.update(supplements=given))
    found = Judges()(reseal(spoilt, cast.archive))
    assert found.amana == found.second == {"disclosure"}


@pytest.mark.parametrize(
    ("report", "count"),
    [
        ({"chain": []}, 0),
        ({"gaps": ["leg 2: nobody signed"]}, 1),
        ({"routes": [{"gaps": ["a", "b"], "broken": ["c"]}, {"remarks": ["d"]}]}, 4),
        ({"routes": "none", "gaps": ["a"]}, 0),
        ({"gaps": "a"}, 0),
    ],
)
def test_gaps_in_custody_are_not_proved(
    case: CaseFile, tmp_path: Path, report: dict[str, object], count: int
) -> None:
    custody = replace(case.custody, report=report)
    path = build(tmp_path / "d", replace(case, custody=custody)).path
    said = [line for line in verify(path).not_proved if "gaps, breaks or doubts" in line]
    assert len(said) == (count > 0)
    judges = Judges()
    files = read(path)
    folder = judges.second.Folder(str(path))
    second = [x for x in judges.second.Verification(folder).not_proved if "has gaps" in x]
    assert len(second) == (count > 0)
    if count:
        assert f"({count} of them)" in said[0]
        assert f"({count})" in second[0]
    assert judges(files).amana == frozenset()


def test_an_act_is_printed_as_people_read_it() -> None:
    items = [{"ledger": "a", "seq": n} for n in range(9)]
    said = _short(items)
    assert said.startswith("ledger a seq 0, ledger a seq 1")
    assert said.endswith("(+3)")
    assert not set("{}[]'\"") & set(said)
    assert _short({"b": [True, None]}) == "b yes, \u2014"
