"""Matching by picture over natural-like photographs: recall, precision, speed, worst mistakes.

    python -m benchmarks reunite_pictures           the table (AMANA_PICTURES=10000 for the whole)
    python benchmarks/reunite_pictures.py --calibrate    the weights of reunite/score.py

Originals are frames of scenes, four in a row; every fifth scene lacks one frame, whose copies are
asked for all the same: the right answer is "none", and its neighbours are the temptation.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import faiss
import imagehash
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from amana.reunite import score
from amana.reunite.align import compare
from amana.reunite.match import MATCHED, PERSON_NEEDED, Match, Matcher
from amana.reunite.picture import Fingerprint, fingerprint, from_bytes, to_bytes
from amana.reunite.prints import Prints
from benchmarks.reunite_natural import jpeg, render

FRAMES = 4
Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def _crop(part: float) -> Change:
    def crop(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = round(picture.width * (1 - part)), round(picture.height * (1 - part))
        x = int(rng.integers(picture.width - width + 1))
        y = int(rng.integers(picture.height - height + 1))
        return picture.crop((x, y, x + width, y + height))

    return crop


def _small(side: int) -> Change:
    def small(picture: Image.Image, _: np.random.Generator) -> Image.Image:
        picture = picture.copy()
        picture.thumbnail((side, side))
        return picture

    return small


def _bright(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageEnhance.Brightness(picture).enhance(float(rng.choice([0.75, 0.85, 1.15, 1.25])))


CHANGES: dict[str, tuple[Change, int]] = {
    "480 px": (lambda p, r: p, 40),
    "200 px": (_small(200), 50),
    "re-compressed": (lambda p, r: p, 25),
    "brightness": (_bright, 60),
    "grey": (lambda p, r: ImageOps.grayscale(p), 60),
    "crop 5 %": (_crop(0.05), 60),
    "turn 2°": (lambda p, r: p.rotate(2, Image.Resampling.BICUBIC), 60),
    "crop 10 %": (_crop(0.10), 60),
    "turned 90°": (lambda p, r: p.transpose(Image.Transpose.ROTATE_90), 60),
    "mirrored": (lambda p, r: ImageOps.mirror(p), 60),
    "framed": (lambda p, r: ImageOps.expand(p, 24, (250, 250, 250)), 60),
}


# Looked at in one of ten pictures only.
SELDOM = ("turned 90°", "mirrored", "framed")


def drawn(seed: int) -> list[tuple[str, int, bytes]]:
    """A scene: (what, frame, fingerprint as bytes) of its originals and of one copy a change."""
    made = []
    for frame in range(FRAMES):
        picture = render(seed, frame)
        small = picture.resize((480, 360), Image.Resampling.LANCZOS)
        made.append(("original", frame, to_bytes(fingerprint(jpeg(picture)))))
        for number, (name, (change, quality)) in enumerate(CHANGES.items()):
            if name in SELDOM and (seed * FRAMES + frame) % 10:
                continue
            rng = np.random.default_rng((seed, frame, number))
            whole = picture if name in ("re-compressed", "200 px") else small
            changed = change(whole, rng)
            made.append((name, frame, to_bytes(fingerprint(jpeg(changed, quality)))))
    return made


def calibrate(scenes: int = 400) -> None:
    """Fit the model on one half of the scenes, and print how it does on the other."""
    rng = np.random.default_rng(1)
    first, second, same, group = [], [], [], []
    with ProcessPoolExecutor(2) as pool:
        made = list(pool.map(drawn, range(1_000_000, 1_000_000 + scenes), chunksize=4))
    for number, scene in enumerate(made):
        prints = {(what, frame): from_bytes(data) for what, frame, data in scene}
        for (what, frame), one in prints.items():
            if what in ("original", "turned 90°", "mirrored"):
                continue
            view = one.inner or one.whole
            next_frame = (frame + 1 + int(rng.integers(FRAMES - 1))) % FRAMES
            for other, is_same in ((frame, True), (next_frame, False)):
                first.append(view.grey)
                second.append(prints["original", other].whole.grey)
                same.append(is_same)
                group.append(number)
    features = compare(np.stack(first), np.stack(second)).features
    truth, groups = np.array(same), np.array(group)
    weights = score.fit(features[groups % 2 == 0], truth[groups % 2 == 0])
    print("WEIGHTS = np.array(")
    print(f"    [{', '.join(f'{w:.4f}' for w in weights)}]\n)")
    score.WEIGHTS = weights
    held = groups % 2 == 1
    odds = score.log_odds(features[held])
    print(f"held out: {held.sum()} pairs")
    for low, high in ((-40, -7), (-7, -3), (-3, 0), (0, 3), (3, 5.3), (5.3, 7), (7, 10), (10, 41)):
        chosen = (odds >= low) & (odds < high)
        if chosen.any():
            claimed = score.probability(odds[chosen]).mean()
            print(
                f"log odds {low:4} to {high:4}: {chosen.sum():6} pairs, claimed {claimed:8.4f}, "
                f"true {truth[held][chosen].mean():8.4f}"
            )


# --- the table -----------------------------------------------------------------------------------

KEPT = os.environ.get("AMANA_PICTURES_KEPT", "")
SCENES_A_FILE = 25


def _file(number: int) -> list[tuple[int, list[tuple[str, int, bytes]]]]:
    path = Path(KEPT) / f"{number:04d}.pkl"
    if KEPT and path.exists():
        kept: list[tuple[int, list[tuple[str, int, bytes]]]] = pickle.loads(path.read_bytes())
        return kept
    made = [(seed, drawn(seed)) for seed in range(number * 25, number * 25 + 25)]
    if KEPT:
        path.write_bytes(pickle.dumps(made))
    return made


def _absent(seed: int, frame: int) -> bool:
    return seed % 5 == 0 and frame == FRAMES - 1


Key = tuple[int, int]


@dataclass
class Set:
    """All pictures: originals by place, and the copies of each change, by place."""

    originals: Prints = field(default_factory=Prints)
    original_keys: list[Key] = field(default_factory=list)
    copies: dict[str, Prints] = field(default_factory=dict)
    copy_keys: dict[str, list[Key]] = field(default_factory=dict)

    @property
    def place_of(self) -> dict[Key, int]:
        return {key: place for place, key in enumerate(self.original_keys)}


def collect(pictures: int) -> Set:
    made = Set()
    files = max(1, pictures // (SCENES_A_FILE * FRAMES))
    with ProcessPoolExecutor(2) as pool:
        for number, file in enumerate(pool.map(_file, range(files))):
            for seed, scene in file:
                for what, frame, data in scene:
                    _put(made, what, (seed, frame), from_bytes(data))
            print(f"  {(number + 1) * SCENES_A_FILE * FRAMES} pictures", file=sys.stderr)
    return made


def _put(made: Set, what: str, key: Key, found: Fingerprint) -> None:
    name = ascii(f"{what} {key}")
    if what != "original":
        made.copies.setdefault(what, Prints()).add(name, found)
        made.copy_keys.setdefault(what, []).append(key)
    elif not _absent(*key):
        made.originals.add(name, found)
        made.original_keys.append(key)


@dataclass
class Row:
    """One line of the confusion table."""

    copies: int = 0
    right: int = 0
    wrong: int = 0
    person_right: int = 0
    person_other: int = 0
    none_right: int = 0
    missed: int = 0
    seconds: float = 0.0
    worst: list[tuple[float, Key, Key | None, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.wrong + self.person_right + self.missed)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)


def judge(made: Set, name: str, matches: list[Match]) -> Row:
    row, there = Row(copies=len(matches)), made.place_of
    for match in matches:
        key = made.copy_keys[name][match.copy]
        truth = there.get(key)
        found = None if match.original is None else made.original_keys[match.original]
        if match.state == MATCHED:
            good = match.original == truth
            row.right, row.wrong = row.right + good, row.wrong + (not good)
            kind = "" if good else "WRONG"
        elif match.state == PERSON_NEEDED:
            good = match.original == truth
            row.person_right += good
            row.person_other += not good
            row.missed += (not good) and truth is not None
            kind = "a person"
        else:
            row.none_right += truth is None
            row.missed += truth is not None
            kind = "" if truth is None else "missed"
        if kind:
            row.worst.append((match.score, key, found, kind))
    return row


def main() -> None:
    pictures = int(os.environ.get("AMANA_PICTURES", "400"))
    print(f"drawing {pictures} photographs and their copies", file=sys.stderr)
    made = collect(pictures)
    started = time.perf_counter()
    matcher = Matcher(made.originals)
    print(f"{len(made.originals)} originals, indexed in {time.perf_counter() - started:.1f} s\n")
    print(
        f"{'change':15}{'copies':>8}{'right':>8}{'WRONG':>7}{'person':>8}{'(other)':>8}"
        f"{'none, so':>9}{'missed':>8}{'recall':>9}{'+person':>9}{'precision':>11}{'ms each':>9}"
    )
    rows = {}
    for name in CHANGES:
        started = time.perf_counter()
        matches = matcher.match(made.copies[name])
        row = rows[name] = judge(made, name, matches)
        row.seconds = time.perf_counter() - started
        present = row.right + row.wrong + row.person_right + row.missed
        print(
            f"{name:15}{row.copies:8}{row.right:8}{row.wrong:7}{row.person_right:8}"
            f"{row.person_other:8}{row.none_right:9}{row.missed:8}{row.recall:9.2%}"
            f"{(row.right + row.person_right) / max(1, present):9.2%}{row.precision:11.3%}"
            f"{1000 * row.seconds / max(1, row.copies):9.1f}",
            flush=True,
        )
    right, wrong = sum(r.right for r in rows.values()), sum(r.wrong for r in rows.values())
    print(f"\nall: precision {right / max(1, right + wrong):.4%}, {wrong} wrong of {right + wrong}")
    baselines(made)
    million()
    print("worst mistakes:", picture_of_mistakes(rows))


def baselines(made: Set) -> None:
    """Nearest by Hamming distance, kept below a threshold: recall and precision of each."""
    methods: dict[str, tuple[Callable[[Fingerprint], np.ndarray], list[int]]] = {
        "pdqhash <= 31": (lambda p: p.whole.hashes[0], [31]),
        "pdqhash, best": (lambda p: p.whole.hashes[0], list(range(8, 128, 4))),
        "imagehash phash, best": (_phash, list(range(0, 24, 2))),
        "imagehash dhash, best": (_dhash, list(range(0, 24, 2))),
    }
    print(f"\n{'the others':24}{'threshold':>10}  recall (precision) by change; best = highest F1")
    for title, (hash_of, thresholds) in methods.items():
        base = np.stack([hash_of(p) for p in made.originals.all()])
        index = faiss.IndexBinaryFlat(base.shape[1] * 8)
        index.add(np.ascontiguousarray(base))
        outcomes: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        for name, copies in made.copies.items():
            asked = np.ascontiguousarray(np.stack([hash_of(p) for p in copies.all()]))
            distance, place = index.search(asked, 1)
            truth = np.array([made.place_of.get(k, -1) for k in made.copy_keys[name]])
            outcomes[name] = (distance[:, 0], place[:, 0] == truth, truth >= 0)
        best = max(thresholds, key=lambda t: _f1(outcomes, t))
        cells = [
            f"{n} {_recall(o, best):.1%} ({_precision(o, best):.1%})" for n, o in outcomes.items()
        ]
        print(f"{title:24}{best:10}  {', '.join(cells)}", flush=True)


Outcome = tuple[np.ndarray, np.ndarray, np.ndarray]


def _recall(outcome: Outcome, threshold: int) -> float:
    distance, right, there = outcome
    return float(((distance <= threshold) & right).sum() / max(1, there.sum()))


def _precision(outcome: Outcome, threshold: int) -> float:
    distance, right, _ = outcome
    kept = distance <= threshold
    return float((kept & right).sum() / max(1, kept.sum()))


def _f1(outcomes: dict[str, Outcome], threshold: int) -> float:
    distance, right, there = zip(*outcomes.values(), strict=True)
    joined = np.concatenate(distance), np.concatenate(right), np.concatenate(there)
    recall, precision = _recall(joined, threshold), _precision(joined, threshold)
    return 2 * recall * precision / max(1e-9, recall + precision)


def _phash(found: Fingerprint) -> np.ndarray:
    return np.packbits(imagehash.phash(Image.fromarray(found.whole.grey)).hash.ravel())


def _dhash(found: Fingerprint) -> np.ndarray:
    return np.packbits(imagehash.dhash(Image.fromarray(found.whole.grey)).hash.ravel())


def million() -> None:
    """10,000 queries against 1,000,000 by exact search."""
    rng = np.random.default_rng(3)
    index = faiss.IndexBinaryFlat(256)
    index.add(rng.integers(0, 256, (1_000_000, 32), dtype=np.uint8))
    asked = rng.integers(0, 256, (10_000, 32), dtype=np.uint8)
    index.search(asked[:100], 2)
    started = time.perf_counter()
    index.search(asked, 2)
    print(f"\n10,000 queries against 1,000,000, exact: {time.perf_counter() - started:.1f} s")


def picture_of_mistakes(rows: dict[str, Row], count: int = 12) -> str:
    """Copy (left) and what was found for it (right), the worst first, as one picture."""
    worst = []
    for name, row in rows.items():
        for score_, key, found, kind in row.worst:
            order = {"WRONG": 0, "missed": 1, "a person": 2}[kind]
            worst.append((order, -score_ if order == 0 else score_, name, key, found, kind))
    worst.sort(key=lambda w: w[:3])
    sheet = Image.new("RGB", (660, 260 * max(1, min(count, len(worst)))), "white")
    for place, (_, score_, name, key, found, kind) in enumerate(worst[:count]):
        pen = ImageDraw.Draw(sheet)
        pen.text((4, 260 * place + 2), f"{kind} {abs(score_):.3f} {name} {key} <- {found}", "black")
        for side, shown in ((0, key), (1, found)):
            if shown is not None:
                small = render(*shown).resize((320, 240))
                sheet.paste(small, (4 + 328 * side, 260 * place + 16))
    path = Path(os.environ.get("AMANA_BENCH_OUT", tempfile.gettempdir())) / "reunite-mistakes.png"
    sheet.save(path)
    return f"{len(worst)} in all, the first {min(count, len(worst))} in {path}"


if __name__ == "__main__":
    calibrate(int(sys.argv[2]) if len(sys.argv) > 2 else 400)
