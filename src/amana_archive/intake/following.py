"""The catalogue follows the store while the archive is open: at once after unlocking, and whenever
something was received since, so that nobody must lock to see what came today."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import Error, connection

from amana.errors import AmanaError
from amana_archive.access.audit import catch_up
from amana_archive.access.models import Act
from amana_archive.intake.readings import follow
from amana_archive.intake.sync import sync
from amana_archive.lockup.opened import Opened

EVERY = 60.0  # seconds
# What `amana archive` commands write in the ledger when the store has changed.
CHANGES = ("received", "accepted checkpoint", "matching by picture", "repaired")


def last_change(opened: Opened) -> int:
    """The place in the ledger of the last act that changed the store; -1: none yet."""
    catch_up(opened)
    rows = Act.objects.filter(act__in=CHANGES).order_by("-seq").values_list("seq", flat=True)
    return next(iter(rows[:1]), -1)


def keep_following(
    opened: Opened, stop: threading.Event, finish: Callable[[], None], every: float = EVERY
) -> None:
    """Until `stop`. `finish` closes what this thread opened, between the rounds."""
    followed = None
    try:
        while not stop.is_set():
            # Asked before the work: what arrives meanwhile is taken in the next round.
            present = last_change(opened)
            if present != followed:
                sync(opened)
                followed = present
            follow(opened)
            finish()
            stop.wait(every)
    except (AmanaError, Error):
        return  # locked meanwhile: the next unlock goes on where this ended
    finally:
        finish()


def start_following(opened: Opened) -> None:
    """In a thread of its own, which ends when the archive locks."""
    stop = threading.Event()
    opened.closing.append(stop.set)
    job = (opened, stop, connection.close)
    threading.Thread(target=keep_following, args=job, name="intake", daemon=True).start()
