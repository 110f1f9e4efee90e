"""The seizure: an adversary has the vault, and photographs of which half are inside.

His program tries what there is to try: digests, names, sizes, counts, times, compressibility,
pieces of content, the index under keys that he can guess. Each trial orders the photographs from
"inside" to "not inside"; over many vaults none of them may do better than chance. That the program
is no straw man is shown on vaults that do leak.

With the passphrase it is another matter, and the last tests say so: the index then answers, until
the vault was made to forget.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import os
import random
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "capture"))
from capture_cast import PASSPHRASE, QuickDisk, picture

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.labels import INDEX_COPIED, INDEX_HELD, INDEX_SEEN
from amana.core.unseal import Identity
from amana.errors import NotOurs
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit
from amana.vault.forget import forget_vault
from amana.vault.index import held_tag
from amana.vault.store import Vault

VAULTS, PHOTOS = 10, 20
Score = Callable[[dict[str, bytes], Path, Path], float]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    card = ArchiveCard((Identity.generate().recipient,), Identity.generate().recipient)
    folder = tmp_path_factory.mktemp("kit") / "kit"
    return create_kit(folder, "source", "caesar", card, PASSPHRASE, work_factor=8)


@pytest.fixture(scope="module")
def trials(
    tmp_path_factory: pytest.TempPathFactory, kit: Kit
) -> list[tuple[Path, list[Path], set]]:
    """(a vault, the adversary's photographs, those of them that are inside), ten times."""
    made = []
    for number in range(VAULTS):
        folder = tmp_path_factory.mktemp("seizure")
        rng = random.Random(number)
        photos = []
        for photo in range(PHOTOS):
            path = folder / "owned" / f"IMG_{number:02d}{photo:04d}.jpg"
            path.parent.mkdir(exist_ok=True)
            size = (rng.randrange(200, 400), rng.randrange(150, 300))
            path.write_bytes(picture(number * 100 + photo, size))
            when = 1_336_000_000 + rng.randrange(10_000_000)
            os.utime(path, (when, when))
            photos.append(path)
        inside = set(rng.sample(photos, PHOTOS // 2))
        with Vault.create(folder / "vault", kit, QuickDisk()) as vault:
            options = Options(workers=0, batch_files=rng.choice((3, 5, 64)))
            capture(sorted(inside, key=lambda p: rng.random()), vault, options)
        made.append((folder / "vault", photos, inside))
    return made


# --- the adversary ----------------------------------------------------------------------------


def _needles(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    data = photo.read_bytes()
    needles = [photo.name.encode(), photo.stem.encode(), str(len(data)).encode()]
    for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256"):
        digest = hashlib.new(algorithm, data).digest()
        needles += [digest, digest[:16], digest.hex().encode(), base64.b64encode(digest)]
    needles += [len(data).to_bytes(n, order) for n in (4, 8) for order in ("little", "big")]
    return sum(needle in content for needle in needles for content in files.values())


def _pieces(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    data = photo.read_bytes()
    pieces = [data[i : i + 12] for i in range(0, len(data), 997)]
    return sum(piece in content for piece in pieces for content in files.values())


def _sizes(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    size = photo.stat().st_size
    return -min(abs(len(content) - size) for content in files.values())


def _size_remainders(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    total = sum(len(c) for n, c in files.items() if n.startswith("originals"))
    return -((total - photo.stat().st_size) % 512)


def _times(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    when = photo.stat().st_mtime
    return -min(abs(p.stat().st_mtime - when) for p in [vault, *vault.rglob("*")])


def _compressibility(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    data = photo.read_bytes()
    alone = len(zlib.compress(data))
    gain = 0.0
    for content in files.values():
        tail = content[-16_384:]
        gain = max(
            gain, len(zlib.compress(tail)) + alone - len(zlib.compress(tail + data[:16_384]))
        )
    return gain


def _index(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    data, facts = photo.read_bytes(), photo.stat()
    sha256 = hashlib.sha256(data).digest()
    seen = b"%d\x00%d\x00" % (facts.st_size, facts.st_mtime_ns) + os.fsencode(photo)
    index = files["index"]
    tags = {index[i : i + 16] for i in range(0, len(index), 16)}
    keys = [b"", bytes(32), b"amana", *files.values()]
    keys += [files["recipients.txt"].strip(), hashlib.sha256(files["key.age"]).digest()]
    messages = [sha256, INDEX_HELD + sha256, INDEX_COPIED + sha256, INDEX_SEEN + seen]
    return sum(hmac.digest(k, m, "sha256")[:16] in tags for k in keys for m in messages)


def _counts(files: dict[str, bytes], vault: Path, photo: Path) -> float:
    packs = sum(name.startswith("originals") for name in files)
    return -abs(int(photo.stem[-4:]) - packs)


ATTACKS: dict[str, Score] = {
    "digests and names": _needles,
    "pieces of content": _pieces,
    "sizes": _sizes,
    "remainders of sizes": _size_remainders,
    "times": _times,
    "compressibility": _compressibility,
    "the index under guessed keys": _index,
    "counts": _counts,
}


def accuracy(trials: list[tuple[Path, list[Path], set]], attack: Score) -> float:
    """The share of photographs told right, when the better half is called "inside"."""
    right = 0
    for vault, photos, inside in trials:
        paths = [p for p in vault.rglob("*") if p.is_file()]
        files = {p.relative_to(vault).as_posix(): p.read_bytes() for p in paths}
        rng = random.Random(str(vault))
        ranked = sorted(photos, key=lambda p: (attack(files, vault, p), rng.random()), reverse=True)
        called = set(ranked[: len(photos) // 2])
        right += sum((photo in called) == (photo in inside) for photo in photos)
    return right / sum(len(photos) for _, photos, _ in trials)


def margin(trials: list[tuple[Path, list[Path], set]]) -> float:
    """Four standard deviations of guessing: one honest run in ten thousand would fail."""
    return 4 * math.sqrt(0.25 / sum(len(photos) for _, photos, _ in trials))


# --- the verdicts -----------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_no_better_than_chance(trials, attack):
    found = accuracy(trials, ATTACKS[attack])
    assert abs(found - 0.5) <= margin(trials), f"{attack}: {found:.0%} told right"


def test_the_adversary_is_no_straw_man(trials):
    """Each leak that the design forbids, put into a copy of the vaults, is found."""
    leaks: dict[str, Callable[[Path, set], None]] = {
        "digests and names": lambda vault, inside: (vault / "log").write_bytes(
            b"".join(hashlib.sha256(p.read_bytes()).digest() for p in inside)
        ),
        "pieces of content": lambda vault, inside: (vault / "swap").write_bytes(
            b"".join(p.read_bytes() for p in inside)
        ),
        "sizes": lambda vault, inside: [
            (vault / f"{n}.bin").write_bytes(os.urandom(p.stat().st_size))
            for n, p in enumerate(inside)
        ],
        "times": lambda vault, inside: [
            os.utime(_touched(vault / f"{n}.bin"), (p.stat().st_mtime, p.stat().st_mtime))
            for n, p in enumerate(inside)
        ],
        "the index under guessed keys": lambda vault, inside: (vault / "index").write_bytes(
            b"".join(
                hmac.digest(
                    bytes(32), INDEX_HELD + hashlib.sha256(p.read_bytes()).digest(), "sha256"
                )[:16]
                for p in inside
            )
        ),
    }
    import shutil

    for name, leak in leaks.items():
        leaky = []
        for vault, photos, inside in trials[:4]:
            copy = vault.parent / f"leaky {name}"
            shutil.copytree(vault, copy)
            leak(copy, inside)
            leaky.append((copy, photos, inside))
        assert accuracy(leaky, ATTACKS[name]) > 0.9, name


def _touched(path: Path) -> Path:
    path.touch()
    return path


def test_the_size_of_the_index_says_a_power_of_two_only(trials):
    assert {(vault / "index").stat().st_size for vault, _, _ in trials} == {16 * 4096}
    # age files of one content differ by a few bytes: the header carries a stanza of random length.
    states = [(vault / "state.age").stat().st_size for vault, _, _ in trials]
    assert max(states) - min(states) < 512


def test_with_the_passphrase_the_index_answers(trials):
    """Said honestly in docs/threat-model/vault.md: whoever has the passphrase can ask for bytes."""
    vault, photos, inside = trials[0]
    with Vault.open(vault, PASSPHRASE) as opened:
        tags, key = opened.tags(), opened.state.index_key
        told = {p for p in photos if held_tag(key, hashlib.sha256(p.read_bytes()).digest()) in tags}
    assert told == inside


def test_after_forgetting_the_passphrase_opens_nothing(trials):
    forgotten = []
    for vault, photos, inside in trials:
        forget_vault(vault)
        left = {p.name for p in vault.iterdir()}
        assert left == {
            "SHA256SUMS",
            "checkpoint.age",
            "copies",
            "originals",
            "recipients.txt",
            "waiting",
        }
        with pytest.raises(NotOurs):
            Vault.open(vault, PASSPHRASE)
        forgotten.append((vault, photos, inside))
    for name in ("digests and names", "sizes", "times", "compressibility"):
        assert abs(accuracy(forgotten, ATTACKS[name]) - 0.5) <= margin(forgotten), name
