"""The budgets of the house, printed and enforced: a module has at most 400 lines, a function 50."""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

MODULE, FUNCTION = 400, 50


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    lengths: list[int] = []
    over: list[str] = []
    for path in sorted((root / "src").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MODULE:
            over.append(f"{path.relative_to(root)}: {lines} lines, more than {MODULE}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                lengths.append(size)
                if size > FUNCTION:
                    over.append(f"{path.relative_to(root)}:{node.lineno} {node.name}: {size} lines")
    lengths.sort()
    ninetieth = lengths[len(lengths) * 9 // 10]
    print(
        f"house: {len(lengths)} functions, median {statistics.median(lengths):.0f} lines, "
        f"ninetieth percentile {ninetieth}, longest {lengths[-1]}"
    )
    for line in over:
        print("over budget:", line)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
