from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "archive"), str(Path(__file__).parent)]
from archive_cast import world  # noqa: E402
from browser_cast import Site  # noqa: E402


@pytest.fixture(scope="session")
def site(chromium: Any) -> Iterator[Site]:
    from waitress.server import create_server

    made = world()
    from amana_archive.server import application

    server = create_server(application(), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Site(f"http://localhost:{server.effective_port}", made, chromium)
    server.close()
