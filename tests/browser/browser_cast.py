"""A real Chromium before a real server, which is in this process: a test can look behind it."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "archive"))
from archive_cast import World

SCREENSHOTS = os.environ.get("AMANA_SCREENSHOTS")


@dataclass
class Site:
    """The running site, and whoever looks at it."""

    address: str
    world: World
    browser: Any

    def visitor(self, person: Any = None, language: str = "en", **more: Any) -> Any:
        """A page of a fresh browser profile; of `person`, as if he had just signed in."""
        from django.utils import timezone

        from amana_archive.access.models import SignIn
        from amana_archive.access.sessions import COOKIE, digest

        size = more.pop("size", (1280, 900))
        context = self.browser.new_context(
            locale={"ar": "ar-SY", "fr": "fr-FR"}.get(language, "en-GB"),
            viewport={"width": size[0], "height": size[1]},
            **more,
        )
        cookies = [{"name": "amana_language", "value": language, "url": self.address}]
        if person is not None:
            token = secrets.token_urlsafe(16)
            aside(
                lambda: SignIn.objects.create(
                    token=digest(token),
                    person=person,
                    pending=False,
                    device="test",
                    seen=timezone.now(),
                )
            )
            cookies.append({"name": COOKIE, "value": token, "url": self.address})
        context.add_cookies(cookies)
        context.set_default_timeout(15_000)
        return context.new_page()


def aside(work: Any) -> Any:
    """In a thread: Playwright's own loop makes Django believe that this one is asynchronous."""
    box: list[Any] = []

    def run() -> None:
        from django.db import connection

        try:
            box.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return box[0] if box else None
