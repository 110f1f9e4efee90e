"""Natural-looking photographs for the capture's benchmarks: drawn, never anybody's.

Noise whose amplitude falls with frequency, as in nature, lit from one side, with edges and a
grain; encoded as a camera does. A few scenes are drawn; every file differs by its comment.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIZES = {"3 MP": (2048, 1536), "12 MP": (4000, 3000)}


def scene(width: int, height: int, seed: int) -> Image.Image:
    """A picture with the spectrum of a landscape, and hard edges."""
    rng = np.random.default_rng(seed)
    rows, columns = height // 2, width // 2
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :])
    frequency[0, 0] = 1.0
    falling = frequency**-1.25
    channels = []
    shared = rng.standard_normal((rows, columns // 2 + 1, 2)) @ np.array([1, 1j])
    for _ in range(3):
        own = rng.standard_normal((rows, columns // 2 + 1, 2)) @ np.array([1, 1j])
        channel = np.fft.irfft2((shared + 0.35 * own) * falling, s=(rows, columns))
        channels.append((channel - channel.mean()) / channel.std())
    picture = np.stack(channels, axis=-1)
    light = np.linspace(0.6, -0.6, rows)[:, None, None]
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    for _ in range(12):
        centre, size = rng.random(2) * (columns, rows), rng.random(2) * (columns, rows) / 5
        inside = (abs(x - centre[0]) < size[0]) & (abs(y - centre[1]) < size[1])
        picture[inside] += rng.normal(0, 0.8, 3)
    values = np.clip(118 + 46 * (picture + light), 0, 255).astype(np.uint8)
    large = Image.fromarray(values).resize((width, height), Image.Resampling.BICUBIC)
    grain = rng.normal(0, 1.5, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(large) + grain, 0, 255).astype(np.uint8))


def write_photographs(folder: Path, counts: dict[str, int], scenes: int = 6) -> int:
    """`counts` photographs of each of SIZES below `folder`; the bytes written."""
    total = 0
    for name, count in counts.items():
        base = [_encoded(scene(*SIZES[name], seed)) for seed in range(min(scenes, count))]
        for number in range(count):
            path = folder / name.replace(" ", "") / f"DSC_{number:05d}.JPG"
            path.parent.mkdir(parents=True, exist_ok=True)
            total += path.write_bytes(_numbered(base[number % len(base)], number))
    return total


def _encoded(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Example Optical", "EO-50", 1
    sub: dict[int, Any] = exif.get_ifd(0x8769)
    sub[0x9003], sub[0xA431] = "2012:05:03 07:40:00", "0001"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88, exif=exif)
    return buffer.getvalue()


def _numbered(data: bytes, number: int) -> bytes:
    """The same picture as other bytes: a comment segment behind the first marker."""
    comment = f"frame {number:08d}".encode()
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]
