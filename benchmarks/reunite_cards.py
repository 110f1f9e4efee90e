"""Reading cards: how many digits and numbers are right, on drawn photographs never trained on.

Held out are two fonts that ship with the package and one way of writing each digit; the ground, the
light, the turn, grain, blur and compression are drawn anew. Each photograph is read with no hint of
where the card is, how it is turned, or which digits it bears. Beside it: tesseract (digits only) on
the same photograph and on the card as we cut it out, where tesseract is installed.
"""

from __future__ import annotations

import difflib
import os
import random
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from tests.unit.cards_drawn import NOTO, Drawn, draw, scene

from amana.rehearsal import draw as rehearsal
from amana.reunite.cards.find import find_cards
from amana.reunite.cards.read import Number, read_cards

COUNT = int(os.environ.get("AMANA_CARDS", "150"))
STYLES = {"ascii": ("hand", ""), "arabic-indic": ("hand", str(NOTO))}


@dataclass
class Tally:
    """What was said of one kind of card."""

    cards: int = 0
    numbers: int = 0
    right: int = 0
    said: int = 0
    digits: int = 0
    digits_right: int = 0
    seconds: float = 0.0
    bands: dict[int, list[int]] = field(default_factory=dict)

    def add(self, drawn: Drawn, found: Sequence[Number]) -> None:
        self.cards += 1
        self.numbers += len(drawn.numbers)
        self.said += len(found)
        values = [n.value for n in found]
        for truth in drawn.numbers:
            self.digits += len(truth)
            best = max(values, key=lambda v: _alike(truth, v), default="")
            self.digits_right += _alike(truth, best)
            self.right += truth in values
        for number in found:
            band = self.bands.setdefault(min(9, int(10 * number.confidence)), [0, 0])
            band[0] += 1
            band[1] += number.value in drawn.numbers

    def line(self) -> str:
        return (
            f"{self.cards:4} cards {self.numbers:4} numbers {self.right / self.numbers:6.1%} right,"
            f" digits {self.digits_right / self.digits:6.1%};"
            f" {self.seconds / self.cards:5.2f} s of processor a photograph"
        )


def _alike(truth: str, said: str) -> int:
    """How many digits of `truth` stand in `said`, in their order."""
    matcher = difflib.SequenceMatcher(None, truth, said, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


def measure(script: str, style: str, upright: float, seed: int) -> Tally:
    rng, tally = np.random.default_rng(seed), Tally()
    for _ in range(COUNT):
        drawn = draw(rng, [style], script, held_out=True, upright=upright)
        started = time.process_time()
        found = read_cards(drawn.picture)
        tally.seconds += time.process_time() - started
        tally.add(drawn, found)
    return tally


def landscape(rng: np.random.Generator) -> Image.Image:
    """A photograph without a card by the rehearsal's painter: specks, roofs, grain."""
    chance = random.Random(int(rng.integers(1 << 30)))
    return rehearsal._view(rehearsal._landscape(rng, chance), rng, chance)


def tesseract_reads(picture: Image.Image, truth: Sequence[str]) -> int:
    """How many of these numbers tesseract finds in a picture."""
    head = b"P5 %d %d 255\n" % picture.size
    command = ["tesseract", "-", "-", "--psm", "6", "-c", "tessedit_char_whitelist=0123456789/ "]
    said = subprocess.run(
        command, input=head + picture.convert("L").tobytes(), capture_output=True, check=False
    )
    words = said.stdout.decode("utf-8", "replace").replace("/", " ").split()
    return sum(number in words for number in truth)


def beside() -> None:
    if not shutil.which("tesseract"):
        print("tesseract is not installed: no comparison")
        return
    rng = np.random.default_rng(77)
    total = ours = whole = cut = 0
    for _ in range(min(COUNT, 40)):
        drawn = draw(rng, ["hand", ""], "ascii", held_out=True, upright=1.0)
        total += len(drawn.numbers)
        values = [n.value for n in read_cards(drawn.picture)]
        ours += sum(n in values for n in drawn.numbers)
        whole += tesseract_reads(drawn.picture, drawn.numbers)
        cards = find_cards(drawn.picture.convert("L"))
        if cards:
            cut += tesseract_reads(Image.fromarray(cards[0].grey), drawn.numbers)
    print(f"upright, ASCII, {total} numbers: amana {ours / total:.0%}, tesseract on the photograph")
    print(f"  {whole / total:.0%}, tesseract on the card that amana cut out {cut / total:.0%}")


def main() -> None:
    bands: dict[int, list[int]] = {}
    for script, styles in STYLES.items():
        for style in styles:
            for upright, words in ((1.0, "upright"), (0.0, "turned by 90, 180 or 270")):
                tally = measure(script, style, upright, len(style) + int(10 * upright))
                name = "by hand" if style == "hand" else "by a font"
                print(f"{script:13} {name:10} {words:25}", tally.line(), flush=True)
                for band, (said, right) in tally.bands.items():
                    kept = bands.setdefault(band, [0, 0])
                    kept[0] += said
                    kept[1] += right
    print("\nconfidence said   numbers   of them right")
    for band, (said, right) in sorted(bands.items()):
        print(f"{10 * band:3} to {10 * band + 10:3} %     {said:7}   {right / said:7.1%}")
    rng = np.random.default_rng(9)
    false = [read_cards(scene(rng, (1200, 900)) if n % 2 else landscape(rng)) for n in range(COUNT)]
    sure = sum(n.confidence > 0.5 for numbers in false for n in numbers)
    print(
        f"\n{COUNT} photographs without a card: {sum(map(bool, false))} with a number,"
        f" {sure} above 50 %"
    )
    beside()


if __name__ == "__main__":
    main()
