"""The written pages: every link leads somewhere, every page can be reached, nothing names a
machine or a registry."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
START = ("README.md", "CONTRIBUTING.md", "SECURITY.md")


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).exists()]


def links(page: Path) -> list[Path]:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    found = (link for link in LINK.findall(text) if "://" not in link)
    return [(page.parent / link).resolve() for link in found if not link.startswith("mailto:")]


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {link.relative_to(ROOT)}"
        for page in pages()
        for link in links(page)
        if not link.exists()
    ]
    assert broken == []


def test_every_guide_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / name for name in START]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = [page] if page.suffix == ".md" else sorted(page.glob("*.md"))
        for target in targets:
            seen.add(target)
            waiting += [link for link in links(target) if ROOT in link.parents]
    guides = [p for p in pages() if p.parent.name in ("field", "archive", "court", "threat-model")]
    assert [str(p.relative_to(ROOT)) for p in guides if p not in seen] == []


def test_no_page_and_no_code_names_a_machine_or_a_registry() -> None:
    names = re.compile(
        "|".join(
            (
                "/wo" + "rk/",
                r"\.lib" + "rary/",
                "registry\\.npm" + "js",
                "files\\.pyth" + "onhosted",
                "pypi\\.or" + "g/simple",
                "deb\\.deb" + "ian",
            )
        )
    )
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    found = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        try:
            text = (ROOT / name).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        if names.search(text):
            found.append(name)
    assert found == []
