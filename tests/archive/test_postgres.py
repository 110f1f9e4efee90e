"""The same code on PostgreSQL: a real cluster in a folder of its own, the real migrations, and then
the very tests of search, cases, readings, two people and rights, in a process of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World, browser_of

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
HERE = Path(__file__).parent
CORE = (
    "test_search.py",
    "test_machines.py",
    "test_evidence.py::test_readings_are_kept_and_a_third_settles",
    "test_evidence.py::test_merge_split_and_the_count",
    "test_evidence.py::test_a_disclosure_is_what_it_was",
    "test_evidence.py::test_the_whole_story_in_order",
    "test_two_people.py::test_an_original_leaves_by_two",
    "test_cast.py::test_who_may_not_see_it_gets_404[items/<int:item>]",
    "test_investigators.py::test_a_gap_with_its_neighbours_and_hints",
    "test_investigators.py::test_the_time_line_says_when_nothing_was",
    "test_investigators.py::test_a_translation_is_versioned_and_found",
)


def unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as somebody who owns nothing."""
    if os.geteuid() != 0:
        return {}
    import pwd

    somebody = pwd.getpwnam("nobody")
    return {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}


@pytest.fixture
def cluster() -> Iterator[Path]:
    """The folder of a running cluster's socket; nobody else can reach it."""
    if not BINARIES:
        pytest.skip("postgresql is not installed (.ci/tools does it)")
    binaries, who = BINARIES[-1].parent, unprivileged()
    # A short path: a socket's is at most 107 bytes.
    root = Path(tempfile.mkdtemp(prefix="amana-pg-"))
    if who:
        shutil.chown(root, who["user"], who["group"])
    common: dict[str, Any] = {"capture_output": True, "timeout": 60, "cwd": "/", **who}
    data = root / "data"
    make = [binaries / "initdb", "-D", data, "-U", "amana", "-A", "trust", "--no-sync"]
    subprocess.run([*make, "-E", "UTF8", "--locale=C"], check=True, **common)
    options = f"-c listen_addresses= -k {root} -F -c max_connections=40 -c shared_buffers=16MB"
    control = [binaries / "pg_ctl", "-D", data, "-w", "-l", root / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, **common)
    try:
        yield root
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, **common)
        shutil.rmtree(root)


class Elsewhere:
    """A store without files, as a bucket is one: everything goes through the store's own words."""

    def __init__(self, other: Any) -> None:
        self.objects = {name: other.get(name) for name in other.names()}

    def put(self, name: str, data: bytes) -> bool:
        return self.objects.setdefault(name, data) is data

    def get(self, name: str) -> bytes:
        return self.objects[name]

    def names(self, prefix: str = "") -> Iterator[str]:
        return (name for name in sorted(self.objects) if name.startswith(prefix))

    def flush(self) -> None:
        """Nothing waits."""


def test_the_store_may_be_a_bucket(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 itself is tested below the web (tests/unit/test_reunite_store.py): here, that the web asks
    the store and no folder for pictures, originals and working copies."""
    from amana.reunite.places import OBJECTS, Place
    from amana_archive.evidence import source

    archive, item = here.opened.archive, here.things["item"]
    bucket = Elsewhere(archive.store)
    monkeypatch.setattr(archive, "place", Place(bucket, archive.records))
    client = browser_of(here.people["reviewer"])
    folder, away = archive.folder / OBJECTS, archive.folder / "away"
    folder.rename(away)
    try:
        before = len(bucket.objects)
        assert client.get(f"/items/{item.pk}/picture").content[:3] == b"\xff\xd8\xff"
        made = source.original_bytes(here.opened, item)
        source.keep_working_copy(here.opened, "0" * 64, made)
        assert len(bucket.objects) == before + 1
        assert not folder.exists()
    finally:
        away.rename(folder)


def test_the_same_tests_pass_on_postgresql(cluster: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "amana_archive.settings.postgres",
        "AMANA_WEB_SECRET": "only for this test, and long enough for it",
        "AMANA_DB_HOST": str(cluster),
        "AMANA_DB_USER": "amana",
        "AMANA_DB_NAME": "postgres",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    done = subprocess.run(
        [*command, *(f"{HERE}/{name}" for name in CORE)],
        env=environment,
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    tables = _sql(cluster, "select count(*) from amana_search where tokens @@ '''227'''::tsquery")
    assert int(tables) > 0  # it was PostgreSQL that found it
    plan = _sql(
        cluster,
        "select amname from pg_am join pg_class c on c.relam = pg_am.oid"
        " where c.relname = 'amana_search_gin'",
    )
    assert plan == "gin"


def _sql(cluster: Path, statement: str) -> str:
    import psycopg

    with psycopg.connect(host=str(cluster), user="amana", dbname="postgres") as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return str(row[0])
