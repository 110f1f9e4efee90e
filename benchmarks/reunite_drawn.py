"""The drawn set: originals, frames that tempt, and copies of each by every kind of change.

Kept as JPEG in a folder of the temporary directory (AMANA_PICTURES_KEPT for another), so that it is
drawn once; their fingerprints likewise, for as long as `reunite/picture.py` is the same.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from amana.reunite import picture as picture_module
from amana.reunite.picture import fingerprint, to_bytes
from benchmarks.reunite_natural import TWIN, jpeg, render

# Of the drawing: a new number wherever what is drawn changes.
VERSION = 2
FRAMES = 4
SCENES_A_FILE = 25
HELD_OUT = 1_000_000
Change = Callable[[Image.Image, np.random.Generator], Image.Image]
# (what, frame, JPEG or fingerprint as bytes)
Drawn = list[tuple[str, int, bytes]]


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


def _turned(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """By two degrees either way; the corners black, or white in one of four."""
    angle, corner = float(rng.choice([-2, 2])), int(rng.choice([0, 0, 0, 255]))
    return picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(corner,) * 3)


def _quarter(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    ways = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return picture.transpose(ways[int(rng.integers(3))])


def _framed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    grey = int(rng.choice([250, 8, 128]))
    return ImageOps.expand(picture, int(rng.integers(10, 40)), (grey, grey, grey))


CHANGES: dict[str, tuple[Change, int]] = {
    "480 px": (lambda p, r: p, 40),
    "200 px": (_small(200), 50),
    "re-compressed": (lambda p, r: p, 25),
    "brightness": (_bright, 60),
    "grey": (lambda p, r: ImageOps.grayscale(p), 60),
    "crop 5 %": (_crop(0.05), 60),
    "turn 2°": (_turned, 60),
    "crop 10 %": (_crop(0.10), 60),
    "quarter turns": (_quarter, 60),
    "mirrored": (lambda p, r: ImageOps.mirror(p), 60),
    "framed": (_framed, 60),
}
# Made from the whole picture; every other change is of a copy of 480 px.
_OF_THE_WHOLE = ("re-compressed", "200 px")
# Of one picture in ten only.
SELDOM = ("quarter turns", "mirrored", "framed")
# The copy of a twin whose own original is nowhere: its right answer is "none".
TWINS = "twin, absent"


def made_of(name: str, picture: Image.Image, seed: tuple[int, ...]) -> bytes:
    """A copy, as JPEG, by one of CHANGES."""
    change, quality = CHANGES[name]
    if name not in _OF_THE_WHOLE:
        scale = 480 / max(picture.size)
        size = (round(picture.width * scale), round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return jpeg(change(picture, np.random.default_rng(seed)), quality)


def draw(seed: int) -> Drawn:
    """A scene, as JPEG: its originals, and a copy of each for each change."""
    made = []
    for frame in range(FRAMES):
        picture = render(seed, frame)
        made.append(("original", frame, jpeg(picture)))
        for number, name in enumerate(CHANGES):
            if name in SELDOM and (seed * FRAMES + frame) % 10:
                continue
            made.append((name, frame, made_of(name, picture, (seed, frame, number))))
    if seed % 5 == 1:
        made.append((TWINS, TWIN, made_of("480 px", render(seed, TWIN), (seed,))))
    return made


def kept() -> Path:
    asked = os.environ.get("AMANA_PICTURES_KEPT")
    folder = Path(asked or tempfile.gettempdir()) / f"amana-pictures-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _whole(path: Path, make: Callable[[], list[tuple[int, Drawn]]]) -> list[tuple[int, Drawn]]:
    if path.exists():
        found: list[tuple[int, Drawn]] = pickle.loads(path.read_bytes())
        return found
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(pickle.dumps(made))
    part.replace(path)
    return made


def pictures(number: int) -> list[tuple[int, Drawn]]:
    """File `number` of the set, of SCENES_A_FILE scenes: (seed, pictures as JPEG)."""
    seeds = range(number * SCENES_A_FILE, (number + 1) * SCENES_A_FILE)
    path = kept() / f"{number:06d}.jpegs"
    return _whole(path, lambda: [(seed, draw(seed)) for seed in seeds])


def drawn_one(what: str, count: int, key: tuple[int, int] | None = None) -> list[bytes]:
    """The first `count` JPEGs of a kind; or the one of this scene and frame."""
    number = key[0] // SCENES_A_FILE if key else 0
    return [
        data
        for seed, drawn in pictures(number)
        for name, frame, data in drawn
        if name == what and (key is None or key == (seed, frame))
    ][:count]


def prints(number: int) -> list[tuple[int, Drawn]]:
    """The same with fingerprints in place of JPEGs."""
    source = Path(picture_module.__file__).read_bytes()
    folder = kept() / f"prints-{hashlib.sha256(source).hexdigest()[:12]}"

    def make() -> list[tuple[int, Drawn]]:
        return [
            (seed, [(what, frame, to_bytes(fingerprint(data))) for what, frame, data in drawn])
            for seed, drawn in pictures(number)
        ]

    return _whole(folder / f"{number:06d}.prints", make)


def all_prints(files: range) -> Iterator[tuple[int, Drawn]]:
    """Every scene of these files, made on two cores where they are not kept yet."""
    with ProcessPoolExecutor(2) as pool:
        for made in pool.map(prints, files):
            yield from made


if __name__ == "__main__":
    import sys

    with ProcessPoolExecutor(2) as both:
        for _ in both.map(pictures, range(int(sys.argv[1]), int(sys.argv[2])), chunksize=1):
            pass
