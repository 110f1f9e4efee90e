"""Trains what reads digits on cards, from drawings alone: `python -m benchmarks.cards_train`.

Needs Debian's fonts (the list below); two fonts that ship with every installation (Noto Naskh
Arabic and Pillow's own) and the held-out ways of writing are never trained on: `reunite_cards`
measures with those. One seed, one thread of numpy (OMP_NUM_THREADS=1), the same fonts: the network
comes out the same. The curve of confidence is fitted to what `read_cards` says, and so changes a
little whenever that does.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from tests.unit.cards_drawn import DIGITS, card, draw, font_mask

import amana.reunite.cards
from amana.reunite.cards.glyphs import Glyph, lines_of, part, square
from amana.reunite.cards.read import read_cards
from amana.reunite.cards.recognise import (
    CLASSES,
    FEATURES,
    OTHER,
    SLASH,
    WEIGHTS,
    Weights,
    features,
    probabilities,
    weights,
)

Floats = NDArray[np.float32]
SEED, CARDS, HIDDEN, EPOCHS, BATCH = 20261123, 9_000, 112, 14, 256
PACKAGES = (
    "fonts-dejavu-core fonts-dejavu-extra fonts-hosny-amiri fonts-kacst fonts-kacst-one "
    "fonts-farsiweb fonts-humor-sans fonts-breip fonts-bwht fonts-rufscript "
    "fonts-dkg-handwriting fonts-femkeklaver "
    "fonts-comic-neue fonts-kristi fonts-sil-andika fonts-freefont-ttf fonts-arabeyes "
    "fonts-hosny-thabit fonts-sil-scheherazade fonts-sil-lateef fonts-paktype fonts-nafees "
    "fonts-freefarsi fonts-liberation"
)
# What a turned digit may be taken for, rightly: those say nothing of the turn.
_HALF_TURN_IS_OTHER = "347٢٣٦"
_QUARTER_IS_OTHER = "1234567٢٣٤٦٧٨١/"
_LETTERS = "ABCDEFGHJKLMNPRSTUWXYZabdefghkmnprtابتحدرسصعفكلمنهوي-=+*#"


def fonts(code: str) -> list[str]:
    """Fonts of this machine that have a character (hexadecimal), those of symbols left out."""
    found = (
        subprocess.run(
            ["fc-list", f":charset={code}", "file"], capture_output=True, text=True, check=True
        )
        .stdout.replace(":", "")
        .split("\n")
    )
    bad = ("Noto", "Math", "Symbol", "mathematica", "Oblique", "Italic")
    return sorted({f.strip() for f in found if f.strip() and not any(b in f for b in bad)})


def degraded(made: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A card as a camera would give it, straightened: any size, blurred, grainy, a bit skew."""
    grey = made.convert("L")
    grey = grey.rotate(
        rng.uniform(-4, 4),
        resample=Image.Resampling.BICUBIC,
        fillcolor=int(np.median(np.asarray(grey))),
    )
    high = rng.uniform(11, 70) / 100
    size = max(8, int(grey.width * high)), max(8, int(grey.height * high * rng.uniform(0.85, 1.15)))
    grey = grey.resize(size, Image.Resampling.BOX).filter(
        ImageFilter.GaussianBlur(rng.uniform(0, 1.2))
    )
    if rng.random() < 0.5:  # the finder enlarges small cards
        grey = grey.resize((size[0] * 2, size[1] * 2), Image.Resampling.BICUBIC)
    pixels = np.asarray(grey, np.float32) * np.linspace(rng.uniform(0.75, 1), 1, grey.width)
    pixels += rng.normal(0, rng.uniform(0, 9), pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def samples(
    rng: np.random.Generator, ascii_fonts: list[str], arabic_fonts: list[str]
) -> Iterator[tuple[Glyph, int]]:
    """Marks with their class, cut out of cards by the very code that reads cards."""
    for _ in range(CARDS):
        arabic = bool(rng.random() < 0.5)
        digits = DIGITS[10:] if arabic else DIGITS[:10]
        named = arabic_fonts if arabic else ascii_fonts
        style = "hand" if rng.random() < 0.6 else named[rng.integers(len(named))]
        text = "".join(digits[rng.integers(10)] for _ in range(rng.integers(4, 9)))
        if rng.random() < 0.5:
            text += "/" + digits[rng.integers(10)] + digits[rng.integers(10)]
        made = card([" ".join(text)], rng, style, held_out=False)
        grey = degraded(made, rng)
        turn = int(rng.choice([0, 0, 0, 0, 0, 0, 0, 1, 2, 3]))
        yield from _labelled(grey, text, turn, rng)
        if rng.random() < 0.2:
            letters = "".join(_LETTERS[rng.integers(len(_LETTERS))] for _ in range(5))
            path = arabic_fonts[rng.integers(len(arabic_fonts))]
            mask = Image.merge("L", [font_mask(" ".join(letters), path)]).point(lambda v: 255 - v)
            for line in lines_of(degraded(mask, rng)):
                yield from ((glyph, OTHER) for glyph in line if glyph.height > 5)


def _labelled(
    grey: NDArray[np.uint8], text: str, turn: int, rng: np.random.Generator
) -> Iterator[tuple[Glyph, int]]:
    lines = lines_of(grey)
    if len(lines) != 1 or len(lines[0]) != len(text):
        return
    classes = [SLASH if c == "/" else DIGITS.index(c) for c in text]
    if not turn:
        yield from zip(lines[0], classes, strict=True)
        for glyph, name in zip(lines[0], classes, strict=True):
            if rng.random() < 0.08 and glyph.width > 8 and name % 10 not in (0, 1):
                half = glyph.width // 2
                start = 0 if rng.random() < 0.5 else half
                yield part(glyph, start, start + half), OTHER
        return
    turned = lines_of(np.ascontiguousarray(np.rot90(grey, turn)))
    marks = [glyph for line in turned for glyph in line]
    if len(marks) != len(text):
        return
    if turn % 2 == 0:
        marks.sort(key=lambda g: -g.left)
        telling = _HALF_TURN_IS_OTHER
    else:
        marks.sort(key=lambda g: g.top if turn == 3 else -g.top)
        telling = _QUARTER_IS_OTHER
    yield from ((g, OTHER) for g, c in zip(marks, text, strict=True) if c in telling)


def fit(inputs: Floats, classes: NDArray[np.int64], rng: np.random.Generator) -> dict[str, Floats]:
    """One hidden layer, cross entropy, Adam (Kingma and Ba 2015); returns the arrays of Weights."""
    mean, spread = inputs.mean(0), inputs.std(0) + 1e-2
    scaled = (inputs - mean) / spread
    scale = np.sqrt(2 / FEATURES)
    found = {
        "first": rng.normal(0, scale, (FEATURES, HIDDEN)).astype(np.float32),
        "first_bias": np.zeros(HIDDEN, np.float32),
        "second": rng.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, CLASSES)).astype(np.float32),
        "second_bias": np.zeros(CLASSES, np.float32),
    }
    moments = {k: (np.zeros_like(v), np.zeros_like(v)) for k, v in found.items()}
    steps, total = 0, EPOCHS * (len(scaled) // BATCH)
    for epoch in range(EPOCHS):
        order = rng.permutation(len(scaled))
        loss = 0.0
        for start in range(0, len(order) - BATCH, BATCH):
            chosen = order[start : start + BATCH]
            x, y = scaled[chosen], classes[chosen]
            hidden = np.maximum(x @ found["first"] + found["first_bias"], 0)
            kept = (rng.random(hidden.shape) > 0.2).astype(np.float32) / 0.8
            hidden *= kept
            raw = hidden @ found["second"] + found["second_bias"]
            raw -= raw.max(1, keepdims=True)
            p = np.exp(raw)
            p /= p.sum(1, keepdims=True)
            loss -= float(np.log(p[np.arange(len(y)), y] + 1e-9).mean())
            p[np.arange(len(y)), y] -= 0.97
            p += -0.03 / CLASSES  # a little doubt (label smoothing)
            p /= len(y)
            back = (p @ found["second"].T) * (hidden > 0) * kept
            slopes = {
                "second": hidden.T @ p,
                "second_bias": p.sum(0),
                "first": x.T @ back + 1e-5 * found["first"],
                "first_bias": back.sum(0),
            }
            steps += 1
            rate = 2e-3 * (0.5 + 0.5 * np.cos(np.pi * steps / total))
            for name, slope in slopes.items():
                one, two = moments[name]
                one += 0.1 * (slope - one)
                two += 0.001 * (slope**2 - two)
                fixed = one / (1 - 0.9**steps), two / (1 - 0.999**steps)
                found[name] -= (rate * fixed[0] / (np.sqrt(fixed[1]) + 1e-8)).astype(np.float32)
        print(f"epoch {epoch + 1}: loss {loss / max(1, len(scaled) // BATCH):.4f}", flush=True)
    return {"mean": np.asarray(mean), "spread": np.asarray(spread), **found}


def curve(rng: np.random.Generator, styles: dict[str, list[str]], count: int = 500) -> Floats:
    """The logistic curve from a number's measures to the chance that it is right, fitted to cards
    that the network was not trained on (Platt 1999)."""
    rows, right = [], []
    for number in range(count):
        script = ("ascii", "arabic-indic")[number % 2]
        drawn = draw(rng, styles[script], script, held_out=False)
        for read in read_cards(drawn.picture):
            rows.append(read.measures)
            right.append(read.value in drawn.numbers)
    x = np.array(rows, np.float64)
    mean, spread = x.mean(0), x.std(0) + 1e-6
    x = np.concatenate([(x - mean) / spread, np.ones((len(x), 1))], 1)
    y, w = np.array(right, np.float64), np.zeros(x.shape[1])
    for _ in range(3000):
        p = 1 / (1 + np.exp(-x @ w))
        w -= 0.3 * (x.T @ (p - y) / len(y) + 1e-3 * w)
    print(f"calibrated on {len(y)} numbers, {y.mean():.1%} of them right")
    out = np.r_[w[:-1] / spread, w[-1] - (w[:-1] * mean / spread).sum()]
    return np.asarray(out, np.float32)


def train() -> None:
    rng, started = np.random.default_rng(SEED), time.monotonic()
    styles = {"ascii": fonts("34"), "arabic-indic": fonts("664")}
    print({k: len(v) for k, v in styles.items()}, "fonts of", PACKAGES)
    made = list(samples(rng, styles["ascii"], styles["arabic-indic"]))
    squares, geometry = zip(*(square(g) for g, _ in made), strict=True)
    inputs = np.concatenate(
        [
            features(np.stack(squares[n : n + 4096]), np.stack(geometry[n : n + 4096]))
            for n in range(0, len(made), 4096)
        ]
    )
    classes = np.array([c for _, c in made])
    print(f"{len(made)} marks, {time.monotonic() - started:.0f} s;", np.bincount(classes))
    last = len(made) * 95 // 100
    found = fit(inputs[:last], classes[:last], rng)
    found["curve"] = np.zeros(9, np.float32)
    said = probabilities(inputs[last:], Weights(**found)).argmax(1)
    print(f"of the last 5 %: {np.mean(said == classes[last:]):.2%} right")
    _save(found)
    found["curve"] = curve(rng, {k: ["hand", "hand", *v] for k, v in styles.items()})
    _save(found)
    print(f"{time.monotonic() - started:.0f} s")


def _save(found: dict[str, Floats]) -> None:
    path = Path(amana.reunite.cards.__file__).parent / WEIGHTS
    kept: dict[str, Any] = {
        name: array.astype(np.float16 if array.ndim == 2 else np.float32)
        for name, array in found.items()
    }
    with path.open("wb") as file:
        np.savez_compressed(file, **kept)
    weights.cache_clear()
    print(path.stat().st_size, "bytes")


if __name__ == "__main__":
    train()
