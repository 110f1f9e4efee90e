"""The archive's sheet of a set, looked at as a reader of PDFs sees it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from disks_cast import Carried

from amana.disks.fill import fill
from amana.disks.sheet import sheet_data, sheet_pdf
from amana.disks.sheet_texts import TEXTS
from amana.disks.status import status
from amana.errors import UsageProblem

Make = Callable[..., Carried]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_sheet_tells_the_set_and_has_room_for_each_disk(
    carried: Make, tmp_path: Path, language: str
) -> None:
    source = carried(1000)
    disks = source.disks(5)
    report = fill(source.vault, disks, any_k=3)
    pdf = sheet_pdf(status(disks[:1]), language)
    assert pdf == sheet_pdf(status(disks[:1]), language)
    (tmp_path / "s.pdf").write_bytes(pdf)
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "s.pdf", "-"], check=True, capture_output=True
    ).stdout.decode()
    assert report.set_id in text
    assert f"amana disks check /media/disk1 --set {report.set_id}" in text
    assert "amana disks repair /media/disk2 /media/disk3 /media/disk4 --new 1=" in text
    assert "amana disks gather" in text
    rows = [re.sub(r"\W", "", line) for line in text.splitlines()]  # without marks of direction
    assert [r for r in rows if re.fullmatch("[1-5]", r)] == list("12345")
    subprocess.run(
        ["pdftoppm", "-r", "150", "-png", tmp_path / "s.pdf", tmp_path / "s"], check=True
    )
    (page,) = tmp_path.glob("s-*.png")
    seen = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", page],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert seen == report.vkey


def test_it_bears_no_date_and_no_path(carried: Make, tmp_path: Path) -> None:
    source = carried(1000)
    disks = source.disks(2)
    fill(source.vault, disks, any_k=1)
    data = str(sheet_data(status(disks), "en"))
    assert not [word for word in ("caesar", str(tmp_path), "20") if word in data.split()]
    assert str(tmp_path) not in data
    (tmp_path / "s.pdf").write_bytes(sheet_pdf(status(disks), "en"))
    info = subprocess.run(
        ["pdfinfo", tmp_path / "s.pdf"], check=True, capture_output=True
    ).stdout.decode("utf-8", "replace")
    assert "2000" in info or "Date" not in info
    assert not [year for year in ("2024", "2025", "2026", "2027") if year in info]


def test_every_language_says_everything(carried: Make) -> None:
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset(TEXTS["en"])}
    source = carried(1000)
    disks = source.disks(1)
    fill(source.vault, disks, any_k=1)
    with pytest.raises(UsageProblem):
        sheet_data(status(disks), "de")
