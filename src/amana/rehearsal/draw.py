"""Photographs that never were: drawn hills, houses and cards, so that no victim is test data.

The set has what the real one had: several views of one scene taken in a row, a white card with a
number in some, EXIF with camera, serial number, time and place, turned pictures, the same file
under two paths, documents, and a damaged file.
"""

from __future__ import annotations

import io
import multiprocessing
import random
import shutil
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFont

from amana.ports import Progress, silent

SIZES = ((1600, 1200), (1280, 960), (1024, 768), (800, 600), (900, 1200), (960, 1280))
_CAMERAS = (("Example Optical", "EO-50"), ("Example Optical", "EO-70"), ("Drawn", "Pinhole 2"))
_MAKE, _MODEL, _ORIENTATION, _EXIF, _GPS = 0x010F, 0x0110, 0x0112, 0x8769, 0x8825
_TAKEN, _SERIAL = 0x9003, 0xA431
_CANVAS = (1700, 1400)
_FEW_SCENES = 8
_FIRST_DAY = datetime(2012, 5, 3, 7, 40, tzinfo=UTC)
_TURNED = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


@dataclass
class DrawnSet:
    """What was drawn: every file, the damaged ones among them, and the scenes (views in a row)."""

    files: list[Path] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)
    scenes: list[list[Path]] = field(default_factory=list)


def draw_set(
    folder: Path, photographs: int = 200, seed: int = 0, progress: Progress = silent
) -> DrawnSet:
    """Draw `photographs` pictures and a handful of documents below `folder`."""
    rng = random.Random(seed)  # noqa: S311 - a drawing, not a key
    drawn = DrawnSet()
    scenes: list[tuple[Path, int, int, int]] = []
    number = 0
    while number < photographs:
        views = min(rng.choice((4, 5)), photographs - number)
        day = folder / f"{_FIRST_DAY + timedelta(days=number // 40):%Y-%m-%d}"
        day.mkdir(parents=True, exist_ok=True)
        scenes.append((day, number, views, rng.getrandbits(64)))
        number += views
    with _workers(len(scenes)) as workers:
        for scene in workers.map(_draw_scene, scenes):
            drawn.scenes.append(scene)
            drawn.files += scene
            progress(len(drawn.files), photographs, "drawing photographs")
    _documents(folder, drawn, rng)
    return drawn


def _workers(scenes: int) -> Executor:
    """Processes, where there is enough to draw that starting them pays."""
    if scenes < _FEW_SCENES:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))


# --- one scene -------------------------------------------------------------------------------


def _draw_scene(scene: tuple[Path, int, int, int]) -> list[Path]:
    """Draw the views of one scene: (folder, number of views before it, views, seed)."""
    day, before, views, seed = scene
    paths = []
    drawn = _scene(random.Random(seed), before, views)  # noqa: S311 - a drawing, not a key
    for number, picture in enumerate(drawn, before + 1):
        paths.append(day / f"DSC_{number:05d}.JPG")
        paths[-1].write_bytes(picture)
    return paths


def _scene(rng: random.Random, first: int, views: int) -> list[bytes]:
    noise = np.random.default_rng(rng.getrandbits(64))
    canvas = _landscape(noise, rng)
    card = _number(rng) if rng.random() < 0.4 else None
    camera, serial = rng.choice(_CAMERAS), f"{rng.randrange(10**7):07d}"
    taken = _FIRST_DAY + timedelta(minutes=13 * first + rng.randrange(9))
    pictures = []
    for view in range(views):
        picture = _view(canvas, noise, rng)
        if card and view == 0:
            _draw_card(picture, card)
        exif = _exif(camera, serial, taken + timedelta(seconds=20 * view), rng)
        pictures.append(_jpeg(picture, exif, rng))
    return pictures


def _landscape(noise: np.random.Generator, rng: random.Random) -> Image.Image:
    """A canvas of 1700 x 1400: sky, hills, houses, with grain in three sizes."""
    width, height = _CANVAS
    picture = Image.new("RGB", (width, height), _colour(rng, 150, 220))
    pen = ImageDraw.Draw(picture)
    for layer in range(4):
        base = height * (4 + layer) // 9
        crest = [
            (x, base + int(90 * np.sin(x / rng.uniform(120, 400) + layer)) - rng.randrange(50))
            for x in range(0, width + 100, 100)
        ]
        pen.polygon([(0, height), *crest, (width, height)], fill=_colour(rng, 60, 170))
    for _ in range(rng.randrange(5, 14)):
        x, y = rng.randrange(width), rng.randrange(height // 2, height)
        wide, high = rng.randrange(60, 260), rng.randrange(60, 240)
        pen.rectangle([x, y, x + wide, y + high], fill=_colour(rng, 90, 230), outline=(40, 40, 40))
        roof = [(x - 9, y), (x + wide // 2, y - high // 2), (x + wide + 9, y)]
        pen.polygon(roof, fill=_colour(rng, 80, 200))
    grain = np.zeros((height, width), np.float32)
    for cell, amount in _GRAIN:
        grain += amount * _grain(noise, width, height, cell)
    pixels = np.asarray(picture, dtype=np.int16) + grain.astype(np.int16)[:, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


_GRAIN = ((160, 26.0), (40, 12.0), (8, 7.0))


def _grain(noise: np.random.Generator, width: int, height: int, cell: int) -> NDArray[np.float32]:
    small = noise.standard_normal((height // cell + 2, width // cell + 2)).astype(np.float32)
    field_ = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(field_, dtype=np.float32)


def _view(canvas: Image.Image, noise: np.random.Generator, rng: random.Random) -> Image.Image:
    width, height = rng.choice(SIZES)
    left, top = rng.randrange(canvas.width - width), rng.randrange(canvas.height - height)
    seen = canvas.crop((left, top, left + width, top + height))
    light = rng.uniform(0.85, 1.1)
    lit = seen.point([min(255, int(value * light)) for value in range(256)] * 3)
    # The sensor's noise: the same for all three colours, from -6 to 6.
    sensor = noise.integers(0, 13, (height, width), dtype=np.uint8)
    grain = Image.merge("RGB", [Image.fromarray(sensor)] * 3)
    return ImageChops.add(lit, grain, offset=-6)


def _draw_card(picture: Image.Image, number: str) -> None:
    pen = ImageDraw.Draw(picture)
    size = picture.width // 22
    x, y = picture.width // 5, picture.height * 3 // 5
    font = ImageFont.load_default(size)
    box = pen.textbbox((x, y), number, font=font)
    pen.rectangle(
        [box[0] - size, box[1] - size, box[2] + size, box[3] + size], fill=(250, 250, 246)
    )
    pen.text((x, y), number, fill=(25, 25, 60), font=font)


def _number(rng: random.Random) -> str:
    return f"{rng.randrange(200, 300)} / {rng.randrange(1000, 9999)} / {rng.randrange(100, 4000)}"


def _exif(camera: tuple[str, str], serial: str, taken: datetime, rng: random.Random) -> Image.Exif:
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL] = camera
    exif[_ORIENTATION] = rng.choices((1, 6, 8), (8, 1, 1))[0]
    details = exif.get_ifd(_EXIF)
    details[_TAKEN] = taken.strftime("%Y:%m:%d %H:%M:%S")
    details[_SERIAL] = serial
    place = exif.get_ifd(_GPS)
    place[1], place[2] = "N", (33.0, float(rng.randrange(60)), rng.randrange(6000) / 100)
    place[3], place[4] = "E", (36.0, float(rng.randrange(60)), rng.randrange(6000) / 100)
    return exif


def _jpeg(picture: Image.Image, exif: Image.Exif, rng: random.Random) -> bytes:
    turned = _TURNED.get(exif[_ORIENTATION])
    out = io.BytesIO()
    stored = picture.transpose(turned) if turned is not None else picture
    stored.save(out, "JPEG", quality=rng.randrange(80, 92), exif=exif)
    return out.getvalue()


def _colour(rng: random.Random, low: int, high: int) -> tuple[int, int, int]:
    return rng.randrange(low, high), rng.randrange(low, high), rng.randrange(low, high)


# --- documents and mishaps -------------------------------------------------------------------


def _documents(folder: Path, drawn: DrawnSet, rng: random.Random) -> None:
    papers = folder / "papers" / "أوراق"
    papers.mkdir(parents=True, exist_ok=True)
    pages = [_page(f"Drawn page {n}, no. {_number(rng)}") for n in (1, 2)]
    pages[0].save(papers / "letter.pdf", save_all=True, append_images=pages[1:])
    bilevel = [page.convert("1") for page in pages]
    bilevel[0].save(papers / "scan.tif", save_all=True, append_images=bilevel[1:])
    text = "A drawn note.\nملاحظة مرسومة رقم 227 / 9077 / 2935\n"
    (papers / "ملاحظة.txt").write_text(text, encoding="utf-8")
    (papers / "records.bin").write_bytes(rng.randbytes(30_011))
    drawn.files += sorted(papers.iterdir())
    if drawn.scenes:
        again = papers / "the same under another name.jpg"
        shutil.copyfile(drawn.scenes[0][0], again)
        damaged = papers / "damaged.jpg"
        whole = drawn.scenes[-1][-1].read_bytes()
        damaged.write_bytes(whole[:400] + rng.randbytes(len(whole) // 3))
        drawn.files += [again, damaged]
        drawn.damaged.append(damaged)


def _page(text: str) -> Image.Image:
    page = Image.new("L", (827, 1169), 255)
    pen = ImageDraw.Draw(page)
    pen.text((90, 90), text, fill=0, font=ImageFont.load_default(24))
    for line in range(24):
        pen.line(
            [(90, 160 + 36 * line), (730 - 13 * (line % 5), 160 + 36 * line)], fill=90, width=3
        )
    return page
