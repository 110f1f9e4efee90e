"""The weights of reunite/score.py, fitted on held-out scenes; its table is of scenes that the
weights which judge them have not seen (four parts, each judged by the other three).

python -m benchmarks.reunite_calibrate          800 scenes, none of which is in the tested set; the
                                                weights are written into the package, if there
                                                were real photographs, too

With AMANA_PHOTOS, scenes of real photographs, too (`reunite_real`): drawn ones alone teach that
every picture is rich in detail, and what is smooth, dark or plain is then taken for another.
"""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from amana.reunite import score
from amana.reunite.align import Template
from amana.reunite.picture import Fingerprint, fingerprint, from_bytes
from benchmarks.reunite_drawn import HELD_OUT, SCENES_A_FILE, TWINS, pictures, prints
from benchmarks.reunite_natural import TWIN, base, jpeg, unseen
from benchmarks.reunite_real import WINDOWS, Scene, all_scenes, photographs

_TURNED = ("quarter turns", "mirrored")
ANY_SIZE = "any size"
_BURST = (0, 3, TWIN)
_PARTS, _SIDE_BY_SIDE = 4, 5
REAL = 2_000_000


@dataclass(frozen=True)
class Example:
    """Of one pair its features; whether the copy (a `change` of a frame of scene `seed`) was made
    from this original; and whether it is another frame in which nothing that is seen has moved."""

    features: np.ndarray
    same: bool
    hidden: bool
    change: str
    seed: int


def examples(number: int) -> list[Example]:
    """Of one file of scenes: each copy with its original, with the nearest other frame, and with a
    look-alike where there is one."""
    originals: dict[tuple[int, int], Fingerprint] = {}
    copies: list[tuple[int, int, str, Fingerprint]] = []
    for seed, drawn in prints(number):
        for what, frame, data in drawn:
            found = from_bytes(data)
            if what == "original":
                originals[seed, frame] = found
            elif what not in _TURNED:
                copies.append((seed, frame, what, found))
    copies += any_size(number)
    hidden = {seed: unseen(seed) for seed, _ in originals}
    made: list[Example] = []
    for seed, frame, what, found in copies:
        template = _template(what, found)
        for key in _held_against(seed, frame):
            if key in originals:
                features = _features(template, found, originals[key])
                burst = key[0] == seed and key[1] != frame
                same = key == (seed, frame)
                made.append(Example(features, same, burst and hidden[seed], what, seed))
    return made


def any_size(number: int) -> Iterator[tuple[int, int, str, Fingerprint]]:
    """A copy of each original at any size and quality; every other was saved twice."""
    for seed, drawn in pictures(number):
        for what, frame, data in drawn:
            if what == "original":
                rng = np.random.default_rng((seed, frame, 77))
                picture = Image.open(io.BytesIO(data))
                side = int(np.exp(rng.uniform(np.log(160), np.log(640))))
                picture.thumbnail((side, side))
                small = jpeg(picture, int(rng.integers(25, 86)))
                if frame % 2:
                    small = jpeg(Image.open(io.BytesIO(small)), int(rng.integers(25, 96)))
                yield seed, frame, ANY_SIZE, fingerprint(small)


def real_examples(scene: Scene) -> list[Example]:
    """The same of a real scene: it and its burst, each copy with both. All scenes of a photograph
    have one seed, so that they are on one side."""
    frames = [from_bytes(data) for data in (scene.original, scene.burst) if data is not None]
    seed = REAL + _SIDE_BY_SIDE * (scene.number // WINDOWS // 2)
    made = []
    for what, of_burst, data in scene.copies:
        if what in _TURNED:
            continue
        found = from_bytes(data)
        template = _template(what, found)
        for frame, original in enumerate(frames):
            features = _features(template, found, original)
            made.append(Example(features, frame == of_burst, False, f"real {what}", seed))
    return made


def _template(what: str, copy: Fingerprint) -> Template:
    view = copy.inner if what == "framed" and copy.inner else copy.whole
    return Template(view.square(copy.longest))


def _held_against(seed: int, frame: int) -> Iterator[tuple[int, int]]:
    yield seed, frame
    if frame in _BURST:
        yield seed, 3 if frame == 0 else 0
        if base(seed) != seed:
            yield base(seed), frame


def _features(template: Template, copy: Fingerprint, original: Fingerprint) -> np.ndarray:
    """As the matcher comes by them: what the whole does not explain is begun from the two crops of
    the index that are nearest, too."""
    square = original.whole.square(original.longest)
    found, _ = template.look(square)
    if found[0] < 0.99:
        plain = copy.whole.plain
        bits = np.unpackbits(original.crops ^ plain[None], axis=1).sum(1)
        starts = [int(n) + 1 for n in np.argsort(bits, kind="stable")[:2] if bits[n] <= 104]
        others = [template.look(square, start)[0] for start in starts]
        found = max([found, *others], key=lambda features: float(features[0]))
    return found


def main(files: int = 32) -> None:
    first = HELD_OUT // SCENES_A_FILE
    with ProcessPoolExecutor(2) as pool:
        rows = [row for part in pool.map(examples, range(first, first + files)) for row in part]
        rows += [row for part in pool.map(real_examples, all_scenes(judged=False)) for row in part]
    report(rows)
    if not photographs():
        print("AMANA_PHOTOS names no photographs: the weights of the package stay as they are")
        return
    model = score.fit(*_columns([row for row in rows if row.change != TWINS])[:2])
    Path(score.__file__).with_name(score.FILE).write_text(model.to_json(), "utf-8")


def report(rows: list[Example]) -> None:
    """Each part of the scenes judged by what the others taught."""
    features, same, seeds = _columns(rows)
    twins = np.array([row.change == TWINS for row in rows])
    odds = np.empty(len(rows))
    for part in range(_PARTS):
        judged = seeds // _SIDE_BY_SIDE % _PARTS == part
        model = score.fit(features[~judged & ~twins], same[~judged & ~twins])
        odds[judged] = model.log_odds(features[judged])
    table(odds[~twins], same[~twins])
    lost([row for row in rows if row.change != TWINS], odds[~twins])
    sure = score.probability(odds[twins]) >= score.SURE
    print(f"twins (nothing moved but the grain): {sure.mean():.0%} of {twins.sum()} look the same")


def _columns(rows: list[Example]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    features = np.stack([row.features for row in rows])
    return features, np.array([r.same for r in rows]), np.array([r.seed for r in rows])


def lost(rows: list[Example], odds: np.ndarray) -> None:
    """Of each change, what a threshold loses; of other frames and look-alikes, what it lets in."""
    steps = (-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5)
    print(f"{'below this, lost of':26}" + "".join(f"{step:9}" for step in steps))
    changes = np.array([row.change for row in rows])
    same, hidden = (np.array([getattr(row, n) for row in rows]) for n in ("same", "hidden"))
    for change in dict.fromkeys(row.change for row in rows):
        if (chosen := odds[same & (changes == change)]).size:
            shares = "".join(f"{(chosen < step).mean():9.3%}" for step in steps)
            print(f"{change:20}{chosen.size:6}{shares}")
    real = np.array([row.seed >= REAL for row in rows])
    kinds = {
        "others let in": ~same & ~hidden & ~real,
        "unseen, let in": hidden,
        "real, let in": ~same & real,
    }
    for name, kind in kinds.items():
        shares = "".join(f"{(odds[kind] >= step).mean():9.3%}" for step in steps)
        print(f"{name:20}{kind.sum():6}{shares}")


def table(odds: np.ndarray, same: np.ndarray) -> None:
    print(f"held out, either way: {len(odds)} pairs")
    steps = (-41, -7, -3, -1, 0, 1, 2, 3, 4, 6, 41)
    for low, high in itertools.pairwise(steps):
        chosen = (odds >= low) & (odds < high)
        if chosen.any():
            claimed = (1 / (1 + np.exp(-odds[chosen]))).mean()
            print(
                f"log odds {low:4} to {high:4}: {chosen.sum():6} pairs, claimed {claimed:8.4f}, "
                f"true {same[chosen].mean():8.4f}"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
