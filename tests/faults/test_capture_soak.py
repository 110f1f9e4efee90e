"""The soak: a capture with real workers, killed by SIGKILL at a random instant, again and again.

AMANA_SOAK says how often; `make soak` asks for 200.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "capture"))
from capture_cast import PASSPHRASE, Opened, open_vault, picture

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.unseal import Identity
from amana.errors import InUse
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit
from amana.vault.check import check_vault
from amana.vault.store import Vault

KILLS = int(os.environ.get("AMANA_SOAK", "6"))
OPTIONS = Options(workers=2, batch_files=4)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL needs a POSIX system")


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Identity, Kit, Path]:
    archive = Identity.generate()
    card = ArchiveCard((archive.recipient,), Identity.generate().recipient)
    base = tmp_path_factory.mktemp("soak")
    kit = create_kit(base / "kit", "source", "caesar", card, PASSPHRASE, work_factor=8)
    source = base / "photos"
    source.mkdir()
    for number in range(30):
        (source / f"{number}.jpg").write_bytes(picture(number % 28, (320, 240)))
    return archive, kit, source


def _run_in_a_child(vault: Path, kit: Kit, source: Path, options: Options) -> int:
    child = os.fork()
    if child == 0:
        try:
            with Vault.open(vault, locker=kit.locker) as opened:
                capture([source], opened, options)
        finally:
            os._exit(0)
    return child


def _open(vault: Path, kit: Kit) -> Vault:
    """A worker that was just being born holds the lock for another moment."""
    for _ in range(3000):
        try:
            return Vault.open(vault, locker=kit.locker)
        except InUse:
            time.sleep(0.01)
    return Vault.open(vault, locker=kit.locker)


def test_every_kill_recovers(cast, tmp_path):
    archive, kit, source = cast
    Vault.create(tmp_path / "timed", kit).close()
    started = time.monotonic()
    os.waitpid(_run_in_a_child(tmp_path / "timed", kit, source, OPTIONS), 0)
    length = time.monotonic() - started
    rng = random.Random(int(os.environ.get("AMANA_SOAK_SEED", "0")) or None)
    interrupted = 0
    for number in range(KILLS):
        vault = tmp_path / str(number)
        Vault.create(vault, kit).close()
        options = OPTIONS if number % 3 else Options(workers=2, batch_files=4, originals=False)
        child = _run_in_a_child(vault, kit, source, options)
        time.sleep(rng.uniform(0, length))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with _open(vault, kit) as opened:
            before = open_vault(vault, archive, kit)
            assert before.checkpoint.size == opened.size
            interrupted += 0 < opened.size < 30
            capture([source], opened, OPTIONS)
        _complete(before, open_vault(vault, archive, kit), source)
        assert check_vault(vault).whole
    print(f"{KILLS} kills, {interrupted} of them between two commits")


def _complete(before: Opened, after: Opened, source: Path) -> None:
    for seq, record in before.records.items():
        assert after.records[seq].line == record.line
    assert after.doubled == []
    paths = sorted(r.original["path"] for r in after.items)
    assert paths == sorted(f"photos/{p.name}" for p in source.iterdir())
    assert {after.original(r) for r in after.items} == {p.read_bytes() for p in source.iterdir()}
