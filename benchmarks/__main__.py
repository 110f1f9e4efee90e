"""`python -m benchmarks [NAME ...]`: run the benchmarks whose module names begin with NAME, or all.

A benchmark is a module in this folder with a function `main()` that prints its table.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    found = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]))
    chosen = [n for n in found if n != "__main__" and (not names or n.startswith(tuple(names)))]
    if not chosen:
        print(f"no benchmark is named {' or '.join(names)}; there are: {', '.join(found)}")
        return 2
    for name in chosen:
        module = importlib.import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"\n== {name}\n", flush=True)
            module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
