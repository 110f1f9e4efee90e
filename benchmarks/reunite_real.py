"""Scenes cut out of real photographs: what the drawn set is not, smooth, dark, soft, or plain.

    AMANA_PHOTOS=FOLDER python -m benchmarks reunite_real

FOLDER: photographs of nobody, at least 900 pixels wide. (Debian's packages of desktop backgrounds
have about a hundred: gnome-backgrounds, mate-backgrounds, lomiri-wallpapers-16.04 and -20.04,
plasma-workspace-wallpapers, ukui-wallpapers; unpack them with dpkg -x.) Of each photograph several
windows are scenes. Of each scene there is a burst: the same, held almost still, with other grain
and one thing moved. Photographs with an even number are for the weights (`reunite_calibrate`), the
others are judged here.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from amana.reunite.match import MATCHED, NONE, PERSON_NEEDED, Match, Matcher
from amana.reunite.picture import fingerprint, from_bytes, to_bytes
from amana.reunite.prints import Prints
from benchmarks.reunite_drawn import CHANGES, SELDOM, made_of
from benchmarks.reunite_natural import jpeg

WINDOWS, LONGEST, LEAST = 6, 1280, 400
BURST = "burst"
# Of 640 pixels: how far the camera was moved; what moved, how far it went.
_STILL, _THING, _FAR = 1.0, (26, 64), (12, 40)
_SEEN_LEVELS, _SEEN_SHARE, _TRIES = 12, 0.001, 12


def photographs() -> list[Path]:
    """Every picture below the folder, of at least 900 pixels, each once; [] where none is named."""
    folder = os.environ.get("AMANA_PHOTOS")
    if not folder:
        return []
    return list(_distinct(Path(folder)))


@lru_cache(1)
def _distinct(folder: Path) -> tuple[Path, ...]:
    kinds = {".jpg", ".jpeg", ".png", ".webp"}
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in kinds and p.is_file())
    with ProcessPoolExecutor() as pool:
        hashes = list(pool.map(_hash_of, paths))
    kept: dict[Path, np.ndarray] = {}
    for path, found in zip(paths, hashes, strict=True):
        if found is not None and all(_bits(found ^ other) > 60 for other in kept.values()):
            kept[path] = found
    return tuple(kept)


def _hash_of(path: Path) -> np.ndarray | None:
    try:
        with Image.open(path) as opened:
            if min(opened.size) < LEAST * 2 or max(opened.size) < 900:
                return None
            picture = opened.convert("RGB")
    except (OSError, ValueError):
        return None
    picture.thumbnail((512, 512))
    first: np.ndarray = fingerprint(jpeg(picture, 92)).whole.hashes[0]
    return first


def _bits(one: np.ndarray) -> int:
    return int(np.unpackbits(one).sum())


def windows(number: int, path: Path) -> Iterator[tuple[int, Image.Image]]:
    """(scene, picture): the whole, and parts of at least a third of either side."""
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    rng = np.random.default_rng(number)
    for place in range(WINDOWS):
        part = 1.0 if place == 0 else float(rng.uniform(0.34, 0.9))
        width, height = round(whole.width * part), round(whole.height * part)
        if min(width, height) < LEAST:
            continue
        x = int(rng.integers(whole.width - width + 1))
        y = int(rng.integers(whole.height - height + 1))
        picture = whole.crop((x, y, x + width, y + height))
        picture.thumbnail((LONGEST, LONGEST))
        yield number * WINDOWS + place, picture


def burst(picture: Image.Image, seed: int) -> Image.Image | None:
    """The next frame, in which one thing is seen to have moved; None where nothing would show."""
    rng = np.random.default_rng((seed, 5))
    scale = picture.width / 640
    before = np.asarray(picture.convert("L"), np.int16)
    for _ in range(_TRIES):
        width, height = (round(float(rng.uniform(*_THING)) * scale) for _ in range(2))
        x, y = (
            int(rng.integers(n - m)) for n, m in zip(picture.size, (width, height), strict=True)
        )
        way, far = float(rng.random() * 2 * np.pi), float(rng.uniform(*_FAR)) * scale
        moved = picture.copy()
        thing = picture.crop((x, y, x + width, y + height))
        moved.paste(thing, (x + round(far * np.cos(way)), y + round(far * np.sin(way))))
        changed = np.abs(np.asarray(moved.convert("L"), np.int16) - before) > _SEEN_LEVELS
        if changed.mean() >= _SEEN_SHARE:
            return _grain(_shifted(moved, rng.normal(0, _STILL, 2) * scale), rng)
    return None


def _shifted(picture: Image.Image, by: np.ndarray) -> Image.Image:
    map_ = (1, 0, float(by[0]), 0, 1, float(by[1]))
    how = Image.Resampling.BICUBIC
    return picture.transform(picture.size, Image.Transform.AFFINE, map_, how)


def _grain(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(picture, np.float32)
    pixels = pixels + rng.normal(0, 2.5, (*pixels.shape[:2], 1)).astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Scene:
    """As fingerprints in bytes: an original, its burst, and copies (change, whether of the burst,
    fingerprint)."""

    number: int
    original: bytes
    burst: bytes | None
    copies: list[tuple[str, bool, bytes]]


def scenes(asked: tuple[int, Path]) -> list[Scene]:
    """All scenes of one photograph."""
    made = []
    for number, picture in windows(*asked):
        other = burst(picture, number)
        copies = [
            (name, frame, to_bytes(fingerprint(made_of(name, shown, (number, 9, frame)))))
            for frame, shown in enumerate((picture, other))
            if shown is not None
            for name in CHANGES
            if name not in SELDOM or number % 3 == 0
        ]
        after = to_bytes(fingerprint(jpeg(other, 92))) if other is not None else None
        before = to_bytes(fingerprint(jpeg(picture, 92)))
        made.append(Scene(number, before, after, [(n, bool(f), data) for n, f, data in copies]))
    return made


def all_scenes(judged: bool) -> Iterator[Scene]:
    """Of the photographs that are judged, or of those that weights are fitted on."""
    chosen = [(n, path) for n, path in enumerate(photographs()) if bool(n % 2) == judged]
    with ProcessPoolExecutor() as pool:
        for found in pool.map(scenes, chosen):
            yield from found


def main() -> None:
    if not photographs():
        print("AMANA_PHOTOS names no folder with photographs: nothing was measured")
        return
    made = list(all_scenes(judged=True))
    with tempfile.TemporaryDirectory(prefix="amana-bench-") as folder:
        _run(made, Path(folder))


def _run(made: list[Scene], folder: Path) -> None:
    originals = Prints(folder / "originals")
    for scene in made:
        originals.add(str(scene.number), from_bytes(scene.original))
    print(f"{len(made)} scenes of real photographs; their bursts are not among the originals")
    print(f"{'':15}{'copies':>8}{'right':>7}{'WRONG':>7}{'person':>8}{'none':>6}", end="")
    print(f"{'bursts':>10}{'matched':>9}{'person':>8}{'none':>6}")
    with ProcessPoolExecutor() as pool:
        matcher = Matcher(originals, executor=pool)
        for name in CHANGES:
            print(f"{name:15}", end="")
            for frame in (False, True):
                chosen = [
                    (place, data)
                    for place, scene in enumerate(made)
                    for change, of_burst, data in scene.copies
                    if change == name and of_burst == frame
                ]
                copies = Prints(folder / f"{name} {frame}".replace("/", " "))
                for place, data in chosen:
                    copies.add(str(place), from_bytes(data))
                _print(matcher.match(copies), [place for place, _ in chosen], frame)


def _print(found: list[Match], truth: list[int], frame: bool) -> None:
    states = [match.state for match in found]
    right = sum(
        m.state == MATCHED and m.original == place for m, place in zip(found, truth, strict=True)
    )
    matched, person, none = (states.count(state) for state in (MATCHED, PERSON_NEEDED, NONE))
    if frame:
        print(f"{len(found):10}{matched:9}{person:8}{none:6}", flush=True)
    else:
        print(f"{len(found):8}{right:7}{matched - right:7}{person:8}{none:6}", end="", flush=True)


if __name__ == "__main__":
    main()
