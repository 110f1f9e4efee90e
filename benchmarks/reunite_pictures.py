"""Matching by picture over natural-like photographs: recall, precision, speed, worst mistakes.

    python -m benchmarks reunite_pictures     the table (AMANA_PICTURES=10000 for the whole)

Originals are frames of scenes, four in a row (`reunite_natural`): next frames, bursts and
look-alikes are there for every one of them. One scene in five lacks one frame, whose copies are
asked for all the same: the right answer is "none", and its neighbours are the temptation. The
weights were fitted on other scenes (`reunite_calibrate`). The set is drawn once and kept in the
temporary directory (`reunite_drawn`).
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from amana.reunite.match import MATCHED, PERSON_NEEDED, Match, Matcher
from amana.reunite.picture import from_bytes
from amana.reunite.prints import Prints
from amana.reunite.score import SURE
from benchmarks.reunite_drawn import CHANGES, FRAMES, SCENES_A_FILE, TWINS, all_prints, drawn_one
from benchmarks.reunite_natural import base, render, unseen
from benchmarks.reunite_rivals import Asked, million, rivals, speeds

Key = tuple[int, int]
UNSEEN = "a burst, nothing seen has moved"


def absent(seed: int, frame: int) -> bool:
    """Whether this original is withheld."""
    return (seed // 5) % 5 == 0 and frame == (seed // 25) % FRAMES


@dataclass
class Set:
    """All pictures: originals by place, and the copies of each change, by place."""

    folder: Path
    originals: Prints = field(init=False)
    original_keys: list[Key] = field(default_factory=list)
    copies: dict[str, Prints] = field(default_factory=dict)
    copy_keys: dict[str, list[Key]] = field(default_factory=dict)
    place_of: dict[Key, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.originals = Prints(self.folder / "originals")

    def put(self, what: str, key: Key, data: bytes) -> None:
        name = ascii(f"{what} {key}")
        if what != "original":
            if what not in self.copies:
                self.copies[what] = Prints(self.folder / f"copies-{len(self.copies)}")
            self.copies[what].add(name, from_bytes(data))
            self.copy_keys.setdefault(what, []).append(key)
        elif not absent(*key):
            self.place_of[key] = self.originals.add(name, from_bytes(data))
            self.original_keys.append(key)


def collect(pictures: int, folder: Path) -> Set:
    made = Set(folder)
    files = max(1, pictures // (SCENES_A_FILE * FRAMES))
    for number, (seed, drawn) in enumerate(all_prints(range(files))):
        for what, frame, data in drawn:
            made.put(what, (seed, frame), data)
        if number % 100 == 99:
            print(f"  {(number + 1) * FRAMES} pictures", file=sys.stderr, flush=True)
    return made


@dataclass
class Row:
    """One line of the table. `mistakes`: (score, copy, what was found, what kind); `proposed`:
    (score, whether right) of all that are matched, or would be by a lower threshold."""

    copies: int = 0
    right: int = 0
    wrong: int = 0
    person_right: int = 0
    person_other: int = 0
    none_right: int = 0
    missed: int = 0
    there: int = 0
    seconds: float = 0.0
    mistakes: list[tuple[float, Key, Key | None, str]] = field(default_factory=list)
    proposed: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.there)

    @property
    def found(self) -> float:
        return (self.right + self.person_right) / max(1, self.there)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)


def judge(made: Set, name: str, matches: list[Match]) -> Row:
    row = Row(copies=len(matches))
    for match in matches:
        key = made.copy_keys[name][match.copy]
        truth = made.place_of.get(key)
        found = None if match.original is None else made.original_keys[match.original]
        good = match.original == truth
        row.there += truth is not None
        if match.state == MATCHED or (match.state == PERSON_NEEDED and match.score < SURE):
            row.proposed.append((match.score, good))
        kind = ""
        if match.state == MATCHED:
            row.right, row.wrong = row.right + good, row.wrong + (not good)
            kind = "" if good else "WRONG"
        elif match.state == PERSON_NEEDED:
            row.person_right += good
            row.person_other += not good
            kind = "a person" if good else "a person, another" if truth is not None else ""
        else:
            row.none_right += truth is None
            row.missed += truth is not None
            kind = "" if truth is None else "missed"
        if kind:
            row.mistakes.append((match.score, key, found, kind))
    return row


def kin(copy: Key, found: Key) -> str:
    """How what was wrongly found is related to the right one."""
    if copy[0] == found[0]:
        if not {copy[1], found[1]} <= {0, 3, 4}:
            return "a next frame"
        return UNSEEN if unseen(copy[0]) else "a burst"
    return "a look-alike" if base(copy[0]) == base(found[0]) else "a stranger"


def main() -> None:
    pictures = int(os.environ.get("AMANA_PICTURES", "400"))
    print(f"drawing {pictures} photographs and their copies, where not kept", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="amana-bench-") as folder:
        _run(collect(pictures, Path(folder)))


def _run(made: Set) -> None:
    started = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        matcher = Matcher(made.originals, executor=pool)
        seconds = time.perf_counter() - started
        print(f"{len(made.originals)} originals, indexed in {seconds:.1f} s\n")
        print(
            f"{'change':15}{'copies':>8}{'right':>8}{'WRONG':>7}{'person':>8}{'(other)':>8}"
            f"{'none, so':>9}{'missed':>8}{'recall':>9}{'+person':>9}{'precision':>11}{'ms':>7}"
        )
        rows = {}
        for name in (*CHANGES, TWINS):
            if name in made.copies:
                rows[name] = _row(made, matcher, name)
    twins = rows.pop(TWINS, None)
    confusion(rows)
    thresholds(rows)
    if twins:
        print(
            f"twins whose own original is absent (nothing moved but the grain): {twins.wrong} of "
            f"{twins.copies} proposed for their twin, {twins.person_other} left to a person"
        )
    copies = {name: made.copies[name] for name in rows}
    keys = {name: made.copy_keys[name] for name in rows}
    rivals(Asked(made.originals, copies, keys, made.place_of))
    total = sum(row.copies for row in rows.values())
    speeds(drawn_one("original", 40), sum(row.seconds for row in rows.values()) / max(1, total))
    million()
    print("worst mistakes:", picture_of_mistakes(rows))


def _row(made: Set, matcher: Matcher, name: str) -> Row:
    started = time.perf_counter()
    row = judge(made, name, matcher.match(made.copies[name]))
    row.seconds = time.perf_counter() - started
    print(
        f"{name:15}{row.copies:8}{row.right:8}{row.wrong:7}{row.person_right:8}"
        f"{row.person_other:8}{row.none_right:9}{row.missed:8}{row.recall:9.2%}"
        f"{row.found:9.2%}{row.precision:11.3%}{1000 * row.seconds / max(1, row.copies):7.1f}",
        flush=True,
    )
    return row


def confusion(rows: Mapping[str, Row]) -> None:
    """What was said against what is so, over all changes."""
    total = Counter[str]()
    for row in rows.values():
        for name in ("right", "wrong", "person_right", "person_other", "none_right", "missed"):
            total[name] += getattr(row, name)
        total["there"] += row.there
        total["absent"] += row.copies - row.there
    mistakes = [mistake for row in rows.values() for mistake in row.mistakes]
    wrong = [(key, found) for _, key, found, kind in mistakes if kind == "WRONG" and found]
    wrong_there = sum(not absent(*key) for key, _ in wrong)
    other_there = sum(kind == "a person, another" for *_, kind in mistakes)
    print(f"\n{'':28}{'matched':>10}{'a person':>10}{'none':>10}")
    print(
        f"{'its original is there':28}{total['right']:10}{total['person_right']:10}"
        f"{total['missed']:10}"
    )
    print(f"{'  ... but another was found':28}{wrong_there:10}{other_there:10}")
    print(
        f"{'its original is not there':28}{total['wrong'] - wrong_there:10}"
        f"{total['person_other'] - other_there:10}{total['none_right']:10}"
    )
    matched = total["right"] + total["wrong"]
    print(f"precision {total['right'] / max(1, matched):.4%}: {total['wrong']} wrong of {matched}")
    kinds = Counter(kin(*pair) for pair in wrong)
    told_apart = matched - kinds[UNSEEN]
    print("wrong, by kind:", dict(kinds) or "none", end="; ")
    print(f"without {UNSEEN!r}: {total['right'] / max(1, told_apart):.4%}")


def thresholds(rows: Mapping[str, Row]) -> None:
    """What other values of score.SURE would give: recall of each change, wrong in all."""
    print("\nby other thresholds: recall by itself of each change, and wrong in all")
    for least in sorted({0.8, 0.9, 0.95, 0.98, 0.99, SURE}):
        wrong = sum(s >= least and not good for r in rows.values() for s, good in r.proposed)
        recalls = (
            f"{name} {sum(s >= least and good for s, good in row.proposed) / row.there:.2%}"
            for name, row in rows.items()
        )
        print(f"{least:5}: {', '.join(recalls)}; wrong {wrong}")


def picture_of_mistakes(rows: Mapping[str, Row], count: int = 12) -> str:
    """The copy (left), what was found for it (middle) and its original (right), the worst first."""
    order = {"WRONG": 0, "missed": 1, "a person, another": 2, "a person": 3}
    worst = sorted(
        (order[kind], -score if kind == "WRONG" else score, name, key, found, kind)
        for name, row in rows.items()
        for score, key, found, kind in row.mistakes
    )
    sheet = Image.new("RGB", (990, 260 * max(1, min(count, len(worst)))), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (_, score, name, key, found, kind) in enumerate(worst[:count]):
        relation = kin(key, found) if found and found != key else ""
        text = f"{kind} {abs(score):.3f} {name} {key} <- {found} {relation}"
        pen.text((4, 260 * place + 2), text + (" (absent)" if absent(*key) else ""), "black")
        copy = Image.open(io.BytesIO(drawn_one(name, 1, key)[0]))
        shown = [copy, render(*found) if found else None, render(*key)]
        for side, picture in enumerate(shown):
            if picture is not None:
                sheet.paste(picture.resize((320, 240)), (4 + 328 * side, 260 * place + 16))
    path = Path(os.environ.get("AMANA_BENCH_OUT", tempfile.gettempdir())) / "reunite-mistakes.png"
    sheet.save(path)
    return f"{len(worst)} in all, the first {min(count, len(worst))} in {path}"


if __name__ == "__main__":
    main()
