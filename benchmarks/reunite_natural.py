"""Natural-like photographs, drawn: no victim and no stranger is ever test data.

The "dead leaves" model with sizes after a power law and 1/f texture has the statistics of natural
pictures (scale invariance, edges by occlusion). A scene is a list of leaves with a depth each.

What is to be confused, and must not be:

frames 1, 2   the next frames: seen from a little further aside, so near things move more than far
              ones, something in it has moved, and the grain of the sensor is another
frame 3       a burst: the camera was held almost still (a pixel or so), one thing has moved
frame 4       a twin: nothing moved but the grain. Nobody can tell these from a small copy alone
look-alikes   every fifth scene is the scene before it with the nearest two fifths of its things
              exchanged: the same room, another case
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 640, 480
_TEXTURES: list[NDArray[np.float32]] = []
Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Leaf:
    x: float
    y: float
    rx: float
    ry: float
    angle: float
    depth: float
    colour: tuple[float, float, float]
    texture: int
    at: tuple[int, int]
    contrast: float
    box: bool


def textures() -> list[NDArray[np.float32]]:
    """Eight tiles of 1/f noise, the same in every process."""
    if not _TEXTURES:
        rng = np.random.default_rng(99)
        frequency = np.hypot(np.fft.fftfreq(1024)[:, None], np.fft.rfftfreq(1024)[None, :])
        frequency[0, 0] = 1
        for number in range(8):
            power = frequency ** -(0.8 + 0.1 * number)
            phase = np.exp(2j * np.pi * rng.random(power.shape))
            tile = np.fft.irfft2(power * phase, (1024, 1024))
            _TEXTURES.append(np.tile((tile / tile.std()).astype(np.float32), (2, 2)))
    return _TEXTURES


def base(seed: int) -> int:
    """The scene whose room a scene has: another's where it is a look-alike, else its own."""
    return seed - 1 if seed % 5 == 3 else seed


@lru_cache(4)
def scene(seed: int) -> list[Leaf]:
    """A scene's leaves, far ones first."""
    if base(seed) == seed:
        return _leaves(seed)
    room, others = _leaves(base(seed)), _leaves(seed)
    far = [leaf for leaf in room if leaf.depth < 0.6]
    return far + [leaf for leaf in others if leaf.depth >= 0.6]


def _leaves(seed: int) -> list[Leaf]:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(60, 160))
    # One scene in five is as vivid as paint; the others as photographs are: mostly light and dark.
    vivid = seed % 5 == 0
    ground = rng.random(3) * 140 + 60 if vivid else rng.uniform(70, 190) + rng.normal(0, 18, 3)
    leaves = []
    for depth in np.sort(rng.random(count)):
        size = float(min(220, 14 * (rng.pareto(1.4) + 1)))
        away = rng.normal(0, 45, 3) if vivid else rng.normal(0, 42) + rng.normal(0, 16, 3)
        colour = np.clip(ground + away, 8, 247)
        leaves.append(
            Leaf(
                x=float(rng.random() * (WIDTH + 120) - 60),
                y=float(rng.random() * (HEIGHT + 120) - 60),
                rx=size * float(rng.uniform(0.4, 1.2)),
                ry=size * float(rng.uniform(0.4, 1.2)),
                angle=float(rng.random() * np.pi),
                depth=float(depth),
                colour=(float(colour[0]), float(colour[1]), float(colour[2])),
                texture=int(rng.integers(8)),
                at=(int(rng.integers(500)), int(rng.integers(500))),
                contrast=float(rng.uniform(2, 22)),
                box=bool(rng.random() < 0.35),
            )
        )
    return leaves


def _moved(leaves: list[Leaf], rng: np.random.Generator, count: int) -> list[Leaf]:
    """`count` things that are seen (near, not tiny, inside the picture) go 12 to 40 pixels."""
    seen = [
        number
        for number, leaf in enumerate(leaves)
        if leaf.depth > 0.7
        and min(leaf.rx, leaf.ry) >= 12
        and 40 < leaf.x < WIDTH - 40
        and 40 < leaf.y < HEIGHT - 40
    ]
    leaves = list(leaves)
    for number in rng.permutation(seen)[:count].tolist():
        way, far = rng.random() * 2 * np.pi, rng.uniform(12, 40)
        leaf = leaves[number]
        leaves[number] = replace(
            leaf, x=leaf.x + float(far * np.cos(way)), y=leaf.y + float(far * np.sin(way))
        )
    return leaves


# Of each frame: how far the camera went (pixels), how much the light changed, how much has moved.
_FRAMES = ((0.0, 0.0, 0), (14.0, 0.03, 3), (14.0, 0.03, 3), (1.0, 0.005, 1), (0.0, 0.005, 0))
TWIN = 4


def unseen(seed: int) -> bool:
    """Whether what was moved in the burst of a scene is hidden behind other things: fewer than 150
    pixels of 307,200 changed by 12 grey levels. Such a frame is a twin, by luck."""
    pictures = [
        np.asarray(render(seed, 3, grain=0, still=still).convert("L"), np.int16) for still in (0, 1)
    ]
    return int((np.abs(pictures[0] - pictures[1]) > 12).sum()) < 150


def render(seed: int, frame: int, grain: float = 3.5, still: int = 0) -> Image.Image:
    """Frame `frame` (0 to 4) of scene `seed`; with `still`, as if nothing had moved."""
    rng = np.random.default_rng((seed, frame))
    far, flicker, count = _FRAMES[frame]
    shift = rng.normal(0, 1, 2) * far
    light = np.float32(1 + rng.normal(0, 1) * flicker)
    room = base(seed)
    tile = textures()[room % 8]
    top, left = (room * 37) % 400, (room * 53) % 300
    ground = tile[top : top + HEIGHT, left : left + WIDTH]
    leaves = scene(seed)
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:] = np.array(leaves[0].colour, np.float32)
    picture += ground[:, :, None] * 18
    for leaf in _moved(leaves, rng, 0 if still else count):
        dx, dy = shift * (0.35 + leaf.depth)
        _draw(picture, leaf, float(dx), float(dy))
    slope = np.linspace(0.75, 1.2, WIDTH, dtype=np.float32)[None, :, None]
    picture *= (slope if room % 2 else slope[:, ::-1]) * light
    picture += rng.standard_normal((HEIGHT, WIDTH, 1), np.float32) * np.float32(grain)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _draw(picture: Pixels, leaf: Leaf, dx: float, dy: float) -> None:
    reach = max(leaf.rx, leaf.ry) * (1.42 if leaf.box else 1)
    x, y = leaf.x + dx, leaf.y + dy
    x0, x1 = max(0, int(x - reach)), min(WIDTH, int(x + reach) + 1)
    y0, y1 = max(0, int(y - reach)), min(HEIGHT, int(y + reach) + 1)
    if x0 >= x1 or y0 >= y1:
        return
    gx = np.arange(x0, x1, dtype=np.float32)[None, :] - np.float32(x)
    gy = np.arange(y0, y1, dtype=np.float32)[:, None] - np.float32(y)
    cos, sin = np.float32(np.cos(leaf.angle)), np.float32(np.sin(leaf.angle))
    u = (gx * cos + gy * sin) / np.float32(leaf.rx)
    v = (gy * cos - gx * sin) / np.float32(leaf.ry)
    inside = (np.maximum(abs(u), abs(v)) < 1) if leaf.box else (u * u + v * v < 1)
    ty, tx = leaf.at
    tile = textures()[leaf.texture]
    # The texture is painted on the leaf: it moves with it, to the pixel.
    oy, ox = ty + y0 - round(y) + 400, tx + x0 - round(x) + 400
    patch = tile[oy : oy + y1 - y0, ox : ox + x1 - x0]
    shade = (patch * leaf.contrast + u * 12)[inside]
    area = picture[y0:y1, x0:x1]
    area[inside] = shade[:, None] + np.array(leaf.colour, np.float32)


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
