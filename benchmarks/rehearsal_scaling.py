"""Does any stage of the rehearsal grow faster than the number of items?

Runs the whole rehearsal at three sizes and prints seconds by stage, and how the seconds an item
grew from the smallest to the largest: 1.0 is linear. AMANA_SCALE sets the largest size (5,000 for
the figure in the notes; 1,000 otherwise).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from amana.rehearsal.run import rehearse


def main() -> None:
    largest = int(os.environ.get("AMANA_SCALE", "1000"))
    sizes = [largest // 4, largest // 2, largest]
    runs: list[dict[str, float]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            story = rehearse(Path(place), items=size, seed=2)
        assert story.facts["missing"] == 0
        assert story.facts["dossier"]["verified"]
        runs.append({stage.name: stage.seconds for stage in story.stages})
    print(f"{'stage':<12}" + "".join(f"{size:>9,}" for size in sizes) + "   growth an item")
    for name in runs[-1]:
        cells = "".join(f"{run[name]:>8.1f}s" for run in runs)
        growth = (runs[-1][name] / sizes[-1]) / max(runs[0][name] / sizes[0], 1e-9)
        print(f"{name:<12}{cells}{growth:>10.2f}")


if __name__ == "__main__":
    main()
