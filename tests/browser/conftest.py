from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "archive"), str(Path(__file__).parent)]
from archive_cast import world  # noqa: E402
from browser_cast import CHROMIUM, FLAGS, Site  # noqa: E402


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (.ci/tools does it)")
    from playwright.sync_api import sync_playwright
    from waitress.server import create_server

    made = world()
    from amana_archive.server import application

    server = create_server(application(), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Site(f"http://localhost:{server.effective_port}", made, browser)
        browser.close()
    server.close()
