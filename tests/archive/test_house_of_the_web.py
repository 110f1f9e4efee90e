"""Headers, translations, secrets, assets, backup: what holds for every page at once."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest
from archive_cast import World, browser_of

from amana.errors import BadKey


def test_headers_of_every_answer(here: World) -> None:
    for client, path in (
        (browser_of(None), "/sign-in"),
        (browser_of(None), "/none"),
        (browser_of(here.people["reviewer"]), "/review"),
        (browser_of(here.people["reviewer"]), f"/items/{here.things['item'].pk}/picture"),
    ):
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in answer
        assert "Server" not in answer
    assert "Strict-Transport-Security" in browser_of(None).get("/sign-in", secure=True)


def test_no_inline_script_or_style_in_any_template() -> None:
    house = Path(__import__("amana_archive").__file__ or "").parent
    for path in house.glob("*/templates/*.html"):
        # Without the templates' own words: `with one=` is no handler of an event.
        text = re.sub(r"{%.*?%}", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", text), (
            path
        )


def test_nothing_moves_sounds_or_surprises() -> None:
    """No page plays, blinks, refreshes or fetches by itself; no style animates."""
    house = Path(__import__("amana_archive").__file__ or "").parent
    for path in house.glob("*/templates/*.html"):
        text = path.read_text(encoding="utf-8").lower()
        assert not re.search(r"<(audio|video|embed|object|marquee|iframe)\b|autoplay|refresh", text)
    for path in (house / "web" / "static").glob("*.css"):
        assert not re.search(r"@keyframes|animation", path.read_text(encoding="utf-8"))
    script = (house / "web" / "static" / "amana.js").read_text(encoding="utf-8")
    assert not re.search(r"setInterval|setTimeout|new (Audio|EventSource|WebSocket)", script)


def test_pages_are_light_on_a_poor_line(here: World) -> None:
    """What the first page of the grid and all its assets weigh, as they go over the line, and how
    many times the browser must ask."""
    import gzip

    page = browser_of(here.people["reviewer"]).get("/review").content
    static = Path(__import__("amana_archive").__file__ or "").parent / "web" / "static"
    assert len(gzip.compress(page)) < 30_000
    code = sum(len(gzip.compress(p.read_bytes())) for p in static.glob("amana.*"))
    assert code < 12_000
    fonts = sum(p.stat().st_size for p in (static / "fonts").glob("*.woff2"))
    assert fonts < 160_000  # once: they are kept for a year
    assert len(re.findall(rb'(?:src|href)="/static', page)) == 2
    assert b'src="/items' not in page


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_everything_said_is_translated(language: str) -> None:
    from amana_archive.web.catalogues import read_po, said, sources, to_mo

    known: set[tuple[str, str]] = set()
    for po in sources(language):
        messages = read_po(po.read_text(encoding="utf-8"))
        assert [m for m, forms in messages.items() if not all(forms)] == []
        for key, forms in messages.items():
            places = {p for p in ("%(n)s", "%(name)s", "%(wait)s", "%(who)s") if p in key[0]}
            assert all(p in forms[-1] for p in places), key
        again = known & set(messages) - {("", "")}
        assert again == set(), f"{po}: said in another catalogue already"
        known |= set(messages)
        assert po.with_suffix(".mo").read_bytes() == to_mo(messages), "run catalogues again"
    assert said() - known == set()
    assert known - said() == {("", "")}


def test_our_reader_of_mo_files_is_everybodys() -> None:
    import gettext

    from amana_archive.web.catalogues import HERE, read_po

    for lang in ("ar", "fr"):
        folder = HERE / "locale" / lang / "LC_MESSAGES"
        with (folder / "django.mo").open("rb") as stream:
            table = gettext.GNUTranslations(stream)
        for (one, many), forms in read_po((folder / "django.po").read_text("utf-8")).items():
            if one and not many:
                assert table.gettext(one) == forms[0]
        assert table.ngettext("%(n)s item", "%(n)s items", 5) != "%(n)s items"


def test_fonts_are_the_ones_we_chose() -> None:
    folder = Path(__import__("amana_archive").__file__ or "").parent / "web" / "static" / "fonts"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_secrets_come_from_private_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from amana_archive.settings.secret import read_secret

    monkeypatch.delenv("AMANA_WEB_SECRET", raising=False)
    with pytest.raises(BadKey):
        read_secret("AMANA_WEB_SECRET")
    monkeypatch.setenv("AMANA_WEB_SECRET", "short")
    with pytest.raises(BadKey):
        read_secret("AMANA_WEB_SECRET")
    monkeypatch.delenv("AMANA_WEB_SECRET")
    path = tmp_path / "secret"
    path.write_text("x" * 40)
    path.chmod(0o644)
    monkeypatch.setenv("AMANA_WEB_SECRET_FILE", str(path))
    with pytest.raises(BadKey, match="private"):
        read_secret("AMANA_WEB_SECRET")
    path.chmod(0o600)
    assert read_secret("AMANA_WEB_SECRET") == "x" * 40


def test_no_default_secret(here: World) -> None:
    from django.conf import settings

    assert len(settings.SECRET_KEY) >= 48
    assert settings.DEBUG is False


def test_the_models_and_the_migrations_agree(here: World) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_backup_and_restore(here: World, tmp_path: Path) -> None:
    """The folder of a locked archive is its backup. Restored elsewhere, two shares open it: the
    catalogue, the ledger and the pictures are there."""
    import subprocess
    import sys

    pictures = browser_of(here.people["reviewer"])
    item = here.things["item"].pk
    digest = hashlib.sha256(pictures.get(f"/items/{item}/picture").content).hexdigest()
    here.lockup.lock("backup")
    try:
        restored = tmp_path / "restored"
        shutil.copytree(here.kept.folder, restored)
    finally:
        here.lockup.open_with(here.kept.identity)
    script = f"""
import hashlib, sys
from pathlib import Path
from amana_archive.server import prepare
lockup = prepare(Path({str(restored)!r}))
for words in sys.stdin.read().splitlines():
    lockup.offer(words)
from amana_archive.evidence.models import Item, Note
from amana_archive.evidence.source import picture_bytes
data, _ = picture_bytes(lockup.opened, Item.objects.select_related('collection').get(pk={item}))
assert hashlib.sha256(data).hexdigest() == {digest!r}
lockup.opened.recorder._book.tree()
print(Item.objects.count(), Note.objects.count(), lockup.opened.recorder.size)
"""
    shares = "\n".join(here.kept.shares[1:])
    done = subprocess.run(
        [sys.executable, "-c", script], input=shares, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    from amana_archive.evidence.models import Item, Note

    items, notes, size = map(int, done.stdout.split())
    assert (items, notes) == (Item.objects.count(), Note.objects.count())
    assert size > 20


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("الرقم 227 / 9077 / 2935 هنا", "227 / 9077 / 2935"),
        ("٢٢٧/٩٠٧٧", "٢٢٧/٩٠٧٧"),
        ("في 2012-05-03 صباحا", "2012-05-03"),
        ("2?7 / 90?7", "2?7 / 90?7"),
        ("الحالة C-000017", "C-000017"),
    ],
)
def test_numbers_in_what_people_write_keep_their_direction(text: str, inside: str) -> None:
    from amana_archive.web.templatetags.amana import said

    assert f'<bdi dir="ltr" class="ltr">{inside}</bdi>' in said(text)
    assert "<script" not in said(f"<script>{text}")
