"""Which packs a vault has committed: read from SHA256SUMS, without a passphrase.

The file is what `sha256sum -c` reads: `<sha256 of the sealed file>  <series>/<number>.age` a line.
It is only ever appended to. A crash may leave a torn last line, or lines of a batch that was not
committed; the state alone says what counts, and the next opening of the vault cuts the rest off.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amana.core.ids import is_sha256
from amana.core.names import pack_name, pack_number
from amana.errors import Damaged, NotOurs
from amana.vault.pack import COPIES, ORIGINALS

SUMS = "SHA256SUMS"
SERIES = (COPIES, ORIGINALS)

__all__ = ["COPIES", "ORIGINALS", "SERIES", "SUMS", "PackFile", "committed_packs", "parse_sums"]


@dataclass(frozen=True)
class PackFile:
    """A committed pack: where it lies, its size in bytes and the SHA-256 (hex) of its sealed file.

    `size` is 0 where the file is missing.
    """

    series: str
    number: int
    path: Path
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.series}/{pack_name(self.number)}"


def committed_packs(vault: Path) -> list[PackFile]:
    """The packs of the vault at `vault`, in the order of their commit.

    Raises NotOurs where there is no vault, Damaged where SHA256SUMS is not one of ours.
    """
    try:
        data = (vault / SUMS).read_bytes()
    except OSError:
        raise NotOurs(path=str(vault), expected="a vault") from None
    packs = []
    for series, number, sha256 in parse_sums(data, str(vault / SUMS)):
        path = vault / series / pack_name(number)
        size = path.stat().st_size if path.is_file() else 0
        packs.append(PackFile(series, number, path, size, sha256))
    return packs


def parse_sums(data: bytes, path: str) -> list[tuple[str, int, str]]:
    """(series, number, digest) of each whole line. Raises Damaged, naming `path`."""
    next_number = dict.fromkeys(SERIES, 1)
    packs = []
    for line in data.split(b"\n")[:-1]:
        sha256, _, name = line.decode("ascii", "replace").partition("  ")
        series, _, file = name.partition("/")
        if not is_sha256(sha256) or pack_number(file) != next_number.get(series):
            raise Damaged(path=path, reason="a line of another form, or out of order")
        packs.append((series, next_number[series], sha256))
        next_number[series] += 1
    return packs


def sums_line(series: str, number: int, sha256: str) -> bytes:
    return f"{sha256}  {series}/{pack_name(number)}\n".encode("ascii")
