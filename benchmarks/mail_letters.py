"""Letters: how many are recovered, how much they weigh, how fast packs come together again.

A hundred packs of ordinary size, four letters of every fourteen lost at random; restoring alone,
on one core; a mailbox of 100,000 letters; a flood of 100,000 forgeries around 1,000 good letters.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from amana.core.unseal import Identity
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit
from amana.mail.aside import MOST_LETTERS
from amana.mail.assemble import Collected, restore
from amana.mail.fetch import FetchReport, Opening, fetch
from amana.mail.folder import everything
from amana.mail.letter import ShardSet
from amana.mail.plan import Redundancy, make_plan
from amana.mail.post import Cover, compose
from amana.mail.send import send
from amana.mail.sift import attachments
from amana.mail.split import make_attachment, make_shard, new_split

HERE, THERE = "a@example.org", "b@example.net"
MAILBOX = Identity.generate()
PACKS = 100
FLOOD = int(os.environ.get("AMANA_BENCH_LETTERS", "100000"))
GOOD = FLOOD // 100


@dataclass(frozen=True)
class InMemory:
    """A message that lies in memory."""

    name: str
    raw: bytes

    @property
    def size(self) -> int:
        return len(self.raw)

    def read(self, limit: int) -> bytes:
        return self.raw[:limit]


class Made:
    """A mailbox whose messages are made when they are asked for."""

    def __init__(self, make: Callable[[], Iterator[bytes]]) -> None:
        self._make = make

    def arrivals(self, skip: Callable[[str], bool] = everything) -> Iterator[InMemory]:
        for number, raw in enumerate(self._make()):
            yield InMemory(str(number), raw)


class Keeper:
    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        self.messages.append(message)


def make_kit(folder: Path) -> Kit:
    card = ArchiveCard((Identity.generate().recipient,), MAILBOX.recipient)
    return create_kit(folder, "sender", "bench", card, "only for a benchmark", work_factor=10)


def make_packs(folder: Path, sizes: list[int]) -> list[str]:
    (folder / "copies").mkdir(parents=True)
    digests = []
    for number, size in enumerate(sizes, 1):
        content = os.urandom(size)
        digests.append(hashlib.sha256(content).hexdigest())
        (folder / "copies" / f"{number:06d}.age").write_bytes(content)
    lines = [f"{d}  copies/{n:06d}.age\n" for n, d in enumerate(digests, 1)]
    (folder / "SHA256SUMS").write_text("".join(lines))
    (folder / "checkpoint.age").write_bytes(os.urandom(1450))
    return digests


def hundred_packs(folder: Path, kit: Kit) -> None:
    dice = random.Random(1)
    sizes = [dice.randrange(400_000, 3_000_000) for _ in range(PACKS)]
    digests = make_packs(folder / "packs", sizes)
    keeper = Keeper()
    began = time.perf_counter()
    report = send(folder / "packs", kit, [THERE], keeper, sender_address=HERE, state=folder / "s")
    sent = time.perf_counter() - began
    opening = Opening(MAILBOX, [kit.public])
    by_set: dict[str, list[bytes]] = {}
    for message in keeper.messages:
        letter = opening.letter(next(attachments(message)))
        by_set.setdefault(letter.header.of.set_id, []).append(message)
    # Four of fourteen: of n letters 4n/14, rounded up.
    kept = [m for s in by_set.values() for m in dice.sample(s, len(s) - -(-len(s) * 4 // 14))]
    dice.shuffle(kept)
    began = time.perf_counter()
    got = fetch(Made(lambda: iter(kept)), folder / "inbox", MAILBOX, [kit.public])
    fetched = time.perf_counter() - began
    held = {path.stem for path in (folder / "inbox/packs").glob("*.age")}
    total = sum(sizes) / 1e6
    print(f"{PACKS} packs, {total:.0f} MB, {len(keeper.messages)} letters, {len(kept)} arrived")
    print(f"  recovered                {100 * len(held & set(digests)) / PACKS:.0f} %")
    print(f"  wire before base64       {report.wire_bytes / sum(sizes):.3f} times the sealed bytes")
    print(f"  different letter sizes   {len({len(m) for m in keeper.messages})}")
    print(f"  splitting and sealing    {total / sent:.0f} MB/s of packs, journal synced each time")
    print(f"  fetching, all of it      {total / fetched:.0f} MB/s, {got.letters} shards synced")


def restoring(folder: Path) -> None:
    """From shards on disk to a checked pack: four data shards are missing."""
    size = 100_000_000
    (folder / "r").mkdir()
    pack = folder / "r/pack"
    pack.write_bytes(os.urandom(size))
    digest = hashlib.sha256(pack.read_bytes()).hexdigest()
    of = ShardSet(k=10, size=size, sha256=digest)
    for index in range(14):
        (folder / "r" / str(index)).write_bytes(make_shard(of, index, pack))
    collected = Collected(of, b"", folder / "r", 14)
    for lost in (0, 4):
        choice = list(range(lost, 10 + lost))
        with Path(os.devnull).open("wb") as out:
            began = time.process_time()
            assert restore(collected, choice, out) == digest
            taken = time.process_time() - began
        print(f"  restoring, {lost} data shards lost: {size / 1e6 / taken:.0f} MB/s on one core")
    shutil.rmtree(folder / "r")


def letters_for(kit: Kit, folder: Path, count: int, size: int) -> list[bytes]:
    """`count` genuine letters of one large set after the other, `size` bytes of pack each."""
    found: list[bytes] = []
    folder.mkdir(exist_ok=True)
    while len(found) < count:
        pack = folder / str(len(found))
        pack.write_bytes(os.urandom(size))
        digest = hashlib.sha256(pack.read_bytes()).hexdigest()
        split = new_split(size, digest, make_plan(size, Redundancy(), []))
        for index in range(split.n):
            attachment = make_attachment(split, index, pack, b"", kit)
            found.append(compose(HERE, THERE, attachment, Cover()))
    return found[:count]


def measured(name: str, folder: Path, kit: Kit, make: Callable[[], Iterator[bytes]]) -> float:
    """One fetch in a process of its own; seconds. Prints what it found and its peak of memory."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.Queue()

    def work() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        began = time.perf_counter()
        report: FetchReport = fetch(Made(make), folder, MAILBOX, [kit.public])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        queue.put((time.perf_counter() - began, report, peak))

    process = context.Process(target=work)
    process.start()
    seconds, report, peak = queue.get()
    process.join()
    print(
        f"  {name:44} {seconds:6.1f} s  {report.letters:6} new  {report.duplicates:6} doubles "
        f"{report.refused_count:7} refused  {report.packs_held:4} packs  peak {peak:.0f} MiB"
    )
    return float(seconds)


def repeated(messages: list[bytes], count: int) -> Iterator[bytes]:
    return (messages[i % len(messages)] for i in range(count))


def crowded(folder: Path, kit: Kit) -> None:
    small = letters_for(kit, folder / "small", 800, 60_000)
    print("a mailbox of many letters (in memory; each new shard is synced to disk)")
    for count in (FLOOD // 10, FLOOD):
        measured(
            f"{count:,} letters, 800 of them different",
            folder / "in",
            kit,
            partial(repeated, small, count),
        )


def flood(folder: Path, kit: Kit) -> None:
    print("a flood")
    good = letters_for(kit, folder / "good", GOOD, 3_500_000)
    # As long as the good ones, in the same form, but noise; each different.
    noise = bytearray(compose(HERE, THERE, os.urandom(len(next(attachments(good[0])))), Cover()))
    begin = noise.index(b"\r\n\r\n", noise.index(b"filename=")) + 4

    def flooded() -> Iterator[bytes]:
        every, made, last = FLOOD // GOOD, 0, b""
        for letter in good:
            yield letter
            for _ in range(every):
                # Different ones until no more are set aside; making them is not the question here.
                if made < 2 * MOST_LETTERS:
                    made += 1
                    noise[begin : begin + 8] = b"%08d" % made
                    last = bytes(noise)
                yield last

    alone = measured(f"{GOOD:,} good letters alone", folder / "in", kit, lambda: iter(good))
    both = measured(f"and {FLOOD:,} forgeries as large", folder / "in", kit, flooded)
    equal = alone * (FLOOD + GOOD) / GOOD
    print(f"  the flood costs {both / alone:.1f} times the time of the good letters alone,")
    print(f"  {both / equal:.2f} times what as many good letters would take")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="amana-bench-") as name:
        folder = Path(name)
        kit = make_kit(folder / "kit")
        hundred_packs(folder, kit)
        restoring(folder)
        crowded(folder, kit)
        flood(folder, kit)


if __name__ == "__main__":
    main()
