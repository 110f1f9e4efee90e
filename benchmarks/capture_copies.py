"""The copy's format: bytes, milliseconds and likeness side by side, on natural-looking photographs.

Likeness is SSIM (Wang et al. 2004) on grey, in windows of 8 × 8, against the reduced picture before
it is encoded; and PSNR beside it.
"""

from __future__ import annotations

import io
import math
import statistics
import time
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from amana.capture.decode import fit
from benchmarks.capture_photos import SIZES, scene

WAYS: list[tuple[str, str, dict[str, Any]]] = [
    ("JPEG q40", "JPEG", {"quality": 40, "optimize": True}),
    ("JPEG q50", "JPEG", {"quality": 50, "optimize": True}),
    ("JPEG q60", "JPEG", {"quality": 60, "optimize": True}),
    ("WebP q40 m0", "WEBP", {"quality": 40, "method": 0}),
    ("WebP q40 m2", "WEBP", {"quality": 40, "method": 2}),
    ("WebP q40 m4", "WEBP", {"quality": 40, "method": 4}),
    ("AVIF q40 s10", "AVIF", {"quality": 40, "speed": 10, "max_threads": 1}),
    ("AVIF q50 s10", "AVIF", {"quality": 50, "speed": 10, "max_threads": 1}),
    ("AVIF q50 s8", "AVIF", {"quality": 50, "speed": 8, "max_threads": 1}),
]


def likeness(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """(SSIM, PSNR in dB) of two pictures of one size."""
    a = np.asarray(one.convert("L"), dtype=np.float64)
    b = np.asarray(other.convert("L"), dtype=np.float64)
    height, width = (n // 8 * 8 for n in a.shape)
    blocks = [
        x[:height, :width].reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2).reshape(-1, 64)
        for x in (a, b)
    ]
    (ma, mb), (va, vb) = [x.mean(1) for x in blocks], [x.var(1) for x in blocks]
    cov = (blocks[0] * blocks[1]).mean(1) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ssim = ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
    error = float(((a - b) ** 2).mean())
    return float(ssim.mean()), 10 * math.log10(255**2 / error) if error else math.inf


def reduced() -> list[Image.Image]:
    """Six pictures as the encoder gets them: decoded from a camera's JPEG, and reduced."""
    made = []
    for size in SIZES.values():
        for seed in range(3):
            buffer = io.BytesIO()
            scene(*size, seed).filter(ImageFilter.GaussianBlur(1)).save(buffer, "JPEG", quality=90)
            with Image.open(buffer) as image:
                target = fit(*image.size, 480)
                image.draft("RGB", target)
                made.append(image.resize(target, Image.Resampling.HAMMING))
    return made


def main() -> None:
    pictures = reduced()
    print(f"{len(pictures)} pictures of 480 pixels, from 3 and 12 megapixels; medians")
    print(f"  {'':14}{'kB':>7}{'ms':>7}{'SSIM':>8}{'dB':>7}{'decode ms':>11}")
    for name, form, settings in WAYS:
        rows = []
        for picture in pictures:
            started = time.perf_counter()
            for _ in range(5):
                buffer = io.BytesIO()
                picture.save(buffer, form, **settings)
            encode = (time.perf_counter() - started) / 5
            started = time.perf_counter()
            with Image.open(io.BytesIO(buffer.getvalue())) as back:
                ssim, db = likeness(picture, back.convert("RGB"))
            decode = time.perf_counter() - started
            rows.append((len(buffer.getvalue()) / 1e3, encode * 1e3, ssim, db, decode * 1e3))
        kb, ms, ssim, db, back_ms = (
            statistics.median(column) for column in zip(*rows, strict=True)
        )
        print(f"  {name:14}{kb:7.1f}{ms:7.1f}{ssim:8.3f}{db:7.1f}{back_ms:11.1f}")


if __name__ == "__main__":
    main()
