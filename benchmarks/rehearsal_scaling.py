"""Does any stage of the rehearsal grow faster than the number of items?

Draws photographs once, runs the whole rehearsal over a quarter, a half and all of them, and prints
seconds by stage, and how the seconds an item grew from the smallest to the largest: 1.0 is linear,
below it a fixed cost is shared by more. AMANA_SCALE sets the largest size (5,000 for the figure in
the notes; 1,000 otherwise).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from amana.rehearsal.draw import draw_set
from amana.rehearsal.run import rehearse


def part(files: list[Path], source: Path, place: Path) -> Path:
    """The same files once more, as links to the same bytes."""
    for path in files:
        name = place / path.relative_to(source)
        name.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, name)
    return place


def main() -> None:
    largest = int(os.environ.get("AMANA_SCALE", "1000"))
    sizes = [largest // 4, largest // 2, largest]
    runs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photographs"
        drawn = draw_set(source, largest, seed=2)
        for size in sizes:
            photos = part(drawn.files[:size], source, Path(folder) / f"part-{size}")
            with tempfile.TemporaryDirectory() as place:
                story = rehearse(Path(place), photos, seed=2)
            assert story.facts["missing"] == 0
            assert story.facts["dossier"]["verified"]
            runs.append({stage.name: stage.seconds for stage in story.stages})
            print(f"{size:,} files: {sum(runs[-1].values()):.0f} s", flush=True)
    print(f"\n{'stage':<12}" + "".join(f"{size:>10,}" for size in sizes) + "   growth an item")
    for name in runs[-1]:
        cells = "".join(f"{run[name]:>9.1f}s" for run in runs)
        growth = (runs[-1][name] / sizes[-1]) / max(runs[0][name] / sizes[0], 1e-9)
        print(f"{name:<12}{cells}{growth:>12.2f}")


if __name__ == "__main__":
    main()
