"""Natural-like photographs, drawn: no victim and no stranger is ever test data.

The "dead leaves" model with sizes after a power law and 1/f texture has the statistics of natural
pictures (scale invariance, edges by occlusion). A scene is a list of leaves with a depth each; the
next frame of a scene is seen from a little further aside, so near things move more than far ones,
something in it has moved, and the grain of the sensor is another.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

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


def scene(seed: int) -> list[Leaf]:
    """A scene's leaves, far ones first."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(60, 160))
    base = rng.random(3) * 140 + 60
    leaves = []
    for depth in np.sort(rng.random(count)):
        size = float(min(220, 14 * (rng.pareto(1.4) + 1)))
        colour = np.clip(base + rng.normal(0, 45, 3), 8, 247)
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


def render(seed: int, frame: int) -> Image.Image:
    """Frame `frame` (0, 1, ...) of scene `seed`."""
    rng = np.random.default_rng((seed, frame))
    shift = rng.normal(0, 14, 2) if frame else np.zeros(2)
    light = 1 + (rng.normal(0, 0.03) if frame else 0)
    leaves = scene(seed)
    tile = textures()[seed % 8]
    top, left = (seed * 37) % 400, (seed * 53) % 300
    ground = tile[top : top + HEIGHT, left : left + WIDTH]
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:] = np.array(leaves[0].colour, np.float32)
    picture += ground[:, :, None] * 18
    moved = set(rng.integers(0, len(leaves), 3).tolist()) if frame else set()
    for number, leaf in enumerate(leaves):
        dx, dy = shift * (0.35 + leaf.depth)
        if number in moved:
            dx, dy = dx + rng.normal(0, 25), dy + rng.normal(0, 25)
        _draw(picture, leaf, float(dx), float(dy))
    slope = np.linspace(0.75, 1.2, WIDTH, dtype=np.float32)[None, :, None]
    picture = picture * (slope if seed % 2 else slope[:, ::-1]) * light
    picture += rng.normal(0, 3.5, (HEIGHT, WIDTH, 1)).astype(np.float32)
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
