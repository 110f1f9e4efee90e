"""What a capture did: nothing is left out silently."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from amana.core.encoding import Json


@dataclass(frozen=True)
class Trouble:
    """One file, fit to be shown (escaped), and why something could not be done with it."""

    name: str
    reason: str


@dataclass
class CaptureReport:
    """`files`: regular files seen. `items`: records of kind item committed now. `copies`: pictures
    made. `again`: sightings of bytes already held. `unchanged`: skipped, as captured before.
    `unreadable`: no picture could be made, or the file could not be read. `skipped`: links, FIFOs
    and the like. `left`: files not reached before the time limit; `originals_left`: those whose
    copy is in, but not yet the original. `packs`: packs committed now. `repaired`: what opening
    the vault set right."""

    files: int = 0
    items: int = 0
    copies: int = 0
    again: int = 0
    unchanged: int = 0
    originals: int = 0
    unreadable: list[Trouble] = field(default_factory=list)
    skipped: list[Trouble] = field(default_factory=list)
    bytes_read: int = 0
    packs: int = 0
    left: int = 0
    originals_left: int = 0
    repaired: list[str] = field(default_factory=list)
    dry_run: bool = False
    seconds: float = 0.0

    def to_json(self) -> Json:
        return asdict(self)
