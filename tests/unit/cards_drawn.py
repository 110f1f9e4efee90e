"""Digits drawn by hand-like strokes and by fonts, cards with numbers, photographs with such cards.

Each digit is a few lines through given points (the unit square, y downwards), in several ways of
writing it; the points tremble, the pen has a width, the whole leans. `held_out` takes other ways of
writing, other fonts and other distortions than training ever saw.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import amana.paper

Stroke = Sequence[tuple[float, float]]
Way = Sequence[Stroke]
Rng = np.random.Generator

_O = [
    (0.5, 0.02),
    (0.12, 0.22),
    (0.08, 0.6),
    (0.35, 0.96),
    (0.75, 0.9),
    (0.92, 0.5),
    (0.8, 0.12),
    (0.5, 0.02),
]
_SMALL_O = [
    (0.5, 0.1),
    (0.15, 0.35),
    (0.12, 0.7),
    (0.5, 0.95),
    (0.88, 0.7),
    (0.85, 0.35),
    (0.5, 0.1),
]
WAYS: dict[str, list[Way]] = {
    "0": [
        [_O],
        [
            [
                (0.55, 0.05),
                (0.2, 0.3),
                (0.2, 0.7),
                (0.5, 0.97),
                (0.8, 0.65),
                (0.78, 0.3),
                (0.45, 0.03),
            ]
        ],
    ],
    "1": [
        [[(0.5, 0.02), (0.5, 0.98)]],
        [[(0.25, 0.25), (0.55, 0.02), (0.52, 0.98)]],
        [[(0.25, 0.22), (0.5, 0.02), (0.5, 0.95)], [(0.2, 0.97), (0.8, 0.97)]],
    ],
    "2": [
        [
            [(0.12, 0.25), (0.35, 0.03), (0.75, 0.08), (0.85, 0.32), (0.55, 0.62), (0.1, 0.96)],
            [(0.1, 0.96), (0.92, 0.94)],
        ],
        [
            [
                (0.1, 0.2),
                (0.4, 0.02),
                (0.8, 0.15),
                (0.75, 0.45),
                (0.3, 0.85),
                (0.15, 0.95),
                (0.5, 0.85),
                (0.95, 0.97),
            ]
        ],
    ],
    "3": [
        [
            [(0.15, 0.12), (0.5, 0.02), (0.85, 0.2), (0.7, 0.43), (0.4, 0.48)],
            [(0.4, 0.48), (0.8, 0.55), (0.9, 0.78), (0.55, 0.98), (0.1, 0.88)],
        ],
        [
            [(0.12, 0.05), (0.85, 0.05)],
            [(0.85, 0.05), (0.45, 0.42)],
            [(0.45, 0.42), (0.85, 0.55), (0.85, 0.82), (0.5, 0.98), (0.1, 0.88)],
        ],
    ],
    "4": [
        [[(0.68, 0.02), (0.08, 0.66)], [(0.08, 0.66), (0.95, 0.66)], [(0.68, 0.02), (0.68, 0.98)]],
        [[(0.2, 0.03), (0.12, 0.52)], [(0.12, 0.52), (0.9, 0.52)], [(0.72, 0.08), (0.7, 0.98)]],
        [[(0.5, 0.02), (0.1, 0.6)], [(0.1, 0.6), (0.92, 0.58)], [(0.66, 0.35), (0.64, 0.98)]],
    ],
    "5": [
        [
            [(0.85, 0.04), (0.22, 0.04)],
            [(0.22, 0.04), (0.17, 0.45)],
            [(0.17, 0.45), (0.55, 0.36), (0.88, 0.55), (0.82, 0.85), (0.45, 0.98), (0.1, 0.88)],
        ],
        [
            [(0.25, 0.05), (0.2, 0.42), (0.6, 0.38), (0.85, 0.65), (0.6, 0.95), (0.12, 0.9)],
            [(0.25, 0.06), (0.88, 0.03)],
        ],
    ],
    "6": [
        [
            [
                (0.75, 0.03),
                (0.35, 0.25),
                (0.12, 0.65),
                (0.3, 0.95),
                (0.7, 0.95),
                (0.88, 0.7),
                (0.6, 0.5),
                (0.2, 0.62),
            ]
        ],
        [
            [
                (0.55, 0.02),
                (0.2, 0.4),
                (0.12, 0.75),
                (0.45, 0.98),
                (0.82, 0.8),
                (0.72, 0.55),
                (0.4, 0.52),
                (0.15, 0.7),
            ]
        ],
    ],
    "7": [
        [[(0.08, 0.05), (0.9, 0.05)], [(0.9, 0.05), (0.55, 0.5), (0.4, 0.98)]],
        [[(0.1, 0.06), (0.88, 0.05)], [(0.88, 0.05), (0.4, 0.98)], [(0.35, 0.5), (0.85, 0.48)]],
    ],
    "8": [
        [
            [
                (0.5, 0.47),
                (0.18, 0.28),
                (0.45, 0.02),
                (0.82, 0.2),
                (0.5, 0.47),
                (0.12, 0.75),
                (0.45, 0.98),
                (0.88, 0.78),
                (0.5, 0.47),
            ]
        ],
        [
            [
                (0.85, 0.12),
                (0.45, 0.02),
                (0.15, 0.22),
                (0.5, 0.48),
                (0.87, 0.75),
                (0.5, 0.98),
                (0.13, 0.78),
                (0.5, 0.48),
                (0.85, 0.12),
            ]
        ],
    ],
    "9": [
        [
            [
                (0.82, 0.3),
                (0.55, 0.48),
                (0.15, 0.35),
                (0.3, 0.05),
                (0.7, 0.04),
                (0.85, 0.3),
                (0.8, 0.65),
                (0.6, 0.98),
            ]
        ],
        [
            [(0.8, 0.25), (0.5, 0.03), (0.17, 0.22), (0.4, 0.48), (0.8, 0.25)],
            [(0.82, 0.2), (0.78, 0.98)],
        ],
    ],
    "٠": [
        [[(0.4, 0.4), (0.6, 0.55)]],
        [[(0.5, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 0.5), (0.5, 0.4)]],
        [[(0.45, 0.5), (0.55, 0.5)]],
    ],
    "١": [
        [[(0.42, 0.02), (0.52, 0.5), (0.55, 0.98)]],
        [[(0.5, 0.02), (0.5, 0.98)]],
        [[(0.35, 0.1), (0.45, 0.03), (0.55, 0.98)]],
    ],
    "٢": [
        [
            [(0.15, 0.03), (0.3, 0.3), (0.42, 0.98)],
            [(0.2, 0.12), (0.4, 0.27), (0.7, 0.22), (0.85, 0.02)],
        ],
        [[(0.88, 0.03), (0.75, 0.22), (0.45, 0.25), (0.2, 0.03)], [(0.2, 0.03), (0.28, 0.98)]],
        [[(0.9, 0.08), (0.6, 0.2), (0.15, 0.06)], [(0.15, 0.06), (0.3, 0.5), (0.35, 0.97)]],
    ],
    "٣": [
        [
            [(0.1, 0.02), (0.25, 0.4), (0.38, 0.98)],
            [(0.13, 0.1), (0.3, 0.27), (0.47, 0.2), (0.5, 0.05)],
            [(0.5, 0.08), (0.62, 0.26), (0.85, 0.22), (0.93, 0.02)],
        ],
        [
            [
                (0.93, 0.04),
                (0.85, 0.2),
                (0.65, 0.22),
                (0.52, 0.06),
                (0.42, 0.22),
                (0.22, 0.22),
                (0.1, 0.04),
            ],
            [(0.1, 0.04), (0.3, 0.98)],
        ],
    ],
    "٤": [
        [
            [(0.8, 0.03), (0.3, 0.15), (0.35, 0.35), (0.7, 0.42)],
            [(0.7, 0.42), (0.25, 0.55), (0.2, 0.8), (0.5, 0.96), (0.88, 0.9)],
        ],
        [
            [(0.75, 0.02), (0.25, 0.28)],
            [(0.25, 0.28), (0.62, 0.45)],
            [(0.62, 0.45), (0.15, 0.75)],
            [(0.15, 0.75), (0.85, 0.97)],
        ],
    ],
    "٥": [
        [_SMALL_O],
        [
            [
                (0.5, 0.05),
                (0.25, 0.4),
                (0.1, 0.75),
                (0.35, 0.97),
                (0.7, 0.95),
                (0.9, 0.7),
                (0.7, 0.35),
                (0.5, 0.05),
            ]
        ],
        [
            [
                (0.35, 0.05),
                (0.55, 0.25),
                (0.85, 0.6),
                (0.7, 0.95),
                (0.5, 0.75),
                (0.3, 0.95),
                (0.12, 0.65),
                (0.35, 0.3),
                (0.5, 0.2),
            ]
        ],
    ],
    "٦": [
        [[(0.15, 0.1), (0.4, 0.16), (0.75, 0.05)], [(0.75, 0.05), (0.72, 0.5), (0.85, 0.98)]],
        [[(0.12, 0.03), (0.3, 0.18), (0.7, 0.12)], [(0.7, 0.12), (0.75, 0.98)]],
    ],
    "٧": [
        [[(0.08, 0.03), (0.35, 0.4), (0.5, 0.97)], [(0.5, 0.97), (0.65, 0.4), (0.92, 0.03)]],
        [[(0.1, 0.03), (0.5, 0.97), (0.9, 0.03)]],
    ],
    "٨": [
        [[(0.5, 0.03), (0.35, 0.55), (0.08, 0.97)], [(0.5, 0.03), (0.65, 0.55), (0.92, 0.97)]],
        [[(0.45, 0.03), (0.1, 0.97)], [(0.45, 0.03), (0.6, 0.5), (0.9, 0.95)]],
    ],
    "٩": [
        [
            [
                (0.72, 0.28),
                (0.45, 0.46),
                (0.18, 0.28),
                (0.4, 0.04),
                (0.7, 0.12),
                (0.74, 0.5),
                (0.85, 0.98),
            ]
        ],
        [
            [(0.72, 0.1), (0.35, 0.03), (0.2, 0.3), (0.45, 0.45), (0.72, 0.3)],
            [(0.72, 0.08), (0.78, 0.98)],
        ],
    ],
    "/": [[[(0.85, 0.0), (0.15, 1.0)]], [[(0.7, 0.0), (0.3, 1.0)]]],
}
# Ways of writing that training does not see.
HELD_OUT: dict[str, list[Way]] = {
    "0": [
        [
            [
                (0.4, 0.04),
                (0.1, 0.4),
                (0.2, 0.88),
                (0.6, 0.97),
                (0.9, 0.6),
                (0.82, 0.18),
                (0.35, 0.08),
            ]
        ]
    ],
    "1": [[[(0.3, 0.15), (0.52, 0.02), (0.48, 0.99)]]],
    "2": [
        [
            [(0.15, 0.3), (0.25, 0.06), (0.65, 0.03), (0.85, 0.25), (0.7, 0.55), (0.08, 0.97)],
            [(0.08, 0.97), (0.6, 0.92), (0.95, 0.96)],
        ]
    ],
    "3": [
        [
            [(0.1, 0.15), (0.4, 0.02), (0.8, 0.12), (0.8, 0.35), (0.5, 0.46)],
            [(0.5, 0.46), (0.92, 0.6), (0.85, 0.9), (0.45, 0.99), (0.08, 0.82)],
        ]
    ],
    "4": [
        [
            [(0.3, 0.02), (0.08, 0.58)],
            [(0.08, 0.58), (0.55, 0.6), (0.95, 0.56)],
            [(0.75, 0.25), (0.66, 0.98)],
        ]
    ],
    "5": [
        [
            [(0.9, 0.05), (0.3, 0.07)],
            [(0.3, 0.07), (0.2, 0.42)],
            [(0.2, 0.42), (0.65, 0.4), (0.85, 0.7), (0.6, 0.96), (0.15, 0.95)],
        ]
    ],
    "6": [
        [
            [
                (0.68, 0.02),
                (0.25, 0.35),
                (0.1, 0.7),
                (0.4, 0.98),
                (0.85, 0.85),
                (0.75, 0.58),
                (0.35, 0.56),
                (0.14, 0.75),
            ]
        ]
    ],
    "7": [[[(0.1, 0.1), (0.45, 0.04), (0.9, 0.07)], [(0.9, 0.07), (0.6, 0.55), (0.5, 0.97)]]],
    "8": [
        [
            [
                (0.55, 0.45),
                (0.2, 0.25),
                (0.5, 0.03),
                (0.8, 0.22),
                (0.45, 0.5),
                (0.15, 0.8),
                (0.5, 0.98),
                (0.85, 0.75),
                (0.55, 0.45),
            ]
        ]
    ],
    "9": [
        [
            [
                (0.85, 0.25),
                (0.5, 0.45),
                (0.15, 0.25),
                (0.45, 0.03),
                (0.82, 0.15),
                (0.83, 0.6),
                (0.75, 0.98),
            ]
        ]
    ],
    "٠": [[[(0.42, 0.45), (0.58, 0.5), (0.5, 0.58)]]],
    "١": [[[(0.38, 0.03), (0.5, 0.55), (0.5, 0.99)]]],
    "٢": [
        [
            [(0.12, 0.05), (0.28, 0.45), (0.35, 0.98)],
            [(0.14, 0.08), (0.35, 0.26), (0.65, 0.26), (0.88, 0.06)],
        ]
    ],
    "٣": [
        [
            [(0.08, 0.04), (0.22, 0.45), (0.3, 0.97)],
            [
                (0.1, 0.08),
                (0.25, 0.28),
                (0.45, 0.25),
                (0.52, 0.04),
                (0.65, 0.28),
                (0.85, 0.26),
                (0.95, 0.05),
            ],
        ]
    ],
    "٤": [
        [
            [(0.85, 0.05), (0.4, 0.1), (0.28, 0.28), (0.65, 0.44)],
            [(0.65, 0.44), (0.2, 0.62), (0.3, 0.9), (0.85, 0.95)],
        ]
    ],
    "٥": [
        [
            [
                (0.45, 0.08),
                (0.18, 0.45),
                (0.15, 0.8),
                (0.5, 0.96),
                (0.85, 0.8),
                (0.82, 0.4),
                (0.5, 0.12),
            ]
        ]
    ],
    "٦": [[[(0.1, 0.06), (0.35, 0.14), (0.72, 0.08)], [(0.72, 0.08), (0.76, 0.55), (0.8, 0.98)]]],
    "٧": [[[(0.06, 0.05), (0.42, 0.6), (0.5, 0.98), (0.58, 0.6), (0.94, 0.05)]]],
    "٨": [[[(0.06, 0.95), (0.42, 0.4), (0.5, 0.02), (0.58, 0.4), (0.94, 0.95)]]],
    "٩": [
        [
            [
                (0.75, 0.22),
                (0.5, 0.44),
                (0.2, 0.3),
                (0.35, 0.05),
                (0.72, 0.08),
                (0.76, 0.55),
                (0.8, 0.98),
            ]
        ]
    ],
    "/": [[[(0.8, 0.02), (0.2, 0.98)]]],
}
DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩"
NOTO = Path(amana.paper.__file__).parent / "fonts" / "NotoNaskhArabic-Regular.ttf"
_BIG = 96


@dataclass(frozen=True)
class Hand:
    """One person with one pen: how wide it writes (of the height), how it leans and trembles."""

    pen: float
    lean: float
    tremble: float
    narrow: float

    @classmethod
    def any(cls, rng: Rng, held_out: bool = False) -> Hand:
        most = 0.05 if held_out else 0.06
        return cls(
            rng.uniform(0.06, 0.17),
            rng.uniform(-0.3, 0.3),
            rng.uniform(0.01, most),
            rng.uniform(0.45, 0.85),
        )


def stroke_mask(character: str, hand: Hand, rng: Rng, held_out: bool = False) -> Image.Image:
    """A character in white on black, some 100 pixels high, cut to its ink."""
    ways = (HELD_OUT if held_out else WAYS)[character]
    way = ways[rng.integers(len(ways))]
    size, margin = _BIG, 40
    wide = size * hand.narrow * rng.uniform(0.85, 1.15)
    picture = Image.new("L", (int(wide) + 2 * margin + 60, size + 2 * margin), 0)
    pen = ImageDraw.Draw(picture)
    width = max(3, int(hand.pen * size))
    for stroke in way:
        points = np.array(stroke) + rng.normal(0, hand.tremble, (len(stroke), 2))
        curve = _curve(points)
        x = margin + 30 + curve[:, 0] * wide - hand.lean * (curve[:, 1] - 0.5) * size * 0.6
        y = margin + curve[:, 1] * size
        line = list(zip(x.tolist(), y.tolist(), strict=True))
        pen.line(line, fill=255, width=width, joint="curve")
        for px, py in (line[0], line[-1]):
            pen.ellipse([px - width / 2, py - width / 2, px + width / 2, py + width / 2], fill=255)
    return picture


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Catmull-Rom line through the points."""
    if len(points) < 3:
        return points
    padded = np.concatenate([points[:1], points, points[-1:]])
    out = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for t in np.linspace(0, 1, 8, endpoint=False):
            out.append(
                0.5
                * (
                    2 * b
                    + (c - a) * t
                    + (2 * a - 5 * b + 4 * c - d) * t**2
                    + (3 * b - a - 3 * c + d) * t**3
                )
            )
    return np.array([*out, points[-1]])


@cache
def font(path: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not path:
        return ImageFont.load_default(size)
    # The basic layout: digits stand as they are given, from the left.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def font_mask(text: str, path: str) -> Image.Image:
    """Text in white on black by a font; "" is Pillow's own (ASCII only)."""
    used = font(path, int(_BIG * 1.2))
    box = used.getbbox(text)
    picture = Image.new("L", (int(box[2] - box[0]) + 80, int(_BIG * 2.4)), 0)
    ImageDraw.Draw(picture).text((40 - box[0], 20), text, fill=255, font=used)
    return picture


def _words(text: str) -> list[str]:
    """A line for a font: its words, with the spaces between them."""
    return [piece for word in text.split(" ") for piece in (word, " ")][:-1]


# --- cards and photographs -----------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """A photograph with a card: its truth is `numbers` (ASCII digits), lines from the top."""

    picture: Image.Image
    numbers: tuple[str, ...]
    script: str
    style: str


def line_mask(text: str, rng: Rng, style: str, held_out: bool) -> Image.Image:
    """A line of digits and slashes, by `style`: "hand" or a font's path ("" is Pillow's)."""
    hand = Hand.any(rng, held_out)
    pieces = []
    for character in text if style == "hand" else _words(text):
        if character == " ":
            pieces.append(Image.new("L", (int(_BIG * 0.35), 10), 0))
            continue
        by_hand = style == "hand" or character == "/"
        mask = (
            stroke_mask(character, hand, rng, held_out) if by_hand else font_mask(character, style)
        )
        left, _, right, _ = mask.getbbox() or (0, 0, 1, 1)
        pieces.append(mask.crop((left, 0, right, mask.height)))
    gap = _BIG * rng.uniform(0.1, 0.3)
    total = sum(p.width for p in pieces) + int(gap) * len(pieces) + 80
    line = Image.new("L", (total, int(_BIG * 2.6)), 0)
    x = 40
    for piece in pieces:
        y = 10 + int(rng.normal(0, _BIG * 0.03))
        line.paste(piece, (x, y), piece)
        x += piece.width + int(gap)
    return line


def card(
    lines: Sequence[str], rng: Rng, style: str, held_out: bool, dark: bool = False
) -> Image.Image:
    """A white (or black) card with these lines, RGBA."""
    masks = [line_mask(text, rng, style, held_out) for text in lines]
    boxes = [m.getbbox() or (0, 0, 1, 1) for m in masks]
    cut = [m.crop((b[0], b[1], b[2], b[3])) for m, b in zip(masks, boxes, strict=True)]
    margin = int(_BIG * rng.uniform(0.45, 0.9))
    wide = max(c.width for c in cut) + 2 * margin
    size = wide, sum(c.height + _BIG // 2 for c in cut) - _BIG // 2 + 2 * margin
    ground = rng.integers(215, 256, 3)
    ink = rng.integers(0, 90, 3)
    if dark:
        ground, ink = rng.integers(5, 45, 3), rng.integers(190, 256, 3)
    made = Image.new("RGBA", size, (*(int(v) for v in ground), 255))
    y = margin
    for piece in cut:
        made.paste((*(int(v) for v in ink), 255), (margin, y), piece)
        y += piece.height + _BIG // 2
    return made


def scene(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A drawn ground with shapes, shadows and grain: something to find a card in."""
    wide, high = size
    base = rng.integers(70, 170, 3)
    noise = rng.normal(0, 1, (high // 40 + 2, wide // 40 + 2, 3)) * 25 + base
    rough = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    pen = ImageDraw.Draw(rough)
    for _ in range(int(rng.integers(6, 20))):
        x, y = rng.integers(0, wide), rng.integers(0, high)
        w, h = rng.integers(20, wide // 2), rng.integers(20, high // 3)
        colour = tuple(int(v) for v in rng.integers(30, 235, 3))
        draw = pen.rectangle if rng.random() < 0.5 else pen.ellipse
        draw([int(x), int(y), int(x + w), int(y + h)], fill=colour)
    return rough


def photograph(
    rng: Rng,
    lines: Sequence[str],
    style: str,
    *,
    held_out: bool,
    turn: int = 0,
    dark: bool = False,
    size: tuple[int, int] = (1200, 900),
) -> Image.Image:
    """A photograph with one card, turned by `turn` quarter turns and a little more."""
    made = card(lines, rng, style, held_out, dark)
    wide = size[0] * rng.uniform(0.22, 0.45)
    scale = min(wide / made.width, size[1] * 0.4 / made.height)
    made = made.resize(
        (max(8, int(made.width * scale)), max(8, int(made.height * scale))),
        Image.Resampling.LANCZOS,
    )
    made = made.rotate(
        90 * turn + rng.uniform(-9, 9), expand=True, resample=Image.Resampling.BICUBIC
    )
    picture = scene(rng, size)
    x = int(rng.integers(0, max(1, size[0] - made.width)))
    y = int(rng.integers(0, max(1, size[1] - made.height)))
    picture.paste(made.convert("RGB"), (x, y), made.getchannel("A"))
    light = np.linspace(rng.uniform(0.7, 1.0), rng.uniform(0.85, 1.1), size[0])[None, :, None]
    pixels = np.asarray(picture, np.float32) * light + rng.normal(
        0, rng.uniform(1, 7), (size[1], size[0], 1)
    )
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.1)))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=int(rng.integers(55, 92)))
    return Image.open(out).convert("RGB")


def draw(
    rng: Rng, styles: Sequence[str], script: str, *, held_out: bool, upright: float = 0.55
) -> Drawn:
    """A photograph with one to three numbers on its card."""
    zero = "0" if script == "ascii" else "٠"
    count = int(rng.integers(1, 4))
    numbers = [
        "".join(str(rng.integers(10)) for _ in range(int(rng.integers(3, 6)))) for _ in range(count)
    ]
    shown = ["".join(chr(ord(zero) + int(d)) for d in number) for number in numbers]
    lines = [" / ".join(shown)] if rng.random() < 0.5 else shown
    style = styles[int(rng.integers(len(styles)))]
    turn = 0 if rng.random() < upright else int(rng.integers(1, 4))
    picture = photograph(rng, lines, style, held_out=held_out, turn=turn, dark=rng.random() < 0.2)
    return Drawn(picture, tuple(numbers), script, style)
