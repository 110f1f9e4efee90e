"""The same set by others' means: `pdqhash` and `imagehash`, in accuracy and in speed."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import faiss
import imagehash
import numpy as np
import pdqhash
from PIL import Image

from amana.reunite.picture import Fingerprint, fingerprint
from amana.reunite.prints import Prints

Hash = Callable[[Fingerprint], np.ndarray]
# Distances to the nearest; whether it is the right one; whether the right one is there.
Outcome = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass
class Asked:
    originals: Prints
    copies: Mapping[str, Prints]
    copy_keys: Mapping[str, Sequence[tuple[int, int]]]
    place_of: Mapping[tuple[int, int], int]


def _pdq(found: Fingerprint) -> np.ndarray:
    first: np.ndarray = found.whole.hashes[0]
    return first


def _phash(found: Fingerprint) -> np.ndarray:
    return np.packbits(imagehash.phash(Image.fromarray(found.whole.grey)).hash.ravel())


def _dhash(found: Fingerprint) -> np.ndarray:
    return np.packbits(imagehash.dhash(Image.fromarray(found.whole.grey)).hash.ravel())


_METHODS: dict[str, tuple[Hash, list[int]]] = {
    "pdqhash <= 31": (_pdq, [31]),
    "pdqhash, best": (_pdq, list(range(8, 128, 4))),
    "imagehash phash, best": (_phash, list(range(0, 24, 2))),
    "imagehash dhash, best": (_dhash, list(range(0, 24, 2))),
}


def rivals(asked: Asked) -> None:
    """Nearest by Hamming distance, kept below a threshold: recall (precision) of each."""
    hashes: dict[Hash, dict[str, np.ndarray]] = {}
    for name, prints in (("", asked.originals), *asked.copies.items()):
        found: dict[Hash, list[np.ndarray]] = {_pdq: [], _phash: [], _dhash: []}
        for one in prints.all():
            for hash_of, rows in found.items():
                rows.append(hash_of(one))
        for hash_of, rows in found.items():
            hashes.setdefault(hash_of, {})[name] = np.ascontiguousarray(np.stack(rows))
    print("\nby a threshold alone; best = highest F1 over all changes:")
    for title, (hash_of, thresholds) in _METHODS.items():
        outcomes = _outcomes(asked, hashes[hash_of])
        best = max(thresholds, key=lambda t: _f1(outcomes, t))
        everything = tuple(np.concatenate(part) for part in zip(*outcomes.values(), strict=True))
        print(f"  {title} at {best}: all {_cell(everything, best)}")
        print("    " + ", ".join(f"{n} {_cell(o, best)}" for n, o in outcomes.items()), flush=True)


def _outcomes(asked: Asked, hashes: Mapping[str, np.ndarray]) -> dict[str, Outcome]:
    index = faiss.IndexBinaryFlat(hashes[""].shape[1] * 8)
    index.add(hashes[""])
    found = {}
    for name, keys in asked.copy_keys.items():
        distance, place = index.search(hashes[name], 1)
        truth = np.array([asked.place_of.get(key, -1) for key in keys])
        found[name] = (distance[:, 0], place[:, 0] == truth, truth >= 0)
    return found


def _cell(outcome: Sequence[np.ndarray], threshold: int) -> str:
    return f"{_recall(outcome, threshold):.2%} ({_precision(outcome, threshold):.2%})"


def _recall(outcome: Sequence[np.ndarray], threshold: int) -> float:
    distance, right, there = outcome
    return float(((distance <= threshold) & right).sum() / max(1, there.sum()))


def _precision(outcome: Sequence[np.ndarray], threshold: int) -> float:
    distance, right, _ = outcome
    kept = distance <= threshold
    return float((kept & right).sum() / max(1, kept.sum()))


def _f1(outcomes: Mapping[str, Outcome], threshold: int) -> float:
    joined = [np.concatenate(part) for part in zip(*outcomes.values(), strict=True)]
    recall, precision = _recall(joined, threshold), _precision(joined, threshold)
    return 2 * recall * precision / max(1e-9, recall + precision)


def speeds(pictures: Sequence[bytes], match_seconds: float) -> None:
    """Milliseconds a picture from JPEG bytes to what is compared, one core; decoding is in all."""

    def opened(data: bytes) -> Image.Image:
        return Image.open(io.BytesIO(data)).convert("RGB")

    ways: dict[str, Callable[[bytes], object]] = {
        "ours": fingerprint,
        "pdqhash": lambda data: pdqhash.compute(np.asarray(opened(data))),
        "imagehash phash": lambda data: imagehash.phash(opened(data)),
        "imagehash dhash": lambda data: imagehash.dhash(opened(data)),
    }
    print("\nreading a picture, ms (one core):", end="")
    for name, way in ways.items():
        started = time.perf_counter()
        for data in pictures:
            way(data)
        print(f"  {name} {1000 * (time.perf_counter() - started) / len(pictures):.1f}", end="")
    print(f"\nmatching, ms (all cores): ours {1000 * match_seconds:.1f}; the others: the search")


def million() -> None:
    """10,000 queries against 1,000,000 by exact search."""
    rng = np.random.default_rng(3)
    index = faiss.IndexBinaryFlat(256)
    index.add(rng.integers(0, 256, (1_000_000, 32), dtype=np.uint8))
    asked = rng.integers(0, 256, (10_000, 32), dtype=np.uint8)
    index.search(asked[:100], 2)
    started = time.perf_counter()
    index.search(asked, 2)
    print(f"\n10,000 queries against 1,000,000, exact: {time.perf_counter() - started:.1f} s")
