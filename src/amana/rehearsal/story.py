"""What a rehearsal tells: each stage, what went in, what came out, what was lost and found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from amana.core.encoding import Json


@dataclass
class Stage:
    """One row of the closing table. `bytes` counts what the stage wrote or read."""

    name: str
    went_in: str = ""
    came_out: str = ""
    lost: str = ""
    found: str = ""
    bytes: int = 0
    seconds: float = 0.0


@dataclass
class Story:
    """The rehearsal so far: its stages, and the fields of its JSON object."""

    stages: list[Stage] = field(default_factory=list)
    facts: Json = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Time one stage. What it raises ends the rehearsal; the rows so far remain."""
        stage = Stage(name)
        self.stages.append(stage)
        began = time.monotonic()
        try:
            yield stage
        finally:
            stage.seconds = round(time.monotonic() - began, 3)

    def to_json(self) -> dict[str, Any]:
        """The object of `amana rehearse --json`: the facts, and the seconds by stage."""
        seconds = {stage.name: stage.seconds for stage in self.stages}
        return {**self.facts, "seconds": seconds, "stages": [asdict(s) for s in self.stages]}
