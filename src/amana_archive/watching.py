"""Another port, for whoever runs the machine: health, metrics, and the control of the terminal.

It says nothing of the evidence: locked or not, requests by class of answer, seconds left. The
terminal's commands carry the token of web/control.json, which only the owner of the folder reads.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from amana.errors import AmanaError
from amana_archive.lockup.machine import Lockup

_LONGEST = 8192
_answers: Counter[str] = Counter()
_counting = threading.Lock()


class Counted:
    """Counts answers by their class (2xx, 4xx): no address, no person."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        def counting(status: str, headers: Any, *rest: Any) -> Any:
            with _counting:
                _answers[f"{status[:1]}xx"] += 1
            return start_response(status, headers, *rest)

        answer: Iterable[bytes] = self._app(environ, counting)
        return answer


@dataclass
class Watcher:
    address: str
    _server: ThreadingHTTPServer

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def serve(lockup: Lockup, token: str, port: int, host: str = "127.0.0.1") -> Watcher:
    """Answer on `port` (0: any free one) in a thread."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "amana", ""

        def do_GET(self) -> None:
            if self.path == "/health":
                self._answer(200, json.dumps({"locked": lockup.status().locked}))
            elif self.path == "/metrics":
                self._answer(200, metrics(lockup), "text/plain; version=0.0.4")
            else:
                self._answer(404, "{}")

        def do_POST(self) -> None:
            given = self.headers.get("Authorization", "").removeprefix("Bearer ")
            size = int(self.headers.get("Content-Length") or 0)
            if not hmac.compare_digest(given.encode(), token.encode()) or size > _LONGEST:
                self._answer(404, "{}")
                return
            self._answer(*_command(lockup, self.path, self.rfile.read(size)))

        def _answer(self, status: int, text: str, kind: str = "application/json") -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """No second log."""

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="watch", daemon=True).start()
    return Watcher(f"http://{host}:{server.server_address[1]}", server)


def _command(lockup: Lockup, path: str, body: bytes) -> tuple[int, str]:
    try:
        if path == "/lock":
            return 200, json.dumps({"was_open": lockup.lock("command")})
        if path == "/share":
            status = lockup.offer(body.decode("utf-8", "replace"))
            fields = {"locked": status.locked, "given": status.given, "needed": status.needed}
            return 200, json.dumps(fields)
    except AmanaError as error:
        return 400, json.dumps({"problem": error.message})
    return 404, "{}"


def metrics(lockup: Lockup) -> str:
    """In Prometheus' text format 0.0.4."""
    status = lockup.status()
    with _counting:
        counted = sorted(_answers.items())
    lines = [
        "# TYPE amana_locked gauge",
        f"amana_locked {int(status.locked)}",
        "# TYPE amana_seconds_until_lock gauge",
        f"amana_seconds_until_lock {status.seconds_left}",
        "# TYPE amana_answers_total counter",
        *(f'amana_answers_total{{class="{name}"}} {count}' for name, count in counted),
    ]
    return "\n".join(lines) + "\n"
