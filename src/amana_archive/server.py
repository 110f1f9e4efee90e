"""One process that serves one archive: Django behind waitress, the state machine beside it.

serve          pages, on the address people use (behind TLS: docs/archive/tls.md)
watch port     /health and /metrics, for whoever runs the machine; loopback unless told otherwise
control file   web/control.json, 0600: how `amana archive unlock|lock` find this process
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amana.core.durable import Disk

if TYPE_CHECKING:
    from amana_archive.lockup.machine import Lockup
    from amana_archive.lockup.opened import Opened

WEB_FOLDER, CONTROL_FILE = "web", "control.json"
THREADS = 8
LARGEST_BODY = 9 << 20  # bytes: a photograph that a family brings, and its form
# Threat: above these waitress writes to temporary files, in clear: a family's photograph on its way
# in, an original on its way out.
BUFFERS: dict[str, int] = {
    "max_request_body_size": LARGEST_BODY,
    "inbuf_overflow": 2 * LARGEST_BODY,
    "outbuf_overflow": 1 << 40,
}
SETTINGS = "amana_archive.settings.embedded"


@dataclass
class Served:
    """A server that runs. `close` locks it and stops it."""

    address: str
    watch_address: str
    lockup: Lockup
    _stop: Callable[[], None]

    def close(self) -> None:
        self._stop()


def prepare(folder: Path, hosts: list[str] | None = None) -> Lockup:
    """Set Django up for the archive in `folder`, and lock it. Once a process.

    Raises NotOurs, BadKey.
    """
    os.environ["AMANA_ARCHIVE"] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if hosts:
        os.environ["AMANA_HOSTS"] = ",".join(hosts)
    import django  # settings read the environment that was just set

    django.setup()
    from django.conf import settings

    from amana_archive.lockup import machine
    from amana_archive.lockup.opened import on_unlock

    on_unlock(_ready)
    lockup = machine.Lockup(folder, idle=settings.AMANA_IDLE, longest=settings.AMANA_LONGEST)
    machine.install(lockup)
    return lockup


def _ready(opened: Opened) -> None:
    """Before the first page: tables, an index of the ledger, and nobody still signed in."""
    from django.core.management import call_command

    from amana_archive.access import sessions
    from amana_archive.access.audit import catch_up
    from amana_archive.courts import building
    from amana_archive.review import rest

    call_command("migrate", verbosity=0, interactive=False)
    sessions.end_all()
    catch_up(opened)
    opened.closing += [rest.forget]
    building.resume(opened)


def take_in_behind(opened: Opened) -> None:
    """Let the catalogue follow the store, from unlocking on."""
    from amana_archive.intake.following import start_following

    start_following(opened)


def ask_witnesses(opened: Opened) -> None:
    """Let others see the head of the ledger, now and then, while the archive is open."""
    from amana_archive.access.witnessing import start_asking

    start_asking(opened)


def application() -> Any:
    """The WSGI application: our own static files, then Django."""
    from django.core.wsgi import get_wsgi_application
    from whitenoise import WhiteNoise

    from amana_archive.web.headers import FIXED

    def add_headers(headers: Any, path: str, url: str) -> None:
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
            headers[name] = FIXED[name]
        headers["Cross-Origin-Resource-Policy"] = "same-origin"

    static = Path(__file__).resolve().parent / "web" / "static"
    return WhiteNoise(
        get_wsgi_application(),
        root=str(static),
        prefix="static/",
        max_age=31_536_000,
        add_headers_function=add_headers,
        allow_all_origins=False,
    )


def start(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    watch_port: int = 0,
    threads: int = THREADS,
    intake: bool = True,
) -> Served:
    """Serve in threads of this process until `close`. Port 0 lets the system choose one.

    Raises NotOurs, WriteFailed, OSError where the port is taken.
    """
    from waitress.server import create_server

    from amana_archive import watching
    from amana_archive.lockup.machine import watch
    from amana_archive.lockup.opened import on_unlock

    # Its queue is no news, and what it logs would say who asked for what.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    lockup = prepare(folder)
    if intake:
        on_unlock(take_in_behind)
        on_unlock(ask_witnesses)
    server = create_server(
        watching.Counted(application()),
        host=host,
        port=port,
        threads=threads,
        ident=None,
        **BUFFERS,
    )
    address = f"http://{host}:{server.effective_port}"
    stop, token = threading.Event(), secrets.token_urlsafe(32)
    watcher = watching.serve(lockup, token, watch_port)
    control = _write_control(folder, address, watcher.address, token)
    threading.Thread(target=server.run, name="pages", daemon=True).start()
    threading.Thread(target=watch, args=(lockup, stop), name="time-out", daemon=True).start()

    def close() -> None:
        stop.set()
        lockup.lock("stopped")
        server.close()
        watcher.close()
        control.unlink(missing_ok=True)

    return Served(address, watcher.address, lockup, close)


def _write_control(folder: Path, address: str, watched: str, token: str) -> Path:
    """How the terminal finds this process; readable by the folder's owner alone."""
    control, disk = folder / WEB_FOLDER / CONTROL_FILE, Disk()
    disk.make_folder(control.parent)
    fields = {"address": address, "watch": watched, "token": token}
    disk.write_whole(control, json.dumps(fields).encode())
    return control
