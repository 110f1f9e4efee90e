"""What every test shares: one Hypothesis profile, fast lockers, a drawn photograph."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Machines of CI are slow and shared: no example is failed for its duration.
settings.register_profile(
    "amana", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
# What lands is judged by examples that are the same each time; at home they are drawn anew.
settings.register_profile("ci", settings.get_profile("amana"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "amana")

# Where a shell starts the tests behind it, Ctrl-C is ignored, and our children would inherit that:
# several tests send it to them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# --- one real browser for all: a process can drive Playwright only once at a time ----------------

# Playwright keeps an event loop in this thread; Django's models do not care, and are told so.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium of Debian's, driven by Playwright."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (.ci/tools does it)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=CHROMIUM_FLAGS
        )
        yield browser
        browser.close()


# --- how many spoilt dossiers both verifiers judged, printed at the end of a run -----------------

_mutants = 0


def _judged() -> int:
    module = sys.modules.get("mutants")
    return module.Judges.judged if module else 0


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["mutants"] = _judged()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    global _mutants  # noqa: PLW0603 - one number for the whole run
    _mutants += getattr(node, "workeroutput", {}).get("mutants", 0)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if count := _mutants + _judged():
        terminalreporter.write_line(
            f"dossiers judged by both verifiers, nearly all spoilt: {count}"
        )
