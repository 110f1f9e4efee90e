"""The archive's web at 1,000,000 items: one search at a time, and 50 reviewers at once.

The catalogue is the real, encrypted one, filled with rows; every page is an entry in the ledger, on
the medium before the page leaves. Reviewers ask from a process of their own, each a page every two
seconds on average (a grid, an item, a search in turn), and then without any pause, which no person
does, to show the limit. AMANA_BENCH_ITEMS makes it smaller.
"""

# ruff: noqa: PLC0415 - Django must be set up before its models are imported

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ITEMS = int(os.environ.get("AMANA_BENCH_ITEMS", "1000000"))
REVIEWERS, SECONDS, PAUSE = 50, 30.0, 2.0
SEARCHES = 200
WORDS = [f"word{n}" for n in range(20_000)]
PLACES = ["سجن", "مستشفى", "فرع", "مرآب", "طريق", "حماة", "حلب", "دمشق"]


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000


def line(name: str, times: list[float]) -> str:
    middle, high = percentile(times, 0.5), percentile(times, 0.95)
    return f"{name:<34}{len(times):>7}{middle:>10.1f}{high:>10.1f}{max(times) * 1000:>10.1f}"


HEAD = f"{'':<34}{'pages':>7}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}"


# --- filling ------------------------------------------------------------------------------------


def fill() -> float:
    """1,000,000 items with tokens as the real intake makes them; seconds."""
    from django.db import transaction

    from amana_archive.evidence.models import Collection, Item
    from amana_archive.search.documents import facts
    from amana_archive.search.index import index
    from amana_archive.search.normalise import tokens

    started = time.perf_counter()
    rng = random.Random(1)
    collections = [
        Collection.objects.create(origin=f"amana.ledger/{n:032x}", name=f"source {n}")
        for n in range(3)
    ]
    veils = [rng.randbytes(210) for _ in range(64)]
    for start in range(0, ITEMS, 20_000):
        rows = [_item(n, rng, collections, veils) for n in range(start, min(ITEMS, start + 20_000))]
        with transaction.atomic():
            Item.objects.bulk_create(rows, batch_size=1000)
            index().put((row.pk, [*facts(row), *tokens(f"{row.path} {row.words}")]) for row in rows)
    return time.perf_counter() - started


def _item(n: int, rng: random.Random, collections: list[Any], veils: list[bytes]) -> Any:
    from amana_archive.evidence.models import Item

    words = " ".join([*rng.choices(WORDS, k=4), rng.choice(PLACES), str(rng.randrange(10_000))])
    return Item(
        pk=n + 1,
        collection=collections[n % 3],
        seq=n,
        leaf=f"{n:064x}",
        sha256=f"{n * 7919:064x}",
        size=3_000_000 + n,
        media_type="image/jpeg",
        path=f"photos/{2011 + n % 3}/day{n // 400:04d}/DSC_{n:07d}.JPG",
        taken=f"{2011 + n % 3}-0{1 + n % 9}-1{n % 9} 10:00:00",
        state="reunited" if n % 10 else "copy_only",
        copy={"sha256": f"{n:064x}", "size": 14_000, "media_type": "image/jpeg"},
        words=words,
        veil=veils[n % 64],
    )


# --- search, one at a time ------------------------------------------------------------------------


def questions(rng: random.Random) -> Iterator[str]:
    """What people ask: a rare word, two words, a place in a year, a name, a beginning."""
    while True:
        yield f"q={rng.choice(WORDS)}"
        yield f"q={rng.choice(PLACES)}+{rng.randrange(10_000)}"
        yield f"q={rng.choice(PLACES)}&year=2012&state=copy_only"
        yield f"q=DSC_{rng.randrange(ITEMS):07d}"
        yield f"q=word{rng.randrange(100, 1000)}*"
        yield f"q={rng.choice(PLACES)}"


def searches(person: Any) -> list[float]:
    from django.http import QueryDict

    from amana_archive.search.find import asked, find

    times = []
    asking = questions(random.Random(2))
    for _ in range(SEARCHES):
        wanted = asked(QueryDict(next(asking)))
        started = time.perf_counter()
        find(person, wanted)
        times.append(time.perf_counter() - started)
    return times


# --- reviewers ------------------------------------------------------------------------------------


def review(host: str, cookies: list[str], pause: float, seconds: float) -> dict[str, list[float]]:
    """Runs in the other process: every cookie is a reviewer, each a thread."""
    times: dict[str, list[float]] = {"grid": [], "item": [], "search": [], "error": []}
    until = time.perf_counter() + seconds

    def work(number: int) -> None:
        rng = random.Random(number)
        asking = questions(rng)
        line_ = http.client.HTTPConnection(host, timeout=60)
        while time.perf_counter() < until:
            if pause:
                time.sleep(rng.expovariate(1 / pause))
            kind = rng.choice(("grid", "item", "item", "search"))
            key = rng.randrange(1, ITEMS - 30)
            path = {"grid": f"/review?after={key}", "item": f"/items/{key}"}.get(kind)
            path = path or "/search?" + next(asking).replace(" ", "+")
            headers = {"Cookie": f"amana={cookies[number]}; amana_language=ar"}
            started = time.perf_counter()
            good = False
            try:
                line_.request("GET", urllib.parse.quote(path, safe="/?&=+*"), headers=headers)
                answer = line_.getresponse()
                answer.read()
                good = answer.status == 200
            except (OSError, http.client.HTTPException):
                line_.close()
            times[kind if good else "error"].append(time.perf_counter() - started)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(cookies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def load(address: str, cookies: list[str], pause: float, seconds: float) -> dict[str, list[float]]:
    host = address.removeprefix("http://")
    asked = json.dumps([host, cookies, pause, seconds])
    command = [sys.executable, "-m", "benchmarks.web_archive", asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    from amana.core.unseal import Identity
    from amana.trustees.archive_keys import IDENTITY_FILE, new_archive

    with tempfile.TemporaryDirectory() as root:
        # A folder that is kept can be filled one day and measured another.
        folder = Path(os.environ.get("AMANA_BENCH_FOLDER", root)) / "archive"
        if not folder.exists():
            new_archive(folder)
        identity = Identity.from_file((folder / IDENTITY_FILE).read_text())
        from amana_archive.server import start

        served = start(folder, port=0, intake=False)
        try:
            served.lockup.open_with(identity)
            _measure(served)
        finally:
            served.close()


def _measure(served: Any) -> None:
    from amana_archive.evidence.models import Collection

    if not Collection.objects.exists():
        print(f"{ITEMS:,} items into the encrypted catalogue: {fill():.0f} s", flush=True)
    if "fill" in sys.argv:
        return
    people = [_reviewer(served.lockup.opened, n) for n in range(REVIEWERS)]
    cookies = [cookie for _, cookie in people]
    assert Collection.objects.count() == 3
    print(HEAD)
    print(line("search, one at a time", searches(people[0][0])))
    for name, pause in ((f"{REVIEWERS} reviewers", PAUSE), (f"{REVIEWERS} without a pause", 0.0)):
        times = load(served.address, cookies, pause, SECONDS)
        errors = times.pop("error")
        every = [t for some in times.values() for t in some]
        print(line(name, every))
        for kind, some in times.items():
            print(line(f"  {kind}", some))
        print(f"  {len(every) / SECONDS:.0f} pages a second, {len(errors)} errors")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def _reviewer(opened: Any, number: int) -> tuple[Any, str]:
    import secrets

    from django.utils import timezone

    from amana_archive.access import accounts
    from amana_archive.access.models import Person, SignIn
    from amana_archive.access.sessions import digest
    from amana_archive.evidence.models import Collection

    login = f"reviewer{number}"
    if not Person.objects.filter(login=login).exists():
        accounts.invite(opened, None, login, login, "reviewer")
    Person.objects.filter(login=login).update(active=True)
    person = Person.objects.get(login=login)
    for collection in Collection.objects.all():
        accounts.grant(opened, None, person, collection)
    token = secrets.token_urlsafe(16)
    SignIn.objects.create(
        token=digest(token), person=person, pending=False, device="bench", seen=timezone.now()
    )
    return person, token


if __name__ == "__main__":
    host_, cookies_, pause_, seconds_ = json.loads(sys.argv[1])
    json.dump(review(host_, cookies_, pause_, seconds_), sys.stdout)
